"""What needs no server loads none of it."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.integration.quality.tools import BIN, ROOT, run

HEAVY = (
    "flask",
    "sqlalchemy",
    "pandas",
    "marshmallow",
    "alembic",
    "werkzeug",
    "psycopg",
    "numpy",
    "structlog",
)
EMBEDDED = ("tidegate.cli.check", "tidegate.cli.read", "tidegate.cli.attestations")


@pytest.mark.parametrize("module", EMBEDDED)
def test_loads_neither_web_nor_database_nor_tables(module: str) -> None:
    if find_spec(module) is None:
        pytest.skip(f"{module} is not there yet")
    script = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = run([BIN / "python", "-c", script], ROOT)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
