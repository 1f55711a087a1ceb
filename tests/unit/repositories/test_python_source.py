"""Tests of Python sources: literal health answers, and schedulers in each web worker."""

from __future__ import annotations

from tidegate.domain.repository_facts import RepositoryRule
from tidegate.repositories.python_source import read_python

HEALTH = """\
@app.get("/healthz")
def probe():
    return {"database": "connected", "version": "1", **more, "cache": 1, 3: "ok"}


def health():
    return {"database": database.state(), "status": "ok"}


def describe():
    return {"database": "connected"}
"""
SCHEDULER = """\
from apscheduler.schedulers.background import BackgroundScheduler
scheduler = BackgroundScheduler()
thread = Thread()
scheduler.add_job(scan)
scheduler.start()
thread.start()
start()
name = "x"
"""


class TestPython:
    def test_literals_are_found_in_health_answers_alone(self) -> None:
        (found,) = read_python("app.py", HEALTH).findings
        assert (found.rule, found.place.line) == (RepositoryRule.HEALTH_LITERAL, 3)
        assert "says database is 'connected' as a literal" in found.message

    def test_schedulers_count_where_there_are_several_web_workers(self) -> None:
        (found,) = read_python("app.py", SCHEDULER, web_workers=4).findings
        assert (found.rule, found.place.line) == (RepositoryRule.SCHEDULER_PER_WORKER, 5)
        assert not read_python("app.py", SCHEDULER, web_workers=1).findings
        assert not read_python("app.py", SCHEDULER).findings

    def test_what_does_not_parse_says_nothing(self) -> None:
        assert not read_python("app.py", "def {{ name }}(): pass").findings
