"""TAP: points, directives, plans, subtests, blocks, and what shows that a run was lost."""

from __future__ import annotations

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits, Source
from tidegate.readers.detect import drain
from tidegate.readers.test_results.tap import READER


def counts(report: str) -> tuple[int, int, int, int]:
    """Read passed, failed, broken and skipped cases."""
    values = measure(READER, report).measures
    passed, failed, errors, skipped = (
        int(values[f"tests.{name}"]) for name in ("passed", "failed", "errors", "skipped")
    )
    assert values["tests.total"] == passed + failed + errors + skipped
    return passed, failed, errors, skipped


def why_not(report: str) -> str:
    """Read why a report shows that its tests did not do their work; empty where they did."""
    return measure(READER, report).why_not or ""


def cases(report: str) -> list[Case]:
    found = [item for item in items(READER, report) if isinstance(item, Case)]
    assert len(found) == measure(READER, report).measures["tests.total"]
    return found


class TestPoints:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("ok 1", (1, 0, 0, 0)),
            ("ok", (1, 0, 0, 0)),
            ("ok 1 - a name", (1, 0, 0, 0)),
            ("ok 1 a name", (1, 0, 0, 0)),
            ("ok - 3 ships", (1, 0, 0, 0)),
            ("not ok 1", (0, 1, 0, 0)),
            ("not ok 1 - a # time=3ms", (0, 1, 0, 0)),
            ("ok 1 # SKIP no tide", (0, 0, 0, 1)),
            ("ok 1 - # skip", (0, 0, 0, 1)),
            ("ok 1# Skip", (0, 0, 0, 1)),
            ("ok 1 - a #sKiPpEd it", (0, 0, 0, 1)),
            ("not ok 1 - a # SKIP", (0, 0, 0, 1)),
            ("not ok 1 - a # TODO mend it", (0, 0, 0, 1)),
            ("ok 1 - a # todo", (0, 0, 0, 1)),
            ("ok 1 - a \\# SKIP", (1, 0, 0, 0)),
            ("ok 1 - url#skip", (1, 0, 0, 0)),
            ("ok 1 - a # todos are many", (1, 0, 0, 0)),
            ("not ok 1 - a \\# TODO", (0, 1, 0, 0)),
            ("ok 1 - a # time=3ms # SKIP late", (0, 0, 0, 1)),
        ],
    )
    def test_end_as_their_words_say(self, line: str, expected: tuple[int, int, int, int]) -> None:
        assert counts(f"1..2\nok 2\n{line}\n") == (expected[0] + 1, *expected[1:])

    @pytest.mark.parametrize(
        "line", ["okay 1", "Ok 1", "NOT OK 1", "notok 1", "a ok 1", "\tok 1", "  not ok 1"]
    )
    def test_are_none_in_other_words(self, line: str) -> None:
        assert counts(f"1..1\n{line}\nok 1\n") == (1, 0, 0, 0)

    def test_have_names_and_times(self) -> None:
        report = "1..4\nok 1 - a \\# b\\\\ # time=1500ms\nok 2 c # time=2s\nok\nok 4 -\n"
        assert [(case.name, case.duration) for case in cases(report)] == [
            ("a # b\\", 1.5),
            ("c", 2.0),
            ("", 0.0),
            ("test 4", 0.0),
        ]
        assert measure(READER, report).measures["tests.duration"] == 3.5
        assert "tests.duration" not in measure(READER, "1..1\nok 1\n").measures

    @pytest.mark.parametrize(
        ("after", "detail", "seconds"),
        [
            ("  ---\n  message: 'no berth'\n  ...\n", "no berth", 0.0),
            ("  ---\n  duration_ms: 12.5\n  error: \"no 'x'\"\n  message: b\n  ...\n", "no 'x'", 0.0125),
            ("  ---\n  error: |-\n    first\n    second\n  ...\n", "first", 0.0),
            ("  ---\n  at:\n    message: deep\n  ...\n", "", 0.0),
            ("#   Failed test 'a'\n#   at a.t line 3.\n", "Failed test 'a'", 0.0),
            ("\n# said later\n", "said later", 0.0),
            ("words\n# said later\n", "", 0.0),
            ("  ---\n  not ok 9\nnot ok 2 - truncated block\n", "", 0.0),
        ],
    )
    def test_say_what_went_wrong(self, after: str, detail: str, seconds: float) -> None:
        report = f"not ok 1 - a\n{after}"
        found = cases(report)[0]
        assert (found.detail, found.duration, found.outcome) == (detail, seconds, Outcome.FAILED)

    def test_need_not_come_in_order(self) -> None:
        assert why_not("1..4\nok 3\nok 1\nnot ok 4\nok 2\n") == ""

    def test_without_numbers_count_on(self) -> None:
        assert why_not("ok\nnot ok\nok 3\nok\n1..4\n") == ""


class TestSubtests:
    @pytest.mark.parametrize(
        ("report", "expected"),
        [
            ("    ok 1 - in\n    1..1\nok 1 - out\n1..1\n", (1, 0, 0, 0)),
            ("# Subtest: out\n    not ok 1 - in\n    1..1\nnot ok 1 - out\n1..1\n", (0, 1, 0, 0)),
            ("    not ok 1 - in\n    1..1\nok 1 - out\n1..1\n", (0, 0, 1, 0)),
            ("    not ok 1 - in # TODO\n    ok 2\n    1..2\nok 1 - out\n1..1\n", (1, 0, 0, 0)),
            ("    ok 1\n    1..2\nok 1 - out\n1..1\n", (0, 0, 1, 0)),
            ("    ok 1 # SKIP\n    ok 2 # SKIP\n    1..2\nok 1 - out\n1..1\n", (0, 0, 0, 1)),
            ("    ok 1 # SKIP\n    ok 2\n    1..2\nok 1 - out\n1..1\n", (1, 0, 0, 0)),
            ("    ok 1 - a # TODO\n    1..1\nok 1 - out\n1..1\n", (1, 0, 0, 0)),
            ("    1..0\nok 1 - out\n1..1\n", (0, 0, 0, 1)),
            ("        not ok 1\n    ok 1\nok 1 - out\n1..1\n", (0, 0, 1, 0)),
            ("        not ok 1\n    not ok 1 # TODO\n    ok 2\nok 1 - out\n1..1\n", (1, 0, 0, 0)),
            ("    not ok 1\nnot ok 1 - out # TODO\nok 2\n1..2\n", (1, 0, 0, 1)),
            ("     not ok 1 - five spaces\nok 1\n1..1\n", (1, 0, 0, 0)),
            ("    words\n    # words\nok 1\n1..1\n", (1, 0, 0, 0)),
            ("ok 1 - out {\n    ok 1\n    1..1\n}\n1..1\n", (1, 0, 0, 0)),
            ("ok 1 - out {\n    not ok 1\n    1..1\n}\nok 2\n1..2\n", (1, 0, 1, 0)),
            ("not ok 1 - out {\n    ok 1 - in {\n        ok 1\n    }\n}\n1..1\n", (0, 1, 0, 0)),
            ("ok 1 - out\n  ---\n  a: b\n  ...\n{\n    not ok 1\n}\n1..1\n", (0, 0, 1, 0)),
            ("ok 1 - out {\n    ok 1 - in {\n        not ok 1\n}\n1..1\n", (0, 0, 1, 0)),
            ("ok 1 - out {\n    not ok 1\nok 2\n1..2\n", (1, 0, 1, 0)),
            ("ok 1 - parses {\nok 2\n}\n1..2\n", (2, 0, 0, 0)),
            ("}\n{\nok 1\n1..1\n", (1, 0, 0, 0)),
        ],
    )
    def test_count_as_the_point_that_stands_for_them(
        self, report: str, expected: tuple[int, int, int, int]
    ) -> None:
        assert counts(report) == expected
        assert counts("TAP version 14\n" + report) == expected

    def test_name_the_one_that_failed(self) -> None:
        report = (
            "    not ok 1 - in\nnot ok 1 - out\n    not ok 1 - in\nok 2\n    ok 1\n    1..3\nok 3\n1..3\n"
        )
        assert [case.detail for case in cases(report)] == [
            "in",
            "It says ok, and a test inside it failed: in",
            "It says ok, and of 3 planned tests inside it 1 are listed",
        ]

    def test_deeper_than_allowed_are_output(self) -> None:
        report = "1..1\n" + " " * 40 + "not ok 1\nok 1\n"
        assert drain(READER.read(Source.of_bytes(report.encode()), Limits(max_depth=5), False), None).ran


class TestRan:
    @pytest.mark.parametrize(
        "report",
        [
            "1..1\nok 1\n",
            "ok 1\n1..1\n",
            "ok 1\n1..1 # one test\n# tests 1\n\n# ok\n",
            "tap VERSION 13\r\n1..1\r\nok 1\r\n",
            "1..1\nTAP version 12\nok 1\n",
            "1..1 # SKIP for a reason\nok 1\n",
            "words\n\n1..1\npragma +bail\npragma -strict\nmore words\nok 1\n",
            "pragma +strict\npragma -strict\nwords\nok 1\n1..1\n",
            "    pragma +strict\n    ok 1\nwords\nok 1\n1..1\n",
            "pragma +strict\n# words\n    words\n\nok 1\n  ---\n  a: b\n  ...\n1..1\n",
            "1..1\nok 1\n    ok 1 - an unfinished subtest\n",
        ],
    )
    def test_where_all_that_was_planned_is_there(self, report: str) -> None:
        assert why_not(report) == ""

    @pytest.mark.parametrize(
        ("report", "reason"),
        [
            ("ok 1\nok 2\n", "has no plan"),
            ("1..3\nok 1\nok 2\n", "plan is of 3 tests and 2 are listed"),
            ("1..1\nok 1\nok 2\n", "plan is of 1 tests and 2 are listed"),
            ("1..2\nok 1\nok 5\n", "one has the number 5"),
            ("1..2\nok 1\nok 999999999999999999\n", "one has the number"),
            ("1..2\nok 1\nok 1\n", "number 1 stands at two"),
            ("1..3\nok 2\nok 3\nok 2\n", "number 2 stands at two"),
            ("1..2\nok 0\nok 0\n", "number 0 stands at two"),
            ("1..2\nok 1\n1..2\nok 2\n", "two plans"),
            ("ok 1\n1..2\nok 2\n", "follow the plan"),
            ("2..3\nok 2\nok 3\n", "plan begins with 2"),
            ("100..1\nok 1\n", "plan begins with 100"),
            ("1..0 # skipped: no harbour\n", "all tests were skipped"),
            ("0..0\n", "all tests were skipped"),
            ("1..0\nok 1\n", "plan is of 0 tests and 1 are listed"),
            ("1..2\nok 1 # SKIP\nnot ok 2 # TODO\n", "Every one of the 2 test cases was skipped"),
            ("1..3\nok 1\nBail out!\nok 2\nok 3\n", "The run bailed out. Repair"),
            ("1..1\nok 1\nBAIL OUT! no \x07berth\n", "bailed out: no berth."),
            ("1..1\n    Bail out! deep\nok 1\n", "bailed out: deep."),
            ("1..1\npragma +strict\nwords\nok 1\n", "Line 3 is no TAP"),
            ("TAP version 15\n1..1\nok 1\n", "TAP version 15"),
            ("1..1\nok 1", "ends within a test point"),
            ("1..1\nok 1 - a {\n    ok 1\n", "ends within a test point"),
            ("1..1\nok 1\n    not ok 1 - lost\n", "A subtest has no test point"),
            ("words\n", "has no plan"),
            ("1..5 todo 2\nok 1\n", "has no plan"),
        ],
    )
    def test_not_where_something_is_lost(self, report: str, reason: str) -> None:
        assert reason in why_not(report)

    def test_points_after_bailing_out_do_not_count(self) -> None:
        assert counts("1..3\nok 1\nBail out!\nok 2\nnot ok 3\n") == (1, 0, 0, 0)

    def test_a_long_report_is_looked_at_to_its_last_byte(self) -> None:
        report = "1..9000\n" + "".join(f"ok {number} - a ship\n" for number in range(1, 9001))
        assert len(report) > Source.HEAD_BYTES
        assert why_not(report) == ""
        assert "ends within a test point" in why_not(report[:-1])


class TestRefused:
    @pytest.mark.parametrize(
        ("report", "reason"),
        [("", "is empty"), ("\n \n", "is empty"), (b"1..1\nok 1 \xff\n", "not UTF-8"), (b"ok\0", "NUL byte")],
    )
    def test_what_is_no_text(self, report: str | bytes, reason: str) -> None:
        assert reason in refusal(READER, report)

    def test_more_than_is_allowed(self) -> None:
        assert "more than 3 lines" in refusal(READER, "1..4\nok\nok\nok\n", Limits(max_items=3))

    def test_texts_are_cut(self) -> None:
        found = items(READER, "1..1\nnot ok 1 - " + "a" * 50 + "\n# " + "b" * 50 + "\n", Limits(max_text=20))
        assert isinstance(found[0], Case)
        assert len(found[0].name) < 20 and len(found[0].detail) <= 20


class TestRecognised:
    @pytest.mark.parametrize(
        "report",
        [
            "TAP version 13\n1..1\nok 1\n",
            "1..2\nok 1 - a\nnot ok 2 - b\n",
            "not ok - b\n",
            "ok\nok\n1..2\n",
            "Bail out!\n",
            "# TAP emitted by Test::More\n1..1\nok 1\n",
            "    # Subtest: a\n    ok 1\nok 1 - a\n1..1\n",
            "words\n1..1\nok 1\n",
            "words\n1..2\nok one\nok two\n",
            "pragma +strict\n1..1\nok 1\n",
        ],
    )
    def test_by_its_first_line_or_most_lines(self, report: str) -> None:
        assert recognises(READER, report)

    @pytest.mark.parametrize(
        "report",
        [
            "",
            "# a heading\n",
            "words\nok 1\nmore words\n",
            "ok  \tgithub.com/a/b\t0.011s\n",
            "ok  \tgithub.com/a/b\t(cached)\n",
            "ok then\nlet us go\n",
            '{"ok": 1}',
            "[INFO] a\nok 1\n",
            "<a/>",
            b"ok 1\n\0",
            "1..1\nok 1\n".encode("utf-16"),
        ],
    )
    def test_not_in_what_only_looks_a_little_like_it(self, report: str | bytes) -> None:
        assert not recognises(READER, report)
