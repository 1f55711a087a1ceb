"""Asking one target: every path of its contract at once, or one after the other until one answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace

from tidegate.domain.contracts import PathCheck, ProbeContract
from tidegate.domain.health_words import HealthState
from tidegate.domain.outgoing import OutgoingFailed, OutgoingRefused
from tidegate.domain.probing import (
    CheckReading,
    ProbeAnswer,
    ProbeFailure,
    ProbeReading,
    combine,
    first_there,
    read_answer,
)
from tidegate.kernel.clock import Clock
from tidegate.kernel.outgoing.asynchronous import AsyncOutgoing
from tidegate.kernel.outgoing.client import AnswerLimits

MOST_PATIENCE = 3600.0
"""Seconds for which a `Retry-After` is obeyed at most."""
_ACCEPT = {"Accept": "application/health+json, application/json;q=0.9, text/plain;q=0.8, */*;q=0.1"}


async def ask_target(
    outgoing: AsyncOutgoing, base_url: str, contract: ProbeContract, *, limits: AnswerLimits, clock: Clock
) -> ProbeReading:
    """Ask a target and say how it is; raises nothing that the target or the way to it could be guilty of."""
    if not contract.first_that_answers:
        asked = [_ask(outgoing, base_url, check, limits) for check in contract.checks]
        # Most contracts have one path, for which no task is needed.
        readings = [await asked[0]] if len(asked) == 1 else await asyncio.gather(*asked)
        return combine(readings, clock.now())
    reading = await _first(outgoing, base_url, contract, limits)
    found = combine((reading,), clock.now())
    return found if reading.there or contract.remembered else replace(found, path=None)


async def _first(
    outgoing: AsyncOutgoing, base_url: str, contract: ProbeContract, limits: AnswerLimits
) -> CheckReading:
    """Ask one path after the other until one is understood, or none answers at all."""
    readings: list[CheckReading] = []
    for check in contract.checks:
        reading = await _ask(outgoing, base_url, check, limits)
        readings.append(reading)
        if reading.status is None or (reading.there and reading.state is not HealthState.UNKNOWN):
            return reading
    found = first_there(readings)
    if found is not None:
        return found
    tried = ", ".join(check.path for check in contract.checks)
    if contract.remembered is not None:
        reason = f"nothing is at {tried} any more, and {contract.remembered} answered before"
        return replace(readings[0], state=HealthState.FAIL, reason=reason)
    return replace(
        readings[0],
        state=HealthState.UNKNOWN,
        reason=f"nothing is at {tried}: a contract can say what to ask",
    )


async def _ask(
    outgoing: AsyncOutgoing, base_url: str, check: PathCheck, limits: AnswerLimits
) -> CheckReading:
    started = time.perf_counter()
    came: ProbeAnswer | ProbeFailure
    try:
        answer = await outgoing.get(base_url + check.path, headers=_ACCEPT, limits=limits)
    except (OutgoingFailed, OutgoingRefused) as error:
        refused = isinstance(error, OutgoingRefused)
        reason = f"no request may be sent there: {error.reason}" if refused else error.reason
        came = ProbeFailure(reason, time.perf_counter() - started)
    else:
        came = ProbeAnswer(
            answer.status,
            answer.headers.get("content-type", "").lower(),
            answer.body,
            answer.seconds,
            answer.tls_expires_at,
            _patience(answer.headers),
        )
    return read_answer(check, came)


def _patience(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` asks for, within reason; dates are not read."""
    given = headers.get("retry-after", "")
    return min(float(given), MOST_PATIENCE) if given.isascii() and given.isdecimal() else None
