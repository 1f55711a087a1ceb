"""Node's test runner: a file in which no test ran is named like a test that passed, and none was tested."""

from __future__ import annotations

import pytest

from tests.support.reading import items, measure
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.test_results import junit, tap

RAN = '<testcase name="fits" time="0.1" classname="test"/>'


def in_junit(*cases: str) -> str:
    """Write cases beside all suites, as Node does."""
    return f"<testsuites>{RAN}{''.join(cases)}</testsuites>"


def in_tap(*points: tuple[str, str], more: str = "") -> str:
    """Write points as Node does, each with the line that announces it and what its block says."""
    listed = [f"# Subtest: {name}\nok {number} - {name}\n  ---\n  duration_ms: 1.5\n{block}  ...\n"
              for number, (name, block) in enumerate(points, 2)]  # fmt: skip
    first = "# Subtest: fits\nok 1 - fits\n  ---\n  duration_ms: 1.5\n  ...\n"
    return f"TAP version 13\n{first}{''.join(listed)}{more}1..{len(points) + 1}\n"


FILES = (
    "/srv/app/empty.test.js",
    "empty.test.mjs",
    "test/helpers.ts",
    r"C:\app\a.cjs",
    "views/page.test.tsx",
)


class TestJUnit:
    @pytest.mark.parametrize("name", FILES)
    def test_counts_a_file_without_tests_as_skipped(self, name: str) -> None:
        report = in_junit(f'<testcase name="{name}" time="0.2" classname="test"/>')
        values = measure(junit.READER, report).measures
        assert (values["tests.passed"], values["tests.skipped"]) == (1, 1)
        assert items(junit.READER, report)[1] == Case("test", name, Outcome.SKIPPED, 0.2)

    @pytest.mark.parametrize(
        ("case", "outcome"),
        [
            ('name="a.test.js" classname="test" file="/srv/a.test.js"', "skipped"),
            ('name="a.test.js" classname="test" file="/srv/b.test.js"', "passed"),
            ('name="a.test.js" classname="Suite"', "passed"),
            ('name="reads a.js at last" classname="test"', "passed"),
            ('name="json" classname="test"', "passed"),
        ],
    )
    def test_tells_it_from_a_test(self, case: str, outcome: str) -> None:
        values = measure(junit.READER, in_junit(f"<testcase {case}/>")).measures
        assert values[f"tests.{outcome}"] == 1 + (outcome == "passed")

    def test_knows_it_beside_suites_alone_and_where_it_failed(self) -> None:
        inside = f'<testsuite name="s">{RAN.replace("fits", "a.js")}</testsuite>'
        failed = '<testcase name="b.js" classname="test"><failure/></testcase>'
        values = measure(junit.READER, in_junit(inside, failed)).measures
        assert (values["tests.passed"], values["tests.failed"], values["tests.skipped"]) == (2, 1, 0)
        assert measure(junit.READER, inside).measures["tests.passed"] == 1

    def test_did_not_run_where_no_file_has_a_test(self) -> None:
        report = '<testsuites><testcase name="a.js" classname="test"/></testsuites>'
        assert "nothing was tested" in (measure(junit.READER, report).why_not or "")


class TestTap:
    @pytest.mark.parametrize("name", FILES)
    def test_counts_a_file_without_tests_as_skipped(self, name: str) -> None:
        values = measure(tap.READER, in_tap((name.replace("\\", "\\\\"), "  type: 'test'\n"))).measures
        assert (values["tests.passed"], values["tests.skipped"]) == (1, 1)

    def test_counts_a_suite_without_tests_as_skipped(self) -> None:
        values = measure(tap.READER, in_tap(("a berth", "  type: 'suite'\n"))).measures
        assert (values["tests.passed"], values["tests.skipped"]) == (1, 1)

    def test_tells_it_from_a_test(self) -> None:
        unannounced = "# Subtest: a.js\nok 3 - b.js\nok 4 - c.js\n"
        report = in_tap(("reads a.js at last", ""), more=unannounced).replace("1..2", "1..4")
        assert measure(tap.READER, report).measures["tests.passed"] == 4

    def test_counts_a_file_with_tests_by_them(self) -> None:
        inside = "# Subtest: a.js\n    # Subtest: fits\n    ok 1 - fits\n    1..1\nok 2 - a.js\n1..2\n"
        values = measure(tap.READER, f"TAP version 13\nok 1 - x\n{inside}").measures
        assert values["tests.passed"] == 2

    def test_counts_one_that_failed_as_failed(self) -> None:
        report = in_tap(("a.js", "")).replace("ok 2", "not ok 2")
        assert measure(tap.READER, report).measures["tests.failed"] == 1

    def test_is_not_lost_among_points_in_a_row(self) -> None:
        many = "".join(f"ok {number} - x\n" for number in range(2, 9))
        report = f"TAP version 13\nok 1 - x\n# Subtest: a.js\n{many}1..8\n"
        assert measure(tap.READER, report).measures["tests.passed"] == 8
