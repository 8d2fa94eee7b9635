"""What the clouds have in common: machines that take their time, calls, refusals."""
import itertools
import json
import os
import re
import time
import urllib.parse


class Refusal(Exception):
    """A call's error: the HTTP status, the cloud's code, the cloud's words."""

    def __init__(self, status, code, message):
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message

    @classmethod
    def of(cls, words):
        """The refusal that an entry of faults.json describes, or a fault in force: STATUS:CODE and a message."""
        status, _, code = words["code"].partition(":")
        return cls(int(status), code, words["message"])


class Machine:
    """A machine. What was asked of it comes about step by step, as on a real cloud: SkyPilot waits for each state."""

    def __init__(self, cloud, id, name, region, type, key, beside=(), **more):
        self.cloud, self.id, self.name, self.region, self.type, self.key = cloud, id, name, region, type, key
        self.ip = cloud.new_address()
        self.beside = [*beside]  # ids of what belongs to it (Api.beside)
        self.more = more  # what this cloud alone keeps of a machine
        self.plan = []
        self.follow(cloud.created)

    def follow(self, steps):
        """The machine goes through these (seconds from now, state) from where it is; None is gone."""
        now = time.time()
        here = [(now, self.state)] if self.plan else []
        self.plan = here + [(now + after, state) for after, state in steps]

    @property
    def state(self):
        """The state in the cloud's own word; None once the machine is gone."""
        return [state for since, state in self.plan if since <= time.time()][-1]

    @property
    def ends(self):
        """Whether it is being removed."""
        return self.plan[-1][1] is None

    @property
    def runs(self):
        return self.state == self.cloud.created[-1][1]

    @property
    def word(self):
        """The state in the lab's words, which are the same for all clouds."""
        if self.ends:
            return "terminating"
        if self.runs:
            return "running"
        return "stopped" if self.cloud.stopped and self.state == self.cloud.stopped[-1][1] else self.state


class Request:
    """A call as it came."""

    def __init__(self, method, target, headers, body):
        url = urllib.parse.urlsplit(target)
        self.method, self.path, self.query = method, url.path, dict(urllib.parse.parse_qsl(url.query))
        self.headers, self.body = headers, body
        self.action = ""  # what the call does; a fault names it

    def json(self):
        """The body, {} where it is no object."""
        try:
            data = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}


def call(method, path, action):
    """Marks a method of an Api as the answer to a call. The groups of path, a regular expression, are its arguments.

    Where one call does several things, action is "" and the method says which it was (see Api.judge).
    """
    def mark(answer):
        answer.route = (method, re.compile(path), action)
        return answer
    return mark


class Api:
    """A cloud. A subclass has what differs: names, states, credentials, the price list, the calls."""

    name = ""  # SkyPilot's
    hosts = ()
    user = "ubuntu"  # whom SkyPilot logs in as
    port = 22  # where SSH is reached from outside
    boot = ""  # what its servers do before their sshd, beside what every server does (cloud.py)
    # (seconds from now, state) …, of a new machine and of what is done to one. A cloud that can't stop has no `stopped`.
    created, started, stopped, removed = (), (), (), ()
    credentials = ("", "")  # the file under the home folder; its content, with KEY where the key goes
    settings = ()  # a further file that goes with an account, and its content
    columns = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice"
    regions = ()
    types = ()  # name, accelerator, how many of them, vCPUs, GiB of memory, USD an hour

    def __init_subclass__(cls):
        cls.routes = [f for f in vars(cls).values() if hasattr(f, "route")]

    def __init__(self, faults, words, new_address, good_key, home):
        """faults(name) is the text of a fault in force or None; words are this cloud's of faults.json; home is the user's folder."""
        self.faults, self.calls, self.refusals = faults, words["calls"], words["refusals"]
        self.new_address, self.good_key, self.home = new_address, good_key, home
        self.machines = {}
        self.beside = {}  # names by id: volumes, networks. They cost money, and outlive a machine if nobody removes them
        self.keys = {}  # SSH keys, or the scripts that bring them
        self.count = itertools.count(1)

    # --- the cloud as the lab sees it

    def there(self):
        """The machines that are not gone."""
        self.machines = {id: m for id, m in self.machines.items() if m.state is not None}
        return list(self.machines.values())

    def servers(self):
        """The machines that the lab boots."""
        return self.there()

    def ready(self):
        """Whether it answers."""
        return True

    def settle(self):
        """Brings about what a fault in force changes at the cloud itself; called again and again."""

    def account(self, key):
        """Writes credentials with that key; without a key there are none, and SkyPilot does not use the cloud."""
        for path, content in filter(None, (self.credentials, self.settings)):
            path = f"{self.home}/{path}"
            if key:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w") as file:
                    file.write(content.replace("KEY", key))
            elif os.path.exists(path):
                os.remove(path)

    def left(self):
        """(id, name) of what stands beside no machine."""
        if not self.beside:
            return []  # Slurm would be asked for its jobs once more
        held = [id for m in self.there() for id in m.beside]
        return [(id, name) for id, name in self.beside.items() if id not in held]

    def catalog(self):
        rows = [f'{name},{accelerator},{n},{cpus},{memory},{price},"{region}",,'
                for region in self.regions for name, accelerator, n, cpus, memory, price in self.types]
        return "\n".join([self.columns, *rows]) + "\n"

    def console_stop(self, machine):
        """What a person does in the console. False where the cloud can't."""
        if self.stopped:
            machine.follow(self.stopped)
        return bool(self.stopped)

    def console_terminate(self, machine):
        """Takes what is beside the machine too, as the console offers."""
        self.drop(machine.beside)
        machine.follow(((1, None),))

    def drop(self, ids):
        for id in ids:
            self.beside.pop(id, None)

    # --- answering

    def answer(self, request):
        """The status and the body that answer a request."""
        try:
            for answer in self.routes:
                method, path, request.action = answer.route
                found = path.fullmatch(request.path)
                if method == request.method and found:
                    if self.key_of(request) != self.good_key:
                        raise Refusal.of(self.refusals["authentication"])
                    if request.action:
                        self.judge(request, self.place(request))
                    body = answer(self, request, *found.groups())
                    return body if isinstance(body, tuple) else (200, body)
            request.action = f"? {request.method} {request.path}"
            raise Refusal.of(self.refusals["vanished"])
        except Refusal as refusal:
            request.action += f" {refusal.status} {refusal.code}"
            return refusal.status, self.error(refusal.code, refusal.message)

    def judge(self, request, place="", action=""):
        """Lets a call through, or raises what a fault in force says of it: CLOUD:ACTION[@REGION], ACTION may be ANY."""
        request.action = action or request.action
        time.sleep(float(self.faults("latency") or 0))
        for name in (f"{self.name}:{what}{where}" for what in (request.action, "ANY") for where in (f"@{place}", "")):
            text = self.faults(name)
            if text and text.startswith("HANG|"):
                while self.faults(name) == text:
                    time.sleep(.2)
            elif text:
                code, _, message = text.partition("|")
                raise Refusal.of({"code": code, "message": message})

    def key_of(self, request):
        return request.headers.get("Authorization", "").removeprefix("Bearer ")

    def place(self, request):
        """The region that a call is about, as far as the call itself says."""
        return request.json().get("region", "") if request.method == "POST" else ""

    def error(self, code, message):
        return {"code": code, "message": message}

    def add(self, id, *args, **more):
        self.machines[id] = Machine(self, id, *args, **more)
        return self.machines[id]

    def machine(self, id):
        for m in self.there():
            if str(m.id) == id:
                return m
        raise Refusal.of(self.refusals["vanished"])


def key_in(script):
    """The SSH key that a start-up script of SkyPilot's lets in."""
    return re.search(r"""echo ["'](ssh-[^"']+)["'] >>""", script)[1]
