"""Tests of the waivers file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from tests.unit.domain.samples import gate, suite
from tidegate.cli.waivers import idle_waivers, read_waivers
from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Subject
from tidegate.domain.judging import judge
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

    def test_tells_every_fault_of_every_waiver_by_its_id(self) -> None:
        wrong = ENTRY.replace("2026-02-01T00:00:00Z", "tomorrow") + "  covers: everything\n"
        nameless = ENTRY.replace("- id: W-1\n", "- gate: production\n", 1).replace(
            "  gate: production\n", "", 1
        )
        with pytest.raises(Invalid) as caught:
            read_waivers(wrong + nameless, "w.yml")
        (first, what), (second, more), (third, lacking) = caught.value.problems
        assert (first, second, third) == ("w.yml:9:3", "w.yml:10:3", "w.yml:11:3")
        assert what.startswith("W-1: `expires_at` is 'tomorrow'") and more.startswith("W-1: `covers` is")
        assert lacking == "waiver 2: `id` is missing."

    def test_names_line_and_column_below_the_name_of_the_list(self) -> None:
        named = "# ours\nwaivers:\n" + "".join(f"  {line}\n" for line in ENTRY.splitlines())
        with pytest.raises(Invalid) as caught:
            read_waivers(named.replace("reason:", "reasons:"), "w.yml")
        assert [where for where, _ in caught.value.problems] == ["w.yml:9:5", "w.yml:3:5"]
        with pytest.raises(Invalid) as caught:
            read_waivers(named.replace("bob", "ann"), "w.yml")
        assert caught.value.problems[0][0] == "w.yml:8:5"

    def test_tells_what_is_of_the_wrong_kind_beside_what_may_not_be(self) -> None:
        with pytest.raises(Invalid) as caught:
            read_waivers(ENTRY.replace("bob", "ann") + "  covers: everything\n", "w.yml")
        assert [where for where, _ in caught.value.problems] == ["w.yml:10:3", "w.yml:6:3"]

    def test_names_the_place_of_what_is_no_yaml_and_how_to_write_it(self) -> None:
        with pytest.raises(Invalid) as caught:
            read_waivers("- id: &a W-1\n", "w.yml")
        assert caught.value.problems == (
            ("w.yml:1:7", "Anchors and aliases are not allowed. Write the value out where it is used."),
        )

    def test_two_waivers_of_one_id_are_refused(self) -> None:
        with pytest.raises(Invalid) as caught:
            read_waivers(ENTRY + ENTRY, "w.yml")
        assert caught.value.problems == (("w.yml:10:3", "W-1: Two waivers have this id: give each its own."),)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (ENTRY.replace("bob", "ann"), "another person"),
            (ENTRY.replace("  reason: later\n", ""), "`reason` is missing"),
            (ENTRY + "  until: tomorrow\n", "`until` is not known"),
            (ENTRY.replace("reason:", "raeson:"), "Did you mean `reason`?"),
            (ENTRY.replace("2026-02-01T00:00:00Z", "tomorrow"), "tomorrow"),
            (ENTRY + "  covers: everything\n", "write a list of unreadable, error"),
            (ENTRY + "  covers: [everything]\n", "everything"),
            ("- just text\n", "A waiver is a mapping"),
            ("a: 1\n", "waivers are a list"),
            ("- {", "cannot be read"),
            ("", "cannot be read"),
        ],
    )
    def test_refuses_all_where_one_is_not_valid(self, text: str, message: str) -> None:
        with pytest.raises(Invalid) as caught:
            read_waivers(text, "w.yml")
        assert message in str(caught.value) + str(caught.value.problems)
        assert str(caught.value).startswith("w.yml: ")


class TestIdleWaivers:
    NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def idle(
        self,
        more: str = "",
        *,
        component: str | None = "api",
        failing: int = 1,
        changes: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Return what is said of one waiver where `tests` is judged for production."""
        text = ENTRY + more
        for old, new in (changes or {}).items():
            text = text.replace(old, new)
        judged = gate({"id": "tests", "that": "tests.failed == 0", "needs": ["tests"]}, name="production")
        subject = Subject(component or "unknown", "0f" * 20, "production")
        waivers = read_waivers(text, "w.yml")
        verdict = judge(judged, [suite(failed=failing)], waivers, self.NOON, subject)
        return list(idle_waivers(waivers, judged, verdict, component, self.NOON))

    def test_one_that_excuses_is_not_mentioned(self) -> None:
        assert self.idle() == []

    def test_waivers_need_a_component(self) -> None:
        assert self.idle(component=None) == [
            "waivers count for a component, and none is named: add --component C."
        ]

    @pytest.mark.parametrize(
        ("old", "new", "why"),
        [
            ("gate: production", "gate: staging", "it is for the gate 'staging', and 'production' judges."),
            ("rule: tests", "rule: test", "production has no rule 'test'. Did you mean 'tests'?"),
            ("rule: tests", "rule: nothing", "production has no rule 'nothing'."),
            ("component: api", "component: web", "it is for the component 'web', and 'api' is judged."),
            ("2026-02-01", "2026-01-31", "it has expired at 2026-01-31T00:00:00.000Z."),
            ("granted_at: 2026-01-01", "granted_at: 2026-01-31T23:00:00Z #", "it begins at"),
        ],
    )
    def test_says_why_one_excuses_nothing(self, old: str, new: str, why: str) -> None:
        (said,) = self.idle(changes={old: new})
        assert said.startswith(f"W-1 excuses nothing: {why}")

    def test_says_that_it_is_for_another_environment(self) -> None:
        (said,) = self.idle("  environment: staging\n")
        assert "it is for the environment 'staging', and 'production' is judged" in said

    def test_says_that_the_rule_passes(self) -> None:
        assert self.idle(failing=0) == ["W-1 excuses nothing: tests passes."]

    def test_says_which_state_is_not_covered(self) -> None:
        assert self.idle("  covers: [stale]\n") == [
            "W-1 excuses nothing: tests is fail, which it does not cover."
        ]

    def test_says_that_another_one_lasts_longer(self) -> None:
        longer = ENTRY.replace("W-1", "W-2").replace("2026-02-01", "2026-03-01")
        assert self.idle(longer) == ["W-1 excuses nothing: W-2 lasts longer."]
