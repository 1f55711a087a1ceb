"""JUnit XML of Playwright's runs that were stopped: skipped tests that no annotation asked to skip."""

from __future__ import annotations

import pytest

from tests.support.reading import measure
from tidegate.readers.test_results.junit import READER

ASKED = '<properties><property name="skip" value="why"></property></properties><skipped></skipped>'


def case(inside: str = "", classname: str = "a.spec.js") -> str:
    return f'<testcase name="fits" classname="{classname}" time="0">{inside}</testcase>'


def suite(*cases: str, last: str = "errors") -> str:
    """Write a file as Playwright does."""
    begin = (
        f'<testsuite name="a.spec.js" timestamp="2026-11-29T14:46:15.952Z" hostname="" tests="{len(cases)}"'
    )
    return f'{begin} failures="0" skipped="0" time="0.033" {last}="0">{"".join(cases)}</testsuite>'


def why_not(*suites: str) -> str | None:
    reading = measure(READER, f'<testsuites id="" name="">{"".join(suites)}</testsuites>')
    assert reading.ran is (reading.why_not is None)
    return reading.why_not


@pytest.mark.parametrize("asked", [ASKED, ASKED.replace('"skip"', '"fixme"')])
def test_a_run_in_which_all_that_was_skipped_was_to_be_skipped_is_whole(asked: str) -> None:
    assert why_not(suite(case(), case(asked), case(asked))) is None


@pytest.mark.parametrize("inside", ["<skipped/>", ASKED.replace('"skip"', '"fail"')])
def test_one_with_tests_that_nothing_asked_to_skip_was_stopped(inside: str) -> None:
    why = why_not(suite(case(), case(ASKED), case(inside)), suite(case(inside)))
    assert (why or "").startswith("2 test(s) did not get their turn")


def test_a_failed_test_keeps_those_after_it_from_running() -> None:
    assert why_not(suite(case(), case("<failure/>"), case("<skipped/>"))) is None


@pytest.mark.parametrize(
    "whole",
    [
        suite(case(), case("<skipped/>"), last="errored"),  # another writer's
        suite(case(), case("<skipped/>", classname="[chromium] › a.spec.js:3:1 › fits")),  # before 1.34
    ],
)
def test_others_do_not_tell(whole: str) -> None:
    assert why_not(whole) is None
    other = '<testsuite name="b"><testcase classname="b"><skipped/></testcase></testsuite>'
    assert why_not(suite(case()), other) is None
