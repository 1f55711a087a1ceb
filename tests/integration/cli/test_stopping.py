"""What is asked to stop stops, with everything that it started, however it is asked."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from scripts.serve import free_port, new_token, wait_until_ready
from tests.support.process import SERVE, only
from tests.support.windows import ROOT

_SETTINGS = {"AUTO_MIGRATE": "true", "WEB_CONCURRENCY": "1"}
_DEMO = (sys.executable, "-m", "scripts.demo")
# `trap ''` is what a shell does to SIGINT of what it starts in the background, and nohup to SIGHUP.
_IGNORING = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
_NOHUP = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh")


@contextmanager
def _started(
    command: Sequence[str], folder: Path, **more: str
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    said = folder / "said.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=only(_SETTINGS, DATA_DIR=str(folder / "data"), PYTHONUNBUFFERED="1", **more),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process, said
    except subprocess.TimeoutExpired as error:
        raise AssertionError(said.read_text()) from error
    finally:
        for left in _session(process.pid):
            os.kill(left, signal.SIGKILL)
        process.wait(10)


def _session(leader: int) -> list[int]:
    """Find the processes of a session that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        if stat and int(stat[3]) == leader and stat[0] != "Z":
            found.append(int(entry.name))
    return found


def _wait_for(text: str, said: Path) -> None:
    until = time.monotonic() + 120
    while text not in said.read_text():
        assert time.monotonic() < until, said.read_text()
        time.sleep(0.1)


class TestServe:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_ends_with_its_workers(self, tmp_path: Path, number: signal.Signals) -> None:
        port = free_port()
        with _started([*_IGNORING, *SERVE], tmp_path, PORT=str(port)) as (process, said):
            wait_until_ready(f"http://127.0.0.1:{port}", process, said)
            process.send_signal(number)
            assert process.wait(60) == 0, said.read_text()
            assert not _session(process.pid)

    @pytest.mark.drill
    def test_waits_for_requests_alone(self, tmp_path: Path) -> None:
        port = free_port()
        with _started(SERVE, tmp_path, PORT=str(port), WEB_KEEPALIVE="60") as (process, said):
            wait_until_ready(f"http://127.0.0.1:{port}", process, said)
            with (
                closing(HTTPConnection("127.0.0.1", port)) as kept,
                socket.create_connection(("127.0.0.1", port)),  # as browsers open some that they never use
                closing(HTTPConnection("127.0.0.1", port)) as busy,
            ):
                token = new_token("tests", "administrator", {"DATA_DIR": str(tmp_path / "data")})
                kept.request("GET", "/healthz")
                kept.getresponse().read()
                time.sleep(5.5)  # by then gunicorn's own worker would keep the unused one for a minute
                body = b'{"title": "Harbour", "owner": "boats"}'
                busy.putrequest("PUT", "/api/v1/components/harbour")
                busy.putheader("Authorization", f"Bearer {token}")
                busy.putheader("Content-Type", "application/json")
                busy.putheader("Content-Length", str(len(body)))
                busy.endheaders(body[:5])
                time.sleep(1)

                begun = time.monotonic()
                process.send_signal(signal.SIGTERM)
                time.sleep(1)
                busy.send(body[5:])

                assert busy.getresponse().status == 201
                assert process.wait(60) == 0
                assert time.monotonic() - begun < 10, said.read_text()

    def test_serves_on_when_its_terminal_closes_under_nohup(self, tmp_path: Path) -> None:
        port = free_port()
        with _started([*_NOHUP, *SERVE], tmp_path, PORT=str(port)) as (process, said):
            wait_until_ready(f"http://127.0.0.1:{port}", process, said)
            before = sorted(_session(process.pid))
            os.killpg(process.pid, signal.SIGHUP)
            time.sleep(1)
            assert sorted(_session(process.pid)) == before
            wait_until_ready(f"http://127.0.0.1:{port}", process, said)


class TestWorker:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_ends(self, tmp_path: Path, number: signal.Signals) -> None:
        command = [*_IGNORING, sys.executable, "-m", "tidegate", "worker"]
        with _started(command, tmp_path) as (process, said):
            _wait_for("worker", said)
            process.send_signal(number)
            assert process.wait(60) == 0, said.read_text()


@pytest.mark.drill
class TestDemo:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_leaves_no_process_behind(self, tmp_path: Path, number: signal.Signals) -> None:
        with _started([*_IGNORING, *_DEMO], tmp_path, TMPDIR=str(tmp_path)) as (process, said):
            _wait_for("1. The server and a worker run", said)
            process.send_signal(number)
            assert process.wait(120) == 130, said.read_text()
            assert not _session(process.pid)
            assert not list(tmp_path.glob("tidegate-demo-*"))
