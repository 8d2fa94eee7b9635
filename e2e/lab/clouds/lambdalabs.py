"""Lambda: REST. Can't stop a machine, has no spot machines; a firewall for the whole account."""
from .api import Api, Refusal, call


class Lambda(Api):
    name, hosts = "lambda", ("cloud.lambdalabs.com", "cloud.lambda.ai")
    created, removed = ((0, "booting"), (4, "active")), ((0, "terminating"), (3, None))
    credentials = (".lambda_cloud/lambda_keys", "api_key = KEY\n")
    regions = ("us-east-1", "us-west-1")
    types = (("cpu_4x_general", "", "", 4, 16, .2), ("gpu_1x_a10", "A10", 1, 30, 200, .75))

    def __init__(self, *args):
        super().__init__(*args)
        self.firewall = []

    def error(self, code, message):
        return {"error": {"code": code, "message": message, "suggestion": ""}}

    def place(self, request):
        return request.json().get("region_name", "")

    @staticmethod
    def shown(m):
        reached = {"ip": m.ip, "private_ip": m.ip} if m.runs else {}
        return {"id": m.id, "name": m.name, "status": m.state, "ssh_key_names": m.more["keys"], "file_system_names": [],
                "region": {"name": m.region, "description": ""}, "instance_type": {"name": m.type}, "hostname": m.ip, **reached}

    @call("GET", "/api/v1/instances", "list")
    def list(self, request):
        return {"data": [self.shown(m) for m in self.there()]}

    @call("GET", "/api/v1/instance-types", "types")
    def offers(self, request):
        """SkyPilot looks here before it launches, and does not launch where there is no capacity."""
        regions = [{"name": region, "description": ""} for region in self.regions if not self.is_full(region)]
        return {"data": {name: {
            "instance_type": {"name": name, "price_cents_per_hour": price * 100, "specs": {"vcpus": cpus, "memory_gib": memory}},
            "regions_with_capacity_available": regions,
        } for name, _, _, cpus, memory, price in self.types}}

    def is_full(self, region):
        code = self.refusals["capacity"]["code"]
        return any((self.faults(f"{self.name}:launch{where}") or "").startswith(code) for where in (f"@{region}", ""))

    @call("POST", "/api/v1/instance-operations/launch", "launch")
    def launch(self, request):
        data = request.json()
        key = next((k for k in self.keys.values() if k["name"] == data["ssh_key_names"][0]), None)
        if not key:
            raise Refusal(400, "global/invalid-parameters", "Invalid request data.")
        m = self.add(f"{next(self.count):032x}", data.get("name", ""), data["region_name"], data["instance_type_name"], key["public_key"],
                     keys=data["ssh_key_names"])
        return {"data": {"instance_ids": [m.id]}}

    @call("POST", "/api/v1/instance-operations/terminate", "")
    def terminate(self, request):
        machines = [self.machine(id) for id in request.json()["instance_ids"]]
        for m in machines:
            self.judge(request, m.region, "terminate")
            m.follow(self.removed)
        return {"data": {"terminated_instances": [self.shown(m) for m in machines]}}

    @call("GET", "/api/v1/ssh-keys", "keys")
    def list_keys(self, request):
        return {"data": [*self.keys.values()]}

    @call("POST", "/api/v1/ssh-keys", "add-key")
    def add_key(self, request):
        key = request.json() | {"id": f"k{next(self.count)}"}
        self.keys[key["id"]] = key
        return {"data": key}

    @call("GET", "/api/v1/firewall-rules", "firewall")
    def rules(self, request):
        return {"data": self.firewall}

    @call("PUT", "/api/v1/firewall-rules", "open-ports")
    def set_rules(self, request):
        self.firewall = request.json()["data"]
        return self.rules(request)
