"""flake8's text: what counts, and what shows that flake8 did not do its work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.reading import read, recognises
from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.detect import drain
from tidegate.readers.findings.flake8 import READER

FINDING = "src/a.py:7:80: E501 line too long (81 > 79 characters)\n"
CLEAN = (
    "0.035      seconds elapsed\n1          total files processed\n28         files processed per second\n0\n"
)


class TestFindings:
    def test_are_counted_without_a_severity(self) -> None:
        reading, found = read(READER, FINDING + "b.py:1:1: F401 'os' imported but unused\n")
        assert reading.ran
        assert dict(reading.measures) == {"findings.total": 2, "findings.unrated": 2}
        assert [(f.rule, f.path, f.line) for f in found] == [("E501", "src/a.py", 7), ("F401", "b.py", 1)]

    def test_are_the_same_problem_in_the_pylint_format(self) -> None:
        _, default = read(READER, FINDING)
        _, pylint = read(READER, "src/a.py:7: [E501] line too long (81 > 79 characters)\n")
        assert default[0].fingerprint == pylint[0].fingerprint

    def test_keep_the_drive_of_a_windows_path(self) -> None:
        _, found = read(READER, "C:\\w\\a.py:1:1: ASYNC100 sleeps\r\n")
        assert (found[0].path, found[0].rule, found[0].message) == ("C:\\w\\a.py", "ASYNC100", "sleeps")

    def test_are_counted_where_nobody_wants_to_see_them(self) -> None:
        reading = drain(READER.read(Source.of_bytes(FINDING.encode()), Limits(), False), None)
        assert reading.measures["findings.total"] == 1

    @given(st.integers(1, 30))
    def test_are_each_counted_once(self, times: int) -> None:
        reading, found = read(READER, FINDING * times)
        assert reading.measures["findings.total"] == times == len(found)


class TestWhoWroteIt:
    @pytest.mark.parametrize(
        ("text", "tool"),
        [
            (FINDING, "flake8"),
            ("a.py:1: [F401] 'os' imported but unused\n", "flake8"),
            ("a.py:1: [F541] f-string is missing placeholders\n", "flake8"),
            ("a.py:1: [E902] FileNotFoundError: a.py\n", "flake8"),
            ("a.py:1:1: E999 SyntaxError: x\na.py:1:1: F401 `os` imported\n", "ruff"),
            ("a.py:1: [F541] f-string without any placeholders\n", "ruff"),
            ("a.py:1: [F401] `os` imported but unused\na.py:1: [D100] Missing docstring\n", "ruff"),
            ("a.py:1: [PLR0913] Too many arguments\n", "ruff"),
            ("a.py:1:1: E501 Line too long (99 > 88)\n", "ruff"),
            ("a.py:1: [D100] Missing docstring in public module\n", "flake8 or ruff"),
            ("a.py:1: [D100] Missing docstring in public module\n1\n", "flake8"),
            (FINDING + "a.py:1:1: E501 Line too long (99 > 88)\n", "flake8 or ruff"),
            (CLEAN, "flake8"),
        ],
    )
    def test_follows_from_rules_texts_and_totals(self, text: str, tool: str) -> None:
        reading, found = read(READER, text)
        assert (reading.tool, reading.kind) == (tool, "lint")
        assert {each.tool for each in found} <= {tool}

    @pytest.mark.parametrize("line", ["a.py:1:1: C0114 Missing docstring", "a.py:1: [E0001] Parsing failed"])
    def test_what_pylint_writes_by_a_template_is_not_flake8s(self, line: str) -> None:
        assert not recognises(READER, line + "\n")
        assert not read(READER, FINDING + FINDING + line + "\n" + line)[0].ran


class TestARunWithoutFindings:
    def test_is_believed_when_flake8_tells_how_many_files_it_processed(self) -> None:
        assert recognises(READER, CLEAN)
        reading, _ = read(READER, CLEAN)
        assert (reading.ran, reading.measures["findings.total"]) == (True, 0)

    def test_is_believed_by_its_count_when_the_format_is_named(self) -> None:
        assert not recognises(READER, "0\n")
        reading, _ = read(READER, "0\n")
        assert (reading.ran, reading.measures["findings.total"]) == (True, 0)

    @pytest.mark.parametrize("nothing", ["", "\n", " \n\n", "\ufeff"])
    def test_is_not_believed_of_an_empty_file(self, nothing: str) -> None:
        with pytest.raises(Unreadable, match="empty"):
            read(READER, nothing)

    def test_is_not_believed_when_no_file_was_processed(self) -> None:
        reading, _ = read(READER, CLEAN.replace("1          total", "0          total"))
        assert (reading.ran, reading.why_not) == (False, "flake8 says that it processed no file.")


class TestAToolThatDidNotDoItsWork:
    @pytest.mark.parametrize("code", ["E902 FileNotFoundError: gone.py", "E999 SyntaxError: invalid syntax"])
    def test_is_recognised_by_a_file_that_was_not_checked(self, code: str) -> None:
        reading, _ = read(READER, FINDING + f"b.py:0:1: {code}\n")
        assert not reading.ran
        assert "could not be read or parsed" in (reading.why_not or "")
        assert reading.measures["findings.total"] == 2

    @pytest.mark.parametrize(
        "stranger",
        [
            "Traceback (most recent call last):\n",
            "flake8: error: unrecognized arguments: --nope\n",
            "There was a critical error during execution of Flake8:\n",
            "b.py:3:1: E501\n",
        ],
    )
    def test_is_recognised_by_a_line_that_flake8_does_not_write(self, stranger: str) -> None:
        reading, _ = read(READER, FINDING + FINDING + stranger)
        assert (reading.ran, reading.why_not) == (False, "Line 3 is not flake8's: flake8 may have failed.")
        with pytest.raises(Unreadable, match="line 1: this is no line that flake8 writes"):
            read(READER, stranger)

    def test_counts_the_lines_that_flake8_does_not_write(self) -> None:
        reading, _ = read(READER, "oh\n" + FINDING + "dear\nme\n")
        assert reading.why_not == "Line 1 is not flake8's (nor are 2 others): flake8 may have failed."

    def test_is_recognised_by_a_count_that_differs(self) -> None:
        reading, _ = read(READER, FINDING + "2\n")
        assert (reading.ran, reading.why_not) == (False, "flake8 counted 2 findings, but 1 are listed.")

    def test_is_recognised_by_statistics_that_differ(self) -> None:
        reading, _ = read(READER, FINDING + "3     E501 line too long (81 > 79 characters)\n")
        assert (reading.ran, "statistics" in (reading.why_not or "")) == (False, True)


class TestTotals:
    def test_that_agree_are_believed(self) -> None:
        reading, _ = read(READER, FINDING + "1     E501 line too long\n" + CLEAN.replace("\n0\n", "\n1\n"))
        assert (reading.ran, reading.why_not) == (True, None)


class TestShownSource:
    @pytest.mark.parametrize("source", ["import os", "", "3", "2     E501 in a string"])
    def test_is_passed_over_below_its_finding(self, source: str) -> None:
        reading, found = read(READER, (FINDING + source + "\n    ^\n") * 2 + "2\n")
        assert (reading.ran, reading.why_not, len(found)) == (True, None, 2)

    def test_without_a_caret_is_a_stranger(self) -> None:
        reading, _ = read(READER, FINDING + "import os\nimport sys\n")
        assert reading.why_not == "Line 2 is not flake8's (nor are 1 others): flake8 may have failed."


class TestRecognition:
    def test_leaves_pylint_and_mypy_alone(self) -> None:
        assert recognises(READER, FINDING)
        assert not recognises(
            READER, "a.py:1:0: C0114: Missing module docstring (missing-module-docstring)\n"
        )
        assert not recognises(
            READER, "a.py:1: [C0114(missing-module-docstring), ] Missing module docstring\n"
        )
        assert not recognises(READER, "a.py:1:1: error: Name is not defined  [name-defined]\n")


class TestTotalsThatAreCutOff:
    def test_are_not_a_clean_run(self) -> None:
        reading, _ = read(READER, "0.035      seconds elapsed\n1          total tokens processed\n")
        assert not reading.ran
        assert "cut off" in (reading.why_not or "")


class TestAbsurdNumbers:
    @pytest.mark.parametrize(
        "text", ["a.py:" + "9" * 5000 + ":1: E501 x\n", "9" * 5000 + "\n", "1.5   total files processed\n"]
    )
    def test_are_refused_or_not_believed(self, text: str) -> None:
        with pytest.raises(Unreadable):
            assert read(READER, text)[0].ran is False
            raise Unreadable("not believed")
