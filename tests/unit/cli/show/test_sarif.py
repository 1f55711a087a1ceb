"""Tests of the SARIF log, held against what the standard says of each property that it uses."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from tests.support.reading import read_whole
from tests.unit.cli.show.samples import FINDING, context, rule, shown
from tidegate.cli.show.context import ReportContext
from tidegate.cli.show.sarif import sarif
from tidegate.domain.findings import Finding, Severity
from tidegate.readers.base import Limits, Source


def _closed(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


_TEXT = {"type": "string"}
_MESSAGE = _closed(("text",), text=_TEXT)
_RULE = _closed(("id",), id=_TEXT, shortDescription=_MESSAGE, fullDescription=_MESSAGE)
_RULES = {"type": "array", "uniqueItems": True, "items": _RULE}
_PLACE = _closed(
    ("artifactLocation",),
    artifactLocation=_closed(("uri",), uri={"type": "string", "pattern": "^[!#-;=?-_a-z~]+$"}),
    region=_closed(("startLine",), startLine={"type": "integer", "minimum": 1}),
)
_SUPPRESSION = _closed(("kind",), kind={"enum": ["inSource", "external"]}, justification=_TEXT)
_RESULT = _closed(
    ("message",),
    ruleId=_TEXT,
    level={"enum": ["none", "note", "warning", "error"]},
    message=_MESSAGE,
    locations={"type": "array", "items": _closed(("physicalLocation",), physicalLocation=_PLACE)},
    partialFingerprints={"type": "object", "additionalProperties": _TEXT},
    suppressions={"type": "array", "uniqueItems": True, "items": _SUPPRESSION},
)
SHAPE = _closed(
    ("version", "runs"),
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "items": _closed(
            ("tool",),
            tool=_closed(("driver",), driver=_closed(("name",), name=_TEXT, rules=_RULES)),
            results={"type": "array", "items": _RESULT},
            properties={"type": "object"},
        ),
    },
)
"""What the standard's schema says of the properties that are written here, with nothing else let in."""

FINDINGS = (
    FINDING,
    Finding("bandit", "B102", "", Severity.UNRATED, "file:///home/x/a.py"),
    Finding("flake8", "", "no rule", Severity.LOW, "C:\\src\\ü b.py", 1),
    Finding("flake8", "E1", "hushed", Severity.MEDIUM, "/abs/a:b.py", 0, suppressed=True),
    Finding("", "", "", Severity.INFO),
)


def log(*rules: Any, findings: tuple[Finding, ...] = FINDINGS) -> Any:
    """Return the log of a verdict."""
    return json.loads(sarif([shown(*rules)], context(*findings)))


class TestSarif:
    def test_the_first_run_holds_the_rules_that_do_not_pass(self) -> None:
        warned = rule("types", on="warn", blocks=False)
        waived = rule("sast", blocks=False, waiver="W-1", reason="Waived.")
        run = log(rule(), warned, waived, rule("tests", state="pass", blocks=False))["runs"][0]
        assert run["tool"]["driver"]["name"] == "Tidegate"
        assert [result["ruleId"] for result in run["results"]] == ["lint-clean", "types", "sast"]
        assert [result["level"] for result in run["results"]] == ["error", "warning", "error"]
        assert run["results"][2]["suppressions"] == [{"kind": "external", "justification": "Waived."}]
        place = run["results"][0]["locations"][0]["physicalLocation"]
        assert place == {"artifactLocation": {"uri": "gates/production.yml"}, "region": {"startLine": 4}}

    def test_a_gate_that_is_not_at_hand_has_no_place(self) -> None:
        run = json.loads(sarif([shown()], ReportContext()))["runs"][0]
        assert "locations" not in run["results"][0]

    def test_each_tool_has_a_run_of_its_own(self) -> None:
        runs = log()["runs"]
        assert [run["tool"]["driver"]["name"] for run in runs] == ["Tidegate", "bandit", "flake8", "unknown"]
        first, second = runs[1]["results"]
        assert first["partialFingerprints"] == {"tidegate/v1": FINDING.fingerprint}
        assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "src/a%20b.py"
        assert second["message"]["text"] == "B102"
        assert runs[2]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == (
            "file:///C%3A/src/%C3%BC%20b.py"
        )

    def test_our_own_reader_reads_it(self) -> None:
        data = sarif([shown()], context(*FINDINGS))
        reading = read_whole(Source.of_bytes(data), Limits())
        assert reading.format == "sarif"
        assert reading.measures["findings.total"] == 5
        assert reading.measures["findings.suppressed"] == 1

    def test_uses_the_standards_properties_alone_and_with_their_types(self) -> None:
        jsonschema.validate(log(rule(), rule("types", waiver="W-1")), SHAPE)

    def test_has_the_structure_that_the_standard_asks_for(self) -> None:
        written = log()
        assert written["version"] == "2.1.0"
        for run in written["runs"]:
            known = {described["id"] for described in run["tool"]["driver"]["rules"]}
            for result in run["results"]:
                assert result["message"]["text"]
                assert result["level"] in ("error", "warning", "note")
                assert result.get("ruleId") in {*known, None}
                for place in result.get("locations", ()):
                    assert place["physicalLocation"].get("region", {"startLine": 1})["startLine"] >= 1
