"""The server as it runs on Windows: the real waitress, started as `tidegate serve` starts it there."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import requests

from scripts.serve import free_port, stop, wait_until_ready
from tests.support.access import HEADERS
from tests.support.api import COMMIT, GATE, junit
from tests.support.metrics import Metrics
from tests.support.process import Served, only, served
from tests.support.slow_clients import HALF_A_BODY, HALF_A_HEAD, SlowClients, Slowness

WAITRESS: Sequence[str] = (
    sys.executable,
    "-c",
    "from tidegate.cli.server import serve_with_waitress; serve_with_waitress()",
)
SETTINGS = {"AUTO_MIGRATE": "true", "ENABLE_MONITORING": "true"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that all tests share but those that end it."""
    with served(tmp_path_factory.mktemp("waitress"), command=WAITRESS, **SETTINGS) as made:
        yield made
    assert "Traceback" not in made.said.read_text()


@pytest.mark.requirement("S1-5")
@pytest.mark.requirement("S1-11")
class TestWaitress:
    def test_takes_a_report_in_and_gives_a_verdict(self, server: Served) -> None:
        with requests.Session() as session:
            session.headers.update(HEADERS)
            api = f"{server.url}/api/v1"
            session.put(f"{api}/gates/production", json=GATE)
            session.put(f"{api}/environments/production", json={"rank": 3, "gate": "production"})
            session.put(f"{api}/components/harbour", json={"title": "Harbour", "owner": "port"})
            submitted = session.post(
                f"{api}/components/harbour/revisions/{COMMIT}/evidence?slot=junit.xml", data=junit(failed=1)
            )
            assert submitted.status_code == 201
            assert submitted.json()["verdicts"][0]["verdict"]["state"] == "fail"
            assert session.get(f"{server.url}/readyz").status_code == 200
            found = Metrics.of(session.get(f"{server.url}/metrics").text)
            assert found.value("tidegate_verdicts_total", state="fail") == 1

    @pytest.mark.drill
    @pytest.mark.parametrize("slowness", [HALF_A_HEAD, HALF_A_BODY], ids=lambda kind: kind.name)
    def test_slow_clients_keep_nobody_else_waiting(self, server: Served, slowness: Slowness) -> None:
        port = int(server.url.rpartition(":")[2])
        with SlowClients(port, slowness, count=300) as clients:
            assert clients.all_came
            answers = [requests.get(f"{server.url}/healthz", timeout=5) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {200}

    @pytest.mark.requirement("S2-20")
    @pytest.mark.skipif(sys.platform == "win32", reason="there a process is ended, not asked to end")
    @pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
    def test_ends_by_itself_when_it_is_asked_to(self, tmp_path: Path, name: str) -> None:
        port, said = free_port(), tmp_path / "server.log"
        with said.open("wb") as log:
            environment = only(SETTINGS, PORT=str(port))
            process = subprocess.Popen(
                WAITRESS, cwd=tmp_path, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, said)
            process.send_signal(signal.Signals[name])
            assert process.wait(10) == 0, said.read_text()
        finally:
            stop(process)
