"""A machine with systemd: Debian in a container, with systemd as its first process and a PostgreSQL."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.serve import free_port
from tests.support.engine import BASE, NEW_TOKEN, OneShot, docker, run, token_in, until

TAG = "tidegate:test-machine"
SOURCES = "/usr/src/tidegate"
_RECIPE = f"""
FROM {BASE}
RUN apt-get update \\
    && apt-get install --yes --no-install-recommends curl dbus postgresql systemd systemd-sysv \\
    && rm -rf /var/lib/apt/lists/*
ENV container=docker
STOPSIGNAL SIGRTMIN+3
"""
# systemd writes cgroups, of version 2 alone, and hands credentials over by mounts that units share with it.
_BOOT = """
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --make-rshared /
exec /sbin/init
"""
_RIGHTS = (
    *(
        "--cap-add",
        "SYS_ADMIN",
        "--security-opt",
        "seccomp=unconfined",
        "--security-opt",
        "apparmor=unconfined",
    ),
    *("--cgroupns", "private", "--tmpfs", "/run:exec", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec"),
)


# A command with the settings of the installation, as docs/deploy.md says.
_AS_INSTALLED = (
    "systemd-run --quiet --pipe --wait --collect --uid=tidegate"
    " --property=EnvironmentFile=/etc/tidegate/tidegate.env"
    " --setenv=DATA_DIR=/var/lib/tidegate /opt/tidegate/bin/tidegate"
)
_RUNS = ("running\n", "degraded\n")


class Machine:
    """A machine that runs; `port` of this machine leads to its port 8000."""

    def __init__(self, container: str, port: int) -> None:
        self.container = container
        self.port = port
        self._token = ""

    def client(self) -> OneShot:
        """Return a client from outside the machine, an administrator once the product is installed."""
        if not self._token:
            self._token = token_in(self.asks(f"{_AS_INSTALLED} {shlex.join(NEW_TOKEN[1:])}"))
        return OneShot(self.port, self._token)

    def root(
        self, script: str, *, check: bool = True, limit: float = 180
    ) -> subprocess.CompletedProcess[str]:
        """Run a script as root in the sources."""
        shell = ("bash", "-euo", "pipefail", "-c", script)
        return run("docker", "exec", "--workdir", SOURCES, self.container, *shell, check=check, limit=limit)

    def asks(self, script: str) -> str:
        """Run a script as root and return what it prints."""
        return self.root(script).stdout.strip()

    def shows(self, unit: str, what: str) -> str:
        """Return a property of a unit."""
        return self.asks(f"systemctl show --value --property {what} {unit}")

    def status(self, path: str) -> int:
        """Return the status of an answer that the machine gets from itself; 0 where nobody answers."""
        ask = "curl --silent --output /dev/null --write-out '%{http_code}'"
        return int(self.root(f"{ask} http://127.0.0.1:8000{path}", check=False).stdout)


@contextmanager
def machine(sources: Path) -> Iterator[Machine]:
    """Start a machine that has the sources; it goes with everything on it."""
    docker("build", "--quiet", "--tag", TAG, "-", input=_RECIPE, limit=400)
    port = free_port()
    name = docker(
        "run", "--detach", *_RIGHTS, "--publish", f"127.0.0.1:{port}:8000", TAG, "sh", "-euc", _BOOT
    )
    try:
        docker("cp", "--quiet", f"{sources}/.", f"{name}:{SOURCES}")
        made = Machine(name, port)
        until(lambda: made.root("systemctl is-system-running", check=False).stdout in _RUNS, "it runs")
        yield made
    except BaseException:
        print(docker("logs", "--tail", "20", name, check=False))
        print(docker("exec", name, "journalctl", "--no-pager", "--lines", "60", check=False))
        raise
    finally:
        docker("rm", "--force", "--volumes", name)
