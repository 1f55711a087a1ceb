"""Tests of statements: exact, the same for the same verdict, and when a verdict expires."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest

from tests.support.attestations import ARTIFACT, AT, COMMIT, GATE, VERIFIER, attested, inputs
from tidegate.domain.attestation_terms import gate_uri, resource_uri
from tidegate.domain.attestations import expiry, summary_statement, verdict_statement
from tidegate.domain.canonical import canonical_json, digest_of
from tidegate.domain.evidence import Subject
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.inheritance import complete
from tidegate.domain.replays import Inputs
from tidegate.domain.waivers import Waiver

LINT, TESTS = (digest_of(name).removeprefix("sha256:") for name in (b"lint", b"tests"))
WAIVER = Waiver(
    id="w1",
    gate="production",
    rule="tests-pass",
    component="harbour",
    owner="ann",
    approver="ben",
    reason="known",
    granted_at=AT - timedelta(days=1),
    expires_at=AT + timedelta(hours=3),
)


class TestSummary:
    def test_is_slsas_summary_to_the_letter(self) -> None:
        of = attested()
        gate = of.verdict.gate_digest.removeprefix("sha256:")
        assert json.loads(summary_statement(of)) == {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "harbour", "digest": {"gitCommit": COMMIT}}],
            "predicateType": "https://slsa.dev/verification_summary/v1",
            "predicate": {
                "verifier": {"id": VERIFIER, "version": {"tidegate-engine": "4"}},
                "timeVerified": "2026-11-21T02:30:00.000Z",
                "resourceUri": f"tidegate:component/harbour@{COMMIT}?environment=production",
                "policy": {"uri": "tidegate:gate/production", "digest": {"sha256": gate}},
                "inputAttestations": [
                    {"uri": f"tidegate:evidence/sha256:{digest}", "digest": {"sha256": digest}}
                    for digest in sorted((LINT, TESTS))
                ],
                "verificationResult": "PASSED",
                "verifiedLevels": ["TIDEGATE_GATE_PASSED"],
                "slsaVersion": "1.2",
            },
        }

    def test_names_the_artifact_as_a_subject_of_its_own_where_it_is_known(self) -> None:
        subjects = json.loads(summary_statement(attested(artifact=ARTIFACT)))["subject"]
        assert subjects[1] == {"name": "harbour artifact", "digest": {"sha256": "be" * 32}}

    def test_is_never_made_of_a_verdict_that_does_not_pass(self) -> None:
        with pytest.raises(ValueError, match="passing verdicts alone"):
            summary_statement(attested(failed=1))


class TestVerdict:
    def test_holds_the_whole_verdict_and_what_it_rests_on(self) -> None:
        of = attested(failed=1)
        predicate = json.loads(verdict_statement(of))["predicate"]
        assert predicate["verdict"]["document"] == json.loads(of.verdict.canonical())
        assert predicate["verdict"]["digest"] == {"sha256": of.verdict.digest.removeprefix("sha256:")}
        assert (predicate["verdict"]["id"], predicate["verdict"]["number"]) == ("7", 1)
        assert predicate["gate"]["name"] == "production"
        assert (predicate["waivers"], predicate["approvals"]) == ([], [])
        assert [item["digest"]["sha256"] for item in predicate["evidence"]] == sorted((LINT, TESTS))
        assert {
            "digest": {"sha256": TESTS},
            "slot": "junit.xml",
            "kind": "tests",
            "format": "junit",
            "tool": "pytest",
            "takenAt": "2026-11-21T00:30:00.000Z",
            "madeAt": None,
        } in predicate["evidence"]

    def test_holds_the_waivers_that_concern_it(self) -> None:
        of = attested(failed=1, waivers=(WAIVER,))
        assert of.verdict.passed
        assert json.loads(verdict_statement(of))["predicate"]["waivers"] == [WAIVER.to_document()]

    def test_evidence_of_unknown_kind_and_own_time_is_told(self) -> None:
        of = attested()
        odd = dataclasses.replace(of.inputs.evidence[0], kind=None, made_at=AT - timedelta(hours=5))
        of = dataclasses.replace(of, inputs=dataclasses.replace(of.inputs, evidence=(odd,)))
        (told,) = json.loads(verdict_statement(of))["predicate"]["evidence"]
        assert (told["kind"], told["madeAt"]) == (None, "2026-11-20T21:30:00.000Z")

    def test_the_same_verdict_is_the_same_bytes_whatever_the_order_of_evidence(self) -> None:
        of = attested()
        again = dataclasses.replace(of.inputs, evidence=of.inputs.evidence[::-1])
        assert verdict_statement(dataclasses.replace(of, inputs=again)) == verdict_statement(of)
        assert canonical_json(json.loads(verdict_statement(of))) == verdict_statement(of)


class TestExpiry:
    def test_is_when_the_first_report_of_a_blocking_rule_grows_too_old(self) -> None:
        made_of = inputs()
        # The tests are two hours old and may be 24; lint, which warns alone, may be one.
        assert expiry(made_of.judge(), made_of) == AT + timedelta(hours=22)

    def test_is_the_end_of_a_waiver_where_that_comes_first(self) -> None:
        made_of = inputs(failed=1, waivers=(WAIVER,))
        assert expiry(made_of.judge(), made_of) == WAIVER.expires_at

    def test_a_verdict_at_the_very_end_has_expired_at_once(self) -> None:
        made_of = dataclasses.replace(inputs(), at=AT + timedelta(hours=22))
        assert made_of.judge().passed
        assert expiry(made_of.judge(), made_of) == made_of.at

    def test_what_was_too_old_already_is_no_end_to_come(self) -> None:
        made_of = dataclasses.replace(inputs(), at=AT + timedelta(days=9))
        assert str(made_of.judge().state) == "stale"
        assert expiry(made_of.judge(), made_of) is None

    def test_where_nothing_ends_there_is_none(self) -> None:
        rules = [{name: value for name, value in rule.items() if name != "max_age"} for rule in GATE["rules"]]
        gate = complete(draft_of({"name": "production", "rules": rules}))
        made_of = Inputs.of(gate, inputs().evidence, (), AT, Subject("harbour", COMMIT, "production"))
        assert expiry(made_of.judge(), made_of) is None
        of = dataclasses.replace(attested(), verdict=made_of.judge(), inputs=made_of)
        assert json.loads(verdict_statement(of))["predicate"]["expires"] is None


class TestUris:
    def test_name_what_may_ship_where(self) -> None:
        assert resource_uri(Subject("a", "b")) == "tidegate:component/a@b"
        assert resource_uri(Subject("a/b", "c", "d&e")) == "tidegate:component/a%2Fb@c?environment=d%26e"

    def test_name_a_gate(self) -> None:
        assert gate_uri("a@b") == "tidegate:gate/a%40b"
