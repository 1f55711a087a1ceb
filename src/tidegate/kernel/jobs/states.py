"""The words that rows of jobs and runs hold."""

from __future__ import annotations

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
"""The states of a job, and outcomes of a run. A job that has failed waits for an operator."""

CLOSED = "closed"
"""One more state: the job of a schedule that failed, and whose task was done later."""

LOST, RELEASED = "lost", "released"
"""More outcomes of a run: its worker was not heard of any more; its worker handed the job back."""

SCHEDULED_KEY = "tick "
"""What the keys of jobs begin with that a schedule made; stored, and so not renamed."""
