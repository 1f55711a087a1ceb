"""What it costs to be watched: the same requests with ENABLE_MONITORING and without, in turns.

Both are compared by the requests that they answer in a second of their own processor time: what else the
machine does meanwhile would hide a difference of a few parts in a hundred.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import load, servers
from benchmarks.server import CONNECTIONS, READS, prepare
from benchmarks.servers import Server
from benchmarks.table import Row

ROUNDS = 16
SHARE = 0.95


def reads_while_watched() -> Row:
    """Measure reads of a component with metrics on, against the same reads with metrics off."""
    with ExitStack() as stack:
        watched = stack.enter_context(servers.tidegate("sqlite", ENABLE_MONITORING="true"))
        unwatched = stack.enter_context(servers.tidegate("sqlite"))
        for server in (watched, unwatched):
            prepare(server)
            _rate(server)  # to warm up
        rates = [(_rate(watched), _rate(unwatched)) for _ in range(ROUNDS)]
    own, theirs = (statistics.median(each) for each in zip(*rates, strict=True))
    ratio = statistics.median(one / other for one, other in rates)
    return Row(
        "reads with metrics on, SQLite",
        own,
        "1/s of processor",
        "the same with metrics off",
        theirs,
        ratio,
        f">= {SHARE}x",
        ratio >= SHARE,
    )


def _rate(server: Server) -> float:
    before = _seconds(server)
    load.run(load.Plan(server.port, "GET", "/api/v1/components/shop", READS, CONNECTIONS)).check()
    return READS / (_seconds(server) - before)


def _seconds(server: Server) -> float:
    """Return the processor time that the threads of a server's workers have used."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text("ascii").split()
    threads = (thread for child in children for thread in Path(f"/proc/{child}/task").iterdir())
    return sum(int((thread / "schedstat").read_text("ascii").split()[0]) for thread in threads) / 1e9


ROWS: Sequence[Callable[[], Row]] = (reads_while_watched,)
"""The functions that `make bench` calls."""
