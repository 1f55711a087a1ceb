"""The formats that Tidegate reads, in the order in which a report is tried against them."""

from __future__ import annotations

from tidegate.readers.base import Reader

READERS: tuple[Reader, ...] = ()
