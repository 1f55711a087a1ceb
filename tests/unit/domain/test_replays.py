"""The record of a verdict's inputs gives the same verdict again, byte for byte."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.samples import NOON, SUBJECT, gate, report, rule, suite, waiver
from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Evidence, Subject, ToolRun
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.inheritance import inherit
from tidegate.domain.measures import Kind, Value
from tidegate.domain.replays import Inputs, replay

_GATE = gate(
    rule("tests.failed == 0", max_age="24h"),
    rule("tests.duration < 60.0", id="d"),
    rule("findings.total == 0", "lint", id="l"),
)


def _inputs(*evidence: Evidence) -> Inputs:
    return Inputs.of(_GATE, evidence, [waiver(), waiver(identity="x", rule="other")], NOON, SUBJECT)


class TestReplay:
    def test_gives_the_same_bytes(self) -> None:
        inputs = _inputs(
            suite(failed=1), report(None, unreadable="x"), report(Kind.LINT, ran=False, why_not="y")
        )
        again = json.loads(inputs.canonical())
        assert replay(again).canonical() == inputs.judge().canonical()
        assert Inputs.from_document(again) == inputs
        assert Inputs.from_document(again).canonical() == inputs.canonical()

    def test_keeps_what_a_report_says_of_itself(self) -> None:
        runs = (
            ToolRun(Kind.LINT, "ruff", {"findings.total": 2, "tests.duration": 3.0}),
            ToolRun(Kind.SAST, "CodeQL", {"findings.total": 0}, False, "It stopped.", ("f" * 40,)),
        )
        whole = report(Kind.ANALYSIS, {"findings.total": 2}, tool="ruff, CodeQL")
        whole = dataclasses.replace(whole, runs=runs, commits=("e" * 40,), made_at=NOON)
        inputs = _inputs(whole)
        again = json.loads(inputs.canonical())
        assert Inputs.from_document(again) == inputs
        assert replay(again).canonical() == inputs.judge().canonical()

    def test_a_gate_with_a_floor_replays_without_its_floor(self) -> None:
        child = draft_of({"name": "g", "extends": "f", "rules": [rule("tests.errors == 0")]})
        inputs = Inputs.of(inherit(_GATE, child), [suite()], [], NOON, Subject("shop", "r"))
        assert replay(json.loads(inputs.canonical())).gate_digest == inputs.gate.digest

    def test_order_does_not_matter(self) -> None:
        pair = suite(failed=1), suite(failed=2)
        assert _inputs(*pair).canonical() == _inputs(*reversed(pair)).canonical()

    def test_keeps_only_waivers_that_concern_it(self) -> None:
        assert [w.id for w in _inputs().waivers] == ["w"]

    def test_a_record_of_another_engine_is_refused(self) -> None:
        document = {**_inputs().to_document(), "engine": "0"}
        with pytest.raises(Invalid, match="engine '0'; this is engine '4'. Replay it with"):
            replay(document)

    @pytest.mark.parametrize(
        "change",
        [
            {"gate": 3},
            {"gate": {"name": "g", "rules": []}},
            {"evidence": {}},
            {"evidence": [{}]},
            {"evidence": [3]},
            {"waivers": None},
            {"waivers": [{}]},
            {"at": "yesterday"},
            {"at": "2026-01-01T00:00:00"},
            {"subject": []},
            {"subject": {"component": "c"}},
        ],
    )
    def test_anything_else_is_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(Invalid):
            replay({**_inputs(suite()).to_document(), **change})

    @pytest.mark.parametrize(
        "change", [{"ran": "yes"}, {"kind": "tea"}, {"measures": {"tests.failed": None}}, {"measures": [1]}]
    )
    def test_evidence_is_checked(self, change: dict[str, object]) -> None:
        document = json.loads(_inputs(suite()).canonical())
        document["evidence"][0].update(change)
        with pytest.raises(Invalid, match="not a record of a verdict's inputs"):
            replay(document)


_ANY_VALUE = st.one_of(
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.sampled_from([0, 1, 3]),
    st.floats(),
    st.sampled_from([3.0, 1e20, -0.0, math.nan, 12.5]),
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["tests.failed", "tests.duration", "made.up"]), _ANY_VALUE),
    st.text(max_size=5),
)
def test_even_odd_values_replay_to_the_same_bytes(measures: dict[str, Value], words: str) -> None:
    odd = report(Kind.TESTS, measures, tool=words, ran=not words, why_not=words or None)
    inputs = _inputs(odd)
    again = json.loads(inputs.canonical())
    assert replay(again).canonical() == inputs.judge().canonical()
    assert Inputs.from_document(again).canonical() == inputs.canonical()


def test_half_characters_are_replaced_in_the_record() -> None:
    inputs = _inputs(report(Kind.LINT, tool="a\udc80", unreadable="\ud800", slot="\udc81"))
    assert replay(json.loads(inputs.canonical())).canonical() == inputs.judge().canonical()
