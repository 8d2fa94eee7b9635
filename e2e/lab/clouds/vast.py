"""Vast.ai: REST, through its SDK. Stops any machine, a spot one (interruptible: one that is bid for) too; SSH on another port."""
from .api import Api, Refusal, call, key_in

LEAST_BID = .001


class Vast(Api):
    name, hosts, user, port = "vast", ("console.vast.ai",), "root", 10022
    created, removed = ((0, "created"), (2, "loading"), (4, "running")), ((2, None),)
    # One that is outbid is stopped, too.
    started, stopped = ((0, "loading"), (3, "running")), ((3, "exited"),)
    credentials = (".config/vastai/vast_api_key", "KEY\n")
    # SkyPilot bids nothing, which Vast refuses (docs/skypilot.md, "Vast"): its settings say the bid. All machines of the account are
    # interruptible ones then.
    settings = (".sky/config.yaml", "vast:\n  create_instance_kwargs:\n    price: 0.1\n")
    columns = f"{Api.columns},HostingType"
    regions = ("Germany, DE, EU", "Texas, US, NA")  # as SkyPilot's price list has them; SkyPilot rents the first, whatever it was asked
    types = (("1x-RTX_4090-32-65536", "RTX4090", 1, 32, 64, .4),)

    def catalog(self):
        rows = [f'{name},{accelerator},{n},{cpus},{memory},{price},"{region}",,{price / 2},1'
                for region in self.regions for name, accelerator, n, cpus, memory, price in self.types]
        return "\n".join([self.columns, *rows]) + "\n"

    def error(self, code, message):
        return {"success": False, "error": code, "msg": message}

    def offers(self):
        """What there is to rent, by id."""
        return {7000000 + n: (region, self.types[0]) for n, region in enumerate(self.regions)}

    @staticmethod
    def shown(m):
        return {"id": m.id, "label": m.name, "actual_status": m.state, "intended_status": "running" if m.runs else "stopped", "start_date": m.plan[0][0],
                "extra_env": [], "ssh_host": m.ip, "ssh_port": m.cloud.port, "public_ipaddr": m.ip, "local_ipaddrs": m.ip, "ports": None,
                "geolocation": m.region, "gpu_name": "RTX 4090", "is_bid": m.more["bid"] is not None}

    @call("POST", "/api/v0/bundles/", "search")
    def search(self, request):
        """SkyPilot's wishes do not arrive: its query is lost in the SDK."""
        return {"offers": [{"id": id, "gpu_name": "RTX 4090", "num_gpus": n, "cpu_cores": cpus, "cpu_ram": memory << 10, "gpu_ram": 24 << 10,
                            "disk_space": 500, "hosting_type": 1, "dph_total": price, "min_bid": price / 2, "geolocation": region.rpartition(", ")[0]}
                           for id, (region, (_, _, n, cpus, memory, price)) in self.offers().items()]}

    @call("PUT", "/api/v0/asks/([0-9]+)/", "")
    def create(self, request, id):
        data = request.json()
        if int(id) not in self.offers():
            raise Refusal(404, "invalid_args", f"error 404/3603: no_such_ask Instance type by id {id} is not available.")
        region, (type, *_) = self.offers()[int(id)]
        self.judge(request, region, "create")
        bid = data.get("price")
        if bid is not None and bid < LEAST_BID:
            raise Refusal(400, "invalid_args", "error 400/3467: Invalid args: 'price'")
        m = self.add(20000000 + next(self.count), data["label"], region, type, key_in(data["onstart"]), bid=bid)
        return {"success": True, "new_contract": m.id}

    @call("GET", "/api/v1/instances/", "list")
    def list(self, request):
        found = [self.shown(m) for m in self.there()]
        return {"success": True, "instances": found, "instances_found": len(found), "total_instances": len(found), "next_token": None}

    @call("GET", "/api/v0/instances/([0-9]+)/", "get")
    def get(self, request, id):
        return {"instances": self.shown(self.machine(id))}

    @call("PUT", "/api/v0/instances/([0-9]+)/", "")
    def act(self, request, id):
        m, starts = self.machine(id), request.json()["state"] == "running"
        self.judge(request, m.region, "start" if starts else "stop")
        m.follow(self.started if starts else self.stopped)
        return {"success": True}

    @call("DELETE", "/api/v0/instances/([0-9]+)/", "")
    def destroy(self, request, id):
        m = self.machine(id)
        self.judge(request, m.region, "destroy")
        m.follow(self.removed)
        return {"success": True}

    @call("GET", "/api/v0/ssh/", "keys")
    def list_keys(self, request):
        return [*self.keys.values()]

    @call("POST", "/api/v0/ssh/", "add-key")
    def add_key(self, request):
        n = next(self.count)
        self.keys[n] = {"id": n, "public_key": request.json()["ssh_key"]}
        return {"success": True, "key": self.keys[n]}
