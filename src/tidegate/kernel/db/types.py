"""Column types that hold the same value on SQLite and PostgreSQL: times, canonical JSON, digests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import DateTime, Dialect, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from tidegate.domain.canonical import Json, canonical_json, is_digest

DIGEST_LENGTH = len("sha256:") + 64


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: timezone-aware going in, in UTC coming out; SQLite keeps it as text that sorts."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use TIMESTAMP WITH TIME ZONE where there is one."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody could say later which moment it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: hand in a time with one")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that it is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WallTime(TypeDecorator[datetime]):
    """What a clock on the wall shows, such as `2026-02-01T02:00:00`; a zone says which moment that is."""

    impl = String(19)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Refuse a time with a zone: that one is a moment."""
        if value is None:
            return None
        if value.tzinfo is not None:
            raise ValueError(f"{value!r} has a time zone: a wall's time has none")
        return value.isoformat(timespec="seconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read it."""
        return None if value is None else datetime.fromisoformat(value)


class CanonicalJson(TypeDecorator[Json]):
    """A JSON value kept as its canonical text (RFC 8785), so that its digest can be taken again later.

    Text on both databases: PostgreSQL's own JSON types would write numbers and keys in another way.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Json, dialect: Dialect) -> str | None:
        """Write the canonical form; None is SQL's NULL."""
        return None if value is None else canonical_json(value).decode("utf-8")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Json:
        """Read it back."""
        parsed: Json = None if value is None else msgspec.json.decode(value)
        return parsed


class DigestType(TypeDecorator[str]):
    """A SHA-256 digest, written `sha256:` and 64 lower-case hexadecimal digits."""

    impl = String(DIGEST_LENGTH)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Refuse everything that is not a digest."""
        if value is not None and not is_digest(value):
            raise ValueError(f"{value!r} is not a digest: sha256: and 64 lower-case hexadecimal digits")
        return value
