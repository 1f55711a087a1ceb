"""What holds for every test: logging is put back as it was, and no database connection is left open."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from tests.support import scratch, templates
from tests.support.connections import all_closed
from tests.support.garbage import pytest_collection
from tests.support.measured import pytest_sessionfinish
from tests.support.secret_scan import pytest_runtest_makereport
from tests.support.tables import pytest_terminal_summary, pytest_testnodedown

__all__ = [
    "pytest_collection",
    "pytest_runtest_makereport",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

# As early as this: pytest looks once, when the first test asks for a folder.
scratch.use_memory()
templates.compile_once()

LOUD = ("gunicorn.access", "werkzeug", "sqlalchemy", "alembic.runtime", "tidegate.kernel.db.engine")


@pytest.fixture(scope="session", autouse=True)
def connections_of_fixtures_closed() -> Iterator[None]:
    """Fail the last test where a fixture of a module or of the session leaves a database connection open."""
    with all_closed():
        yield


@pytest.fixture(autouse=True)
def connections_closed() -> Iterator[None]:
    """Fail the test that leaves a database connection open."""
    with all_closed():
        yield


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Put the handlers and levels back that `configure_logging` changes for the whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in LOUD}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def outside_of_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is a CI job whose identity the commands would use, wherever it runs."""
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "TIDEGATE_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"):
        monkeypatch.delenv(name, raising=False)
