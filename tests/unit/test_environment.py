"""Tests of how a wrong name is answered."""

from __future__ import annotations

from tidegate.environment import suggest


class TestSuggest:
    def test_names_what_was_probably_meant(self) -> None:
        assert suggest("catlog", ("catalog", "gates")) == "Did you mean 'catalog'?"

    def test_lists_what_there_is_where_nothing_is_near(self) -> None:
        assert suggest("zzz", ("catalog", "gates")) == "Known: catalog, gates."
