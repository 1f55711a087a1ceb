"""`make schemathesis`: asks the running API whatever its document allows and forbids, on both databases."""

from __future__ import annotations

import subprocess  # nosec B404  # runs schemathesis of the lock
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from scripts.outcome import NOT_RUN
from scripts.serve import running
from tests.support import postgres

Serve = Callable[[Mapping[str, str]], AbstractContextManager[str]]
Ask = Callable[[str], int]
FindPostgres = Callable[[], AbstractContextManager[postgres.Server]]
# What a run may cost: enough to try each rule of every operation, and the same questions every time.
OPTIONS = (
    "--max-examples=15",
    "--seed=1",
    # One: in older CPython 3.11 `ast` fails when several threads parse (gh-106905), and hypothesis parses.
    "--workers=1",
    "--request-timeout=20",
    "--generation-database=none",
    # To the document a cursor or a digest is text; to the API it is one that it gave out, or is refused.
    "--exclude-checks=positive_data_acceptance",
)


def ask(url: str, extra: Sequence[str] = ()) -> int:
    """Run schemathesis against a server; returns its exit code."""
    tool = str(Path(sys.executable).parent / "schemathesis")
    command = [tool, "run", f"{url}/openapi.json", f"--url={url}", *OPTIONS, *extra]
    return subprocess.run(command, check=False).returncode  # nosec B603  # no shell


def main(
    arguments: Sequence[str] = (),
    serve: Serve = running,
    find_postgres: FindPostgres = postgres.server,
    question: Ask | None = None,
) -> int:
    """Ask a server on SQLite and one on PostgreSQL; a database that is missing is NOT RUN and a failure."""
    question = question or (lambda url: ask(url, arguments))
    print("--- on SQLite", flush=True)
    with serve({}) as url:
        on_sqlite = question(url)
    print("--- on PostgreSQL", flush=True)
    try:
        with find_postgres() as server, server.new_database() as database:
            with serve({"DATABASE_URL": database.render_as_string(hide_password=False)}) as url:
                on_postgres = question(url)
    except postgres.NoPostgres as missing:
        # Red because of SQLite stays red because of SQLite.
        if not on_sqlite:
            print(f"{NOT_RUN}schemathesis on PostgreSQL: {missing}", flush=True)
        on_postgres = 1
    return on_sqlite or on_postgres


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
