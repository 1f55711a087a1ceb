"""`make manifests`: the files in deploy/ through the tools that read them, where the machine has these."""

from __future__ import annotations

import json
import re
import shutil
import subprocess  # nosec B404  # runs tools of the lock and of the machine
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.outcome import not_run

ROOT = Path(__file__).resolve().parent.parent
NAME = "manifests"
PROMTOOL = "promtool is not on this machine: Debian's package prometheus has it"
SYSTEMD = "systemd-analyze is not on this machine: Debian's package systemd has it"
# Of 100, which a unit without any protection has.
EXPOSURE = "20"

Find = Callable[[str], str | None]


def run(command: Sequence[str | Path], folder: Path, *, silent: bool = False) -> bool:
    """Run a tool in a folder and say whether it was content; a `silent` one says nothing then."""
    done = subprocess.run(  # nosec B603  # no shell, fixed arguments
        command, cwd=folder, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    words = " ".join(str(word) for word in command[1:3])
    content = done.returncode == 0 and not (silent and done.stdout)
    print(f"{Path(command[0]).name} {words}: {'clean' if content else 'not clean'}", flush=True)
    if not content:
        print(done.stdout, flush=True)
    return content


def kubernetes(deploy: Path) -> bool:
    """Hold the manifests against the schemas of Kubernetes; an unknown field is a fault."""
    manifests = sorted((deploy / "kubernetes").glob("*.yaml"))
    tool = Path(sys.executable).parent / "kubernetes-validate"
    return bool(manifests) and run([tool, "--strict", "--no-warn", *manifests], deploy)


def dashboards(deploy: Path) -> bool:
    """Read the dashboards; every panel asks for something."""
    content = True
    for path in sorted((deploy / "grafana").glob("*.json")):
        panels = json.loads(path.read_text("utf-8"))["panels"]
        sound = bool(panels) and all(panel["targets"] and panel["title"] for panel in panels)
        print(f"{path.name}: {'clean' if sound else 'not clean'}", flush=True)
        content = content and sound
    return content


def prometheus(deploy: Path, promtool: str) -> bool:
    """Check configuration and rules, and run the tests of the rules."""
    folder = deploy / "prometheus"
    return all(
        [
            run([promtool, "check", "config", "prometheus.yml"], folder),
            run([promtool, "check", "rules", "alerts.yml"], folder),
            run([promtool, "test", "rules", "alerts_test.yml"], folder),
        ]
    )


def systemd(deploy: Path, analyze: str) -> bool:
    """Verify the units and how much they are exposed; they start the command of this environment."""
    with tempfile.TemporaryDirectory(prefix="tidegate-units-") as name:
        units: list[str | Path] = []
        for unit in sorted((deploy / "systemd").glob("*.service")):
            here = re.sub(r"/opt/tidegate/bin", str(Path(sys.executable).parent), unit.read_text("utf-8"))
            copied = Path(name) / unit.name
            copied.write_text(here, "utf-8")
            units.append(copied)
        limit = f"--threshold={EXPOSURE}"
        # A value that it does not know is a warning to `verify`, and its exit code says nothing of it.
        return all(
            [
                run([analyze, "verify", "--man=no", *units], deploy, silent=True),
                run([analyze, "security", "--offline=true", limit, "--no-pager", *units], deploy),
            ]
        )


def main(root: Path = ROOT, find: Find = shutil.which) -> int:
    """Check everything, also after a fault; what the machine has no tool for is said as not run."""
    deploy = root / "deploy"
    content = [kubernetes(deploy), dashboards(deploy)]
    missing = 0
    for name, check, why in (
        ("promtool", prometheus, PROMTOOL),
        ("systemd-analyze", systemd, SYSTEMD),
    ):
        tool = find(name)
        if tool is None:
            missing |= not_run(NAME, why)
        else:
            content.append(check(deploy, tool))
    return 0 if all(content) and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
