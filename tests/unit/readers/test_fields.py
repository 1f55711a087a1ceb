"""Fields that are held to a shape say which of them does not fit."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tidegate.readers.fields import Misfit, as_shape


class _Inner(msgspec.Struct):
    score: float


class _Outer(msgspec.Struct):
    name: str
    inner: list[_Inner] = []


def test_numbers_may_be_given_as_text() -> None:
    assert as_shape({"name": "a", "inner": [{"score": "7.5"}]}, _Outer, "<a>").inner[0].score == 7.5


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "<a> is not what the format asks for: object missing required field `name`"),
        (
            {"name": "a", "inner": [{"score": "x"}]},
            "<a> (`inner[0].score`) is not what the format asks for: expected `float`, got `str`",
        ),
    ],
)
def test_others_do_not_fit(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(Misfit) as raised:
        as_shape(fields, _Outer, "<a>")
    assert str(raised.value) == message
