"""What an answer to a probe means: how a target is, and which facts its answer tells."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from tidegate.domain.canonical import Json, clean
from tidegate.domain.contracts import BodyFormat, PathCheck
from tidegate.domain.facts import FactSubject, FactValue, FieldName
from tidegate.domain.health_words import HealthState, facts_in, state_in, state_of_word

STATUS_FIELD = "http.status"
"""The field that is observed while a target answers at all."""
PROBED_FIELDS = ("health.state", STATUS_FIELD, "tls.expires_at")
"""The fields that probes tell of every target, whatever its contract says."""
UNASKED_FIELDS = (*PROBED_FIELDS, "commit", "modules.*")
"""What probes tell though nobody asked for it, as globs. A version is told as well, and is to be declared."""

_MOST_TEXT = 200
_NOT_THERE = (404, 405, 410, 501)
_ASKS_FOR_PATIENCE = 429


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What came back from one path; `seconds` is how long it took."""

    status: int
    content_type: str
    body: bytes
    seconds: float
    tls_expires_at: datetime | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class ProbeFailure:
    """No answer that could be read; `reason` says why in a few words."""

    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CheckReading:
    """What one path said; `there` is False where nothing is at this path."""

    path: str
    state: HealthState
    reason: str
    seconds: float
    status: int | None = None
    there: bool = True
    facts: Mapping[FieldName, FactValue] = field(default_factory=dict)
    tls_expires_at: datetime | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class ProbeReading:
    """What a whole probe said of a target at a moment.

    `path` is the one that decided; `latency_ms` is the slowest path's. `retry_after` is in seconds.
    """

    at: datetime
    state: HealthState
    reason: str
    latency_ms: int
    status: int | None
    path: str | None
    facts: Mapping[FieldName, FactValue]
    retry_after: float | None = None

    @property
    def answered(self) -> bool:
        """Tell whether the target answered at all."""
        return self.status is not None


@dataclass(frozen=True, slots=True)
class ProbeOutcome:
    """A probe of a target, as those are told who act on it.

    `before` is the state of the probe before, None at the first; `consecutive` counts the probes with this
    state in a row, this one included; `since` is when it began.
    """

    subject: FactSubject
    reading: ProbeReading
    before: HealthState | None
    consecutive: int
    since: datetime

    @property
    def changed(self) -> bool:
        """Tell whether the state is another than before."""
        return self.before is not self.reading.state


class ProbeListener(Protocol):
    """Is told of probes in the transaction that records them; modules contribute theirs to the container."""

    def probed(self, outcomes: Sequence[ProbeOutcome]) -> None:
        """Act on probes of many targets, each target at most once."""
        ...


def read_answer(check: PathCheck, came: ProbeAnswer | ProbeFailure) -> CheckReading:
    """Say what an answer means. What is not understood is `unknown`, never `pass`."""
    if isinstance(came, ProbeFailure):
        return CheckReading(check.path, HealthState.FAIL, came.reason, came.seconds)
    document = _json_of(check, came)
    state, reason = _state(check, came, document)
    there = came.status not in _NOT_THERE or came.status in check.statuses
    facts: dict[FieldName, FactValue] = {}
    if there and isinstance(document, Mapping):
        facts = facts_in(document, check.facts)
    return CheckReading(
        check.path,
        state,
        reason,
        came.seconds,
        came.status,
        there,
        facts,
        came.tls_expires_at,
        came.retry_after,
    )


def combine(readings: Sequence[CheckReading], at: datetime) -> ProbeReading:
    """Join what the paths of one target said: the worst decides, what is unknown is worse than a warning."""
    worst = max(readings, key=lambda one: one.state.badness)
    facts: dict[FieldName, FactValue] = {}
    for one in readings:
        facts.update(one.facts)
    facts["health.state"] = worst.state.value
    if worst.status is not None:
        facts[STATUS_FIELD] = worst.status
    expiries = [one.tls_expires_at for one in readings if one.tls_expires_at is not None]
    if expiries:
        facts["tls.expires_at"] = min(expiries).isoformat(timespec="seconds").replace("+00:00", "Z")
    waits = [one.retry_after for one in readings if one.retry_after is not None]
    return ProbeReading(
        at,
        worst.state,
        worst.reason,
        round(max(one.seconds for one in readings) * 1000),
        worst.status,
        worst.path,
        facts,
        max(waits, default=None),
    )


def first_there(readings: Iterable[CheckReading]) -> CheckReading | None:
    """Return the first that was understood, else the first that was there, else None."""
    there = [one for one in readings if one.there]
    understood = [one for one in there if one.state is not HealthState.UNKNOWN]
    return next(iter(understood or there), None)


def _state(check: PathCheck, came: ProbeAnswer, document: Json) -> tuple[HealthState, str]:
    if came.status == _ASKS_FOR_PATIENCE and came.status not in check.statuses:
        return HealthState.UNKNOWN, "it answered 429: it is asked too often"
    if 300 <= came.status < 400:
        return HealthState.FAIL, f"it redirects ({came.status}), and probes follow no redirect"
    if came.status not in check.statuses:
        wanted = " or ".join(map(str, sorted(check.statuses)))
        said = _said(check, document)
        return HealthState.FAIL, f"it answered {came.status}, not {wanted}" + (f"; {said}" if said else "")
    if check.format is BodyFormat.STATUS:
        return HealthState.PASS, ""
    if check.format is BodyFormat.FACTS and isinstance(document, Mapping):
        return HealthState.PASS, ""
    if isinstance(document, Mapping) or _wants_json(check, came):
        return state_in(document, check.state)
    return _state_of_text(came)


def _said(check: PathCheck, document: Json) -> str:
    state, reason = state_in(document, check.state)
    return "" if state is HealthState.UNKNOWN else reason


def _state_of_text(came: ProbeAnswer) -> tuple[HealthState, str]:
    text = clean(came.body.decode("utf-8", "replace")).strip()
    if not text:
        return HealthState.UNKNOWN, "its body is empty; a contract can say that the status alone counts"
    if "html" in came.content_type:
        return HealthState.UNKNOWN, "it answered with a web page, which says nothing of health"
    word = text.splitlines()[0].strip(" \t.!\"'")[:_MOST_TEXT]
    state = state_of_word(word)
    if state is None:
        return HealthState.UNKNOWN, "its text is no word for health such as ok, ready, degraded or fail"
    return state, "" if state is HealthState.PASS else f"it says {word!r}"


def _wants_json(check: PathCheck, came: ProbeAnswer) -> bool:
    formats = (BodyFormat.JSON, BodyFormat.HEALTH_JSON, BodyFormat.FACTS)
    wanted = check.format in formats or check.state is not None
    return wanted or (check.format is BodyFormat.AUTO and "json" in came.content_type)


def _json_of(check: PathCheck, came: ProbeAnswer) -> Json:
    """Read a body as JSON where it may be JSON; None where it is not."""
    if check.format in (BodyFormat.TEXT, BodyFormat.STATUS):
        return None
    if not (_wants_json(check, came) or came.body.lstrip()[:1] == b"{"):
        return None
    try:
        document: Json = json.loads(came.body, object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None
    return document


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Refuse an object that says two things of one key: readers differ in which of them counts."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key is there twice")
    return document


def _refused(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON")
