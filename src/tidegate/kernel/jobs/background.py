"""What a worker does all the time, beside its jobs: threads that modules contribute."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tidegate.domain.errors import TidegateError
from tidegate.kernel.logging import logger

_PAUSE = 5.0
"""Seconds after which work that broke is begun again."""


@dataclass(frozen=True, slots=True)
class BackgroundThread:
    """Work that never ends: `run` returns once the event that it is given is set.

    A module's `wiring.py` contributes it; every worker that is not asked for one round alone runs it.
    """

    name: str
    run: Callable[[threading.Event], None]


class BackgroundThreads:
    """Runs them until the worker stops; one that breaks is logged and begun again."""

    def __init__(self, work: Sequence[BackgroundThread], stop: threading.Event) -> None:
        self._stop = stop
        self._threads = [
            threading.Thread(target=self._run, args=(one,), name=one.name, daemon=True) for one in work
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> None:
        """Wait for what was asked to stop, together no longer than this."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join(seconds / len(self._threads))

    def _run(self, one: BackgroundThread) -> None:
        while not self._stop.is_set():
            try:
                one.run(self._stop)
            except Exception as error:
                # A boundary: the database may be away, or the work broken; the worker's jobs go on.
                unforeseen = None if isinstance(error, TidegateError) else error
                logger().warning(
                    "worker.background_failed", thread=one.name, reason=str(error), exc_info=unforeseen
                )
                self._stop.wait(_PAUSE)
