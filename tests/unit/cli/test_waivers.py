"""Tests of the waivers file."""

from __future__ import annotations

import pytest

from tidegate.cli.waivers import read_waivers
from tidegate.domain.errors import Invalid
from tidegate.domain.states import State

ENTRY = """\
- id: W-1
  gate: production
  rule: tests
  component: api
  owner: ann
  approver: bob
  reason: later
  granted_at: 2026-01-01T00:00:00Z
  expires_at: 2026-02-01T00:00:00Z
"""


class TestReadWaivers:
    def test_reads_a_list_with_or_without_its_name(self) -> None:
        named = "waivers:\n" + "".join(f"  {line}\n" for line in ENTRY.splitlines())
        assert read_waivers(ENTRY, "w.yml") == read_waivers(named, "w.yml")

    def test_excuses_failures_in_any_environment_unless_told(self) -> None:
        (waiver,) = read_waivers(ENTRY, "w.yml")
        assert (waiver.environment, waiver.covers) == (None, frozenset({State.FAIL}))
        (waiver,) = read_waivers(ENTRY + "  environment: staging\n  covers: [fail, stale]\n", "w.yml")
        assert (waiver.environment, waiver.covers) == ("staging", frozenset({State.FAIL, State.STALE}))

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (ENTRY.replace("bob", "ann"), "another person"),
            (ENTRY.replace("  reason: later\n", ""), "`reason` is missing"),
            (ENTRY + "  until: tomorrow\n", "`until` is not known"),
            (ENTRY.replace("2026-02-01T00:00:00Z", "tomorrow"), "tomorrow"),
            (ENTRY + "  covers: everything\n", "covers must be a list"),
            (ENTRY + "  covers: [everything]\n", "everything"),
            ("- just text\n", "A waiver is a mapping"),
            ("a: 1\n", "waivers are a list"),
            ("- {", "cannot be read"),
            ("", "cannot be read"),
        ],
    )
    def test_refuses_all_where_one_is_not_valid(self, text: str, told: str) -> None:
        with pytest.raises(Invalid) as caught:
            read_waivers(text, "w.yml")
        assert told in str(caught.value) + str(caught.value.problems)
        assert str(caught.value).startswith("w.yml: ")
