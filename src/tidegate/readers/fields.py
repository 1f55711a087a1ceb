"""Fields that were put together from XML or text, held to the shape that the JSON form of a format has."""

from __future__ import annotations

from typing import Any

import msgspec


class Misfit(Exception):
    """Fields that are not what a format asks for; says which, and what is wrong with it."""


def as_shape(fields: Any, shape: Any, what: str) -> Any:
    """Convert fields to a struct, numbers from texts too; raises `Misfit`. `what` names them in messages."""
    try:
        return msgspec.convert(fields, shape, strict=False)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        at = f" (`{path.rstrip('`').lstrip('.')}`)" if path else ""
        raise Misfit(f"{what}{at} is not what the format asks for: {text[:1].lower()}{text[1:]}") from None
