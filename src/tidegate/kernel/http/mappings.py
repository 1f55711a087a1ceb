"""Mappings in bodies: faults stand at the entry that they are of, and OpenAPI says what entries are like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import ValidationError, fields

_LIMITS = (("minLength", "minProperties"), ("maxLength", "maxProperties"))
_OF_NAMES = ("pattern", "minLength", "maxLength")


class Entries(fields.Dict):
    """Values by names that have to be of some form; a fault of either is told as one of the entry."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            untyped: Any = super()
            found = untyped._deserialize(value, attr, data, **kwargs)
        except ValidationError as error:
            if not isinstance(error.messages, Mapping):
                raise
            raise ValidationError(
                {name: list(told.values()) for name, told in error.messages.items()},
                valid_data=error.valid_data,
            ) from error
        return found


def describe_mapping(
    converter: OpenAPIConverter, field: fields.Field[Any], *, ret: dict[str, Any], **_: Any
) -> dict[str, Any]:
    """Return what OpenAPI says of a mapping: how many entries it may have, and how they are named.

    apispec takes a limit of its length for one of a text; `ret` is what it has said, which loses that.
    """
    if not isinstance(field, fields.Mapping):
        return {}
    said: dict[str, Any] = {name: ret.pop(wrong) for wrong, name in _LIMITS if wrong in ret}
    if field.key_field is not None:
        names = converter.field2property(field.key_field)
        if told := {name: names[name] for name in _OF_NAMES if name in names}:
            said["propertyNames"] = told
    return said
