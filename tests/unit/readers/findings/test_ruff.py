"""ruff's JSON, of versions that rate and of versions that do not."""

from __future__ import annotations

import json

import pytest

from tests.support.reading import read, recognises, refusal
from tidegate.readers.base import Unreadable
from tidegate.readers.findings.ruff import READER


def violation(code: str | None = "F401", **more: object) -> dict[str, object]:
    return {
        "code": code,
        "message": "`os` imported but unused",
        "filename": "a.py",
        "location": {"row": 1},
        **more,
    }


class TestViolations:
    def test_are_rated_where_ruff_rates_them(self) -> None:
        rated = [violation(severity="error"), violation(severity="warning"), violation(severity="info")]
        reading, _ = read(READER, json.dumps([*rated, violation(severity="fatal")]))
        assert dict(reading.measures) == {
            "findings.total": 4,
            "findings.unrated": 0,
            "findings.critical": 1,
            "findings.high": 1,
            "findings.medium": 1,
            "findings.low": 0,
            "findings.info": 1,
        }

    def test_of_older_versions_are_unrated(self) -> None:
        reading, found = read(READER, json.dumps([violation(), violation(location=None)]))
        assert dict(reading.measures) == {"findings.total": 2, "findings.unrated": 2}
        assert read(READER, json.dumps([violation(filename=None)]))[1][0].path == ""
        assert [f.line for f in found] == [1, None]


class TestLines:
    def test_are_read_as_a_list_is(self) -> None:
        rows = [violation(severity="error"), violation("E501")]
        lines = "\n".join(map(json.dumps, rows)) + "\n\n"
        assert recognises(READER, lines)
        assert read(READER, lines) == read(READER, json.dumps(rows))

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ('{"code": "F401"', "line 2: The report ends before its JSON does"),
            ('{"code": "F401", "code": "E501"}', "line 2: "),
            ('{"code": "F401"}', "line 2: At `$` the report"),
            ("Found 1 error.", "line 2: "),
        ],
    )
    def test_of_another_shape_are_refused_with_their_number(self, line: str, why: str) -> None:
        assert why in refusal(READER, json.dumps(violation()) + "\n" + line)


class TestAToolThatDidNotDoItsWork:
    @pytest.mark.parametrize("code", [None, "invalid-syntax", "E902", "E999", "panic"])
    def test_is_recognised_by_a_file_that_was_not_checked(self, code: str | None) -> None:
        reading, _ = read(READER, json.dumps([violation(), violation(code)]))
        assert not reading.ran
        assert (reading.why_not or "").startswith(
            "ruff could not read or parse 1 file(s), the first is a.py: "
        )


class TestRecognition:
    def test_goes_by_the_keys_of_a_violation(self) -> None:
        assert recognises(READER, json.dumps([violation()]))
        assert not recognises(READER, "[]")
        assert read(READER, "[]")[0].measures["findings.total"] == 0

    @pytest.mark.parametrize(
        "text", ["", "[{]", json.dumps([{"code": "F401", "name": "n", "count": 3, "fixable": True}])]
    )
    def test_of_statistics_or_a_wrong_shape_is_unreadable(self, text: str) -> None:
        with pytest.raises(Unreadable):
            read(READER, text)
