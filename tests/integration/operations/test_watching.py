"""Dashboards and alerts ask for metrics that there are: each name stands in the page of /metrics."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.web import container_for, settings_for
from tests.support.api import junit, make_api
from tests.support.metrics import Metrics
from tidegate.app import compose
from tidegate.domain.principals import SERVER
from tidegate.kernel.db.engine import Database
from tidegate.kernel.jobs.models import JobRow, TaskStatusRow, WorkerRow
from tidegate.kernel.jobs.tasks import Task
from tidegate.registry import MODULES

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
_NAME = re.compile(r"(?<![\w:])tidegate_\w+")
_LABELS = re.compile(r"\b(tidegate_\w+)\{([^}]*)\}")


def alert_rules() -> list[dict[str, Any]]:
    """Return every rule."""
    document = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def questions() -> list[str]:
    """Return every expression of the rules and of the dashboard."""
    panels = json.loads((DEPLOY / "grafana/tidegate.json").read_text("utf-8"))["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    return [str(rule["expr"]) for rule in alert_rules()] + asked


@pytest.fixture
def page(database: Database, tmp_path: Path) -> Metrics:
    """What an installation tells that has taken a report in, has a worker and has done a job."""
    api = make_api(database, tmp_path / "api", ENABLE_MONITORING="true")
    api.set_up()
    assert api.submit(junit()).status_code == 201
    now = api.clock.now()
    job = {
        "payload": {},
        "attempt": 1,
        "state": "failed",
        "not_before": now,
        "tries_left": 0,
        "created_at": now,
    }
    counts = {"runs_done": 1, "runs_failed": 1, "runs_lost": 0, "runs_released": 0}
    status = {"succeeded_at": now, "failures": 1, "given_up": True, **counts}
    alive = {"host": "h", "pid": 1, "version": "1", "slots": 1, "busy": 0, "started_at": now, "beat_at": now}
    uow = database.unit_of_work()
    with uow.transaction() as session:
        session.add_all(
            [
                JobRow(id="a", task="backups.nightly", **job),
                TaskStatusRow(task="backups.nightly", **status),
                WorkerRow(id="w", **alive),
            ]
        )
    uow.close()
    return Metrics.of(api.client.get("/metrics").text)


@pytest.mark.requirement("S2-24")
class TestQuestions:
    def test_name_metrics_that_there_are(self, page: Metrics) -> None:
        named = {name for question in questions() for name in _NAME.findall(question)}
        assert len(named) > 10
        assert named <= page.names

    def test_name_labels_that_they_have(self, page: Metrics) -> None:
        for question in questions():
            for name, matchers in _LABELS.findall(question):
                for label in re.findall(r"(\w+)[=!]", matchers):
                    assert page.labels(name, label), (name, label)

    def test_name_tasks_that_there_are(self, tmp_path: Path) -> None:
        container = container_for(settings_for(tmp_path, BACKUP_NIGHTLY="true", BACKUP_RESTORE_TEST="true"))
        compose(container, MODULES)
        work = container.work(SERVER)
        tasks = {task.name for task in work.all_of(Task)}
        work.close()
        container.database.dispose()
        asked = {task for question in questions() for task in re.findall(r'task="([^"]+)"', question)}
        assert asked == {"backups.nightly", "backups.restore_test"}
        assert asked <= tasks

    def test_name_bounds_that_the_histogram_has(self, page: Metrics) -> None:
        bounds = page.labels("tidegate_evidence_duration_seconds_bucket", "le")
        asked = {bound for question in questions() for bound in re.findall(r'le="([\d.]+)"', question)}
        assert asked <= bounds

    def test_use_what_the_rules_record(self) -> None:
        recorded = {rule["record"] for rule in alert_rules() if "record" in rule}
        used = {name for question in questions() for name in re.findall(r"tidegate:[\w:]+", question)}
        assert used == recorded

    def test_leave_no_metric_of_ours_without_a_place(self, page: Metrics) -> None:
        named = {_family(name) for question in questions() for name in _NAME.findall(question)}
        assert {_family(name) for name in page.names} == named


def _family(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name)
