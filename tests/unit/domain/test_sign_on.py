"""Tests of single sign-on's rules: who may come in, into which groups, and under which name."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.identities import is_identity
from tidegate.domain.sign_on import GroupMapping, proposed_names


class TestGroupMapping:
    @pytest.mark.parametrize(
        ("entries", "theirs", "ours"),
        [
            (("a=x",), {"a"}, ("x",)),
            (("a=x", "a=y", "b=x"), {"a", "b"}, ("x", "y")),
            (("a",), {"a"}, ()),
            (("a=x",), {"b"}, None),
            (("a=x",), set(), None),
            ((), {"a"}, None),
            (("*",), set(), ()),
            (("*=all", "a=x"), {"a"}, ("all", "x")),
            (("acme/platform=x",), {"acme"}, None),
            (("a=x",), {"*", "A"}, None),
        ],
    )
    def test_says_who_may_come_in_and_into_which_groups(
        self, entries: tuple[str, ...], theirs: set[str], ours: tuple[str, ...] | None
    ) -> None:
        assert GroupMapping.from_entries(entries).groups(frozenset(theirs)) == ours

    @pytest.mark.parametrize("entry", ["", "=", "a=", "=x", "a=b c", "a=b=c"])
    def test_refuses_what_it_cannot_read(self, entry: str) -> None:
        with pytest.raises(ValueError):
            GroupMapping.from_entries((entry,))


class TestProposedNames:
    @given(st.text(max_size=300))
    def test_can_be_names_and_differ(self, name: str) -> None:
        proposed = list(islice(proposed_names(name), 20))
        assert all(is_identity(one) for one in proposed)
        assert len(set(proposed)) == 20

    def test_begin_with_the_persons_own(self) -> None:
        assert list(islice(proposed_names("ada@example.org"), 2)) == ["ada@example.org", "ada@example.org-2"]
