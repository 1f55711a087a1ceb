"""mypy's text: believed only with a summary that agrees with the errors listed."""

from __future__ import annotations

import pytest

from tests.support.reading import read, recognises
from tidegate.domain.findings import Severity
from tidegate.readers.base import Unreadable
from tidegate.readers.findings.mypy_text import READER

ERROR = 'a.py:3:5: error: Name "x" is not defined  [name-defined]\n'
NOTE = "a.py:3:5: note: See the docs\n"
ONE = "Found 1 error in 1 file (checked 2 source files)\n"
SUCCESS = "Success: no issues found in 2 source files\n"


class TestErrors:
    def test_count_and_notes_do_not(self) -> None:
        reading, found = read(READER, ERROR + NOTE + ONE)
        assert reading.ran
        assert (reading.measures["findings.total"], reading.measures["findings.high"]) == (1, 1)
        assert [(f.rule, f.message, f.line) for f in found] == [
            ("name-defined", 'Name "x" is not defined', 3)
        ]

    @pytest.mark.parametrize("place", ["a.py", "a.py:3", "a.py:3:5", "a.py:3:5:3:9", "C:\\w\\a.py:3"])
    def test_are_read_with_every_kind_of_place(self, place: str) -> None:
        reading, found = read(READER, f"{place}: error: Broken\n" + ONE)
        assert reading.ran
        assert (found[0].path.rpartition("\\")[2], found[0].rule, found[0].severity) == (
            "a.py",
            "",
            Severity.HIGH,
        )


class TestASuccess:
    def test_is_a_run_without_findings(self) -> None:
        assert recognises(READER, SUCCESS)
        reading, _ = read(READER, SUCCESS)
        assert (reading.ran, reading.measures["findings.total"]) == (True, 0)


class TestAToolThatDidNotDoItsWork:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (ERROR, "is missing"),
            (ERROR + ERROR + ONE, "mypy counted 1 errors, but 2 are listed"),
            (ONE, "mypy counted 1 errors, but 0 are listed"),
            (ERROR + SUCCESS, "mypy counted 0 errors, but 1 are listed"),
            (ERROR + "Found 1 error in 1 file (errors prevented further checking)\n", "prevented"),
            ("Success: no issues found in 0 source files\n", "checked no file"),
            (
                "a.py:1: error: INTERNAL ERROR -- please report\nTraceback (most recent call last):\n" + ONE,
                "failed",
            ),
            (SUCCESS + "mypy: error: unrecognized arguments: --nope\n", "failed"),
        ],
    )
    def test_is_recognised_by_its_text(self, text: str, why: str) -> None:
        reading, _ = read(READER, text)
        assert not reading.ran
        assert why in (reading.why_not or "")

    @pytest.mark.parametrize(
        "text", ["", "\n", "usage: mypy [-h]\n", "There are no .py[i] files in directory 'x'\n"]
    )
    def test_without_any_diagnostic_is_unreadable(self, text: str) -> None:
        with pytest.raises(Unreadable):
            read(READER, text)


class TestSeveralRuns:
    def test_are_added_up(self) -> None:
        reading, _ = read(READER, ERROR + ONE + ERROR + ONE + SUCCESS)
        assert (reading.ran, reading.measures["findings.total"]) == (True, 2)
