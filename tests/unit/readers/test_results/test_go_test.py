"""Lines of `go test -json`: tests and subtests, packages, builds, and what never ended."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.go_test import READER

PACKAGE = "harbour.example/berths"


def line(action: str, test: str = "", package: str = PACKAGE, **more: Any) -> str:
    event: dict[str, object] = {
        "Time": "2026-01-01T00:00:00.123456789Z",
        "Action": action,
        "Package": package,
    }
    if test:
        event["Test"] = test
    return json.dumps(event | more) + "\n"


def run(test: str, action: str, **more: Any) -> str:
    return line("run", test) + line(action, test, Elapsed=0.5, **more)


def counts(report: str) -> tuple[int, int, int, int]:
    """Read passed, failed, broken and skipped cases."""
    values = measure(READER, report).measures
    found = [int(values[f"tests.{name}"]) for name in ("passed", "failed", "errors", "skipped")]
    assert values["tests.total"] == sum(found) == len(items(READER, report))
    return found[0], found[1], found[2], found[3]


def cases(report: str) -> list[Case]:
    return [item for item in items(READER, report) if isinstance(item, Case)]


PASS, FAIL = line("pass", Elapsed=1.5), line("fail", Elapsed=1.5)
ONE = run("TestA", "pass")


class TestTests:
    @pytest.mark.parametrize(
        ("report", "expected"),
        [
            (ONE + PASS, (1, 0, 0, 0)),
            (ONE + run("TestB", "fail") + FAIL, (1, 1, 0, 0)),
            (ONE + run("TestB", "skip") + PASS, (1, 0, 0, 1)),
            (line("pass", "TestA") + PASS, (1, 0, 0, 0)),
            (line("run", "TestA") + run("TestA/b", "pass") + line("pass", "TestA") + PASS, (1, 0, 0, 0)),
            (line("run", "TestA") + run("TestA/b", "fail") + line("fail", "TestA") + FAIL, (0, 1, 0, 0)),
            (line("run", "TestA") + run("TestA/b", "pass") + line("fail", "TestA") + FAIL, (1, 1, 0, 0)),
            (
                ONE + line("run", "TestB") + run("TestB/c", "skip") + line("skip", "TestB") + PASS,
                (1, 0, 0, 2),
            ),
            (line("run", "TestA") + run("TestA/b/c", "pass") + line("pass", "TestA") + PASS, (1, 0, 0, 0)),
            (line("run", "TestA") + line("pass", "TestA/b") + line("pass", "TestA") + PASS, (1, 0, 0, 0)),
            (ONE + ONE + PASS, (2, 0, 0, 0)),
            (ONE + line("run", "BenchmarkA") + line("bench", "BenchmarkA") + PASS, (1, 0, 0, 0)),
            (ONE + run("BenchmarkA", "pass") + PASS, (1, 0, 0, 0)),
            (ONE + run("BenchmarkA", "fail") + FAIL, (1, 1, 0, 0)),
            (ONE + line("run", "TestB") + FAIL, (1, 0, 1, 0)),
            (ONE + line("run", "TestB") + PASS, (1, 0, 1, 0)),
            (line("run", "TestA") + ONE + PASS, (1, 0, 1, 0)),
            (line("run", "TestA") + line("run", "TestA/b") + FAIL, (0, 0, 1, 0)),
            (
                ONE + line("pause", "TestA") + line("cont", "TestA") + line("attr", "TestA") + PASS,
                (1, 0, 0, 0),
            ),
            (ONE + FAIL, (1, 0, 1, 0)),
            (ONE + PASS + line("skip", package="b"), (1, 0, 0, 0)),
            (ONE + PASS + line("start", package="b") + line("fail", package="b"), (1, 0, 1, 0)),
            (ONE + PASS + "FAIL\tb [build failed]\nFAIL\n", (1, 0, 1, 0)),
            (ONE + PASS + ONE + PASS, (2, 0, 0, 0)),
        ],
    )
    def test_count_once(self, report: str, expected: tuple[int, int, int, int]) -> None:
        assert counts(line("start") + report) == expected
        assert measure(READER, report).ran

    def test_have_packages_times_and_what_went_wrong(self) -> None:
        report = (
            line("run", "TestA")
            + line("output", "TestA", Output="=== RUN   TestA\n")
            + line("output", "TestA", Output="    fit_test.go:9: 9 must not fit\n")
            + line("output", "TestA", Output="    fit_test.go:10: nor 10\n")
            + line("output", "TestGone", Output="lost\n")
            + line("fail", "TestA", Elapsed=0.25)
            + FAIL
            + line("output", package="b", Output="panic in init\n")
            + line("output", package="b", Output="FAIL\n")
            + line("fail", package="b")
        )
        assert cases(report) == [
            Case(PACKAGE, "TestA", Outcome.FAILED, 0.25, "fit_test.go:9: 9 must not fit"),
            Case("b", "b", Outcome.ERROR, 0.0, "panic in init"),
        ]
        reading = measure(READER, report)
        assert (reading.tool, reading.measures["tests.suites"]) == ("go", 2)
        assert reading.measures["tests.duration"] == 0.25
        assert reading.made_at == datetime(2026, 1, 1, 0, 0, 0, 123456, UTC)

    def test_that_were_not_built_say_why(self) -> None:
        build = {"ImportPath": "b [b.test]"}
        report = (
            json.dumps({**build, "Action": "build-output", "Output": "# b [b.test]\n"})
            + "\n"
            + json.dumps({**build, "Action": "build-output", "Output": "b.go:2:12: syntax error\n"})
            + "\n"
            + json.dumps({**build, "Action": "build-fail"})
            + "\n"
            + line("fail", package="b", FailedBuild="b [b.test]")
        )
        assert cases(ONE + PASS + report)[1].detail == "b.go:2:12: syntax error"
        assert "No test ran: 1 package(s) were not built" in (measure(READER, report).why_not or "")

    def test_texts_are_cut(self) -> None:
        report = run("Test" + "A" * 40, "fail") + FAIL
        assert "no event" in refusal(READER, report, Limits(max_text=30))
        assert isinstance(items(READER, report, Limits(max_text=300))[0], Case)


class TestRan:
    @pytest.mark.parametrize(
        ("report", "reason"),
        [
            (ONE, f"1 package(s) never ended, the first is '{PACKAGE}'"),
            (ONE + PASS + line("start", package="b"), "the first is 'b'"),
            (line("skip"), "lists no test case"),
            (PASS, "lists no test case"),
            (run("TestA", "skip") + PASS, "Every one of the 1 test cases was skipped"),
            (ONE + line("explode\x07", "TestA") + PASS, "an action that is not known, in line 3: 'explode'"),
            (ONE + PASS + '{"Action":"build-fail","ImportPath":"b"}\n', "build of 'b' failed"),
            (ONE + PASS + '{"Action":"build-fail"}\n', "build of 'a package' failed"),
            (ONE + PASS + "segmentation fault\n", "Line 4 is no event"),
            ("words\n" + ONE + "more\n" + PASS, "Line 1 is no event"),
            ("FAIL\tb [setup failed]\n", "No test ran"),
        ],
    )
    def test_not_where_something_is_lost(self, report: str, reason: str) -> None:
        assert reason in (measure(READER, report).why_not or "")

    @pytest.mark.parametrize("chatter", ["go: downloading example.com/a v1.0.0\n", "\n", " \n", "FAIL\n"])
    def test_whatever_the_go_command_says_beside_it(self, chatter: str) -> None:
        assert measure(READER, chatter + ONE + chatter + PASS + chatter).ran

    def test_stray_words_do_not_hide_a_failure(self) -> None:
        reading = measure(READER, ONE + "words\n" + run("TestB", "fail") + FAIL)
        assert (reading.ran, reading.measures["tests.failed"]) == (True, 1)

    def test_with_what_go_took_from_its_cache(self) -> None:
        report = ONE + line("output", Output=f"ok  \t{PACKAGE}\t(cached)\n") + line("pass", Elapsed=0)
        assert measure(READER, report).ran


class TestRefused:
    @pytest.mark.parametrize(
        ("report", "reason"),
        [
            ("", "is empty"),
            (ONE + PASS[:-20], "line 3: this is no event"),
            (ONE + '{"Package": "a"}\n', "line 3: this is no event"),
            (ONE + '{"Action": 5}\n', "line 3: this is no event"),
            ('{"Action":"fail","Action":"output","Package":"a"}\n', "line 1: The key `Action` stands twice"),
            ('{"Action":"fail","\\u0041ction":"output"}\n', "line 1: The key"),
            (ONE + "{" * 5000, "no event"),
            (b'{"Action":"\xff"}\n', "not UTF-8"),
        ],
    )
    def test_what_is_no_event(self, report: str | bytes, reason: str) -> None:
        assert reason in refusal(READER, report)

    def test_text_that_looks_like_a_key_is_none(self) -> None:
        noise = line("output", "TestA", Output='{"Action":"fail","Test":"<TestB>"}\n')
        assert measure(READER, line("run", "TestA") + noise + line("pass", "TestA") + PASS).ran


class TestRecognised:
    @pytest.mark.parametrize(
        "report",
        [
            ONE,
            "go: downloading a v1\n" + ONE,
            '{"ImportPath":"a","Action":"build-output","Output":"x"}\n',
            '{"Action":"run","Test":"TestA"}\n',
        ],
    )
    def test_by_the_keys_of_an_event(self, report: str) -> None:
        assert recognises(READER, report)

    @pytest.mark.parametrize("report", [{"Action": "x"}, {"action": "x", "Package": "y"}, [], "words"])
    def test_not_by_less(self, report: object) -> None:
        assert not recognises(READER, report)
