"""The units of deploy/systemd under a systemd: installed as docs/deploy.md says, held to what they claim."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import pytest

from scripts.run_docs import blocks_for, copy
from tests.integration.image.test_kill import agrees
from tests.support.api import COMMIT, junit
from tests.support.engine import ROOT, until
from tests.support.load import InTwoParts, Load
from tests.support.machine import Machine, machine
from tests.support.server import Answer

pytestmark = pytest.mark.engine

UNITS = ("tidegate-web", "tidegate-worker")
PAGE = "docs/deploy.md"
# So that a client outside the machine is answered.
OPEN = """HOST=0.0.0.0
RATE_LIMIT_ENABLED=false
ENABLE_MONITORING=true
"""
FOLDERS = (
    *(
        "/",
        "/boot",
        "/dev",
        "/etc",
        "/etc/tidegate",
        "/home",
        "/opt/tidegate",
        "/proc/sys/kernel",
        "/root",
        "/run",
    ),
    *("/srv", "/sys", "/usr/local/bin", "/var", "/var/lib", "/var/log"),
)
OWN = ("/var/lib/tidegate", "/tmp", "/var/tmp", "/dev/shm")
MEBI = 1024 * 1024


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine on which every block of the pages that needs a systemd has run, word for word."""
    sources = tmp_path_factory.mktemp("sources")
    copy(ROOT, sources)
    with machine(sources) as made:
        for block in blocks_for("systemd"):
            done = made.root(block.script, check=False, limit=400)
            assert done.returncode == block.exits, f"{block.page}:{block.line}: {done.stdout}{done.stderr}"
            print(f"{block.page}:{block.line}\n{done.stdout[-1000:]}")
        made.root(f"printf '%s' '{OPEN}' >>/etc/tidegate/tidegate.env; systemctl restart {' '.join(UNITS)}")
        made.client().set_up()
        yield made


def main_process(host: Machine, unit: str) -> str:
    """Return the number of a unit's first process."""
    return host.shows(unit, "MainPID")


def up(host: Machine) -> bool:
    """Tell whether both units run and the server is ready."""
    active = {host.shows(unit, "ActiveState") for unit in UNITS}
    return active == {"active"} and host.status("/readyz") == 200


class TestInstalled:
    @pytest.mark.requirement("S0-18")
    @pytest.mark.requirement("S1-22")
    def test_web_and_worker_run_as_their_own_user_and_are_well(self, installed: Machine) -> None:
        until(lambda: up(installed), "both run")
        for unit in UNITS:
            who = installed.asks(f"ps -o user= -p {main_process(installed, unit)}")
            assert who == "tidegate"
        assert installed.status("/healthz") == 200
        until(lambda: "newest heartbeat is" in _worker(installed), "the worker gave a heartbeat")
        health = json.loads(installed.asks("curl --silent --fail http://127.0.0.1:8000/health"))
        assert health["status"] == "pass"
        assert installed.asks(f"systemctl is-enabled {' '.join(UNITS)}").split() == ["enabled", "enabled"]

    def test_the_pages_show_how(self) -> None:
        assert {block.page for block in blocks_for("systemd")} == {PAGE}

    @pytest.mark.requirement("S1-14")
    @pytest.mark.requirement("S1-15")
    def test_the_journal_has_a_line_of_json_for_each_request_and_the_workers_start(
        self, installed: Machine
    ) -> None:
        assert installed.status("/status") == 200
        asked = installed.asks("journalctl --unit tidegate-web --output cat --lines 40").splitlines()
        found = [json.loads(line) for line in asked if line.startswith("{")]
        assert [line["status"] for line in found if line.get("route") == "/status"][-1:] == [200]
        worker = installed.asks("journalctl --unit tidegate-worker --output cat").splitlines()
        events = [json.loads(line)["event"] for line in worker if line.startswith("{")]
        assert "worker.started" in events
        assert "Traceback" not in "\n".join(worker)

    def test_large_reports_are_read_and_metrics_counted_under_the_confinement(
        self, installed: Machine
    ) -> None:
        report = junit(passed=60_000)
        assert len(report) > 2 * MEBI
        answer = installed.client().submit(report, commit=COMMIT, slot="large")
        assert (answer.status, answer.body["evidence"]["unreadable"]) == (201, None)
        assert "tidegate_build_info" in installed.asks("curl --silent --fail http://127.0.0.1:8000/metrics")


def _worker(host: Machine) -> str:
    health = json.loads(host.asks("curl --silent http://127.0.0.1:8000/health"))
    return str(health["checks"]["worker"][0]["output"])


class TestConfined:
    @pytest.mark.parametrize("unit", UNITS)
    def test_nothing_is_let_do_that_is_not_needed(self, installed: Machine, unit: str) -> None:
        # The unit as it is, but for what it starts.
        probe = f"/usr/local/bin/python3 /usr/local/bin/confined {' '.join(FOLDERS + OWN)}"
        edit = (
            "sed -e '/^ExecStartPre=/d' -e '/^Restart=/d' "
            f"-e 's/^Type=.*/Type=oneshot/' -e 's#^ExecStart=.*#ExecStart={probe}#'"
        )
        script = (
            "install -m 0755 tests/support/confined.py /usr/local/bin/confined\n"
            f"{edit} /etc/systemd/system/{unit}.service >/etc/systemd/system/{unit}-probe.service\n"
            f"systemctl daemon-reload; systemctl start {unit}-probe\n"
            f"journalctl --unit {unit}-probe --output cat"
        )
        (output,) = [line for line in installed.asks(script).splitlines() if line.startswith("[")]
        assert json.loads(output) == [*(f"write {folder}" for folder in OWN), "read the credential"]

    @pytest.mark.parametrize("unit", UNITS)
    def test_the_process_that_runs_has_no_rights_left(self, installed: Machine, unit: str) -> None:
        status = installed.asks(f"cat /proc/{main_process(installed, unit)}/status")
        said = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
        rights = {said[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
        assert (rights, said["NoNewPrivs"], said["Seccomp"]) == ({"0" * 16}, "1", "2")

    def test_their_memory_has_a_limit(self, installed: Machine) -> None:
        assert {installed.shows(unit, "MemoryMax") for unit in UNITS} == {str(1024 * MEBI)}

    def test_the_kernel_holds_it(self, installed: Machine) -> None:
        if "memory" not in installed.asks("cat /sys/fs/cgroup/cgroup.controllers").split():
            pytest.skip(
                "NOT RUN: the kernel of the engine's machine counts no memory in cgroups of version 2"
            )
        group = f"/sys/fs/cgroup{installed.shows('tidegate-web', 'ControlGroup')}"
        assert installed.asks(f"cat {group}/memory.max") == str(1024 * MEBI)


class TestStopped:
    @pytest.mark.requirement("S2-20")
    def test_what_is_in_flight_is_finished_within_the_time(self, installed: Machine, seed: int) -> None:
        report = junit(passed=30_000)
        answers: list[Answer] = []
        body = InTwoParts(report)

        def submit() -> None:
            client = installed.client()
            answers.append(client.submit_from(body, size=len(report), commit=COMMIT, slot="slow"))

        sender = threading.Thread(target=submit, daemon=True)
        try:
            with Load(installed, clients=3, seed=seed, pause=0.05) as load:
                load.wait_for(10)
                sender.start()
                assert body.halfway.wait(30)
                time.sleep(0.5)  # until a thread is reading it
                threading.Timer(1.5, body.go_on.set).start()
                begun = time.monotonic()
                installed.root(f"systemctl stop {' '.join(UNITS)}")
                took = time.monotonic() - begun
                sender.join(30)
            ended = [(installed.shows(u, "Result"), installed.shows(u, "ExecMainStatus")) for u in UNITS]
            assert ended == [("success", "0")] * 2
            assert 1.4 < took < 35, took  # it waited for what was in flight, and not for TimeoutStopSec
            assert [answer.status for answer in answers] == [201]
            assert load.ledger.statuses() == {}
            assert [str(lost) for lost in load.ledger.unanswered if lost.begun] == []
        finally:
            installed.root(f"systemctl start {' '.join(UNITS)}")
        agrees(installed, load.ledger.acknowledged)


class TestKilled:
    @pytest.mark.requirement("S2-32")
    def test_both_begin_again_by_themselves_and_nothing_acknowledged_is_lost(
        self, installed: Machine, seed: int
    ) -> None:
        until(lambda: up(installed), "both run")
        before = {unit: int(installed.shows(unit, "NRestarts")) for unit in UNITS}
        with Load(installed, clients=3, seed=seed, pause=0.05) as load:
            load.wait_for(10)
            for unit in UNITS:
                installed.root(f"kill -9 {main_process(installed, unit)}")
            until(
                lambda: all(int(installed.shows(u, "NRestarts")) > before[u] for u in UNITS),
                "they begin again",
            )
            until(lambda: up(installed), "both run again")
            load.wait_for(len(load.ledger.acknowledged) + 10)
        agrees(installed, load.ledger.acknowledged)
        left = installed.asks("ls -d /dev/shm/tidegate-metrics-* | wc -l")
        assert left == "1"  # what the killed one counted in is gone

    @pytest.mark.requirement("S4-12")
    def test_a_database_that_comes_late_is_waited_for(self, installed: Machine) -> None:
        database = "postgresql@17-main"
        installed.root(f"systemctl stop {database}; systemctl restart --no-block {' '.join(UNITS)}")
        try:
            until(lambda: int(installed.shows("tidegate-web", "NRestarts")) >= 2, "it tries again and again")
            assert {installed.shows(unit, "StartLimitIntervalUSec") for unit in UNITS} == {"0"}  # with no end
        finally:
            installed.root(f"systemctl start {database}")
        until(lambda: up(installed), "both run when it is there")


class TestReload:
    def test_is_not_offered(self, installed: Machine) -> None:
        """Settings come from the environment, which a running process keeps; restart is the way."""
        assert {installed.shows(unit, "CanReload") for unit in UNITS} == {"no"}
