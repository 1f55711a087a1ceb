"""What a token adds to a request: processor time of the server's workers, with and without looking at it.

The peer is the same server and the same operation, its door taken out (`benchmarks.open_door`). Both take
turns round by round. Processor time and not rates: of two servers that are nearly as fast, a machine that
does other things as well would say anything.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import load, servers
from benchmarks.server import CONNECTIONS, prepare, write_report
from benchmarks.servers import Server
from benchmarks.table import Row

ROUNDS = 9
READS, SUBMISSIONS = 800, 160
MOST_OF_A_READ, MOST_OF_A_SUBMISSION = 1.15, 1.10
"""How many times the processor time of a request without a token one with a token may take."""

_SECOND = os.sysconf("SC_CLK_TCK")


def token_of_a_read_on_sqlite() -> Row:
    """Measure what a token adds to reading a verdict on SQLite."""
    return _read("sqlite", "SQLite")


def token_of_a_read_on_postgresql() -> Row:
    """Measure what a token adds to reading a verdict on PostgreSQL."""
    return _read("postgresql", "PostgreSQL")


def token_of_a_submission_on_sqlite() -> Row:
    """Measure what a token adds to submitting a report on SQLite."""
    return _submission("sqlite", "SQLite")


def token_of_a_submission_on_postgresql() -> Row:
    """Measure what a token adds to submitting a report on PostgreSQL."""
    return _submission("postgresql", "PostgreSQL")


def _read(kind: str, backend: str) -> Row:
    with _both(kind) as (ours, peer):
        paths = {server.port: prepare(server) for server in (ours, peer)}

        def plan(server: Server, seed: str) -> load.Plan:
            return load.Plan(server.port, "GET", paths[server.port], READS, CONNECTIONS, seed)

        return _row(f"verdict read with a token, {backend}", ours, peer, plan, MOST_OF_A_READ)


def _submission(kind: str, backend: str) -> Row:
    with _both(kind) as (ours, peer), servers.scratch() as folder:
        for server in (ours, peer):
            prepare(server)
        report = folder / "report.xml"
        write_report(report)
        path = f"/api/v1/components/shop/revisions/{load.NUMBER.decode()}/evidence?slot=junit.xml"

        def plan(server: Server, seed: str) -> load.Plan:
            return load.Plan(
                server.port,
                "POST",
                path,
                SUBMISSIONS,
                CONNECTIONS,
                seed,
                str(report),
                "application/xml",
            )

        return _row(f"submission with a token, {backend}", ours, peer, plan, MOST_OF_A_SUBMISSION)


@contextmanager
def _both(kind: str) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        ours = stack.enter_context(servers.tidegate(kind))
        yield ours, stack.enter_context(servers.tidegate_without_a_door(kind))


def _row(name: str, ours: Server, peer: Server, plan: Callable[[Server, str], load.Plan], most: float) -> Row:
    taken: dict[int, list[float]] = {ours.port: [], peer.port: []}
    for number in range(ROUNDS + 1):
        for server in (ours, peer) if number % 2 else (peer, ours):
            used = milliseconds_of(server.pid, plan(server, str(number)))
            if number:  # the first round warms up
                taken[server.port].append(used)
    own, theirs = (statistics.median(taken[server.port]) for server in (ours, peer))
    ratio = own / theirs
    return Row(name, own, "ms", "without a door", theirs, ratio, f"<= {most:.2f}x", ratio <= most)


def milliseconds_of(pid: int, plan: load.Plan) -> float:
    """Return the processor milliseconds that the workers of a server take for a request of a plan."""
    before = _processor_seconds(pid)
    load.run(plan).check()
    return (_processor_seconds(pid) - before) / plan.count * 1000


def _processor_seconds(pid: int) -> float:
    """Return the processor time so far of a master's workers."""
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    fields = [
        Path(f"/proc/{worker}/stat").read_text("ascii").rpartition(")")[2].split() for worker in workers
    ]
    return sum(int(each[11]) + int(each[12]) for each in fields) / _SECOND


ROWS: Sequence[Callable[[], Row]] = (
    token_of_a_read_on_sqlite,
    token_of_a_read_on_postgresql,
    token_of_a_submission_on_sqlite,
    token_of_a_submission_on_postgresql,
)
