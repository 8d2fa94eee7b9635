"""A cloud on this machine for the real SkyPilot CLI.

`cloud.py serve` is moto's EC2 API behind a door that refuses calls on demand, and, for each instance that moto calls
running, a server: an overlay of this machine's root in namespaces of its own, with sshd. The other verbs are what a
person does in the cloud's console: instances, stop-instances, terminate-instances, each [CLUSTER].
"""
import base64
import contextlib
import ctypes
import html
import io
import itertools
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


def patch_moto():
    """Public addresses that reach this machine, and no judgement on the policies that SkyPilot attaches."""
    import moto.ec2.models.elastic_network_interfaces as eni
    import moto.ec2.utils as utils
    import moto.iam.policy_validation as policies
    count = itertools.count(10)
    utils.random_public_ip = eni.random_public_ip = lambda: f"127.0.1.{next(count) % 250 + 1}"
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
                return "AuthFailure", "AWS was not able to validate the provided access credentials"
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


# What a server does before its sshd: its root, then the user's key. exec keeps it process 1 of its namespace, so that
# killing it ends everything on the server.
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
hostname {id}
echo "127.0.1.1 {id}" >> etc/hosts
ip link set lo up
mkdir -p home/ubuntu/.ssh
cat > home/ubuntu/.ssh/authorized_keys <<'KEY'
{key}
KEY
chown -R --reference=home/ubuntu home/ubuntu/.ssh
chmod 700 home/ubuntu/.ssh
exec chroot . /usr/sbin/sshd -D -e -o ListenAddress={ip} -o Port=22 -o PidFile=none \
  -o MaxStartups=100 -o MaxSessions=100 \
  -o "SetEnv=AWS_ENDPOINT_URL={endpoint} AWS_EC2_METADATA_SERVICE_ENDPOINT={endpoint}/"
"""


class VM:
    """The server of one instance. Its disk, vms/ID, outlives a stop as a volume of the cloud does."""

    def __init__(self, region, instance):
        self.id, self.ip = instance["InstanceId"], instance["PublicIpAddress"]
        self.full = None  # the folder that is full
        self.listeners = []
        self.disk = f"{LAB}/vms/{self.id}"
        for folder in ("work", "root"):
            os.makedirs(f"{self.disk}/{folder}", exist_ok=True)
        if not os.path.exists(f"{self.disk}/disk"):
            # A copy, since overlayfs refuses a layer that lies inside another one.
            subprocess.run(["cp", "-a", f"{LAB}/image", f"{self.disk}/disk"], check=True)
        script = BOOT.format(disk=self.disk, id=self.id, ip=self.ip, endpoint=ENDPOINT, key=self.user_key(region))
        with open(f"{self.disk}/console.log", "a") as console:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--uts", "--net", "--pid", "--fork", "--kill-child", "bash", "-c", script],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, preexec_fn=self.before_exec)
        threading.Thread(target=self.connect, daemon=True).start()

    def user_key(self, region):
        """The SSH key that SkyPilot gave with the instance's user data (cloud-init)."""
        import yaml
        data = ec2(region).describe_instance_attribute(InstanceId=self.id, Attribute="userData")["UserData"]
        return yaml.safe_load(base64.b64decode(data.get("Value", "")))["users"][0]["ssh_authorized_keys"][0].strip()

    @staticmethod
    def before_exec():
        """The server dies with the cloud, however that ends, and does not inherit its blocked signals."""
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def connect(self):
        """Once it has booted: SSH reaches it, and it reaches the cloud's API, no other network."""
        start = time.time()
        while time.time() - start < float(fault("slow-boot") or 3):
            time.sleep(.5)
        if self.process.poll() is not None:
            print("not booted", self.id, f"see {self.disk}/console.log", flush=True)
            return
        net = os.open(f"/proc/{self.process.pid}/ns/net", os.O_RDONLY)
        self.listeners.append(forward(HERE, (self.ip, 22), net, (self.ip, 22)))
        self.listeners.append(forward(net, ADDRESS, HERE, ADDRESS))
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
    """One look: the servers become what moto says of its instances."""
    known = {i["InstanceId"]: (region, i) for region, i in instances("pending", "running", "stopping", "stopped")}
    alive = {}
    if fault("unreachable") is None:
        alive = {id: (region, i) for id, (region, i) in known.items()
                 if i["State"]["Name"] == "running" and i.get("PublicIpAddress")}
    for id in [id for id in vms if id not in alive or vms[id].ip != alive[id][1]["PublicIpAddress"]]:
        vms.pop(id).halt()
    for id in set(os.listdir(f"{LAB}/vms")) - set(known):
        shutil.rmtree(f"{LAB}/vms/{id}", ignore_errors=True)
    for id, (region, i) in alive.items():
        if id not in vms:
            vms[id] = VM(region, i)
        # Not before it has booted: its own file systems would come over the full one.
        if vms[id].listeners and vms[id].full != fault("disk-full"):
            vms[id].fill(fault("disk-full"))


def run_vms(vms):
    while True:
        time.sleep(1)
        try:
            reconcile(vms)
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
    """What a person does in the cloud's console, to all instances or to those of one cluster."""
    states = () if verb == "instances" else ("pending", "running", "stopped", "stopping")
    for region, i in list(instances(*states)):
        name = cluster_of(i)
        if cluster and not name.startswith(cluster):
            continue
        if verb == "instances":
            print(region, i["InstanceId"], i["State"]["Name"], i.get("PublicIpAddress", "-"), name)
        else:
            getattr(ec2(region), verb.replace("-", "_"))(InstanceIds=[i["InstanceId"]])
            print(verb, i["InstanceId"])


if __name__ == "__main__":
    if sys.argv[1:] in ([], ["serve"]):
        serve()
    else:
        console(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
