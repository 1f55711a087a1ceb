"""The baseline file: one byte form that people can read, and nothing guessed on the way back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.baseline import KnownFindings, read_baseline, write_baseline
from tidegate.domain.baseline_matching import new_measures
from tidegate.domain.errors import Invalid
from tidegate.domain.findings import Finding, FindingCounts, Severity

FINDING = Finding("ruff", "F401", "`os` imported but unused", Severity.HIGH, "app/a.py", 3)
FINDINGS = st.lists(
    st.builds(
        Finding,
        st.sampled_from(["ruff", "Bandit"]),
        st.text(max_size=5),
        st.text(max_size=300),
        st.sampled_from(Severity),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        suppressed=st.booleans(),
        stable=st.sampled_from(["", "primaryLocationLineHash:abc:1"]),
    ),
    max_size=6,
)


def written(*findings: Finding) -> bytes:
    known = KnownFindings()
    for finding in findings:
        known.add(finding)
    return write_baseline(known)


def entry(**changes: object) -> dict[str, Any]:
    (document,) = json.loads(written(FINDING))["findings"]
    return {**document, **changes}


def refusal(*entries: object) -> str:
    document = {"tidegate_baseline": 2, "findings": list(entries)}
    with pytest.raises(Invalid) as caught:
        read_baseline(json.dumps(document).encode())
    return f"{caught.value} {caught.value.problems}"


class TestTheFile:
    @given(FINDINGS)
    def test_knows_what_was_written(self, findings: list[Finding]) -> None:
        counts = FindingCounts()
        for finding in findings:
            counts.add(finding)
        known = read_baseline(written(*findings))
        (measures,) = new_measures([counts.of()], known)
        assert measures["findings.new.total"] == 0
        assert sum(map(sum, (each.values() for each in known.values()))) == sum(
            not finding.suppressed for finding in findings
        )

    def test_has_a_line_for_each_problem_in_the_order_of_paths(self) -> None:
        other = Finding("ruff", "F811", "redefinition from line 3", Severity.HIGH, "app/A.py", 9)
        lines = written(FINDING, other, FINDING).decode().splitlines()
        assert lines[0] == '{"tidegate_baseline": 2, "findings": ['
        assert lines[1].startswith(
            '  {"path": "app/A.py", "rule": "F811", "severity": "high", "count": 1, "tool": "ruff", '
            '"message": "redefinition from line N", "fingerprint": "'
        )
        assert '"path": "app/a.py", "rule": "F401", "severity": "high", "count": 2,' in lines[2]
        assert lines[3:] == ["]}"]

    def test_is_the_same_bytes_for_the_same_findings(self) -> None:
        other = Finding("ruff", "E501", "too long", Severity.LOW, "b.py")
        assert written(FINDING, other) == written(other, FINDING)
        assert json.loads(written()) == {"tidegate_baseline": 2, "findings": []}

    def test_cuts_a_long_message(self) -> None:
        long = Finding("ruff", "E1", "x" * 500, Severity.LOW, "b.py")
        assert json.loads(written(long))["findings"][0]["message"] == "x" * 200 + "…"

    @pytest.mark.parametrize(
        ("data", "what"),
        [
            (b"", "not JSON"),
            (b"\xff", "not JSON"),
            (b"[" * 100_000, "not JSON"),
            (b'{"a":1,"a":2}', "a key stands twice"),
            (b"[]", "not a baseline"),
            (b'{"findings":{}}', "not a baseline"),
            (b'{"tidegate_baseline":1,"findings":{}}', "version 1.*--write-baseline FILE"),
            (b'{"tidegate_baseline":true,"findings":[]}', "version True"),
            (b'{"tidegate_baseline":2}', "no list of `findings`"),
        ],
    )
    def test_is_refused_where_it_is_another(self, data: bytes, what: str) -> None:
        with pytest.raises(Invalid, match=what):
            read_baseline(data)

    @pytest.mark.parametrize(
        ("changed", "what"),
        [
            ({"count": 0}, "`count` must be"),
            ({"count": True}, "`count` must be"),
            ({"severity": "bad"}, "`severity` must be one of critical"),
            ({"path": 3}, "`path` must be a text"),
            ({"tool": ""}, "`tool` must be a text"),
            ({"fingerprint": "xyz"}, "32 hexadecimal digits"),
            ({"name": "x y"}, "have no space"),
            ({"message": "something else"}, "was edited"),
            ({"rule": "F811"}, "was edited"),
            ({"line": 3}, "must be an object with count"),
        ],
    )
    def test_is_refused_where_an_entry_is_wrong(self, changed: dict[str, object], what: str) -> None:
        assert what in refusal(entry(**changed))
        assert "1 entries" in refusal(entry(**changed))

    def test_is_refused_where_an_entry_stands_twice(self) -> None:
        assert "listed twice" in refusal(entry(), entry(count=2))
        assert "must be an object" in refusal("x")
