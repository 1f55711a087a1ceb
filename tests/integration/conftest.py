"""Databases for integration tests: each test gets a migrated one of its own, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL, QueuePool

from scripts import make_reports
from scripts.serve import TOKEN
from tests.support import checkout, migrated, postgres
from tests.support.api import Api, make_api
from tidegate.kernel.db.engine import Database

_NOT_RUN = "NOT RUN on PostgreSQL"


@pytest.fixture
def seed() -> int:
    """What chance starts from: new in every run, printed when a test fails, set by TEST_SEED."""
    chosen = int(os.environ.get("TEST_SEED", secrets.randbelow(1_000_000)))
    print(f"TEST_SEED={chosen}")
    return chosen


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server; where there is none, the test is skipped by name, and fails in CI."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres.server())
        except postgres.NoPostgres as missing:
            if os.environ.get("CI", "").lower() == "true":
                pytest.fail(f"CI needs a PostgreSQL: {missing}")
            pytest.skip(f"{_NOT_RUN}: {missing}")
        yield server


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_server: postgres.Server) -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    with postgres_server.new_database() as url:
        migrated.migrate(url)
        yield str(url.database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """The URL of a migrated database of the test's own."""
    if request.param == "sqlite":
        path = tmp_path / "data" / "tidegate.sqlite3"
        migrated.put_at(path)
        yield URL.create("sqlite", database=str(path))
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.new_database(template=request.getfixturevalue("_migrated_postgres")) as url:
        yield url


@pytest.fixture
def database(database_url: URL) -> Iterator[Database]:
    """A migrated database of the test's own."""
    yield from _opened(database_url)


@pytest.fixture
def api(database: Database, tmp_path: Path) -> Api:
    """The API on a database of the test's own."""
    return make_api(database, tmp_path / "api")


@pytest.fixture
def small_api(database: Database, tmp_path: Path) -> Api:
    """The API with room for reports of 2,000 bytes."""
    return make_api(database, tmp_path / "api", MAX_REPORT_BYTES="2000")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database in which no migration has ever run."""
    if request.param == "sqlite":
        yield from _opened(URL.create("sqlite", database=str(tmp_path / "data" / "empty.sqlite3")))
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.new_database() as url:
        yield from _opened(url)


@pytest.fixture(scope="session")
def good_reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real reports that the gate `production` lets pass: those of the sample project's fixed release."""
    folder = tmp_path_factory.mktemp("good-reports")
    make_reports.make(checkout.ROOT / "examples" / "harbour" / "fixed", folder)
    return folder


@pytest.fixture
def lone_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """git without the settings of the machine and of the person who runs the tests."""
    for name, value in (("GIT_CONFIG_GLOBAL", os.devnull), ("GIT_CONFIG_NOSYSTEM", "1")):
        monkeypatch.setenv(name, value)
    cleared = [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER", "TIDEGATE"))]
    for name in cleared:
        if name != TOKEN:  # of the server that a test has started
            monkeypatch.delenv(name)
    for name in (
        "EMAIL",
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GITHUB_OUTPUT",
        "GITHUB_STEP_SUMMARY",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def _made_checkout(tmp_path_factory: pytest.TempPathFactory) -> checkout.Checkout:
    """The checkout that others are copied from."""
    return checkout.make(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def releasable(_made_checkout: checkout.Checkout, tmp_path: Path, lone_git: None) -> checkout.Checkout:
    """A checkout that lacks nothing but reports for a release 1.0.0, and the bare repository behind it."""
    return _made_checkout.copy(tmp_path / "repositories")


def _opened(url: URL) -> Iterator[Database]:
    database = Database(url)
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    try:
        yield database
        # It would be found dead much later, when its database is long gone, and complain at the end of all.
        assert pool.checkedout() == 0, "the test kept a connection: close its unit of work"
    finally:
        database.dispose()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every test that did not run for want of a PostgreSQL."""
    skipped = [
        report for report in terminalreporter.stats.get("skipped", ()) if _NOT_RUN in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section(f"{_NOT_RUN}: {len(skipped)} tests", red=True)
        for report in skipped:
            terminalreporter.line(report.nodeid)
