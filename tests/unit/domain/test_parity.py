"""Parity: two streams of facts side by side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.errors import Invalid
from tidegate.domain.facts import Fact, FactSubject, FactValue, Side
from tidegate.domain.parity import FINDINGS, Moments, ParityCounts, ParityRow, ParityStatus, compare
from tidegate.domain.parity_rules import DEFAULT_RULES, ParityRules, parse_rules

_NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
_PLAIN = ParityRules(())


def fact(
    subject: str, field: str, value: FactValue, side: Side = Side.OBSERVED, *, age: timedelta = timedelta()
) -> Fact:
    seen = _NOW - age
    return Fact(FactSubject.parse(subject), side, field, value, "test", since=seen, seen_at=seen)


def declared(subject: str, field: str, value: FactValue) -> Fact:
    return fact(subject, field, value, Side.DECLARED, age=timedelta(days=400))


def compared(
    left: list[Fact], right: list[Fact], rules: ParityRules = _PLAIN, *, across: bool = False
) -> tuple[list[ParityRow], ParityCounts]:
    counts = ParityCounts()
    rows = list(compare(left, right, rules, Moments(_NOW, _NOW), counts, across=across))
    return rows, counts


class TestCompare:
    def test_finds_what_is_the_same_different_or_on_one_side(self) -> None:
        rows, counts = compared(
            [declared("a/prod", "port", 80), declared("a/prod", "tag", "x"), declared("b/prod", "tag", "x")],
            [fact("a/prod", "port", 80), fact("a/prod", "tag", "y"), fact("c/prod", "tag", "x")],
        )
        assert [(row.component, row.field, row.status.value) for row in rows] == [
            ("a", "port", "match"),
            ("a", "tag", "mismatch"),
            ("b", "tag", "unobserved"),
            ("c", "tag", "undeclared"),
        ]
        assert (counts.compared, counts.findings) == (4, 3)

    def test_takes_nothing_that_is_old_for_a_match(self) -> None:
        left = [declared("a/prod", "version", "1.2")]
        old = [fact("a/prod", "version", "v1.2.0", age=timedelta(hours=25))]
        fresh = [fact("a/prod", "version", "v1.2.0", age=timedelta(hours=24))]
        assert compared(left, old, DEFAULT_RULES)[0][0].status is ParityStatus.STALE
        assert compared(old, fresh, DEFAULT_RULES)[0][0].status is ParityStatus.STALE
        assert compared(left, fresh, DEFAULT_RULES)[0][0].status is ParityStatus.MATCH

    def test_takes_environments_side_by_side(self) -> None:
        rows, _ = compared(
            [fact("a/staging", "tag", "x"), fact("b/staging", "tag", "x")],
            [fact("a/production", "tag", "y"), fact("b/production", "tag", "x")],
            across=True,
        )
        assert [row.status.value for row in rows] == ["mismatch", "match"]
        document = rows[0].to_document()
        assert (document["component"], document["environment"]) == ("a", None)
        assert document["left"] == {
            "environment": "staging",
            "value": "x",
            "source": "test",
            "since": "2026-11-28T12:00:00.000Z",
            "seen_at": "2026-11-28T12:00:00.000Z",
        }

    def test_leaves_out_and_counts_what_rules_leave_out(self) -> None:
        rules = parse_rules(
            {
                "rules": [
                    {"fields": "notes", "ignore": True},
                    {"fields": "seen", "expect": "observed"},
                    {"fields": "planned", "expect": "declared"},
                ]
            }
        )
        left = [declared("a", "notes", "x"), declared("a", "planned", 1), declared("b", "seen", 1)]
        right = [fact("a", "notes", "y"), fact("a", "seen", 1), fact("b", "planned", 1)]
        rows, counts = compared(left, right, rules)
        assert [(row.field, row.status.value) for row in rows] == [
            ("planned", "undeclared"),
            ("seen", "unobserved"),
        ]
        assert counts.ignored == 3
        assert rows[0].to_document()["left"] is None
        assert rows[0].key == ("b", "", "planned")

    @pytest.mark.parametrize(
        ("facts", "why"),
        [
            ([fact("b", "x", 1), fact("a", "x", 1)], "a//x comes after b//x"),
            ([fact("a", "x", 1), fact("a", "x", 2)], "a//x is there twice"),
        ],
    )
    def test_refuses_what_is_not_in_order(self, facts: list[Fact], why: str) -> None:
        with pytest.raises(Invalid, match=f"right side cannot be compared: {why}"):
            compared([], facts)

    @given(
        st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.integers(0, 2)),
        st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.integers(0, 2)),
    )
    def test_returns_each_field_of_either_side_once(
        self, left: dict[tuple[str, str], int], right: dict[tuple[str, str], int]
    ) -> None:
        rows, _ = compared(
            [fact(one, field, value) for (one, field), value in sorted(left.items())],
            [fact(one, field, value) for (one, field), value in sorted(right.items())],
        )
        found = {(row.component, row.field): row.status.value for row in rows}
        assert len(found) == len(rows)
        assert found == {
            key: (
                "undeclared"
                if key not in left
                else (
                    "unobserved" if key not in right else "match" if left[key] == right[key] else "mismatch"
                )
            )
            for key in left.keys() | right.keys()
        }


class TestCounts:
    def test_are_written_and_read(self) -> None:
        _, counts = compared([declared("a", "x", 1)], [fact("a", "x", 2), fact("a", "y", 2)])
        counts.accepted = 1
        document = counts.to_document()
        assert document == {
            "match": 0,
            "mismatch": 1,
            "undeclared": 1,
            "unobserved": 0,
            "stale": 0,
            "ignored": 0,
            "accepted": 1,
        }
        assert ParityCounts.from_document(document) == counts
        assert counts.findings == 1

    def test_know_every_finding(self) -> None:
        assert set(FINDINGS) == set(ParityStatus) - {ParityStatus.MATCH}
