"""Probes for each second of a core: a worker, results stored, beside prometheus-blackbox-exporter.

Both ask the same thousand services on loopback, each at an address of its own. Debian's exporter is asked by
eight clients over connections that stay open, as Prometheus does, and stores nothing. `BENCH_TARGETS` says
how many services there are.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess  # nosec B404  # starts a worker, and the peer
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import drift, targets
from benchmarks.servers import scratch
from benchmarks.table import Row
from benchmarks.targets import Targets
from scripts.serve import free_port

COUNT = int(os.environ.get("BENCH_TARGETS", "1000"))
_PEER = "prometheus-blackbox-exporter"
_INTERVAL = 10
_ROUNDS = 3  # of all targets
_CLIENTS = 8
_PATIENCE = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")
_CONFIG = "modules: {http_2xx: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}}\n"


def on_sqlite() -> Row:
    """Measure a worker that stores into SQLite."""
    return _measure("sqlite", "SQLite")


def on_postgresql() -> Row:
    """Measure a worker that stores into PostgreSQL."""
    return _measure("postgresql", "PostgreSQL")


def _measure(kind: str, backend: str) -> Row:
    if shutil.which(_PEER) is None:
        raise RuntimeError(f"{_PEER} is not on this machine: apt-get install {_PEER}")
    with targets.running(COUNT) as services:
        peer = _exporter(services)
        own = _worker(kind, services)
    name = f"probes of {COUNT:,} targets for each second of a core, stored, {backend}"
    return Row(name, own, "1/s", _PEER, peer, own / peer, ">= 2x", own >= 2 * peer)


def _worker(kind: str, services: Targets) -> float:
    with drift.installation(kind) as (container, folder, settings):
        drift.declare(container, services, _INTERVAL)
        command = (sys.executable, "-m", "tidegate", "worker")
        with _running(command, folder / "worker.log", settings) as process:
            drift.wait_until_well(container)
            return _rate(process.pid, services, lambda: time.sleep(_ROUNDS * _INTERVAL))


def _exporter(services: Targets) -> float:
    port = free_port()
    with scratch() as folder:
        (folder / "blackbox.yml").write_text(_CONFIG)
        command = (_PEER, f"--config.file={folder}/blackbox.yml", f"--web.listen-address=127.0.0.1:{port}")
        with _running(command, folder / "log", {}) as process:
            _wait_for(port)
            _ask_for_all(port, services)

            def rounds() -> None:
                for _ in range(_ROUNDS):
                    _ask_for_all(port, services)

            return _rate(process.pid, services, rounds)


def _ask_for_all(port: int, services: Targets) -> None:
    def ask(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for number in range(first, services.count, _CLIENTS):
            connection.request("GET", f"/probe?module=http_2xx&target={services.url(number)}/health")
            if b"probe_success 1" not in connection.getresponse().read():
                raise RuntimeError(f"{_PEER} could not probe {services.url(number)}")
        connection.close()

    with ThreadPoolExecutor(_CLIENTS) as pool:
        list(pool.map(ask, range(_CLIENTS)))


def _rate(pid: int, services: Targets, act: Callable[[], object]) -> float:
    """Return the probes that a process made for each second of a core that it took."""
    asked, used = services.asked, _used(pid)
    act()
    return (services.asked - asked) / (_used(pid) - used)


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _wait_for(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/-/healthy")
            connection.getresponse().read()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@contextmanager
def _running(
    command: tuple[str, ...], log: Path, settings: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as stream:
        process = subprocess.Popen(  # nosec B603  # fixed arguments
            command, env={**os.environ, **settings}, stdout=stream, stderr=subprocess.STDOUT
        )
    with ExitStack() as stack:
        stack.callback(process.wait)
        stack.callback(process.kill)
        yield process


ROWS = (on_sqlite, on_postgresql)
"""The functions that `make bench` calls."""
