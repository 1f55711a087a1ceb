"""The five systems of examples/estates: what is declared of them, what stands for them, what is seeded."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess  # nosec B404  # starts the stand-ins of this repository, and git
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
import yaml

from scripts.serve import free_port
from tidegate.cli.catalog import known_item
from tidegate.cli.client import Server
from tidegate.domain.facts import FactValue
from tidegate.domain.repository_facts import RepositoryRule

ESTATES = Path(__file__).resolve().parent.parent / "examples" / "estates"
ENVIRONMENT = "production"
CONTRACT, RULES = ESTATES / "contract.json", ESTATES / "parity.yml"
_PATIENCE = 60.0  # seconds for a stand-in to answer, or to be probed
_AUTHOR = ("-c", "user.name=Demo", "-c", "user.email=demo@example.org", "-c", "commit.gpgsign=false")
_NO_FINDINGS: Mapping[str, FactValue] = {f"findings.{rule}": 0 for rule in RepositoryRule}
"""Declared of each system: its repository has none of what there are rules for."""


class NotProbed(Exception):
    """A system that no worker has probed in time."""


@dataclass(frozen=True, slots=True)
class System:
    """What was declared of a system: facts of the component, and of its target."""

    name: str
    owner: str
    of_component: Mapping[str, FactValue]
    of_target: Mapping[str, FactValue]


@dataclass(frozen=True, slots=True, order=True)
class Defect:
    """Something that is wrong: a finding's rule, or the field that differs, and where it is seen."""

    system: str
    defect: str
    where: str

    @property
    def in_repository(self) -> bool:
        """Tell whether it is a finding of a scan."""
        return self.defect in tuple(RepositoryRule)

    @property
    def row(self) -> tuple[str, str]:
        """The component and field of the parity report's row that names it."""
        return self.system, f"findings.{self.defect}" if self.in_repository else self.defect


def systems() -> tuple[System, ...]:
    """Read what was declared, in the order of names."""
    return tuple(map(_declared, sorted(ESTATES.glob("*/tidegate.yml"))))


def seeded() -> tuple[Defect, ...]:
    """Read which defects the systems have on purpose."""
    listed = yaml.safe_load((ESTATES / "defects.yml").read_text("utf-8"))
    return tuple(sorted(Defect(**one) for one in listed))


def register(server: Server, estate: Sequence[System]) -> None:
    """Register the components, and their targets with the contract that says what is asked of them.

    Their environment is registered where it is not there.
    """
    if known_item(server, "environments", ENVIRONMENT) is None:
        server.send("PUT", "environments", ENVIRONMENT, document={"rank": 1})
    contract = yaml.safe_load(CONTRACT.read_text("utf-8"))
    for system in estate:
        place = ("components", system.name)
        server.send("PUT", *place, document={"title": system.name.title(), "owner": system.owner})
        server.send("PUT", *place, "targets", ENVIRONMENT, document={"contract": contract})


def write_workbook(path: Path, estate: Sequence[System], urls: Mapping[str, str]) -> None:
    """Write what is declared as a workbook: a row for each component, and one for each target."""
    rows: list[dict[str, FactValue]] = []
    for system in estate:
        rows.append({"component": system.name, **_NO_FINDINGS, **system.of_component})
        place = {"component": system.name, "environment": ENVIRONMENT, "base_url": urls[system.name]}
        rows.append({**place, **system.of_target})
    subject = ("component", "environment", "base_url")
    fields = sorted({field for row in rows for field in row} - set(subject))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*subject, *fields])
        writer.writeheader()
        writer.writerows({field: _cell(value) for field, value in row.items()} for row in rows)


@contextmanager
def running(system: System) -> Iterator[str]:
    """Run a system's stand-in until the block ends; yields its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(ESTATES / system.name / "app.py")]
    process = subprocess.Popen(command, env={**os.environ, "PORT": str(port)})  # nosec B603  # our own
    try:
        _wait_until_it_answers(url)
        yield url
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def repository_of(system: System, folder: Path) -> Path:
    """Make the system's files a repository of their own, below a folder: a copy, committed."""
    path = folder / system.name
    shutil.copytree(ESTATES / system.name, path, ignore=shutil.ignore_patterns("__pycache__"))
    for arguments in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "Begin")):
        subprocess.run(  # nosec B603 B607  # no shell, our own arguments
            ["git", *_AUTHOR, *arguments], cwd=path, check=True, timeout=_PATIENCE
        )
    return path


def wait_until_probed(server: Server, estate: Sequence[System]) -> None:
    """Wait until a worker has probed every system; raises `NotProbed`."""
    until = time.monotonic() + _PATIENCE
    for system in estate:
        place = ("components", system.name, "targets", ENVIRONMENT, "probes")
        while not server.get(*place, query={"limit": 1})["items"]:
            if time.monotonic() > until:
                raise NotProbed(f"no worker probed {system.name} within {_PATIENCE:.0f} s")
            time.sleep(0.2)


def named_by(server: Server, report: str) -> list[tuple[str, str]]:
    """Return component and field of each row of a parity report that is no match, in their order."""
    rows = server.get("parity-reports", report, "rows", query={"limit": 500})["items"]
    return sorted((row["component"], row["field"]) for row in rows if row["status"] != "match")


def _declared(path: Path) -> System:
    said = yaml.safe_load(path.read_text("utf-8"))
    return System(said["component"], said["owner"], said["facts"], said["environments"][ENVIRONMENT])


def _cell(value: FactValue) -> FactValue:
    return str(value).lower() if isinstance(value, bool) else value


def _wait_until_it_answers(url: str) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            requests.get(f"{url}/health", timeout=1)
            return
        except requests.RequestException:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
