"""Paperspace: REST. Can stop a machine, has no spot ones; a private network beside each cluster."""
from .api import Api, Refusal, call, key_in


class Paperspace(Api):
    name, hosts, user = "paperspace", ("api.paperspace.com",), "paperspace"
    created, removed = ((0, "provisioning"), (4, "ready")), ((0, "stopping"), (2, None))
    started, stopped = ((0, "starting"), (3, "ready")), ((0, "stopping"), (3, "off"))
    credentials = (".paperspace/config.json", '{"apiKey": "KEY"}\n')
    regions = ("East Coast (NY2)", "West Coast (CA1)")
    types = (("C5", "", "", 4, 8, .08), ("C7", "", "", 12, 30, .3))

    @staticmethod
    def page(items):
        return {"items": items, "hasMore": False, "nextPage": None}

    @staticmethod
    def shown(m):
        return {"id": m.id, "name": m.name, "state": m.state, "region": m.region, "machineType": m.type,
                "publicIp": m.ip if m.runs else None, "privateIp": m.ip, "networkId": m.beside[0]}

    @call("GET", "/v1/machines", "list")
    def list(self, request):
        return self.page([self.shown(m) for m in self.there()])

    @call("POST", "/v1/machines", "create")
    def create(self, request):
        data = request.json()
        key = key_in(self.keys[data["startupScriptId"]]["script"])
        m = self.add(f"ps{next(self.count):06x}", data["name"], data["region"], data["machineType"], key, beside=[data["networkId"]])
        return {"event": {"id": "e", "state": "new"}, "data": self.shown(m)}

    @call("PATCH", "/v1/machines/([^/]+)/(start|stop)", "")
    def act(self, request, id, verb):
        m = self.machine(id)
        self.judge(request, m.region, verb)
        m.follow(self.started if verb == "start" else self.stopped)
        return {"event": {"id": "e", "state": "new"}, "data": self.shown(m)}

    @call("PUT", "/v1/machines/([^/]+)", "rename")
    def rename(self, request, id):
        m = self.machine(id)
        m.name = request.json()["name"]
        return {"data": self.shown(m)}

    @call("DELETE", "/v1/machines/([^/]+)", "")
    def delete(self, request, id):
        m = self.machine(id)
        self.judge(request, m.region, "delete")
        m.follow(self.removed)
        return {"event": {"id": "e", "state": "new"}}

    @call("GET", "/v1/startup-scripts", "scripts")
    def scripts(self, request):
        return self.page([s for s in self.keys.values() if request.query.get("name", "") in s["name"]])

    @call("POST", "/v1/startup-scripts", "add-script")
    def add_script(self, request):
        script = request.json() | {"id": f"sc{next(self.count)}"}
        self.keys[script["id"]] = script
        return script

    @call("PUT", "/v1/startup-scripts/([^/]+)", "set-script")
    def set_script(self, request, id):
        self.keys[id].update(request.json())
        return self.keys[id]

    @call("GET", "/v1/private-networks", "networks")
    def list_networks(self, request):
        return self.page([{"id": id, "name": name} for id, name in self.beside.items() if name == request.query.get("name", name)])

    @call("POST", "/v1/private-networks", "add-network")
    def add_network(self, request):
        id = f"net{next(self.count)}"
        self.beside[id] = request.json()["name"]
        return {"id": id, "name": self.beside[id]}

    @call("DELETE", "/v1/private-networks/([^/]+)", "delete-network")
    def delete_network(self, request, id):
        """SkyPilot waits a few seconds after it removed the machine, and then does not ask again."""
        if any(id in m.beside for m in self.there()):
            raise Refusal(400, "BAD_REQUEST", "Network is in use.")
        self.drop([id])
        return {"id": id}
