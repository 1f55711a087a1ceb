"""Texts that must match as a whole, and how the names in addresses are described."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from tidegate.kernel.http.paths import parameters_of
from tidegate.kernel.http.patterns import COMMIT, DIGEST, NAME, NO_CONTROLS, FullMatch


class TestWhole:
    @pytest.mark.parametrize(
        ("pattern", "text"),
        [(NAME, "harbour-2"), (COMMIT, "aB" * 20), (DIGEST, "sha256:" + "0" * 64), (NO_CONTROLS, "a b.xml")],
    )
    def test_takes_the_text_and_not_one_with_a_newline_after_it(self, pattern: FullMatch, text: str) -> None:
        assert pattern(text) == text
        for wrong in (f"{text}\n", f"\n{text}", ""):
            with pytest.raises(ValidationError):
                pattern(wrong)

    def test_takes_no_bytes(self) -> None:
        with pytest.raises(ValidationError):
            NAME(b"harbour")


class TestNamesInAddresses:
    def test_are_described_in_their_order(self) -> None:
        found = parameters_of("/components/<component>/releases/<string:version>")
        assert [parameter["name"] for parameter in found] == ["component", "version"]
        assert all(parameter["required"] and parameter["description"] for parameter in found)

    def test_that_nobody_described_are_left_out(self) -> None:
        assert parameters_of("/things/<thing>") == []
