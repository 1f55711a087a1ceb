"""Tests of /metrics: over the API on both databases, and over a server of several processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import URL

from tests.support.api import Api, junit, make_api
from tests.support.metrics import Metrics
from tests.support.server import RealServer
from tidegate.kernel.db.engine import Database
from tidegate.kernel.telemetry.folder import PREFIX

SUBMIT = "/api/v1/components/<component>/revisions/<revision>/evidence"


def scrape(port: int) -> Metrics:
    """Read the metrics of a real server."""
    return Metrics.of(requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text)


@pytest.mark.requirement("S1-20")
@pytest.mark.requirement("S2-23")
@pytest.mark.requirement("S3-21")
class TestMetrics:
    def test_are_a_404_problem_unless_monitoring_is_on(self, api: Api) -> None:
        answer = api.client.get("/metrics")
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
        assert "ENABLE_MONITORING" in answer.get_json(force=True)["detail"]

    def test_tell_what_was_done(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "api", ENABLE_MONITORING="true")
        api.set_up()
        assert api.submit(junit(failed=1)).status_code == 201
        assert api.submit(b"<testsuite", slot="broken.xml").status_code == 201
        assert api.submit(junit(failed=1)).status_code == 200  # a repetition takes nothing in
        for number in range(20):
            assert api.client.get(f"/nothing/{number}").status_code == 404

        answer = api.client.get("/metrics")
        assert answer.content_type.startswith("text/plain; version=0.0.4")
        found = Metrics.of(answer.text)
        counted = {"method": "POST", "route": SUBMIT}
        assert found.value("tidegate_http_requests_total", **counted, status="201") == 2
        assert found.value("tidegate_http_requests_total", **counted, status="200") == 1
        unknown = {"method": "GET", "route": "unmatched"}
        assert found.value("tidegate_http_requests_total", **unknown, status="404") == 20
        assert found.value("tidegate_verdicts_total", state="fail") == 1
        # The repetition is judged as well: an answer that carries a verdict is never an old one.
        assert found.value("tidegate_verdicts_total", state="unreadable") == 2
        assert found.value("tidegate_evidence_bytes_total", format="junit") == len(junit(failed=1))
        assert found.value("tidegate_evidence_bytes_total", format="unknown") == len(b"<testsuite")
        assert found.value("tidegate_evidence_duration_seconds_count", format="junit") == 1
        assert found.value("tidegate_data_disk_free_bytes") > 0

    def test_are_openmetrics_where_that_is_asked_for(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "api", ENABLE_MONITORING="true")
        accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
        page = api.client.get("/metrics", headers=accept).text
        assert page.endswith("# EOF\n")
        assert "tidegate_build_info" in Metrics.of(page).names


def folder_of(server: RealServer) -> Path:
    """Return the folder in which a server's processes count together: it holds the lock there open."""
    opened = [descriptor.readlink() for descriptor in Path(f"/proc/{server.process.pid}/fd").iterdir()]
    (lock,) = [path for path in opened if PREFIX in str(path)]
    return lock.parent


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[RealServer]:
    """A server of three processes that counts."""
    url = URL.create("sqlite", database=str(tmp_path / "installation" / "tidegate.sqlite3"))
    settings = {"AUTO_MIGRATE": "true", "ENABLE_MONITORING": "true", "WEB_CONCURRENCY": "3"}
    with RealServer(url, tmp_path / "installation", **settings) as server:
        yield server


@pytest.mark.requirement("S1-20")
class TestSeveralProcesses:
    def test_are_added_up_also_when_one_has_died(self, counting: RealServer) -> None:
        folder = folder_of(counting)
        asked = {"method": "GET", "route": "/status", "status": "200"}
        for number in range(1, 31):
            assert requests.get(f"http://127.0.0.1:{counting.port}/status", timeout=30).ok
            # Whichever process answers knows what all of them have counted.
            assert scrape(counting.port).value("tidegate_http_requests_total", **asked) == number
        assert scrape(counting.port).value("tidegate_database_pool_size") == 3 * 5
        counting.kill_a_worker()
        self.wait_for_workers(counting, 3, folder)
        found = self.wait_for_pools(counting, 3 * 5)
        assert found.value("tidegate_http_requests_total", **asked) == 30
        assert found.value("tidegate_database_pool_in_use") == 0
        assert counting.stop() == 0
        assert not folder.exists()

    def wait_for_workers(self, server: RealServer, count: int, folder: Path) -> None:
        """Return once this many processes count, the dead one no longer among them."""
        living: list[str] = []
        for _ in range(300):
            living = [path.name.rpartition("_")[2][:-3] for path in folder.glob("gauge_livesum_*.db")]
            if len(living) == count and all(Path(f"/proc/{pid}").exists() for pid in living):
                return
            requests.get(f"http://127.0.0.1:{server.port}/healthz", timeout=30)
        raise AssertionError(f"{living} count")

    def wait_for_pools(self, server: RealServer, size: int) -> Metrics:
        """Return the metrics that tell of pools of this size: a file is there before its figures are."""
        found = scrape(server.port)
        for _ in range(300):
            if found.value("tidegate_database_pool_size") == size:
                return found
            found = scrape(server.port)
        raise AssertionError(f"the pools are of {found.value('tidegate_database_pool_size')}")

    def test_that_were_killed_leave_nothing_for_the_next_start(self, counting: RealServer) -> None:
        asked = {"method": "GET", "route": "/status", "status": "200"}
        requests.get(f"http://127.0.0.1:{counting.port}/status", timeout=30)
        assert scrape(counting.port).value("tidegate_http_requests_total", **asked) == 1
        first = folder_of(counting)
        counting.kill()
        assert first.is_dir()

        counting.start()

        assert not first.exists()
        with pytest.raises(KeyError):
            scrape(counting.port).value("tidegate_http_requests_total", **asked)
        assert counting.stop() == 0
