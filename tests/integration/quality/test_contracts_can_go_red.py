"""Every contract of the house stops the import that it forbids, and lets through what the design allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.quality.tools import ROOT, configured, tool, write

PACKAGES = (
    "",
    "cli/",
    "kernel/",
    "kernel/db/",
    "kernel/http/",
    "readers/",
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


def broken(house: Path, file: str, source: str) -> list[str]:
    """Put an import into a file of the house and return the contracts that it breaks."""
    write(house, {f"src/tidegate/{file}.py": f"{source}\n"})
    # The package beside the configuration is the one that is looked at, not the one that is installed.
    from_here = (
        "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as l; l()"
    )
    done = tool("python", "-c", from_here, "--no-cache", "--no-logo", folder=house)
    said = " ".join(done.stdout.split())
    names = [name for name in NAMES if f"{' '.join(name.split())} BROKEN" in said]
    assert bool(names) == bool(done.returncode), done.stdout + done.stderr
    return [NAMES[name] for name in names]


def _names() -> dict[str, str]:
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return {contract["name"]: contract["id"] for contract in contracts}


NAMES = _names()
ALLOWED = [
    ("modules/catalog/wiring", "from tidegate.modules.gates import service"),
    ("modules/catalog/service", "from tidegate.modules.gates import service"),
    ("modules/gates/wiring", "from tidegate.modules.gates import repository, controller"),
    ("modules/catalog/new_findings", "from tidegate.modules.gates import ports"),
    ("modules/gates/repository", "import sqlalchemy\nfrom tidegate.modules.gates import models"),
    ("modules/gates/controller", "import flask\nfrom tidegate.kernel import http"),
    ("app", "from tidegate import registry, settings"),
    ("kernel/db/engine", "import sqlalchemy\nfrom tidegate import settings"),
    ("migrations/env", "import alembic\nfrom tidegate import registry"),
]
FORBIDDEN = [
    ("floors", "domain/a", "from tidegate import readers"),
    ("floors", "readers/a", "from tidegate import kernel"),
    ("floors", "kernel/a", "from tidegate.modules.catalog import service"),
    ("floors", "modules/catalog/service", "from tidegate import app"),
    ("floors", "app", "from tidegate import cli"),
    ("floors", "wsgi", "from tidegate import cli"),
    ("floors", "settings", "from tidegate import kernel"),
    (
        "floors",
        "domain/a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tidegate import kernel",
    ),
    ("floors", "newcomer", ""),
    ("rooms", "modules/catalog/service", "from tidegate.modules.catalog import controller"),
    ("rooms", "modules/catalog/service", "from tidegate.modules.catalog import schemas"),
    ("rooms", "modules/catalog/models", "from tidegate.modules.catalog import repository"),
    ("rooms", "modules/catalog/controller", "from tidegate.modules.catalog import tasks"),
    ("rooms", "modules/catalog/new_findings", "from tidegate.modules.catalog import service"),
    ("rooms", "modules/catalog/ports", "from tidegate.modules.catalog import models"),
    ("rooms", "modules/catalog/helpers", ""),
    ("modules", "modules/gates/service", "from tidegate.modules.catalog import service"),
    ("modules", "modules/audit/wiring", "from tidegate.modules.catalog import service"),
    ("modules", "modules/newcomer/__init__", ""),
    ("doors", "modules/gates/repository", "from tidegate.modules.catalog import models"),
    ("doors", "modules/gates/service", "from tidegate.modules.catalog import repository"),
    ("doors", "modules/gates/service", "from tidegate.modules.catalog import new_findings"),
    ("doors", "modules/gates/controller", "from tidegate.modules.catalog import schemas"),
    ("doors", "modules/gates/wiring", "from tidegate.modules.catalog.wiring import build"),
    ("domain", "domain/a", "import flask"),
    ("domain", "domain/a", "from sqlalchemy.orm import Session"),
    ("domain", "domain/a", "def f() -> None:\n    import pandas"),
    ("readers", "readers/a", "import requests"),
    ("readers", "readers/a", "import sqlalchemy"),
    ("services", "modules/catalog/service", "from flask import request"),
    ("services", "modules/catalog/service", "import sqlalchemy"),
    ("services", "modules/catalog/service", "from tidegate.kernel import http"),
    ("services", "modules/catalog/new_findings", "import sqlalchemy"),
    ("services", "modules/catalog/service", "from tidegate.modules.catalog import models"),
    ("controllers", "modules/catalog/controller", "import sqlalchemy"),
    ("controllers", "modules/catalog/controller", "from tidegate.kernel import db"),
    ("controllers", "modules/catalog/controller", "from tidegate.modules.catalog import repository"),
    ("controllers", "modules/catalog/schemas", "from tidegate.modules.catalog import models"),
]


def test_the_empty_house_keeps_every_contract(house: Path) -> None:
    assert broken(house, "domain/a", "") == []


@pytest.mark.parametrize(("file", "source"), ALLOWED)
def test_what_the_design_allows_is_kept(house: Path, file: str, source: str) -> None:
    assert broken(house, file, source) == []


@pytest.mark.parametrize(("contract", "file", "source"), FORBIDDEN)
def test_what_the_design_forbids_is_red(house: Path, contract: str, file: str, source: str) -> None:
    assert contract in broken(house, file, source)


def test_a_cycle_is_red(house: Path) -> None:
    write(house, {"src/tidegate/kernel/one.py": "from tidegate.kernel import two\n"})
    assert broken(house, "kernel/two", "from tidegate.kernel import one") == ["cycles"]


def test_every_contract_has_a_case() -> None:
    assert {case[0] for case in FORBIDDEN} | {"cycles"} == set(NAMES.values())
