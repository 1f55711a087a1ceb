"""Tests of Procfiles."""

from __future__ import annotations

import pytest

from tidegate.repositories.procfile import read_procfile, workers_of


class TestProcfile:
    def test_says_what_runs_with_how_many_workers(self) -> None:
        read = read_procfile("Procfile", "# web\nweb: gunicorn -w 4 app\n-x: y\nWorker: python -m work\n")
        assert {one.field: one.value for one in read.facts} == {
            "procfile.web": "gunicorn -w 4 app",
            "procfile.web.workers": 4,
            "procfile.worker": "python -m work",
        }

    @pytest.mark.parametrize(
        ("command", "workers"),
        [
            ("gunicorn --workers=2 app", 2),
            ("gunicorn --workers $WORKERS app", None),
            ("gunicorn app", None),
            ("gunicorn 'app", None),
        ],
    )
    def test_does_not_guess_workers(self, command: str, workers: int | None) -> None:
        assert workers_of(command) == workers
