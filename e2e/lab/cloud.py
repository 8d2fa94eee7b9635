"""Clouds on this machine for the real SkyPilot CLI.

`cloud.py serve` is moto's EC2 API behind a door that refuses calls on demand, the other clouds of the folder clouds, and,
for each machine that a cloud calls running, a server: an overlay of this machine's root in namespaces of its own, with
sshd. The other verbs are what a person does: instances, stop-instances, terminate-instances, each [CLUSTER], in the
clouds' consoles; account CLOUD KEY; refuse CLOUD CALL REASON [REGION]; environment.
"""
import base64
import contextlib
import ctypes
import html
import io
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

import clouds
from clouds import proxy

LAB = os.environ.get("SKYLAB_HOME", os.path.expanduser("~/.cache/skylab"))
FAULTS = f"{LAB}/faults"
ADDRESS = ("127.0.0.1", 5555)
ENDPOINT = f"http://{ADDRESS[0]}:{ADDRESS[1]}"
REGIONS = ("us-east-1", "us-west-2")
OWN_KEY = "lab"  # calls signed with it are the lab's own: no fault strikes them
GOOD_KEYS = ("testing", "test-key")  # the user's; what a server gets from moto's metadata service (autostop needs it)
# name, vCPUs, GiB of memory, USD an hour
INSTANCE_TYPES = (
    ("t3.micro", 2, 1, .0104),
    ("m6i.large", 2, 8, .096),
    ("m6i.xlarge", 4, 16, .192),
    ("m6i.2xlarge", 8, 32, .384),
)
PR_SET_PDEATHSIG, CLONE_NEWNET = 1, 0x40000000
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults.json")) as words:
    WORDS = json.load(words)


def ec2(region):
    import boto3
    return boto3.client("ec2", region_name=region, endpoint_url=ENDPOINT,
                        aws_access_key_id=OWN_KEY, aws_secret_access_key=OWN_KEY)


def instances(*states):
    """(region, instance) of every instance in one of the states, of all without any."""
    for region in REGIONS:
        for reservation in ec2(region).describe_instances()["Reservations"]:
            for instance in reservation["Instances"]:
                if not states or instance["State"]["Name"] in states:
                    yield region, instance


def cluster_of(instance):
    """SkyPilot's name for the cluster, with the user's hash at its end."""
    tags = {t["Key"]: t["Value"] for t in instance.get("Tags", [])}
    return tags.get("skypilot-cluster-name") or tags.get("ray-cluster-name") or "-"


addresses = itertools.count(10)


def new_address():
    """A public address for a machine: one that reaches this machine."""
    return f"127.0.1.{next(addresses) % 250 + 1}"


def patch_moto():
    """Public addresses that reach this machine, and no judgement on the policies that SkyPilot attaches."""
    import moto.ec2.models.elastic_network_interfaces as eni
    import moto.ec2.utils as utils
    import moto.iam.policy_validation as policies
    utils.random_public_ip = eni.random_public_ip = new_address
    for validator in vars(policies).values():
        if isinstance(validator, type) and hasattr(validator, "validate"):
            validator.validate = lambda self: None


def fault(name):
    """The text of a fault in force, None where there is none. Read at each use, so that healing works at once."""
    try:
        with open(f"{FAULTS}/{name}") as file:
            return file.read().strip()
    except FileNotFoundError:
        return None


OTHERS = clouds.all_clouds(fault, WORDS, new_address, f"{LAB}/home")


class Door:
    """WSGI in front of moto: unknown keys and injected faults are answered here."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        signed = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        if not signed or signed[1] == OWN_KEY:
            return self.app(environ, start_response)
        key, region, service = signed.groups()
        form = self.form(environ)
        action = form.get("Action", environ["REQUEST_METHOD"])
        time.sleep(float(fault("latency") or 0))
        code, message = self.refusal(action, region, service, key, form)
        print(time.strftime("%T"), service, region, action, code or "", flush=True)
        if not code:
            return self.app(environ, start_response)
        start_response("400 Bad Request", [("Content-Type", "text/xml")])
        error = f"<Code>{code}</Code><Message>{html.escape(message)}</Message>"
        if service == "ec2":
            return [f"<Response><Errors><Error>{error}</Error></Errors><RequestID>lab</RequestID></Response>".encode()]
        return [f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>lab</RequestId></ErrorResponse>".encode()]

    @staticmethod
    def form(environ):
        """The call's parameters; the body is put back for moto."""
        if "form-urlencoded" not in environ.get("CONTENT_TYPE", ""):
            return {}
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        return dict(urllib.parse.parse_qsl(body.decode()))

    @staticmethod
    def refusal(action, region, service, key, form):
        """(code, message) of the error to answer, (None, None) to let the call through."""
        if key not in GOOD_KEYS:
            if service == "ec2":
                words = WORDS["aws"]["refusals"]["authentication"]
                return words["code"], words["message"]
            return "InvalidClientTokenId", "The security token included in the request is invalid."
        places = [f"@{region}"]
        subnet = next((v for k, v in form.items() if k.endswith("SubnetId")), None)
        if subnet and action == "RunInstances":
            zone = ec2(region).describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailabilityZone"]
            places.insert(0, f"@{zone}")
        for name in [a + p for a in (action, "ANY") for p in [*places, ""]]:
            text = fault(name)
            if text and text.startswith("HANG|"):
                while fault(name) == text:
                    time.sleep(.2)
            elif text:
                return text.split("|", 1)
        return None, None


def public_network():
    """moto's default networks have no way out, and SkyPilot chooses only subnets that have one."""
    for region in REGIONS:
        c = ec2(region)
        for vpc in c.describe_vpcs()["Vpcs"]:
            gateway = c.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            c.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
            own = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
            for table in c.describe_route_tables(Filters=own)["RouteTables"]:
                c.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


def catalog():
    """The price list that SkyPilot would download."""
    from sky.skylet.constants import CATALOG_SCHEMA_VERSION
    folder = f"{LAB}/home/.sky/catalogs/{CATALOG_SCHEMA_VERSION}/aws"
    os.makedirs(folder, exist_ok=True)
    vms = ["InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,"
           "AvailabilityZone,Arch"]
    images = ["Tag,Region,OS,OSVersion,ImageId,CreationDate"]
    quotas = ["Region,InstanceType,SpotInstanceCode,OnDemandInstanceCode"]
    for region in REGIONS:
        c = ec2(region)
        for zone in c.describe_availability_zones()["AvailabilityZones"][:3]:
            vms += [f"{name},,,{cpus},{memory},,{price},{price * .4:.4f},{region},{zone['ZoneId']},x86_64"
                    for name, cpus, memory, price in INSTANCE_TYPES]
        x86 = [{"Name": "architecture", "Values": ["x86_64"]}]
        image = c.describe_images(Filters=x86)["Images"][0]["ImageId"]
        images += [f"skypilot:custom-{kind}-ubuntu,{region},ubuntu,22.04,{image},2024-01-01" for kind in ("cpu", "gpu")]
        quotas += [f"{region},{name},L-34B43A08,L-1216C47A" for name, *_ in INSTANCE_TYPES]
    for name, rows in (("vms", vms), ("images", images), ("instance_quota_mapping", quotas)):
        with open(f"{folder}/{name}.csv", "w") as file:
            file.write("\n".join(rows) + "\n")
    clouds.catalogs(OTHERS, os.path.dirname(folder))


libc = ctypes.CDLL(None, use_errno=True)
HERE = os.open("/proc/self/ns/net", os.O_RDONLY)


def socket_in(namespace):
    """A TCP socket that belongs to another network namespace. setns changes the calling thread alone."""
    if libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
    try:
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return s
    finally:
        libc.setns(HERE, CLONE_NEWNET)


def wait_while_cut():
    while fault("cut") is not None:
        time.sleep(.2)


def forward(listen_in, listen_at, connect_in, connect_to):
    """Passes TCP connections from one network namespace into another; returns the listening socket."""
    listener = socket_in(listen_in)
    listener.bind(listen_at)
    listener.listen(128)

    def pump(a, b):
        try:
            while data := a.recv(1 << 16):
                wait_while_cut()
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            a.close()
            b.close()

    def connection(a):
        b = socket_in(connect_in)
        try:
            wait_while_cut()
            b.connect(connect_to)
        except OSError:
            a.close()
            return
        back = threading.Thread(target=pump, args=(b, a), daemon=True)
        back.start()
        pump(a, b)
        back.join()
        a.close()
        b.close()

    def accept():
        try:
            while True:
                threading.Thread(target=connection, args=(listener.accept()[0],), daemon=True).start()
        except OSError:
            listener.close()
    threading.Thread(target=accept, daemon=True).start()
    return listener


# What a server does before its sshd: its root, its user, then the user's key. The image has the user ubuntu, and SkyPilot's
# runtime in that home has its path in many files: whoever SkyPilot logs in as has that home. exec keeps sshd process 1 of
# its namespace, so that killing it ends everything on the server.
BOOT = """set -e
mount --make-rprivate /
mount -t overlay overlay -o lowerdir=/,upperdir={disk}/disk,workdir={disk}/work {disk}/root
cd {disk}/root
mount --bind /dev dev
mount --bind /dev/pts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t proc proc proc
mount -t tmpfs tmpfs tmp
chmod 1777 tmp
mount -t tmpfs tmpfs run
mkdir -p run/sshd
cp {lab}/ca.pem etc/lab-ca.pem
if [ {user} = root ]; then
  sed -i '/^root:/s#:/root:#:/home/ubuntu:#' etc/passwd
else
  sed -i 's/^ubuntu:/{user}:/' etc/passwd etc/shadow etc/group
  echo "{user} ALL=(ALL) NOPASSWD:ALL" > etc/sudoers.d/ubuntu
fi
hostname {id}
echo "127.0.1.1 {id}" >> etc/hosts
ip link set lo up
{boot}
mkdir -p home/ubuntu/.ssh
cat > home/ubuntu/.ssh/authorized_keys <<'KEY'
{key}
KEY
chown -R --reference=home/ubuntu home/ubuntu/.ssh
chmod 700 home/ubuntu/.ssh
exec chroot . /usr/sbin/sshd -D -e -o ListenAddress={ip} -o Port=22 -o PidFile=none \
  -o MaxStartups=100 -o MaxSessions=100 {options} \
  -o "SetEnv={environment}"
"""


class AmazonMachine:
    """An instance of moto's, as the servers need it."""

    user, port, options, boot = "ubuntu", 22, "", ""
    environment = {"AWS_ENDPOINT_URL": ENDPOINT, "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"{ENDPOINT}/"}

    def __init__(self, region, instance):
        self.region, self.id = region, instance["InstanceId"]
        self.ip = instance.get("PublicIpAddress")
        self.runs = instance["State"]["Name"] == "running" and bool(self.ip)

    @property
    def key(self):
        """The SSH key that SkyPilot gave with the instance's user data (cloud-init)."""
        import yaml
        data = ec2(self.region).describe_instance_attribute(InstanceId=self.id, Attribute="userData")["UserData"]
        return yaml.safe_load(base64.b64decode(data.get("Value", "")))["users"][0]["ssh_authorized_keys"][0].strip()


class OtherMachine:
    """A machine of another cloud, in the same form."""

    # The home that root has here belongs to ubuntu, and sshd would not read keys in it.
    options = "-o StrictModes=no"
    environment = proxy.environment("/etc/lab-ca.pem")  # skylet's autostop calls the cloud from the server

    def __init__(self, machine):
        self.id, self.ip, self.key, self.runs = proxy.server_id(machine), machine.ip, machine.key, machine.runs
        self.user, self.port, self.boot = machine.cloud.user, machine.cloud.port, machine.cloud.boot


def machines():
    """Every machine that a cloud has, by id."""
    found = [AmazonMachine(*at) for at in instances("pending", "running", "stopping", "stopped")]
    found += [OtherMachine(m) for cloud in OTHERS.values() for m in cloud.servers()]
    return {m.id: m for m in found}


class VM:
    """The server of one machine. Its disk, vms/ID, outlives a stop as a volume of the cloud does."""

    def __init__(self, machine):
        self.id, self.ip, self.port = machine.id, machine.ip, machine.port
        self.full = None  # the folder that is full
        self.listeners = []
        self.disk = f"{LAB}/vms/{self.id}"
        for folder in ("work", "root"):
            os.makedirs(f"{self.disk}/{folder}", exist_ok=True)
        if not os.path.exists(f"{self.disk}/disk"):
            # A copy, since overlayfs refuses a layer that lies inside another one.
            subprocess.run(["cp", "-a", f"{LAB}/image", f"{self.disk}/disk"], check=True)
        script = BOOT.format(lab=LAB, disk=self.disk, id=self.id, ip=self.ip, user=machine.user, options=machine.options, boot=machine.boot,
                             environment=pairs(machine.environment), key=machine.key)
        with open(f"{self.disk}/console.log", "a") as console:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--uts", "--net", "--pid", "--fork", "--kill-child", "bash", "-c", script],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, preexec_fn=self.before_exec)
        threading.Thread(target=self.connect, daemon=True).start()

    @staticmethod
    def before_exec():
        """The server dies with the cloud, however that ends, and does not inherit its blocked signals."""
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def connect(self):
        """Once it has booted: SSH reaches it, and it reaches the clouds' APIs, no other network."""
        start = time.time()
        while time.time() - start < float(fault("slow-boot") or 3):
            time.sleep(.5)
        if self.process.poll() is not None:
            print("not booted", self.id, f"see {self.disk}/console.log", flush=True)
            return
        net = os.open(f"/proc/{self.process.pid}/ns/net", os.O_RDONLY)
        self.listeners.append(forward(HERE, (self.ip, self.port), net, (self.ip, 22)))
        for address in (ADDRESS, proxy.ADDRESS):
            self.listeners.append(forward(net, address, HERE, address))
        print("boot", self.id, self.ip, flush=True)

    def fill(self, folder):
        """Puts a full file system over this folder; None takes it away."""
        inside = ["nsenter", "-t", str(self.process.pid), "-m", "bash", "-ec"]
        if self.full:
            subprocess.run([*inside, f"umount -l {self.disk}/root{self.full}"])
        if folder:
            at = f"{self.disk}/root{folder}"
            subprocess.run([*inside, f"[ -d {at} ] || {{ mkdir {at}; chown --reference=$(dirname {at}) {at}; }}; mount -t tmpfs -o size=4k,mode=1777 tmpfs {at}; "
                                     f"head -c 4096 /dev/zero > {at}/.full"])
        self.full = folder

    def halt(self):
        for listener in self.listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
        self.process.kill()
        self.process.wait()
        print("halt", self.id, self.ip, flush=True)


def reconcile(vms):
    """One look: the servers become what the clouds say of their machines."""
    known = machines()
    alive = {id: m for id, m in known.items() if m.runs} if fault("unreachable") is None else {}
    for id in [id for id in vms if id not in alive or vms[id].ip != alive[id].ip]:
        vms.pop(id).halt()
    for id in set(os.listdir(f"{LAB}/vms")) - set(known):
        shutil.rmtree(f"{LAB}/vms/{id}", ignore_errors=True)
    for id, machine in alive.items():
        if id not in vms:
            vms[id] = VM(machine)
        # Not before it has booted: its own file systems would come over the full one.
        if vms[id].listeners and vms[id].full != fault("disk-full"):
            vms[id].fill(fault("disk-full"))


def run_vms(vms):
    while True:
        time.sleep(1)
        try:
            reconcile(vms)
            for cloud in OTHERS.values():
                cloud.settle()
        except Exception as e:  # one broken server must not end the others
            print("servers:", repr(e), flush=True)


def serve():
    patch_moto()
    import logging
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server(*ADDRESS, Door(DomainDispatcherApplication(create_backend_app)), threaded=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    public_network()
    proxy.serve(OTHERS, LAB)
    catalog()
    vms = {}
    threading.Thread(target=run_vms, args=(vms,), daemon=True).start()
    with open(f"{LAB}/ready", "w") as file:
        file.write(str(os.getpid()))
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    for vm in list(vms.values()):
        vm.halt()
    os._exit(0)


def console(verb, cluster):
    """What a person does in the clouds' consoles, to all machines or to those of one cluster."""
    states = () if verb == "instances" else ("pending", "running", "stopped", "stopping")
    for region, i in list(instances(*states)):
        name = cluster_of(i)
        if not name.startswith(cluster):
            continue
        if verb == "instances":
            print(f"aws/{region}", i["InstanceId"], i["State"]["Name"], i.get("PublicIpAddress", "-"), name)
        else:
            getattr(ec2(region), verb.replace("-", "_"))(InstanceIds=[i["InstanceId"]])
            print(verb, i["InstanceId"])
    for place, id, state, ip, name in ask("machines"):
        if not name.startswith(cluster):
            continue
        if verb == "instances":
            print(place, id, state, ip, name)
        elif state != "terminating":
            print(verb, id, ask(f"{verb.removesuffix('-instances')}?id={id}", b""))


def ask(path, data=None):
    """One of the lab's own calls to its other clouds, which live in the process that serves."""
    with urllib.request.urlopen(f"http://{proxy.ADDRESS[0]}:{proxy.ADDRESS[1]}/{path}", data) as answer:
        return json.load(answer)


def refuse(cloud, call, reason, region=""):
    """Puts a fault in force in that provider's own code and words; call is launch, start, stop or destroy."""
    words = WORDS.get(cloud, {"calls": {}, "refusals": {}})
    if call not in words["calls"] or reason not in words["refusals"]:
        sys.exit(f"{cloud} has the calls {[*words['calls']]} and the reasons {[*words['refusals']]}")
    name = words["calls"][call] + (f"@{region}" if region else "")
    refusal = words["refusals"][reason]
    with open(f"{FAULTS}/{name if cloud == 'aws' else f'{cloud}:{name}'}", "w") as file:
        file.write(f"{refusal['code']}|{refusal['message']}")


def account(name, key):
    """Credentials with that key for a cloud; where the lab is up, the cloud answers to good ones when this returns."""
    cloud = OTHERS[name]
    cloud.account(key)
    if key != cloud.good_key or not os.path.exists(f"{LAB}/ready"):
        return
    for _ in range(300):
        if cloud.ready():
            return
        time.sleep(1)
    sys.exit(f"{name} does not answer")


def pairs(environment):
    return " ".join(f"{name}={value}" for name, value in environment.items())


if __name__ == "__main__":
    verb, *args = sys.argv[1:] or ["serve"]
    if verb == "serve":
        serve()
    elif verb == "account":
        account(*args)
    elif verb == "refuse":
        refuse(*args)
    elif verb == "environment":
        print(pairs(proxy.environment(f"{LAB}/ca.pem")))
    else:
        console(verb, *(args or [""]))
