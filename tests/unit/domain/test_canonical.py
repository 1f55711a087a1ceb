"""Canonical JSON: the fast way and the reference implementation of RFC 8785 write the same bytes."""

from __future__ import annotations

import math
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.domain.canonical import canonical_json, clean, digest_of, is_digest

TEXTS = st.text(max_size=8) | st.sampled_from(
    [
        "",
        "é",
        "\u2028",
        "\x00\x1f\x7f",
        '"\\/\b\f\n\r\t',
        ":1.0,",
        "[1e-7]",
        ",12345678901234567",
        "\U0001f600",
        "\ufb33",
    ]
)
NUMBERS = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-30, 30).map(lambda power: 10.0**power)
    | st.integers(0, 100).map(float)
    | st.sampled_from([0.1, -0.0, 1e-7, 1e-6, 9.5e-5, 1e16, 1e21, 123456789012345.6, 9007199254740991, 0.975])
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4)
    | st.tuples(inner, inner)
    | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    LARGE = 3


class TestCanonicalJson:
    @given(VALUES)
    @settings(max_examples=400, deadline=None)
    def test_writes_what_the_reference_implementation_writes(self, value: Any) -> None:
        assert canonical_json(value) == rfc8785.dumps(value)

    @pytest.mark.parametrize(
        "value", [0.0, -0.0, 1.0, 100.0, 1e-7, 1.5e-9, 1e16, 1.5e300, 5e-324, 2**53 - 1, -(2**53) + 1, 0.1]
    )
    @pytest.mark.parametrize(
        "place", [lambda v: v, lambda v: [v], lambda v: {"a": v}, lambda v: [0, {"b": [v]}]]
    )
    def test_writes_every_number_as_ecmascript_does(self, value: Any, place: Any) -> None:
        assert canonical_json(place(value)) == rfc8785.dumps(place(value))

    def test_takes_enumerations_for_their_values(self) -> None:
        assert canonical_json({"colour": Colour.RED, "size": Size.LARGE}) == b'{"colour":"red","size":3}'

    def test_sorts_keys_by_their_utf_16_code_units(self) -> None:
        assert canonical_json({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()

    @pytest.mark.parametrize(
        "value",
        [math.nan, math.inf, -math.inf, 2**53, -(2**53), 10**30, {1: "a"}, {None: 1}, {True: 1}, "\ud800",
         {"a": {1.5: 2}}, [({2: 3},)], {"\ud800": 1}, MappingProxyType({"a": 1}), {"a": {1, 2}}, b"bytes"],
    )  # fmt: skip
    def test_refuses_what_json_cannot_hold_exactly(self, value: Any) -> None:
        with pytest.raises(ValueError):
            canonical_json(value)

    def test_refuses_what_nests_too_deep(self) -> None:
        value: Any = []
        for _ in range(100_000):
            value = [value]
        with pytest.raises(RecursionError):
            canonical_json(value)


class TestNames:
    def test_a_digest_names_its_algorithm(self) -> None:
        assert digest_of(b"").startswith("sha256:e3b0c442")
        assert is_digest(digest_of(b"a"))
        assert not is_digest("sha256:" + "A" * 64)

    def test_half_a_character_becomes_a_question_mark(self) -> None:
        assert clean("a\udc80é") == "a?é"
        assert clean("plain") == "plain"
