"""The known word that was most likely meant."""

from __future__ import annotations

from tidegate.domain.nearest import nearest


def test_finds_the_word_that_is_most_alike_whatever_the_order() -> None:
    assert nearest("flak8", ["pylint", "flake8", "flake"]) == "flake8"
    assert nearest("flak8", {"flake8", "pylint"}) == "flake8"


def test_finds_none_where_none_is_alike_enough() -> None:
    assert nearest("qqqq", ["flake8"]) is None
    assert nearest("faek", ["fake"], cutoff=0.9) is None
    assert nearest("flake8", []) is None
