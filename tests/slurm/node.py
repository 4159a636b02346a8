"""One Slurm node on loopback, for a test: Debian's packages, daemons of its own, no accounting.

The daemons run in the foreground and end with the context, which leaves nothing in /etc/slurm.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PACKAGES = ["munge", "slurm-wlm"]
PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch"]
# The executor takes SLURM_CONF out of a job's environment: srun finds its node only by this file.
CONFIGURATION = Path("/etc/slurm/slurm.conf")
DEVICES = CONFIGURATION.with_name("gres.conf")
PATIENCE = 60.0
CLUSTER = "clner-trial"

# What the profile asks for fits whatever the machine has: slurmd is told to believe these figures.
NODE = """\
ClusterName={cluster}
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={daemon_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SlurmdParameters=config_overrides
MinJobAge=86400
MpiDefault=none
KillWait=5
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=128000 Gres=gpu:1
PartitionName=cpu Nodes={host} Default=YES MaxTime=2-00:00:00
PartitionName=gpu Nodes={host} MaxTime=3-00:00:00
"""
# No GPU is needed to see that jobs ask for one and are given it.
GPU = "NodeName={host} Name=gpu File=/dev/null\n"


def obstacle() -> str | None:
    """Why no node can run here; None if one can."""
    if os.geteuid() != 0:
        return "slurmd needs root"
    if not installed() and not shutil.which("apt-get"):
        return "neither Slurm nor apt-get is here"
    if CONFIGURATION.exists() and CLUSTER not in CONFIGURATION.read_text(errors="replace"):
        return f"{CONFIGURATION} is there: this machine has a Slurm of its own"
    return None


def installed() -> bool:
    return all(shutil.which(program) for program in PROGRAMS)


def install() -> None:
    """Debian's packages, where they are absent; they stay, the services that come along do not."""
    if installed():
        return
    apt = ["apt-get", "--quiet", "--yes", "--no-install-recommends"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*apt, "update"], check=True, env=environment)
    subprocess.run([*apt, "install", *PACKAGES], check=True, env=environment)
    if Path("/run/systemd/system").exists():
        services = ["munge", "slurmctld", "slurmd"]
        subprocess.run(["systemctl", "disable", "--now", *services], check=True)


@contextmanager
def node(folder: Path) -> Iterator[None]:
    """Run munged, slurmctld and slurmd, their files below `folder`.

    At the end, and after any failure, all jobs are cancelled and the three daemons stopped.
    """
    with ExitStack() as stack:
        stack.callback(DEVICES.unlink, missing_ok=True)
        stack.callback(CONFIGURATION.unlink, missing_ok=True)
        configure(folder)
        stack.enter_context(daemon(munged(folder), folder))
        wait("munged", (folder / "munge.socket").exists)
        stack.enter_context(daemon(["slurmctld", "-D"], folder))
        stack.enter_context(daemon(["slurmd", "-D"], folder))
        wait("idle node", lambda: "idle" in client("sinfo", "--noheader", "--format=%T"))
        stack.callback(cancel)
        yield


def configure(folder: Path) -> None:
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(1024))
    host = socket.gethostname().partition(".")[0]
    controller_port, daemon_port = free_ports(2)
    configuration = NODE.format(
        cluster=CLUSTER,
        host=host,
        folder=folder,
        cpus=os.cpu_count(),
        controller_port=controller_port,
        daemon_port=daemon_port,
    )
    CONFIGURATION.parent.mkdir(exist_ok=True)
    CONFIGURATION.write_text(configuration)
    DEVICES.write_text(GPU.format(host=host))


def free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for opened in sockets:
            opened.bind(("127.0.0.1", 0))
        return [opened.getsockname()[1] for opened in sockets]


def munged(folder: Path) -> list[str]:
    files = {
        "socket": folder / "munge.socket",
        "key-file": folder / "munge.key",
        "seed-file": folder / "munge.seed",
        "pid-file": folder / "munged.pid",
        "log-file": folder / "munged.log",
    }
    # Forced: the folder may be closed to all but root, who alone asks.
    options = [f"--{name}={path}" for name, path in files.items()]
    return ["munged", "--foreground", "--force", *options]


@contextmanager
def daemon(command: list[str], folder: Path) -> Iterator[None]:
    """Run a command in the background, its output in {folder}/{command}.out; ended on leaving.

    It ends with this process too, should that be killed.
    """
    mortal = ["setpriv", "--pdeathsig", "TERM", *command]
    with (folder / f"{command[0]}.out").open("w") as output:
        process = subprocess.Popen(mortal, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def client(*command: str) -> str:
    """What a Slurm command prints; nothing if it fails."""
    return subprocess.run(command, capture_output=True, text=True).stdout


def cancel() -> None:
    """Cancel all jobs and wait until none is left, not even one that is ending."""
    client("scancel", "--user=root")
    wait("end of all jobs", lambda: not client("squeue", "--noheader"))


def wait(what: str, is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_there():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} within {PATIENCE:.0f} s")
        time.sleep(0.1)
