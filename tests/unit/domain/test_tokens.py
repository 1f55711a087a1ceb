"""Tests of API tokens as text: what a scanner finds, what is refused at sight, what is shown."""

from __future__ import annotations

import hashlib
import re

import pytest

from tidegate.domain.tokens import ID_LENGTH, PATTERN, read_token, write_token

TOKEN = write_token(71, 2**256 - 1)


class TestToken:
    def test_can_be_found_by_scanners(self) -> None:
        assert re.fullmatch(PATTERN, TOKEN.text)

    def test_is_read_as_it_was_written(self) -> None:
        assert read_token(TOKEN.text) == TOKEN
        assert len(TOKEN.id) == ID_LENGTH and TOKEN.text.startswith(f"tdg_{TOKEN.id}")

    def test_holds_the_whole_secret(self) -> None:
        assert write_token(71, 2**256 - 2).text[:-6] != TOKEN.text[:-6]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "tdg_",
            TOKEN.text[:-1],
            TOKEN.text + "0",
            TOKEN.text.lower(),
            TOKEN.text + "\n",
            f" {TOKEN.text}",
        ],
    )
    def test_is_refused_where_it_cannot_be_one(self, text: str) -> None:
        assert read_token(text) is None

    @pytest.mark.parametrize("place", range(4, len(TOKEN.text)))
    def test_is_refused_where_one_character_is_another(self, place: int) -> None:
        other = "1" if TOKEN.text[place] == "0" else "0"

        assert read_token(TOKEN.text[:place] + other + TOKEN.text[place + 1 :]) is None

    def test_is_kept_as_a_digest(self) -> None:
        assert TOKEN.digest() == hashlib.sha256(TOKEN.text.encode()).hexdigest()

    def test_is_never_shown(self) -> None:
        assert repr(TOKEN) == f"TokenText(id={TOKEN.id!r})"
