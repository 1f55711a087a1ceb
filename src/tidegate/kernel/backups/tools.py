"""PostgreSQL's own tools from PATH: pg_dump and pg_restore, not older than the server, without a shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess  # nosec B404  # runs PostgreSQL's own tools, with arguments of our own
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import IO, TypeAlias, cast

import psycopg
from sqlalchemy import URL, NullPool, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import sessionmaker

from tidegate.kernel.backups.encryption import Readable
from tidegate.kernel.backups.manifest import BackupError
from tidegate.kernel.db.uow import UnitOfWork

Raw: TypeAlias = "psycopg.Connection[tuple[object, ...]]"

# Longer than any dump that this is fit for: what hangs must end.
_LIMIT = 6 * 3600.0
_SAID = 1000
_VERSION = re.compile(r"\(PostgreSQL\) (?P<major>\d+)")

# Who reads or writes meanwhile is not waited for without end; the restore itself takes as long as it takes.
_SESSION = (
    "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
)

# Everything in the schema goes, in the transaction that puts the dump in its place: tables of a newer version
# would stand in the way of its migrations. Objects of extensions belong to the extension.
_EMPTY = """
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE c.relkind WHEN 'v' THEN 'VIEW'
            WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
            n.nspname, c.relname) AS gone
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i', 'a'))
    LOOP EXECUTE each.gone; END LOOP;
    FOR each IN SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) AS gone
        FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP EXECUTE each.gone; END LOOP;
END $$
"""


def require(name: str, *, least: int) -> str:
    """Find a tool that is not older than the server; raises `BackupError` that says what to install."""
    path = shutil.which(name)
    if path is None:
        raise BackupError(
            f"{name} is not on PATH: install PostgreSQL's client tools, version {least} or newer "
            f"(Debian: postgresql-client-{least})."
        )
    said = _run([path, "--version"])
    found = _VERSION.search(said)
    if found is None:
        raise BackupError(f"{path} does not say its version: {said[:_SAID]!r}.")
    if int(found["major"]) < least:
        raise BackupError(
            f"{name} is of PostgreSQL {found['major']}, older than the server's {least}: install client "
            f"tools of version {least} (Debian: postgresql-client-{least})."
        )
    return path


@contextmanager
def dump(url: URL, snapshot: str) -> Iterator[Readable]:
    """Stream the database as pg_dump's custom format; raises `BackupError` where it did not end well."""
    command = [
        "pg_dump",
        "--format=custom",
        # Compressed afterwards, with everything else.
        "--compress=0",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        f"--snapshot={snapshot}",
        f"--dbname={_address(url)}",
    ]
    with _output(command, url) as stream:
        yield stream


def restore(
    url: URL, path: Path, *, least: int, approve: Callable[[UnitOfWork], object] = lambda _: None
) -> None:
    """Put a dump in the place of what the schema holds: in one transaction, so all of it or nothing.

    `approve` is shown what is there then; where it raises, nothing was changed. pg_restore writes the script,
    which runs on a connection of our own: pg_restore itself would not empty the schema in the same
    transaction, and psql has no place in an image.
    """
    command = [require("pg_restore", least=least), "--no-owner", "--no-privileges", "--file=-", str(path)]
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"options": _SESSION, "application_name": "tidegate-restore"},
    )
    try:
        with engine.begin() as connection:
            raw = cast(Raw, connection.connection.driver_connection)
            raw.execute(_EMPTY)
            # What the tool says at its end comes before the commit.
            with _output(command, None) as script:
                _play(raw, script)
            # The script leaves a session in which no table is found by its bare name.
            raw.execute("RESET ALL")
            uow = UnitOfWork(sessionmaker(connection, join_transaction_mode="create_savepoint"))
            try:
                approve(uow)
            finally:
                uow.close()
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise BackupError(
            f"PostgreSQL refused the backup, and nothing was changed: {str(cause).splitlines()[0]}."
        ) from error


def _play(connection: Raw, script: IO[bytes]) -> None:
    """Run a script as psql would: statements, and the rows of each COPY up to its closing line."""
    statements: list[bytes] = []
    for line in script:
        if line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            connection.execute(b"".join(statements))
            statements.clear()
            with connection.cursor() as cursor, cursor.copy(line.rstrip(b";\n")) as copy:
                for row in takewhile(lambda each: each != b"\\.\n", script):
                    copy.write(row)
        elif not line.startswith(b"\\"):  # those are for psql alone
            statements.append(line)
    connection.execute(b"".join(statements))


@contextmanager
def _output(command: Sequence[str], url: URL | None) -> Iterator[IO[bytes]]:
    """Read what a tool writes; raises `BackupError` where it fails at its end."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # nosec B603  # no shell
            command, env=_environment(url), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said
        )
        assert process.stdout is not None  # nosec B101  # it was asked for
        try:
            yield process.stdout
            if process.wait(_LIMIT) != 0:
                said.seek(0)
                why = said.read().decode(errors="replace").strip()[-_SAID:]
                raise BackupError(f"{Path(command[0]).name} failed: {why}")
        finally:
            process.stdout.close()
            process.kill()
            process.wait()


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # nosec B603  # no shell
            command,
            env=_environment(None),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BackupError(f"{Path(command[0]).name} did not end within {_LIMIT:.0f} s.") from error
    if done.returncode != 0:
        raise BackupError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-_SAID:]}")
    return done.stdout


def _address(url: URL) -> str:
    """Write the address for PostgreSQL's own library, without the password: others see arguments."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string(hide_password=False)


def _environment(url: URL | None) -> dict[str, str]:
    # Its messages are shown to people, and its times are to be UTC whatever the machine thinks.
    environment = {**os.environ, "LC_MESSAGES": "C", "PGTZ": "UTC", "PGAPPNAME": "tidegate-backup"}
    if url is not None and url.password:
        environment["PGPASSWORD"] = str(url.password)
    return environment
