"""What leaves in a feed or a badge: plain values, before they are written as XML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry: `id` never changes, `path` is where it is read on this server."""

    id: str
    title: str
    summary: str
    category: str
    path: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """Entries, newest first; `path` is the page that shows the same."""

    title: str
    path: str
    entries: tuple[FeedEntry, ...]


@dataclass(frozen=True, slots=True)
class Badge:
    """The newest verdict's word, and when it was given; `unknown` and None where there is none."""

    state: str
    given_at: datetime | None = None


UNKNOWN = Badge("unknown")
