"""What coverage has measured in a process of tests is written while there is time to."""

from __future__ import annotations

import coverage


def pytest_sessionfinish() -> None:
    """Write it now: xdist kills a process that takes more than ten seconds to end, and half would be lost."""
    measuring = coverage.Coverage.current()
    if measuring is not None:
        measuring.save()
