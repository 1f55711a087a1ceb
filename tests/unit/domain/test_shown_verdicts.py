"""Tests of reading a verdict's document for showing it."""

from __future__ import annotations

import pytest

from tests.unit.cli.show.samples import document, rule, shown
from tidegate.cli.show.context import ReportContext
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
