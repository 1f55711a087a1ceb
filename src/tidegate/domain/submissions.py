"""What a sender says of a report: which times are accepted, and when it is the same submission once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Evidence
from tidegate.domain.records import StoredEvidence

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours a sender's clock may be before its times are refused."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sender said of a report; `taken_at` and `baseline` are None where nothing was said."""

    component: str
    commit: str
    slot: str
    digest: str
    taken_at: datetime | None
    baseline: str | None


def of_its_run(sent: Sent, facts: Evidence, earlier: Sequence[StoredEvidence]) -> Evidence:
    """Return what was read of a report, with the times of its run where that was submitted before.

    It is a run that is known where the bytes are those that count in its slot now and `taken_at` does not say
    that the tool has run again since. Then it keeps its place among the reports of its slot, so that no other
    takes it, and ages from the oldest time that was ever given for it: the first one was the time of arrival
    where nothing was said, and what is sent once more never becomes younger by that.
    """
    known = _counting(sent.slot, earlier)
    if known is None or known.facts.digest != sent.digest or _ran_again(sent, known):
        return facts
    given = [facts.made_at, known.facts.made_at]
    if sent.taken_at is not None and sent.taken_at < known.facts.since:
        given.append(sent.taken_at)
    oldest = min((one for one in given if one is not None), default=None)
    return replace(facts, taken_at=known.facts.taken_at, made_at=oldest)


def repeated(
    sent: Sent,
    facts: Evidence,
    tool_version: str | None,
    baseline: str | None,
    earlier: Sequence[StoredEvidence],
) -> StoredEvidence | None:
    """Return the submission that is sent once more, or None where this one is another.

    `facts` are those that `of_its_run` returned. It is the same where it counts in its slot now, its bytes
    are the same and read as the same (another `format`, or a reader that has learnt, reads them as something
    else), it is compared with the same baseline, as far as there is one, and `taken_at` says neither that the
    tool has run again since nor that it ran before the time that counts.
    """
    known = _counting(sent.slot, earlier)
    if known is None or _ran_again(sent, known):
        return None
    if facts != known.facts or tool_version != known.tool_version:
        return None
    if facts.lines != known.facts.lines:
        return None  # recorded before lines were kept, or beyond a limit that has changed
    return known if baseline in (None, known.baseline) else None


def _counting(slot: str, earlier: Sequence[StoredEvidence]) -> StoredEvidence | None:
    """Find the newest of a slot; of one time the last that came counts: identifiers rise with arrival."""
    in_slot = (one for one in earlier if one.facts.slot == slot)
    return max(in_slot, key=lambda one: (one.facts.taken_at, one.id), default=None)


def _ran_again(sent: Sent, known: StoredEvidence) -> bool:
    return sent.taken_at is not None and sent.taken_at > known.facts.taken_at


def accepted_time(taken_at: datetime | None, now: datetime, *, where: str = "taken_at") -> datetime | None:
    """Return the time that a sender gave; None where it tells nothing.

    Raises `Invalid`, which names `where` the time was given.

    A clock that is a little ahead is no reason to refuse, but its time would outlast reports that come later
    and were taken by our own: it counts as not given.
    """
    if taken_at is None:
        return None
    if taken_at.tzinfo is None:
        raise Invalid("The time has no zone.", ((where, "Write it with a zone, such as …Z."),))
    if taken_at > now + CLOCK_SKEW:
        raise Invalid(
            "The report claims to come from the future.",
            ((where, f"The server's time is {now.isoformat()}; correct the sender's clock."),),
        )
    return taken_at if taken_at <= now else None
