"""The lab's clouds without a lab: what they answer, on a clock of the test's own."""
import base64
import json
import os
import tempfile
import unittest
from unittest import mock

import clouds
from clouds import api, proxy
from clouds.slurm import FREE

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = "ssh-rsa AAAA user"
SCRIPT = f'echo "{KEY}" >> ~/.ssh/authorized_keys'
with open(f"{HERE}/faults.json") as file:
    WORDS = json.load(file)


def graphql(verb, **values):
    given = ", ".join(f'{name}: "{value}"' for name, value in values.items())
    return "POST", "/graphql", {"query": f"mutation {{ {verb}(input: {{ {given} }}) {{ id }} }}"}


# The calls that make a machine, the last of which a fault at launch strikes; and that which removes it.
LAUNCH = {
    "lambda": [("POST", "/api/v1/ssh-keys", {"name": "sky", "public_key": KEY}),
               ("POST", "/api/v1/instance-operations/launch",
                {"name": "c-head", "region_name": "us-east-1", "instance_type_name": "cpu_4x_general", "ssh_key_names": ["sky"]})],
    "do": [("POST", "/v2/account/keys", {"name": "sky", "public_key": KEY}),
           ("POST", "/v2/droplets", {"name": "c-head", "region": "nyc3", "size": "s-2vcpu-4gb", "ssh_keys": ["00:01"], "tags": []})],
    "paperspace": [("POST", "/v1/private-networks", {"name": "c"}), ("POST", "/v1/startup-scripts", {"name": "sky", "script": SCRIPT}),
                   ("POST", "/v1/machines", {"name": "c-head", "region": "East Coast (NY2)", "machineType": "C5", "networkId": "net1",
                                             "startupScriptId": "sc2"})],
    "runpod": [graphql("deployCpuPod", name="c-head", countryCode="US", instanceId="cpu3g-4-16", imageName="i", ports="22/tcp,8000/tcp",
                       dockerArgs=f"bash -c 'echo {base64.b64encode(SCRIPT.encode()).decode()} | base64 --decode > init.sh'")],
    "vast": [("POST", "/api/v0/ssh/", {"ssh_key": KEY}), ("POST", "/api/v0/bundles/", {}),
             ("PUT", "/api/v0/asks/7000000/", {"label": "c-head", "price": .1, "onstart": SCRIPT.replace('"', "'")})],
}
REMOVE = {
    "lambda": lambda id: ("POST", "/api/v1/instance-operations/terminate", {"instance_ids": [id]}),
    "do": lambda id: ("DELETE", f"/v2/droplets/{id}/destroy_with_associated_resources/dangerous", {}),
    "paperspace": lambda id: ("DELETE", f"/v1/machines/{id}", {}),
    "runpod": lambda id: graphql("podTerminate", podId=id),
    "vast": lambda id: ("DELETE", f"/api/v0/instances/{id}/", {}),
}


class CloudsTest(unittest.TestCase):
    def setUp(self):
        self.faults, self.now = {}, 1000.
        clock = mock.patch.object(api, "time", mock.Mock(time=lambda: self.now, sleep=lambda _: None))
        clock.start()
        self.addCleanup(clock.stop)
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.clouds = clouds.all_clouds(self.faults.get, WORDS, lambda: "127.0.1.1", home.name)
        self.clouds["slurm"].ask = lambda command: None  # nothing answers there
        self.called = [c for c in self.clouds.values() if c.hosts]  # those that SkyPilot calls over HTTP

    def ask(self, cloud, method, target, body, key="testing"):
        data = json.dumps(body).encode()
        return cloud.answer(api.Request(method, target, {"Authorization": f"Bearer {key}"}, data))

    def launch(self, cloud):
        for call in LAUNCH[cloud.name]:
            answer = self.ask(cloud, *call)
        return answer

    def test_a_machine_comes_and_goes(self):
        for cloud in self.called:
            with self.subTest(cloud.name):
                status, answer = self.launch(cloud)
                self.assertLess(status, 300, answer)
                [m] = cloud.there()
                self.assertEqual((m.key, m.name, m.runs), (KEY, "c-head", False))
                self.now += 10
                self.assertEqual(m.word, "running")
                self.assertEqual(bool(cloud.stopped), cloud.console_stop(m))
                self.now += 10
                self.assertEqual(m.word, "stopped" if cloud.stopped else "running")
                status, answer = self.ask(cloud, *REMOVE[cloud.name](m.id))
                self.assertLess(status, 300, answer)
                self.assertEqual(m.word, "terminating")
                self.now += 10
                self.assertEqual(cloud.there(), [])

    def test_refusals_are_in_the_clouds_own_words(self):
        for cloud in self.called:
            for reason, words in cloud.refusals.items():
                with self.subTest(f"{cloud.name} {reason}"):
                    self.faults[f"{cloud.name}:{cloud.calls['launch']}"] = f"{words['code']}|{words['message']}"
                    status, answer = self.launch(cloud)
                    self.assertEqual(status, int(words["code"].partition(":")[0]))
                    self.assertIn(words["message"], json.dumps(answer))
                    self.assertEqual(cloud.there(), [])

    def test_a_fault_strikes_in_its_region_alone(self):
        for cloud in self.called:
            with self.subTest(cloud.name):
                name, words = f"{cloud.name}:{cloud.calls['launch']}", cloud.refusals["capacity"]
                self.faults[f"{name}@elsewhere"] = f"{words['code']}|{words['message']}"
                self.launch(cloud)
                [m] = cloud.there()
                self.faults[f"{name}@{m.region}"] = f"{words['code']}|{words['message']}"
                self.launch(cloud)
                self.assertEqual(cloud.there(), [m])

    def test_another_key_is_refused(self):
        for cloud in self.called:
            status, answer = self.ask(cloud, *LAUNCH[cloud.name][-1], key="wrong")
            self.assertEqual(status, 401, answer)

    def test_what_a_machine_leaves_is_seen(self):
        do = self.clouds["do"]
        self.launch(do)
        [m] = do.there()
        self.ask(do, "POST", "/v2/volumes", {"name": "c-volume"})
        [(volume, name)] = do.left()
        self.ask(do, "POST", f"/v2/volumes/{volume}/actions", {"type": "attach", "droplet_id": m.id})
        self.assertEqual((name, do.left()), ("c-volume", []))
        m.follow(((0, None),))
        _, listed = proxy.console(self.clouds, api.Request("GET", "/machines", {}, b""))
        self.assertEqual(listed, [["do/-", volume, "left", "-", "c-volume"]])
        proxy.console(self.clouds, api.Request("POST", f"/terminate?id={volume}", {}, b""))
        self.assertEqual(do.left(), [])

    def test_lambda_offers_no_machine_where_it_has_none(self):
        cloud = self.clouds["lambda"]
        self.faults["lambda:launch@us-east-1"] = f"{cloud.refusals['capacity']['code']}|{cloud.refusals['capacity']['message']}"
        _, answer = self.ask(cloud, "GET", "/api/v1/instance-types", {})
        regions = [r["name"] for r in answer["data"]["cpu_4x_general"]["regions_with_capacity_available"]]
        self.assertEqual(regions, ["us-west-1"])

    def test_a_spot_machine_of_vast_is_stopped_and_started(self):
        cloud = self.clouds["vast"]
        self.launch(cloud)
        [m] = cloud.there()
        self.now += 10
        for state, word in (("stopped", "stopped"), ("running", "running")):
            status, answer = self.ask(cloud, "PUT", f"/api/v0/instances/{m.id}/", {"state": state})
            self.assertEqual((status, answer), (200, {"success": True}))
            self.now += 10
            self.assertEqual(m.word, word)
        _, answer = self.ask(cloud, "GET", "/api/v1/instances/?limit=25", {})
        self.assertEqual([(i["id"], i["is_bid"], i["ssh_port"]) for i in answer["instances"]], [(m.id, True, 10022)])

    def test_a_cloud_is_known_by_its_credentials(self):
        for cloud in self.clouds.values():
            with self.subTest(cloud.name):
                path = f"{cloud.home}/{cloud.credentials[0]}"
                cloud.account("testing")
                with open(path) as file:
                    self.assertIn("testing", file.read())
                cloud.account("")
                self.assertFalse(os.path.exists(path))

    def test_slurm_has_a_server_while_there_is_an_account(self):
        slurm, asked = self.clouds["slurm"], []
        slurm.ask = lambda command: asked.append(command) or "7 c-1234 RUNNING\n8 other PENDING\n"
        self.assertEqual((slurm.servers(), slurm.there(), asked), ([], [], []))
        slurm.account("testing")
        [node] = slurm.servers()
        self.assertTrue(node.key.startswith("ssh-ed25519 "))
        _, listed = proxy.console(self.clouds, api.Request("GET", "/machines", {}, b""))
        self.assertEqual(listed, [["slurm/lab", "slurm-login/7", "running", node.ip, "c-1234"], ["slurm/lab", "slurm-login/8", "pending", node.ip, "other"]])
        _, answer = proxy.console(self.clouds, api.Request("POST", "/stop?id=slurm-login/7", {}, b""))
        self.assertEqual(answer, "can't be stopped")
        proxy.console(self.clouds, api.Request("POST", "/terminate?id=slurm-login/7", {}, b""))
        self.assertEqual(asked[-1], "scancel 7")

    def test_a_fault_of_slurm_is_a_limit_of_its_partition(self):
        slurm, asked = self.clouds["slurm"], []
        slurm.ask = lambda command: asked.append(command) or ""
        slurm.account("testing")
        slurm.settle()
        self.assertEqual(asked, [])
        self.faults["slurm:partition"] = "State=INACTIVE|none"
        slurm.settle()
        slurm.settle()
        self.faults.clear()
        slurm.settle()
        self.assertEqual([command.split("UNLIMITED ")[1] for command in asked], ["State=INACTIVE", FREE])

    def test_vast_refuses_a_bid_of_nothing(self):
        cloud = self.clouds["vast"]
        method, path, body = LAUNCH["vast"][-1]
        status, answer = self.ask(cloud, method, path, body | {"price": 0})
        self.assertEqual((status, answer["error"], cloud.there()), (400, "invalid_args", []))


if __name__ == "__main__":
    unittest.main()
