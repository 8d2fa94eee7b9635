"""RunPod: GraphQL at one address, through its SDK. Can't stop; spot for GPUs alone; SSH and all ports on others."""
import base64
import re

from .api import Api, call, key_in

GPU_TYPE = "1x_A40_SECURE"
DEPLOY = ("deployCpuPod", "podFindAndDeployOnDemand", "podRentInterruptable")


class RunPod(Api):
    name, hosts, user, port = "runpod", ("api.runpod.io", "rest.runpod.io"), "root", 10022
    created, removed = ((0, "CREATED"), (4, "RUNNING")), ((2, None),)
    credentials = (".runpod/config.toml", '[default]\napi_key = "KEY"\n')
    columns = f"{Api.columns},AvailabilityZone"
    types = (("cpu3g-4-16", "", "", 4, 16, .12), (GPU_TYPE, "A40", 1, 9, 50, .39))
    zones = {"US": ("US-KS-2", "US-GA-1"), "CA": ("CA-MTL-1",)}

    def catalog(self):
        rows = [f"{name},{accelerator},{n},{cpus},{memory},{price},{region},,{price / 2 if accelerator else ''},{zone}"
                for region, zones in self.zones.items() for zone in zones
                for name, accelerator, n, cpus, memory, price in self.types]
        return "\n".join([self.columns, *rows]) + "\n"

    def error(self, code, message):
        return {"errors": [{"message": message, "extensions": {"code": code}}], "data": None}

    def shown(self, m):
        def port(private, public, kind="tcp", open=True):
            return {"ip": m.ip, "isIpPublic": open, "privatePort": private, "publicPort": public, "type": kind}
        ports = [port(22, self.port), port(6380, 6380, "http", False), *(port(p, 20000 + p) for p in m.more["ports"])]
        return {"id": m.id, "name": m.name, "desiredStatus": m.state, "vcpuCount": next(t[3] for t in self.types if t[0] == m.type),
                "runtime": {"ports": ports} if m.runs else None}

    @call("POST", "/graphql", "")
    def query(self, request):
        """The SDK writes its values into the query's text: there are no variables."""
        text = request.json()["query"]
        given = dict(re.findall(r'(\w+): "([^"]*)"', text))
        for verb in DEPLOY:
            if verb in text:
                return {"data": {verb: self.deploy(request, given)}}
        if "podTerminate" in text:
            m = self.machine(given["podId"])
            self.judge(request, m.region, "terminate")
            m.follow(self.removed)
            return {"data": {"podTerminate": None}}
        if "updateUserSettings" in text:
            self.judge(request, action="set-key")
            self.keys["pub"] = given["pubKey"].replace("\\n", "\n")
            return {"data": {"updateUserSettings": {"id": "u", "pubKey": self.keys["pub"]}}}
        if "gpuTypes" in text:
            self.judge(request, action="types")
            return {"data": {"gpuTypes": [{"id": given.get("id"), "memoryInGb": 48, "maxGpuCount": 8}]}}
        self.judge(request, action="list")
        return {"data": {"myself": {"id": "u", "pubKey": self.keys.get("pub"), "networkVolumes": [], "podTemplates": [],
                                    "pods": [self.shown(m) for m in self.there()]}}}

    def deploy(self, request, given):
        self.judge(request, given.get("countryCode", ""), "deploy")
        script = base64.b64decode(re.search(r"echo (\S+) \| base64", given["dockerArgs"])[1]).decode()
        m = self.add(f"pod{next(self.count):08x}", given["name"], given["countryCode"], given.get("instanceId", GPU_TYPE), key_in(script),
                     ports=[int(p) for p in re.findall(r"(\d+)/tcp", given["ports"]) if p != "22"])
        return {"id": m.id, "imageName": given["imageName"], "machineId": "m", "machine": {"podHostId": "h"}}
