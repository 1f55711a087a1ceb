"""pylint's text: every form, and the rating as the sign that pylint came to its end."""

from __future__ import annotations

import time

import pytest

from tests.support.reading import read, recognises
from tidegate.domain.findings import Severity
from tidegate.readers.base import Unreadable
from tidegate.readers.findings.pylint_text import READER

CLEAN = "\nYour code has been rated at 10.00/10\n"
RATED = "\n------------------\nYour code has been rated at 8.31/10 (previous run: 8.31/10, +0.00)\n\n"
DEFAULT = "src/a.py:3:0: W0611: Unused import os (unused-import)\n"
PARSEABLE = "src/a.py:3: [W0611(unused-import), ] Unused import os\n"
MSVS = "src/a.py(3): [W0611(unused-import)f] Unused import os\n"


class TestMessages:
    @pytest.mark.parametrize("form", [DEFAULT, PARSEABLE, MSVS, f"\x1b[35m{DEFAULT.strip()}\x1b[0m\n"])
    def test_are_the_same_problem_in_every_form(self, form: str) -> None:
        assert recognises(READER, form)
        reading, found = read(READER, "************* Module a\n" + form + RATED)
        assert (reading.ran, reading.measures["findings.medium"], found[0].line) == (True, 1, 3)
        _, default = read(READER, DEFAULT + RATED)
        assert found[0].fingerprint == default[0].fingerprint

    @pytest.mark.parametrize(
        ("code", "severity"), [("E", "high"), ("W", "medium"), ("R", "low"), ("C", "low"), ("I", "info")]
    )
    def test_are_rated_by_their_category(self, code: str, severity: str) -> None:
        reading, _ = read(READER, f"a.py:1:0: {code}0611: text (some-name)\n" + RATED)
        assert reading.measures[f"findings.{severity}"] == 1

    @pytest.mark.parametrize("code", ["(unused-import)", "Z9999(new)"])
    def test_of_unknown_category_leave_every_severity_unmeasured(self, code: str) -> None:
        reading, found = read(READER, PARSEABLE + f"a.py:1: [{code}, ] text\n" + RATED)
        assert found[1].severity is Severity.UNRATED
        assert dict(reading.measures) == {"findings.total": 2, "findings.unrated": 1}

    def test_of_old_versions_have_a_category_alone(self) -> None:
        _, found = read(READER, "a.py:3: [C] Line too long (85/80)\n")
        assert (found[0].rule, found[0].severity) == ("C", Severity.LOW)

    def test_may_be_followed_by_copied_code(self) -> None:
        reading, found = read(READER, PARSEABLE + "==a:[1:3]\n==b:[1:3]\n    x = 1\n" + RATED)
        assert (reading.ran, len(found)) == (True, 1)


class TestARunWithoutMessages:
    def test_is_believed_by_its_rating(self) -> None:
        assert recognises(READER, CLEAN)
        reading, _ = read(READER, CLEAN)
        assert (reading.ran, reading.measures["findings.total"]) == (True, 0)


class TestAToolThatDidNotDoItsWork:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (DEFAULT, "is missing"),
            (DEFAULT + RATED + DEFAULT, "is missing"),
            (RATED, "in a form that is not read"),
            (DEFAULT + RATED + RATED, "in a form that is not read"),
            (
                "************* Module a\na.py:1:0: C0114 Missing docstring\n" + CLEAN,
                "in a form that is not read",
            ),
            ("************* Module a\n::notice file=a.py,title=C0114::Missing\n" + CLEAN, "is not read"),
            ("************* Module a\nC:  1, 0: Missing docstring (missing-docstring)\n" + RATED, "not read"),
            ("a.py:1:0: F0001: No module named a (fatal)\n" + RATED, "could not process"),
            ("a.py:1:0: E0001: Parsing failed (syntax-error)\n" + RATED, "could not process"),
            (DEFAULT + RATED + "Traceback (most recent call last):\n", "pylint itself failed"),
        ],
    )
    def test_is_recognised_by_its_text(self, text: str, why: str) -> None:
        reading, _ = read(READER, text)
        assert not reading.ran
        assert why in (reading.why_not or "")

    @pytest.mark.parametrize("text", ["", "************* Module a\n", "usage: pylint [options]\n"])
    def test_without_a_message_or_rating_is_unreadable(self, text: str) -> None:
        with pytest.raises(Unreadable):
            read(READER, text)


class TestHostileLines:
    def test_take_little_time(self) -> None:
        started = time.perf_counter()
        with pytest.raises(Unreadable):
            read(READER, ("a:1: [(s), " * 5_000 + "\n") * 3)
        assert time.perf_counter() - started < 2
