"""Tests of the meter: what it counts, under which labels, and the page that it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as OPENMETRICS

import tidegate
from tests.support.metrics import Metrics
from tidegate.kernel.db.engine import Database
from tidegate.kernel.telemetry.meter import Gauge, Meter
from tidegate.kernel.telemetry.prometheus import FOLDER, PrometheusMeter, shared_folder


def read(meter: Meter, *gauges: Gauge, accept: str = "") -> Metrics:
    """Return what the meter tells."""
    return Metrics.of(meter.render(gauges, accept)[0].decode())


class TestRequests:
    def test_are_counted_and_timed_by_method_and_route(self) -> None:
        meter = PrometheusMeter()
        meter.request(method="GET", route="/things/<thing>", status=200, seconds=0.2)
        meter.request(method="GET", route="/things/<thing>", status=404, seconds=0.01)

        found = read(meter)
        where = {"method": "GET", "route": "/things/<thing>"}
        assert found.value("tidegate_http_requests_total", **where, status="200") == 1
        assert found.value("tidegate_http_requests_total", **where, status="404") == 1
        assert found.value("tidegate_http_request_duration_seconds_count", **where) == 2
        assert found.value("tidegate_http_request_duration_seconds_bucket", **where, le="0.1") == 1

    def test_without_a_route_or_with_an_odd_method_share_one_label(self) -> None:
        meter = PrometheusMeter()
        for number in range(50):
            meter.request(method=f"BREW{number}", route=None, status=405, seconds=0.001)

        found = read(meter)
        assert found.labels("tidegate_http_requests_total", "route") == {"unmatched"}
        assert found.labels("tidegate_http_requests_total", "method") == {"other"}


class TestWork:
    def test_is_counted_by_format_and_state(self) -> None:
        meter = PrometheusMeter()
        meter.evidence(format="junit", size=1000, seconds=0.3)
        meter.evidence(format="junit", size=500, seconds=0.1)
        meter.verdict("missing")

        found = read(meter)
        assert found.value("tidegate_evidence_bytes_total", format="junit") == 1500
        assert found.value("tidegate_evidence_duration_seconds_count", format="junit") == 2
        assert found.value("tidegate_verdicts_total", state="missing") == 1


class TestThePage:
    def test_tells_what_runs_here_and_what_is_measured_now(self) -> None:
        depth = Gauge("tidegate_depth", "How deep.", {("north",): 3.0, ("south",): 0.5}, ("sea",))
        found = read(PrometheusMeter(commit="abc"), depth)
        assert found.value("tidegate_build_info", version=tidegate.__version__, commit="abc") == 1
        assert found.value("tidegate_depth", sea="north") == 3

    def test_is_openmetrics_where_that_is_asked_for(self) -> None:
        meter = PrometheusMeter()
        meter.verdict("pass")
        body, content_type = meter.render((), OPENMETRICS)
        assert content_type.startswith("application/openmetrics-text; version=1.0.0")
        assert Metrics.of(body.decode()).value("tidegate_verdicts_total", state="pass") == 1
        assert body.endswith(b"# EOF\n")

    def test_adds_up_what_the_processes_of_a_folder_counted(self, tmp_path: Path) -> None:
        meter = PrometheusMeter(folder=tmp_path)
        meter.verdict("pass")  # counted in this process alone, since it was not started for several
        assert "tidegate_verdicts_total" not in read(meter).names
        assert "tidegate_build_info" in read(meter).names


class TestTheSharedFolder:
    def test_is_the_one_that_the_environment_names(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv(FOLDER, str(tmp_path))
        assert shared_folder() == tmp_path
        monkeypatch.delenv(FOLDER)
        assert shared_folder() is None


class TestThePool:
    def test_tells_what_is_kept_used_and_beyond(self, tmp_path: Path) -> None:
        meter = PrometheusMeter()
        database = Database(f"sqlite:///{tmp_path}/a.sqlite3", pool_size=2, max_overflow=2)
        meter.watch(database)
        taken = [database.engine.connect() for _ in range(3)]
        assert self.levels(meter) == (2, 3, 1)
        for connection in taken:
            connection.close()
        assert self.levels(meter) == (2, 0, 0)
        database.dispose()
        assert self.levels(meter) == (2, 0, 0)

    def levels(self, meter: Meter) -> tuple[float, ...]:
        """Return size, in use, overflow."""
        meter.update_pool_gauges()
        found = read(meter)
        return tuple(
            found.value(f"tidegate_database_pool_{level}") for level in ("size", "in_use", "overflow")
        )


class TestNoPool:
    def test_is_no_fault(self, tmp_path: Path) -> None:
        meter = PrometheusMeter()
        meter.update_pool_gauges()
        assert read(meter).value("tidegate_database_pool_in_use") == 0


class TestOff:
    def test_counts_nothing_and_has_no_page(self) -> None:
        meter = Meter()
        meter.request(method="GET", route=None, status=200, seconds=1)
        meter.evidence(format="junit", size=1, seconds=1)
        meter.verdict("pass")
        meter.update_pool_gauges()
        assert not meter.on
        with pytest.raises(LookupError, match="monitoring is off"):
            meter.render((), "")
