"""Pages of a long list, by keyset: what a repository returns and a controller links to."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

import msgspec

from tidegate.domain.errors import Invalid

T = TypeVar("T")
U = TypeVar("U")
Key: TypeAlias = "tuple[str | int, ...]"

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
_LONGEST_CURSOR = 1024


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How many items are wanted, and after which cursor; the first page has none."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise Invalid(
                f"A page holds 1 to {MAX_LIMIT} items.",
                (("limit", f"{self.limit} is outside 1 to {MAX_LIMIT}."),),
            )


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, and the cursor of the page after them; None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None = None

    def map(self, convert: Callable[[T], U]) -> Page[U]:
        """Convert every item, keep the cursor."""
        return Page(tuple(convert(item) for item in self.items), self.next_cursor)


def encode_cursor(key: Key) -> str:
    """Write a key (the sort columns of the last item) as an opaque word that fits in a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode("ascii")


def decode_cursor(cursor: str, shape: tuple[type[str] | type[int], ...]) -> Key:
    """Read a cursor back; `shape` holds the types of the sort columns.

    Raises `Invalid` for a word that this list did not hand out.
    """
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError("too long")
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(key, list) or tuple(type(part) for part in key) != shape:
            raise ValueError("another shape")
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise Invalid(
            "This cursor is not one that the list handed out: start again without it.",
            (("cursor", "unknown cursor"),),
        ) from error
    return tuple(key)
