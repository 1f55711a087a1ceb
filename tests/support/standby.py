"""A real streaming replica for the tests: a copy of the server that follows it, and can be stopped."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import URL

from tests.support import scratch
from tests.support.postgres import BINARIES, NoPostgres, Server, owner

_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Standby:
    """A PostgreSQL that follows another one."""

    primary: URL
    url: URL
    data: Path
    control: str
    options: str

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = str(self.data.parent / "standby.log")
        _run(self.control, "-D", str(self.data), "-w", "-t", "60", "-l", log, "-o", self.options, "start")

    def kill(self) -> None:
        """Stop it without a word to who is connected."""
        _run(self.control, "-D", str(self.data), "-w", "-m", "immediate", "stop")

    def pause(self) -> None:
        """Let it replay nothing more."""
        self._ask("SELECT pg_wal_replay_pause()")
        self._until("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def resume(self) -> None:
        """Let it go on."""
        self._ask("SELECT pg_wal_replay_resume()")

    def catch_up(self) -> None:
        """Wait until it has replayed all that the primary has written."""
        with _connect(self.primary) as connection:
            position = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone()
        assert position is not None
        self._until(f"SELECT pg_last_wal_replay_lsn() >= '{position[0]}'::pg_lsn")

    def _ask(self, statement: str) -> object:
        with _connect(self.url) as connection:
            row = connection.execute(statement).fetchone()
        return row[0] if row else None

    def _until(self, question: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not self._ask(question):
            assert time.monotonic() < deadline, question
            time.sleep(0.01)


@contextmanager
def standby_of(server: Server) -> Iterator[Standby]:
    """Copy a server and have the copy follow it; raises `NoPostgres` where that cannot be done here."""
    tools = sorted(BINARIES.glob("*/bin/pg_basebackup"), key=lambda path: float(path.parts[-3]))
    if not tools or "binaries" not in server.found:
        raise NoPostgres("a replica needs pg_basebackup, and a server that the tests have started themselves")
    with tempfile.TemporaryDirectory(
        prefix="tg-sb-", dir=scratch.folder(), ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        if (user := owner()) is not None:
            shutil.chown(folder, user)
        data, port = folder / "data", _free_port()
        copied = server.url.render_as_string(hide_password=False)
        _run(str(tools[-1]), "-D", str(data), "-d", copied, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        options = f"-p {port} -k {folder} -h 127.0.0.1 -c fsync=off -c max_standby_streaming_delay=0"
        control = str(tools[-1].with_name("pg_ctl"))
        standby = Standby(server.url, server.url.set(port=port), data, control, options)
        standby.start()
        try:
            yield standby
        finally:
            standby.kill()


def _run(*command: str) -> None:
    done = subprocess.run(
        command,
        user=owner(),
        cwd="/",
        timeout=120,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode != 0:
        raise NoPostgres(f"{Path(command[0]).name} failed: {done.stderr.strip()[-300:]}")


def _connect(url: URL) -> psycopg.Connection:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
