"""Slurm, the real one of Debian's packages: one machine is login node, controller and compute node. SkyPilot comes by SSH, and a cluster is a job.

There is no API, so nothing comes to the proxy: what this machine refuses, Slurm itself refuses.
"""
import os
import subprocess

from .api import Api

ADDRESS = "127.0.2.1"  # no other server's
NODE, INSIDE = "node1", "10.99.0.1"  # how the node knows itself: with a loopback address it did not work
FREE = "State=UP AllowGroups=ALL MaxCPUsPerNode=UNLIMITED"

# What the node does before its sshd, beside what every server of the lab does. Its cgroup plugin starts without cgroups, but wants
# something at their place. SkyPilot gives each cluster a home and a runtime folder of its own, for which it would download uv,
# Python and itself: a site's prolog, which Slurm runs before a job, leads them to what the image has.
BOOT = f"""
hostname {NODE}
mount -t sysfs sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
ip addr add {INSIDE}/32 dev lo
echo "{INSIDE} {NODE}" >> etc/hosts
mkdir -p var/spool/slurmctld var/spool/slurmd
echo CgroupPlugin=cgroup/v1 > etc/slurm/cgroup.conf
cat > etc/slurm/prolog <<'PROLOG'
#!/bin/bash
name=$(squeue -h -j "$SLURM_JOB_ID" -o %j)
exec su "$SLURM_JOB_USER" -s /bin/bash -c "
  mkdir -p /tmp/$name ~/.sky_clusters/$name/.local/bin
  ln -sfn ~/skypilot-runtime /tmp/$name/skypilot-runtime
  ln -sfn ~/.cache ~/.sky_clusters/$name/.cache
  ln -sf ~/.local/bin/uv ~/.sky_clusters/$name/.local/bin/uv"
PROLOG
chmod 755 etc/slurm/prolog
cat > etc/slurm/slurm.conf <<'CONF'
ClusterName=lab
SlurmctldHost={NODE}({INSIDE})
SlurmUser=root
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
Prolog=/etc/slurm/prolog
EnforcePartLimits=ALL
NodeName={NODE} NodeAddr={INSIDE} CPUs=8 RealMemory=16000 State=UNKNOWN
PartitionName=main Nodes={NODE} Default=YES MaxTime=UNLIMITED State=UP
CONF
chroot . bash -ec 'install -d -o munge /run/munge; runuser -u munge -- munged; slurmctld; slurmd'
"""


class Node:
    """The one server. It is there while somebody has an account."""

    id, ip, runs = "login", ADDRESS, True

    def __init__(self, cloud):
        self.cloud = cloud

    @property
    def key(self):
        with open(self.cloud.key_file(self.cloud.good_key) + ".pub") as file:
            return file.read().strip()


class Job:
    """A job, which is what SkyPilot makes of a cluster. Its files are the node's, so its id names both."""

    region, ip, beside = "lab", ADDRESS, ()

    def __init__(self, cloud, id, name, state):
        self.cloud, self.id, self.name, self.state = cloud, f"{Node.id}/{id}", name, state

    @property
    def word(self):
        return {"RUNNING": "running", "COMPLETING": "terminating"}.get(self.state, self.state.lower())


class Slurm(Api):
    name, boot = "slurm", BOOT
    credentials = (".slurm/config", "Host lab\n  HostName %s\n  User ubuntu\n  IdentityFile ~/.slurm/KEY\n  IdentitiesOnly yes\n" % ADDRESS)

    def __init__(self, *args):
        super().__init__(*args)
        self.node, self.limit = Node(self), FREE

    def key_file(self, key):
        return f"{self.home}/.slurm/{key}"

    def has_account(self):
        return os.path.exists(f"{self.home}/{self.credentials[0]}")

    def account(self, key):
        if key != self.good_key and self.has_account():
            self.ask("pkill -x sshd")  # SkyPilot keeps its connections for minutes, and would go on with the old key
        for name in filter(None, {key, self.good_key}):
            if not os.path.exists(self.key_file(name)):
                os.makedirs(f"{self.home}/.slurm", exist_ok=True)
                subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key_file(name)], check=True)
        super().account(key)

    def catalog(self):
        """None: SkyPilot asks the cluster what machines it has."""

    def ready(self):
        """Whether it takes jobs."""
        return (self.ask("sinfo -h -o %T") or "").startswith(("idle", "mixed", "allocated"))

    def servers(self):
        return [self.node] if self.has_account() else []

    def there(self):
        if not self.has_account():
            return []
        lines = self.ask("squeue -h -o '%i %j %T'")
        return [Job(self, *line.split()) for line in (lines or "").splitlines()]

    def ask(self, command):
        """What a command on the node prints; None while the node can't be reached."""
        done = subprocess.run(["ssh", "-i", self.key_file(self.good_key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                               "-o", "ConnectTimeout=5", "-q", f"{self.user}@{ADDRESS}", command],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=30)
        return done.stdout if done.returncode == 0 else None

    def console_stop(self, machine):
        return False

    def console_terminate(self, job):
        self.ask(f"scancel {job.id.partition('/')[2]}")

    def settle(self):
        """The partition has the limit that a fault in force names."""
        words = self.faults(f"{self.name}:partition@lab") or self.faults(f"{self.name}:partition") or FREE
        limit = words.partition("|")[0]
        if limit != self.limit and self.has_account() and self.ask(f"sudo scontrol update PartitionName=main {FREE} {limit}") is not None:
            self.limit = limit
