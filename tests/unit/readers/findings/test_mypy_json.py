"""mypy's JSON lines: no summary, so that an empty file says nothing."""

from __future__ import annotations

import pytest

from tests.support.reading import read, recognises
from tidegate.readers.base import Unreadable
from tidegate.readers.findings import mypy_text
from tidegate.readers.findings.mypy_json import READER


def line(
    severity: str = "error", code: str = '"name-defined"', message: str = 'Name \\"x\\" is not defined'
) -> str:
    return (
        f'{{"file": "a.py", "line": 3, "column": 4, "message": "{message}", "hint": null, '
        f'"code": {code}, "severity": "{severity}"}}\n'
    )


class TestErrors:
    def test_count_and_notes_do_not(self) -> None:
        assert recognises(READER, line())
        reading, found = read(READER, line() + line("note") + "\n")
        assert (reading.ran, reading.measures["findings.total"], len(found)) == (True, 1, 1)

    def test_are_the_same_problems_as_in_the_text(self) -> None:
        _, listed = read(READER, line())
        _, text = read(mypy_text.READER, 'a.py:3:5: error: Name "x" is not defined  [name-defined]\n')
        assert listed[0].fingerprint == text[0].fingerprint


class TestAToolThatDidNotDoItsWork:
    @pytest.mark.parametrize("code", ['"syntax"', "null"])
    def test_is_recognised_by_an_error_that_stops_it(self, code: str) -> None:
        reading, _ = read(READER, line() + line(code=code))
        assert (reading.ran, reading.why_not) == (False, "1 errors prevented mypy from checking further.")

    @pytest.mark.parametrize("nothing", ["", "\n"])
    def test_cannot_be_distinguished_from_a_clean_run_by_an_empty_file(self, nothing: str) -> None:
        with pytest.raises(Unreadable, match="can be read as mypy-text"):
            read(READER, nothing)

    @pytest.mark.parametrize("rest", ['{"file": "a.py", "li', "Traceback", "{}", "[" * 100_000])
    def test_is_recognised_by_a_line_that_is_no_diagnostic(self, rest: str) -> None:
        with pytest.raises(Unreadable, match="line 2"):
            read(READER, line() + rest)


def test_a_key_that_stands_twice_in_a_line_is_refused_with_its_place() -> None:
    twice = line()[:-2] + ', "severity": "note"}\n'
    with pytest.raises(Unreadable, match="line 2: The key `severity` stands twice"):
        read(READER, line() + twice)
