"""One attempt at a job, from its claim to its end: the heart of exactly once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta

from tidegate.domain.errors import TidegateError
from tidegate.domain.principals import WORKER
from tidegate.kernel.container import Container, Work
from tidegate.kernel.jobs.leases import Claim, LeaseLost, Leases
from tidegate.kernel.jobs.states import DONE, FAILED, LOST
from tidegate.kernel.jobs.tasks import GiveUp, Task
from tidegate.kernel.logging import HideSecrets, logger

_FIRST_PAUSE = 10.0
_LONGEST_PAUSE = 3600.0


class JobExecutor:
    """Runs claimed jobs; safe to share between threads, since each attempt has a `Work` of its own."""

    def __init__(
        self,
        container: Container,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._container = container
        self._monotonic = monotonic
        self._chance = chance
        self._hide = HideSecrets(container.settings.secrets())

    def execute(self, claim: Claim, task: Task) -> str:
        """Do the job and record what came of it; returns the outcome, whatever the task raises."""
        started = self._monotonic()
        work = self._container.work(WORKER)
        try:
            with self._container.tracer.job(claim.task, claim.job):
                detail = self._do(work, claim, task, started)
        except LeaseLost as lost:
            return self._log_outcome(LOST, claim, str(lost), started)
        except Exception as error:
            # A boundary: whatever a task raises, its job is tried again or waits for an operator.
            work.close()  # before another transaction: on SQLite this one may hold the turn to write
            return self.fail(claim, task, error, started)
        finally:
            work.close()
        return self._log_outcome(DONE, claim, detail, started)

    def _do(self, work: Work, claim: Claim, task: Task, started: float) -> str:
        leases = work.use(Leases)
        if not task.in_transaction:
            detail = task.run(work, claim.payload)
            leases.finish(claim, detail, took=self._monotonic() - started)
            return detail
        with work.uow.transaction():
            detail = task.run(work, claim.payload)
            leases.finish(claim, detail, took=self._monotonic() - started)
        return detail

    def fail(self, claim: Claim, task: Task, error: Exception, started: float) -> str:
        """Record that an attempt failed; what cannot be recorded now is found by its lease later."""
        reason = self._reason(error)
        took = self._monotonic() - started
        work = self._container.work(WORKER)
        try:
            leases = work.use(Leases)
            if claim.tries_left == 0 or isinstance(error, GiveUp):
                leases.give_up(claim, reason, took=took)
            else:
                leases.retry(claim, reason, took=took, after=self._pause(claim, task))
        except LeaseLost as lost:
            return self._log_outcome(LOST, claim, f"{reason} ({lost})", started)
        except Exception as unrecorded:
            # A boundary: the database may be what failed. The lease runs out, and the job is taken back.
            return self._log_outcome(
                LOST, claim, f"{reason} (not recorded: {self._reason(unrecorded)})", started
            )
        finally:
            work.close()
        return self._log_outcome(FAILED, claim, reason, started, error)

    def _pause(self, claim: Claim, task: Task) -> timedelta:
        """Return a time that doubles with every failure, half of it chance: not all return at once."""
        failures = max(1, task.retries + 1 - claim.tries_left)
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (failures - 1))
        return timedelta(seconds=longest * (0.5 + self._chance() / 2))

    def _reason(self, error: Exception) -> str:
        text = str(error) if isinstance(error, TidegateError) else f"{type(error).__name__}: {error}"
        hidden: str = self._hide(None, "", text)
        return hidden

    def _log_outcome(
        self, outcome: str, claim: Claim, detail: str, started: float, error: Exception | None = None
    ) -> str:
        log = logger().info if outcome == DONE else logger().warning
        unforeseen = None if isinstance(error, TidegateError) else error
        log(
            f"job.{outcome}",
            task=claim.task,
            job=claim.job,
            attempt=claim.attempt,
            duration_ms=round((self._monotonic() - started) * 1000),
            detail=detail,
            **({"exc_info": unforeseen} if unforeseen is not None else {}),
        )
        return outcome
