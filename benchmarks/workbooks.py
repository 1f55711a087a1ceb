"""A workbook of 100,000 rows and ten columns: previewed, applied and undone by a server; read, and written.

`BENCH_WORKBOOK_ROWS` says how many rows there are. The first three are held against limits of seconds and of
memory, the others against openpyxl in its leanest modes, all with the same cells.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from benchmarks import servers, stock
from benchmarks.table import Row, seconds_of
from tidegate.domain.facts import FactValue
from tidegate.kernel.db.engine import Database
from tidegate.migrations import all_tables
from tidegate.modules.inventory.frames import write_xlsx
from tidegate.readers.workbooks.base import WorkbookLimits
from tidegate.readers.workbooks.detect import read_workbook
from tidegate.readers.workbooks.rows import read_sheets

COUNT = int(os.environ.get("BENCH_WORKBOOK_ROWS", "100000"))
MOST_SECONDS = 10.0
MOST_MIB = 300.0
_ENVIRONMENTS = tuple(f"stage-{number}" for number in range(5))
_FIELDS = ("version", "replicas", *(f"setting.s{number}" for number in range(8)))
_START = datetime(2026, 1, 31, 12, tzinfo=UTC)
_PATIENCE = 300.0
_ROUNDS = 3


def import_on_sqlite() -> list[Row]:
    """Measure an import from preview to undo on SQLite."""
    return _import("sqlite", "SQLite")


def import_on_postgresql() -> list[Row]:
    """Measure an import from preview to undo on PostgreSQL."""
    return _import("postgresql", "PostgreSQL")


def _import(kind: str, backend: str) -> list[Row]:
    with ExitStack() as stack:
        server = stack.enter_context(servers.tidegate(kind, WEB_TIMEOUT="300"))
        database = Database(server.database_url)
        _register(database)
        stock.settle(database)
        database.dispose()
        workbook = server.folder / "estate.xlsx"
        workbook.write_bytes(write_xlsx(_FIELDS, _rows()))
        made: dict[str, Any] = {}

        def send(path: str, **more: Any) -> None:
            url = f"http://127.0.0.1:{server.port}/api/v1/imports{path}"
            answer = requests.post(url, headers=server.headers, timeout=_PATIENCE, **more)
            answer.raise_for_status()
            made.update(answer.json())

        rows = _phase(
            "previewed", backend, server.pid, lambda: send("?name=estate.xlsx", data=workbook.read_bytes())
        )
        rows += _phase("applied", backend, server.pid, lambda: send(f"/{made['id']}/apply", json={}))
        rows += _phase("undone", backend, server.pid, lambda: send(f"/{made['id']}/undo", json={}))
    counts = made["counts"]
    if (counts["rows"], counts["added"], counts["conflicts"]) != (COUNT, COUNT * len(_FIELDS), 0):
        raise RuntimeError(f"the import came to {counts}")
    return rows


def _phase(what: str, backend: str, pid: int, act: Callable[[], None]) -> list[Row]:
    seconds = seconds_of(act)
    peak = max(_peak_mib(one) for one in _workers(pid))
    name = f"{COUNT:,} x {len(_FIELDS)} workbook {what}, {backend}"
    return [
        Row(name, took, unit, "the limit", most, took / most, "<= 1", took <= most)
        for took, unit, most in ((seconds, "s", MOST_SECONDS), (peak, "MiB", MOST_MIB))
    ]


def _workers(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def _peak_mib(pid: int) -> float:
    """Return the most memory that a process has held since it was last asked."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _register(database: Database) -> None:
    at, tables = _START, all_tables().tables
    common = {"description": "", "version": 1, "created_at": at, "updated_at": at}
    components: Iterator[dict[str, Any]] = (
        {"name": _component(number), "title": _component(number), "owner": "port", **common}
        for number in range(COUNT // len(_ENVIRONMENTS))
    )
    environments: Iterator[dict[str, Any]] = (
        {"name": name, "rank": rank, "gate": None, **common} for rank, name in enumerate(_ENVIRONMENTS)
    )
    stock.insert_rows(database, tables["components"], components)
    stock.insert_rows(database, tables["environments"], environments)


def _component(number: int) -> str:
    return f"component-{number:05}"


def _rows() -> Iterable[tuple[tuple[str, str], list[FactValue | None]]]:
    for number in range(COUNT):
        row, place = divmod(number, len(_ENVIRONMENTS))
        settings = [f"value {number % 1000}-{field}" for field in range(7)]
        yield (
            (_component(row), _ENVIRONMENTS[place]),
            [f"1.{number % 50}.{number % 7}", number % 12, number % 3 == 0, *settings],
        )


def reading() -> Row:
    """Measure reading, with all that is checked, against openpyxl that only goes through the cells."""
    import openpyxl

    with ExitStack() as stack:
        path = stack.enter_context(servers.scratch()) / "estate.xlsx"
        path.write_bytes(write_xlsx(_FIELDS, _rows()))

        def ours() -> None:
            with path.open("rb") as file:
                read = read_sheets(read_workbook(file, WorkbookLimits()))
            if len(read.entries) != COUNT or read.problems:
                raise RuntimeError("the workbook was not read whole")

        def peer() -> None:
            book = openpyxl.load_workbook(path, read_only=True)
            if sum(1 for _ in book.active.iter_rows(values_only=True)) != COUNT + 1:
                raise RuntimeError("openpyxl did not read the workbook whole")
            book.close()

        return _faster("read and checked", ours, peer, least=4.0)


def writing() -> Row:
    """Measure writing against openpyxl's write-only mode."""
    import openpyxl

    with ExitStack() as stack:
        path = stack.enter_context(servers.scratch()) / "estate.xlsx"

        def ours() -> None:
            path.write_bytes(write_xlsx(_FIELDS, _rows()))

        def peer() -> None:
            book = openpyxl.Workbook(write_only=True)
            sheet = book.create_sheet("Inventory")
            sheet.append(["component", "environment", *_FIELDS])
            for subject, values in _rows():
                sheet.append([*subject, *values])
            book.save(path)

        return _faster("written", ours, peer, least=2.0)


def _faster(what: str, ours: Callable[[], None], peer: Callable[[], None], *, least: float) -> Row:
    pairs = [(seconds_of(ours), seconds_of(peer)) for _ in range(_ROUNDS)]
    mine, theirs = (min(one) for one in zip(*pairs, strict=True))
    name = f"{COUNT:,} x {len(_FIELDS)} workbook {what}"
    ratio = theirs / mine
    return Row(name, mine, "s", "openpyxl", theirs, ratio, f">= {least:g} times as fast", ratio >= least)


ROWS = [import_on_sqlite, import_on_postgresql, reading, writing]
