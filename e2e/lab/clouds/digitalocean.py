"""DigitalOcean: REST, which SkyPilot calls through pydo. Can stop a droplet, has no spot ones; a volume beside each."""
from .api import Api, Refusal, call


class DigitalOcean(Api):
    name, hosts, user = "do", ("api.digitalocean.com",), "root"
    created, removed = ((0, "new"), (4, "active")), ((3, None),)
    # The action SkyPilot stops with is "shutdown": the droplet bills on.
    started, stopped = ((3, "active"),), ((3, "off"),)
    credentials = (".config/doctl/config.yaml", "access-token: KEY\n")
    regions = ("nyc3", "sfo3")
    types = (("s-2vcpu-4gb", "", "", 2, 4, .036), ("s-4vcpu-8gb", "", "", 4, 8, .071), ("s-4vcpu-16gb-amd", "", "", 4, 16, .125))

    def error(self, code, message):
        return {"id": code, "message": message, "request_id": "lab"}

    @staticmethod
    def shown(m):
        nets = [] if m.state == "new" else [{"ip_address": m.ip, "netmask": "255.255.255.0", "gateway": m.ip, "type": "public"}]
        return {"id": m.id, "name": m.name, "status": m.state, "locked": False, "region": {"slug": m.region}, "size_slug": m.type,
                "networks": {"v4": nets, "v6": []}, "tags": m.more["tags"], "volume_ids": m.beside}

    @call("GET", "/v2/droplets", "list")
    def list(self, request):
        tag = request.query.get("tag_name")
        found = [self.shown(m) for m in self.there() if not tag or tag in m.more["tags"]]
        return {"droplets": found, "links": {}, "meta": {"total": len(found)}}

    @call("GET", "/v2/droplets/([0-9]+)", "get")
    def get(self, request, id):
        return {"droplet": self.shown(self.machine(id))}

    @call("POST", "/v2/droplets", "create")
    def create(self, request):
        data = request.json()
        key = next((k for k in self.keys.values() if k["fingerprint"] in data["ssh_keys"]), None)
        if not key:
            raise Refusal(422, "unprocessable_entity", f"{data['ssh_keys'][0]} are invalid key identifiers for Droplet creation.")
        m = self.add(400000000 + next(self.count), data["name"], data["region"], data["size"], key["public_key"], tags=data["tags"])
        return 202, {"droplet": self.shown(m), "links": {"actions": []}}

    @call("POST", "/v2/droplets/([0-9]+)/actions", "")
    def act(self, request, id):
        m, data = self.machine(id), request.json()
        self.judge(request, m.region, data["type"])
        if data["type"] == "power_on":
            m.follow(self.started)
        elif data["type"] == "shutdown":
            m.follow(self.stopped)
        elif data["type"] == "rename":
            m.name = data["name"]
        return 201, {"action": {"id": next(self.count), "status": "in-progress", "type": data["type"], "resource_id": m.id}}

    @call("DELETE", "/v2/droplets/([0-9]+)/destroy_with_associated_resources/dangerous", "")
    def destroy(self, request, id):
        m = self.machine(id)
        self.judge(request, m.region, "destroy")
        self.drop(m.beside)
        m.follow(self.removed)
        return 202, None

    @call("GET", "/v2/account/keys", "keys")
    def list_keys(self, request):
        return {"ssh_keys": [*self.keys.values()], "links": {}, "meta": {"total": len(self.keys)}}

    @call("POST", "/v2/account/keys", "add-key")
    def add_key(self, request):
        n = next(self.count)
        self.keys[n] = request.json() | {"id": n, "fingerprint": f"00:{n:02x}"}
        return 201, {"ssh_key": self.keys[n]}

    @call("POST", "/v2/volumes", "create-volume")
    def create_volume(self, request):
        data = request.json()
        id = f"{next(self.count):08x}-volume"
        self.beside[id] = data["name"]
        return 201, {"volume": data | {"id": id, "droplet_ids": []}}

    @call("POST", "/v2/volumes/([^/]+)/actions", "attach")
    def attach(self, request, id):
        self.machine(str(request.json()["droplet_id"])).beside.append(id)
        return 202, {"action": {"id": next(self.count), "status": "in-progress", "type": "attach_volume"}}

    @call("GET", "/v2/images/([^/]+)", "image")
    def image(self, request, id):
        return {"image": {"id": 1, "slug": id, "size_gigabytes": 20}}
