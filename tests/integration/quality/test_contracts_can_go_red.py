"""Every contract of the house stops the import that it forbids, and lets through what the design allows."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.integration.quality.tools import ROOT, configured, tool, write

PACKAGES = (
    "",
    "cli/",
    "gunicorn_worker/",
    "kernel/",
    "kernel/db/",
    "kernel/http/",
    "readers/",
    "repositories/",
    "domain/",
    "migrations/",
    "modules/",
    "modules/audit/",
    "modules/catalog/",
    "modules/gates/",
)
ROOMS = (
    "wiring",
    "controller",
    "tasks",
    "schemas",
    "examples",
    "service",
    "new_findings",
    "effective",
    "repository",
    "frames",
    "models",
    "ports",
)
FILES = ("wsgi", "gunicorn_conf", "app", "registry", "settings", "environment")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The house with empty rooms, and this repository's contracts."""
    configured(tmp_path)
    write(tmp_path, {f"src/tidegate/{package}__init__.py": "" for package in PACKAGES})
    write(tmp_path, {f"src/tidegate/{name}.py": "" for name in FILES})
    for module in ("audit", "catalog", "gates"):
        write(tmp_path, {f"src/tidegate/modules/{module}/{room}.py": "" for room in ROOMS})
    for name in ("check", "read"):
        write(tmp_path, {f"src/tidegate/cli/{name}.py": ""})
    return tmp_path


CATALOG = "tidegate.modules.catalog"
GATES = "tidegate.modules.gates"
# By contract: what imports, and what it imports.
FORBIDDEN = {
    "floors": {
        "domain.a": ["tidegate.readers"],
        "readers.a": ["tidegate.kernel"],
        "kernel.a": [f"{CATALOG}.service"],
        "modules.catalog.service": ["tidegate.app"],
        "app": ["tidegate.cli"],
        "wsgi": ["tidegate.cli"],
        "settings": ["tidegate.kernel"],
    },
    "rooms": {
        "modules.catalog.service": [f"{CATALOG}.controller", f"{CATALOG}.schemas"],
        "modules.catalog.models": [f"{CATALOG}.repository"],
        "modules.catalog.controller": [f"{CATALOG}.tasks"],
        "modules.catalog.new_findings": [f"{CATALOG}.service"],
        "modules.catalog.ports": [f"{CATALOG}.models"],
    },
    "modules": {
        "modules.gates.service": [f"{CATALOG}.service"],
        "modules.audit.wiring": [f"{CATALOG}.service"],
    },
    "doors": {
        "modules.gates.repository": [f"{CATALOG}.models"],
        "modules.gates.service": [f"{CATALOG}.repository", f"{CATALOG}.new_findings"],
        "modules.gates.controller": [f"{CATALOG}.schemas"],
        "modules.gates.wiring": [f"{CATALOG}.wiring"],
    },
    "domain": {"domain.a": ["flask", "sqlalchemy"]},
    "readers": {"readers.a": ["requests", "sqlalchemy"]},
    "services": {
        "modules.catalog.service": ["flask", "sqlalchemy", "tidegate.kernel.http", f"{CATALOG}.models"],
        "modules.catalog.new_findings": ["sqlalchemy"],
    },
    "controllers": {
        "modules.catalog.controller": ["sqlalchemy", "tidegate.kernel.db", f"{CATALOG}.repository"],
        "modules.catalog.schemas": [f"{CATALOG}.models"],
    },
    "outgoing": {"modules.catalog.service": ["httpx"], "kernel.a": ["httpcore", "requests"]},
}
ALLOWED = {
    "modules.catalog.wiring": [f"{GATES}.service"],
    "modules.catalog.service": [f"{GATES}.service"],
    "modules.catalog.new_findings": [f"{GATES}.ports"],
    "modules.gates.wiring": [f"{GATES}.repository", f"{GATES}.controller"],
    "modules.gates.repository": ["sqlalchemy", f"{GATES}.models"],
    "modules.gates.controller": ["flask", "tidegate.kernel.http"],
    "app": ["tidegate.registry", "tidegate.settings"],
    "kernel.db.engine": ["sqlalchemy", "tidegate.settings"],
    "migrations.env": ["alembic", "tidegate.registry"],
}


def plant(house: Path, imports: Mapping[str, Sequence[str]]) -> None:
    """Put imports into the files of a house."""
    for importer, imported in imports.items():
        file = f"src/tidegate/{importer.replace('.', '/')}.py"
        write(house, {file: "".join(f"import {name}\n" for name in imported)})


def lint(house: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Check the contracts of a house: of the package beside the configuration, not of the installed one."""
    here = (
        "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as l; l()"
    )
    return tool("python", "-c", here, "--no-cache", "--no-logo", *options, folder=house)


def test_what_the_design_allows_is_kept(house: Path) -> None:
    plant(house, ALLOWED)
    done = lint(house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", FORBIDDEN)
def test_what_the_design_forbids_is_red(house: Path, contract: str) -> None:
    plant(house, FORBIDDEN[contract])
    done = lint(house, "--contract", contract)
    printed = " ".join(done.stdout.split())
    assert done.returncode == 1, printed
    for importer, imported in FORBIDDEN[contract].items():
        for name in imported:
            assert f"tidegate.{importer} -> {name} (l." in printed, printed


def test_a_cycle_is_red(house: Path) -> None:
    plant(house, {"kernel.one": ["tidegate.kernel.two"], "kernel.two": ["tidegate.kernel.one"]})
    assert "No cycles are allowed in tidegate.kernel." in lint(house).stdout


@pytest.mark.parametrize(
    "source",
    ["from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import flask", "def f():\n    import flask"],
)
def test_no_import_is_hidden(house: Path, source: str) -> None:
    write(house, {"src/tidegate/domain/a.py": f"{source}\n"})
    assert "tidegate.domain.a -> flask" in lint(house, "--contract", "domain").stdout


@pytest.mark.parametrize(
    ("contract", "newcomer"),
    [("floors", "newcomer"), ("rooms", "modules/catalog/newcomer"), ("modules", "modules/newcomer/__init__")],
)
def test_a_newcomer_needs_a_place_in_a_contract(house: Path, contract: str, newcomer: str) -> None:
    write(house, {f"src/tidegate/{newcomer}.py": ""})
    done = lint(house, "--contract", contract)
    assert (done.returncode, "newcomer" in done.stdout) == (1, True), done.stdout


def test_every_contract_has_a_case() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert {*FORBIDDEN, "cycles"} == {contract["id"] for contract in contracts}
