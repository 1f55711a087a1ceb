"""Where the work is followed step by step, for whoever collects traces; this file needs no library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from tidegate.kernel.db.engine import Database


class Tracer:
    """Follows nothing: stands where no traces are wanted, so that nobody has to ask whether they are."""

    def follow_requests(self, app: Flask) -> None:
        """Make a span of each request; called before anything that writes a log line."""

    def follow_statements(self, database: Database) -> None:
        """Make a span of each statement that a traced request or job sends to the database."""

    @contextmanager
    def job(self, task: str, job: str) -> Iterator[None]:
        """Make a span of one attempt at a job."""
        yield

    def close(self) -> None:
        """Send what was not sent yet."""
