"""How long a client may take, and how much of what it sends is kept meanwhile."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tidegate.settings import Settings

_MIB = 1024 * 1024
_SMALL = _MIB


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """What one client may ask of a worker, and what all clients of it may hold together.

    `small`: bytes of a body that are received before the application is asked about its head.
    `window`: seconds in each of which a client has to send or take `least_rate` bytes a second.
    """

    head_timeout: float = 10.0
    least_rate: int = 500
    window: float = 10.0
    keep_alive: float = 5.0
    linger: float = 2.0
    small: int = _SMALL
    largest: int = 256 * _MIB
    memory: int = 32 * _MIB
    unsent: int = 64 * _MIB
    disk: int = 2048 * _MIB
    # Looked for where it is needed: under a read-only root there may be none.
    folder: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take the limits of one worker from the settings; the disk is shared between all of them."""
        return cls(
            head_timeout=settings.head_timeout,
            least_rate=settings.least_rate,
            keep_alive=settings.keep_alive,
            small=min(settings.max_json_bytes, _SMALL),
            largest=settings.largest_body,
            disk=settings.max_incoming_bytes // settings.workers,
            folder=settings.data_dir / "incoming",
        )
