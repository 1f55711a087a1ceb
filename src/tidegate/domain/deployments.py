"""Deployments: what was put into an environment, when, and how it ended; what a target declares by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from tidegate.domain.catalog import full_commit
from tidegate.domain.errors import Conflict, Invalid
from tidegate.domain.facts import FactSubject, FactValue, FieldName
from tidegate.domain.submissions import CLOCK_SKEW

LONGEST_VERSION, LONGEST_LINK = 100, 2000
SOURCE = "deployment "
"""How the source begins of a fact that a deployment declares; its identifier follows."""
VERSION_FIELD, COMMIT_FIELD = "version", "commit"


class DeploymentOutcome(StrEnum):
    """How far a deployment came."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"


FOLLOWING: Mapping[DeploymentOutcome, frozenset[DeploymentOutcome]] = {
    DeploymentOutcome.STARTED: frozenset(
        {DeploymentOutcome.SUCCEEDED, DeploymentOutcome.FAILED, DeploymentOutcome.ROLLED_BACK}
    ),
    DeploymentOutcome.SUCCEEDED: frozenset({DeploymentOutcome.ROLLED_BACK}),
    DeploymentOutcome.FAILED: frozenset({DeploymentOutcome.ROLLED_BACK}),
    DeploymentOutcome.ROLLED_BACK: frozenset(),
}
"""Which outcomes may follow which: what failed is never said to have succeeded, it is deployed again."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Something that was put into an environment.

    `commit` and `version` are None where they were not said; one of them was. `ended_at` is None as long as
    it runs. `edition` counts its edits from 1. `released` tells whether it had been released for this
    environment when it was reported; None where nobody looked.
    """

    id: str
    component: str
    environment: str
    commit: str | None
    version: str | None
    outcome: DeploymentOutcome
    started_at: datetime
    ended_at: datetime | None
    url: str | None
    edition: int
    created_at: datetime
    updated_at: datetime
    reported_by: str
    released: bool | None = None

    @property
    def subject(self) -> FactSubject:
        """The target that it went to."""
        return FactSubject(self.component, self.environment)

    @property
    def source(self) -> str:
        """The source of the facts that it declares."""
        return f"{SOURCE}{self.id}"

    def declares(self) -> dict[FieldName, FactValue]:
        """Return the facts that the target declares while this is its last deployment that succeeded."""
        said = {VERSION_FIELD: self.version, COMMIT_FIELD: self.commit}
        return {field: value for field, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Timing:
    """When a deployment started and ended."""

    started_at: datetime
    ended_at: datetime | None


def checked_subject(*, revision: str | None, version: str | None) -> tuple[str | None, str | None]:
    """Return the full commit and the version; raises `Invalid` where neither is said, or one is none."""
    if revision is None and version is None:
        why = "name the revision or the version that was deployed"
        raise Invalid(f"It is not said what was deployed: {why}.", (("/revision", why),))
    return (full_commit(revision) if revision is not None else None), version


def checked_timing(
    outcome: DeploymentOutcome, *, started_at: datetime | None, ended_at: datetime | None, now: datetime
) -> Timing:
    """Return when it started and ended, now where nothing is said.

    Raises `Invalid` for an end before the start, an end of what still runs, and moments to come.
    """
    start, end = _past("started_at", started_at, now), _past("ended_at", ended_at, now)
    if outcome is DeploymentOutcome.STARTED:
        if end is not None:
            why = "what has only started has no end; give the outcome as well"
            raise Invalid(f"The times contradict the outcome: {why}.", (("/ended_at", why),))
        return Timing(start or now, None)
    end = end or now
    if start is not None and start > end:
        why = "it is before started_at"
        raise Invalid(f"The deployment cannot have ended then: {why}.", (("/ended_at", why),))
    return Timing(start or end, end)


def finished(
    known: Deployment,
    outcome: DeploymentOutcome,
    *,
    ended_at: datetime | None,
    url: str | None,
    now: datetime,
) -> Deployment:
    """Return the deployment with its outcome; the same one where that is recorded already.

    Raises `Conflict` for an outcome that cannot follow, and `Invalid` for times that cannot be.
    """
    if outcome is known.outcome and ended_at in (None, known.ended_at) and url in (None, known.url):
        return known
    if outcome is not known.outcome and outcome not in FOLLOWING[known.outcome]:
        following = ", ".join(sorted(FOLLOWING[known.outcome])) or "nothing"
        raise Conflict(
            f"The deployment {known.id} is recorded as {known.outcome}; {following} may follow. "
            "What is deployed again is reported as another deployment."
        )
    end = ended_at
    if end is None and known.outcome is outcome:
        end = known.ended_at
    timing = checked_timing(outcome, started_at=known.started_at, ended_at=end, now=now)
    return replace(
        known,
        outcome=outcome,
        ended_at=timing.ended_at,
        url=checked_link(url) or known.url,
        edition=known.edition + 1,
        updated_at=now,
    )


def checked_link(url: str | None) -> str | None:
    """Return the address of a pipeline's run; raises `Invalid` for another scheme, and for a secret in it."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no number
    except ValueError as error:
        raise _refused(f"{error}") from None
    if parts.username is not None or parts.password is not None:
        raise _refused("it holds a user name or a password, which lists would show")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refused("write http:// or https:// and a host")
    if len(url) > LONGEST_LINK or any(c.isspace() or not c.isprintable() for c in url):
        raise _refused(f"leave out spaces, and use at most {LONGEST_LINK} characters")
    return url


def _past(field: str, moment: datetime | None, now: datetime) -> datetime | None:
    """Return a moment that was; a clock that is a little ahead means now."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        why = "write it with a zone, such as …Z"
        raise Invalid(f"{field} has no time zone: {why}.", ((f"/{field}", why),))
    if moment > now + CLOCK_SKEW:
        why = f"the server's time is {now.isoformat()}; correct the sender's clock"
        raise Invalid(f"{field} is yet to come: {why}.", ((f"/{field}", why),))
    return min(moment, now)


def _refused(why: str) -> Invalid:
    return Invalid(f"The URL cannot be used: {why}.", (("/url", why),))
