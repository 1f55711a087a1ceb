"""Tests of reading a verdict's document for showing it."""

from __future__ import annotations

import pytest

from tests.unit.cli.show.samples import document, rule, shown
from tidegate.cli.show.context import ReportContext
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Invalid
from tidegate.domain.shown_verdicts import ShownVerdict


class TestShownVerdict:
    @pytest.mark.parametrize(
        "wrong",
        [
            {},
            {"rules": None},
            {"rules": ["text"]},
            {"gate": "production"},
            {"rules": [rule(evidence="sha256:1")]},
            {"rules": [rule(measured=[])]},
            {"rules": [rule(expired_waivers="W-1")]},
        ],
    )
    def test_refuses_what_is_no_verdict(self, wrong: dict[str, object]) -> None:
        given = {**document(), **wrong} if wrong else {}
        with pytest.raises(Invalid, match="not a verdict's document"):
            ShownVerdict.of(given)

    def test_concludes_in_one_line(self) -> None:
        assert shown().conclusion == (
            "FAIL: 1 of 1 rule keeps the gate production closed (lint-clean). "
            "api at 8c1f0f6a1f2b for production may not ship."
        )
        passing = rule(state="pass", blocks=False)
        waived = rule("types", blocks=False, waiver="W-1")
        warning = rule("sbom", blocks=False, on="warn")
        assert shown(passing, waived, warning, state="pass").conclusion == (
            "PASS: 1 of 3 rules holds, 1 waived, 1 only warns. api at 8c1f0f6a1f2b for production may ship."
        )

    @pytest.mark.parametrize(
        ("component", "revision", "expected"),
        [
            ("unknown", "unknown", "This revision"),
            ("unknown", "8c1f0f6a1f2b3c4d", "8c1f0f6a1f2b"),
            ("api", "unknown", "api"),
            ("api", "8c1f0f6a1f2b3c4d", "api at 8c1f0f6a1f2b"),
        ],
    )
    def test_names_its_subject_as_far_as_it_is_known(
        self, component: str, revision: str, expected: str
    ) -> None:
        subject = {"component": component, "revision": revision, "environment": None}
        assert shown(subject=subject).subject == expected

    def test_labels_tell_why_a_rule_does_not_block(self) -> None:
        labels = [
            shown(rule(**more)).rules[0].label
            for more in (
                {},
                {"blocks": False},
                {"blocks": False, "waiver": "W-1"},
                {"state": "pass", "blocks": False},
            )
        ]
        assert labels == ["fail", "fail (warns)", "fail (waived)", "pass"]

    def test_evidence_that_is_not_at_hand_is_named_by_digest(self) -> None:
        assert ReportContext().names_of(shown().rules[0]) == ["sha256:" + "1" * 12]


class TestWhatWouldPass:
    FAULT: dict[str, Json] = {
        "report": "sha256:" + "1" * 64,
        "slot": "x.xml",
        "state": "unreadable",
        "reason": "cut off",
    }
    MORE = "more may be needed once every report can be counted on"

    def change(self, **more: Json) -> str | None:
        """Return what would let a rule pass, one of whose reports cannot be read."""
        given: dict[str, Json] = {"state": "unreadable", "found": ["unreadable", "fail"], **more}
        failing = rule("lint-clean", **given)
        return shown(failing, faults=[self.FAULT]).rules[0].change

    def test_names_the_report_that_cannot_be_read_and_what_fails_beside_it(self) -> None:
        change = self.change(change="submit a readable report in its place; fix 2 findings")
        assert change == f"fix each report that cannot be read; fix 2 findings; {self.MORE}"

    def test_says_that_more_may_be_needed_where_nothing_could_be_read(self) -> None:
        change = self.change(found=["unreadable"], change="submit a readable report in its place")
        assert change == f"submit a readable report in its place; {self.MORE}"

    def test_says_it_where_the_tool_did_not_do_its_work(self) -> None:
        change = self.change(state="error", found=["error"], change=None)
        assert change == self.MORE

    def test_stays_as_it_is_where_every_report_of_the_rule_counts(self) -> None:
        assert self.change(evidence=["sha256:" + "9" * 64], change="fix 2 findings") == "fix 2 findings"

    def test_a_rule_that_passes_needs_nothing(self) -> None:
        assert self.change(state="pass", found=["pass"], change=None) is None
