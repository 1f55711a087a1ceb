"""The guide for one's own machine: what it shows runs, on SQLite, and on PostgreSQL and Redis by settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.run_docs import PageBlock, blocks, run_block
from scripts.serve import free_port
from tests.integration.quality.tools import ROOT
from tests.support import postgres
from tests.support.redis_server import redis_url

GUIDE = (ROOT / "docs/local-setup.md").read_text("utf-8")
BLOCKS = list(blocks("docs/local-setup.md", GUIDE))


def block(word: str) -> PageBlock:
    """Return the one block that holds a word."""
    (found,) = (one for one in BLOCKS if word in one.script)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as `make setup` leaves it, and a process in which nothing is set."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/activate").write_text("")  # the runner puts the environment on the path itself
    for name in ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "PORT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.drill
@pytest.mark.requirement("S4-25")
def test_what_it_shows_on_sqlite_runs(folder: Path) -> None:
    served = block("tidegate serve")
    elsewhere = served.script.replace("8917", str(free_port()))

    assert run_block(block(". .venv/bin/activate\ntidegate db upgrade"), folder, None) == ""
    assert (folder / "data/tidegate.sqlite3").is_file()
    assert run_block(PageBlock(served.page, served.line, elsewhere), folder, None) == ""


@pytest.mark.drill
@pytest.mark.requirement("S4-25")
def test_what_it_shows_on_postgresql_and_redis_runs(folder: Path, postgres_server: postgres.Server) -> None:
    shown = block("cat > .env")
    with postgres_server.new_database() as url:
        database = url.set(drivername="postgresql").render_as_string(hide_password=False)
        script = re.sub(r"DATABASE_URL=.*", lambda _: f"DATABASE_URL={database}", shown.script)
        script = re.sub(r"REDIS_URL=.*", lambda _: f"REDIS_URL={redis_url()}", script)

        assert run_block(PageBlock(shown.page, shown.line, script), folder, None) == ""
    assert not list(folder.rglob("*.sqlite3"))


def test_it_names_the_uv_that_the_makefile_has() -> None:
    (version,) = re.findall(r"^UV_VERSION := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M)

    assert f"uv=={version}\n" in GUIDE


@pytest.mark.parametrize("step", ["make setup", "make hooks", "make test"])
def test_make_docs_runs_the_steps_that_need_make(step: str) -> None:
    assert block(step).why_not == ""
