"""Tests of traces that leave real processes for a real collector."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.fakes.web import container_for, settings_for
from tests.support.access import HEADERS
from tests.support.otlp import collecting
from tests.support.process import GUNICORN, SERVE, only, refused, served
from tidegate.app import compose
from tidegate.domain.principals import SERVER
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.registry import MODULES


@pytest.mark.requirement("S1-31")
@pytest.mark.requirement("S2-23")
class TestTraces:
    def test_of_every_process_arrive_before_it_ends(self, tmp_path: Path) -> None:
        with collecting() as collector:
            variables = {
                "AUTO_MIGRATE": "true",
                "LOG_FORMAT": "json",
                "WEB_CONCURRENCY": "2",
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
                "OTEL_SERVICE_NAME": "tidegate-test",
            }
            with served(tmp_path, command=GUNICORN, **variables) as server:
                for _ in range(20):
                    assert requests.get(f"{server.url}/api/v1/components", headers=HEADERS, timeout=10).ok
            found = [span for span in collector.spans if span.name == "GET /api/v1/components"]
        assert len(found) == 20
        assert collector.services == {"tidegate-test"}
        lines = [json.loads(line) for line in server.said.read_text().splitlines() if line.startswith("{")]
        trace_ids = {line["trace_id"] for line in lines if line.get("route") == "/api/v1/components"}
        assert trace_ids == {span.trace_id.hex() for span in found}
        assert "Traceback" not in server.said.read_text()

    def test_of_a_worker_arrive_as_well(self, tmp_path: Path) -> None:
        container = container_for(settings_for(tmp_path))
        compose(container, MODULES)
        work = container.work(SERVER)
        work.use(JobQueue).enqueue("audit.verify")
        work.close()
        container.database.dispose()
        with collecting() as collector:
            endpoint = f"{collector.url}/v1/traces"
            variables = {"DATA_DIR": str(tmp_path), "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint}
            command = [sys.executable, "-m", "tidegate", "worker", "--once"]
            subprocess.run(command, env=only(variables), check=True, timeout=60)
        assert "job audit.verify" in {span.name for span in collector.spans}
        assert collector.services == {"tidegate"}

    @pytest.mark.parametrize("command", [SERVE, GUNICORN], ids=["serve", "gunicorn"])
    def test_that_cannot_be_sent_stop_the_start_with_one_clear_message(
        self, tmp_path: Path, command: tuple[str, ...]
    ) -> None:
        code, said = refused(tmp_path, command=command, OTEL_TRACES_EXPORTER="zipkin")
        assert code != 0
        assert "OTEL_TRACES_EXPORTER: 'zipkin' is not known here" in said
        assert "Traceback" not in said
