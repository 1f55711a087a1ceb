"""Identifiers that sort by the time they were made: UUID version 7 (RFC 9562), as text."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TypeAlias
from uuid import UUID

_COUNTER_BITS = 12
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1
_RANDOM_BYTES = 8
_RANDOM_MASK = (1 << 62) - 1

NewId: TypeAlias = Callable[[], str]
"""Makes an identifier that sorts after those made before it."""


class Uuid7:
    """Makes UUIDs of version 7 that never sort before an earlier one of the same process.

    48 bits of milliseconds, a 12-bit counter within the millisecond (RFC 9562, section 6.2, method 1) and
    62 random bits. A clock that jumps back does not: the last millisecond seen is kept until it is passed.
    """

    def __init__(self, milliseconds: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._milliseconds = milliseconds
        self._lock = threading.Lock()
        self._stamp = -1

    def __call__(self) -> str:
        """Return a new identifier: 36 lower-case characters."""
        random = int.from_bytes(os.urandom(_RANDOM_BYTES)) & _RANDOM_MASK
        now = self._milliseconds() << _COUNTER_BITS
        with self._lock:
            # Time and counter are one number: a full counter spills into the next millisecond by itself.
            self._stamp = max(now, self._stamp + 1)
            stamp = self._stamp
        value = (
            (stamp >> _COUNTER_BITS) << 80 | 0x7 << 76 | (stamp & _COUNTER_MASK) << 64 | 0b10 << 62 | random
        )
        return str(UUID(int=value))


new_id: NewId = Uuid7()


def next_after(identifier: str) -> str:
    """Return the identifier that sorts right after one: for rows whose order must not depend on clocks."""
    return str(UUID(int=UUID(identifier).int + 1))
