"""What the API's document says of a verdict's inputs holds for every kind of input."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.unit.domain.samples import NOON, SUBJECT, gate, report, rule, suite, waiver
from tidegate.domain.coverage_joins import Joins
from tidegate.domain.coverage_union import JoinedCoverage
from tidegate.domain.evidence import ToolRun
from tidegate.domain.measures import Kind
from tidegate.domain.replays import Inputs, replay
from tidegate.domain.states import State
from tidegate.modules.verdicts import examples

_ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_ROOT / "docs/openapi.json").read_bytes())
    return {**found, "$ref": "#/components/schemas/VerdictInputs"}


class TestInputs:
    def test_are_documented_whatever_they_hold(self, document: dict[str, Any]) -> None:
        runs = (
            ToolRun(Kind.LINT, "ruff", {"findings.total": 2**60, "tests.duration": 3.0}, False, "Stopped."),
        )
        shared = dataclasses.replace(
            report(Kind.ANALYSIS), runs=runs, commits=("e" * 40,), made_at=NOON, why_not="No.", ran=False
        )
        lines = JoinedCoverage({"coverage.lines_hit": 3}, {"lines": ("x",)})
        joins: Joins = {(("sha256:1", "a"), ("sha256:2", "b")): lines}
        waivers = [waiver(), waiver(identity="y", covers=frozenset({State.STALE}))]
        inputs = Inputs.of(
            gate(rule("tests.failed == 0")),
            [shared, suite(), report(None, unreadable="x")],
            waivers,
            NOON,
            SUBJECT,
            joins,
        )
        assert list(Draft202012Validator(document).iter_errors(json.loads(inputs.canonical()))) == []

    def test_that_miss_something_are_not_documented(self, document: dict[str, Any]) -> None:
        found = json.loads(
            Inputs.of(gate(rule("tests.failed == 0")), [suite()], [], NOON, SUBJECT).canonical()
        )
        del found["evidence"][0]["ran"]
        (fault,) = Draft202012Validator(document).iter_errors(found)
        assert "'ran' is a required property" in fault.message

    def test_of_the_example_can_be_replayed(self) -> None:
        assert replay(examples.INPUTS).to_document()["state"] == examples.DOCUMENT["state"]
