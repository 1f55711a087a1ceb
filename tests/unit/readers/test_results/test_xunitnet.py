"""xUnit.net XML: every test counts by its own word, and what broke beside the tests counts as an error."""

from __future__ import annotations

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.test_results.xunitnet import READER


def element(tag: str, *inside: str, **attributes: object) -> str:
    """Write one element; `_` in names of attributes stands for `-`."""
    given = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<{tag}{given}>{''.join(inside)}</{tag}>"


def fact(*inside: str, **attributes: object) -> str:
    return element("test", *inside, **({"name": "N.C.T", "type": "N.C", "result": "Pass"} | attributes))


def assemblies(*inside: str, **attributes: object) -> str:
    return f"<assemblies>{assembly(*inside, **attributes)}</assemblies>"


def assembly(*inside: str, **attributes: object) -> str:
    return element("assembly", *inside, **({"name": "a.dll"} | attributes))


def collection(*inside: str, **attributes: object) -> str:
    return element("collection", *inside, **({"name": "K"} | attributes))


def counts(report: str) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("tests."): value for name, value in measure(READER, report).measures.items()}


class TestTests:
    @pytest.mark.parametrize(
        ("word", "outcome"),
        [
            ("Pass", "passed"),
            ("Fail", "failed"),
            ("Skip", "skipped"),
            ("NotRun", "skipped"),
            ("pass", "errors"),
            ("Passed", "errors"),
            ("", "errors"),
        ],
    )
    def test_count_by_their_word_and_no_unknown_one_passes(self, word: str, outcome: str) -> None:
        counted = counts(assemblies(collection(fact(), fact(result=word))))
        expected = {"passed": 1, "failed": 0, "errors": 0, "skipped": 0}
        expected[outcome] += 1
        assert counted == {"total": 2, "suites": 2, **expected}

    def test_without_a_result_are_errors(self) -> None:
        assert counts(assemblies(collection("<test name='t'/>")))["errors"] == 1

    def test_with_a_failure_failed_whatever_they_say(self) -> None:
        assert counts(assemblies(collection(fact("<failure/>", result="Pass"))))["failed"] == 1

    def test_of_a_theory_count_row_by_row_even_under_one_name(self) -> None:
        assert counts(assemblies(collection(fact(), fact(), total=2)))["total"] == 2

    def test_tell_why_they_did_not_pass(self) -> None:
        failure = "<failure><message>No\nnot at all</message><stack-trace>at</stack-trace></failure>"
        report = assemblies(
            collection(
                fact(failure, result="Fail", time="0.25"),
                fact("<reason><![CDATA[Later]]></reason>", result="Skip"),
                fact("<reason><message>Old</message></reason>", result="Skip", type=""),
                fact("<output>text</output>"),
                fact(result="?"),
            )
        )
        assert items(READER, report) == [
            Case("N.C", "N.C.T", Outcome.FAILED, 0.25, "No"),
            Case("N.C", "N.C.T", Outcome.SKIPPED, 0.0, "Later"),
            Case("K", "N.C.T", Outcome.SKIPPED, 0.0, "Old"),
            Case("N.C", "N.C.T", Outcome.PASSED),
            Case("N.C", "N.C.T", Outcome.ERROR, 0.0, "result='?' is no known result"),
        ]

    def test_have_durations_with_either_decimal_sign(self) -> None:
        assert counts(assemblies(collection(fact(time="0.5"), fact(time="1.25"))))["duration"] == 1.75
        report = assemblies(collection(fact(time="0,5"), fact(time="1,250"), time="0,288"))
        assert counts(report)["duration"] == 1.75


class TestWhatBrokeBesideTheTests:
    @pytest.mark.parametrize(
        "error",
        [
            "<error type='assembly-cleanup' name='a.dll'><failure><message>Busy</message></failure></error>",
            "<error type='fatal'><failure><message>Busy</message></failure></error>",
        ],
    )
    def test_is_an_error_of_its_own(self, error: str) -> None:
        report = assemblies(f"<errors>{error}</errors>", collection(fact(), total=1), total=1, errors=1)
        assert counts(report) == {
            "total": 2, "passed": 1, "failed": 0, "errors": 1, "skipped": 0, "suites": 2
        }  # fmt: skip
        broke = items(READER, report)[0]
        assert isinstance(broke, Case) and (broke.outcome, broke.detail) == (Outcome.ERROR, "Busy")
        assert broke.name in ("a.dll", "fatal")

    @pytest.mark.parametrize("result", ["Pass", "Fail"])
    def test_a_fixture_of_xunit_1_is_one_beside_failing_tests_too(self, result: str) -> None:
        fixture = "<failure><message>No fixture</message></failure>"
        report = assembly(element("class", fixture, fact(result=result), name="C"), total=1)
        assert counts(report)["errors"] == 1
        assert items(READER, report)[-1] == Case("C", "C", Outcome.ERROR, 0.0, "No fixture")


class TestRan:
    def test_where_all_is_listed(self) -> None:
        reading = measure(
            READER,
            assemblies(
                collection(fact(), fact(result="Fail"), fact(result="Skip"), total=3, failed=1, skipped=1),
                total=3,
                failed=1,
                errors=0,
            ),
        )
        assert (reading.ran, reading.tool) == (True, "xunit.net")

    def test_where_only_what_was_not_run_is_not_listed(self) -> None:
        reading = measure(READER, assemblies(collection(fact(), total=3, skipped=1, not_run=1)))
        assert (reading.ran, reading.measures["tests.skipped"]) == (True, 2)

    @pytest.mark.parametrize(
        ("report", "reason"),
        [
            (assemblies(collection(fact()), total=2), "The suite 'a.dll' declares 2 tests but lists 1"),
            (assemblies(collection(fact(), total=2)), "The suite 'K' declares 2 tests but lists 1"),
            (assemblies(collection(fact()), failed=1), "declares 1 failed tests but lists 0"),
            (assemblies(collection(fact()), errors=1), "declares 1 errors but lists 0"),
            (
                assemblies("<errors><error/></errors>", collection(fact()), total=2),
                "declares 2 tests but lists 1",
            ),
            ("<assemblies/>", "lists no test case"),
            (f"<assemblies>{assembly(collection(fact()))}<assembly/></assemblies>", "The assembly ''"),
            (
                f"<assemblies>{assembly(run_date='2026-01-02')}{assembly(collection(fact()))}</assemblies>",
                "The assembly 'a.dll' has neither tests nor totals",
            ),
            (assemblies("<errors><error/></errors>"), "lists no test case"),
            (assemblies(collection(fact(result="Skip"))), "Not one of the 1 test cases ran"),
        ],
    )
    def test_not_where_results_are_missing_or_nothing_was_tested(self, report: str, reason: str) -> None:
        reading = measure(READER, report)
        assert not reading.ran and reading.why_not is not None and reason in reading.why_not

    @pytest.mark.parametrize("other", [assembly(total=0), assembly(collection(fact(result="Skip")))])
    def test_all_the_same_where_an_assembly_has_no_tests_to_run(self, other: str) -> None:
        assert measure(READER, f"<assemblies>{assembly(collection(fact()))}{other}</assemblies>").ran

    def test_with_an_error_where_an_assembly_tells_why_it_has_no_tests(self) -> None:
        crashed = assembly("<errors><error type='fatal'/></errors>")
        assert counts(f"<assemblies>{assembly(collection(fact()))}{crashed}</assemblies>")["errors"] == 1


class TestWhatElseItSays:
    def test_its_version_and_when_the_first_assembly_ended(self) -> None:
        first = assembly(
            collection(fact()),
            test_framework="xUnit.net 2.4.1.0",
            run_date="2026-01-02",
            run_time="03:04:05",
            time="10",
        )
        other = assembly(collection(fact()), test_framework="xUnit.net 9", finish_rtf="2026-01-05T00:00:00Z")
        reading = measure(READER, f"<assemblies>{first}{other}</assemblies>")
        assert reading.tool_version == "2.4.1.0"
        assert str(reading.made_at) == "2026-01-02 03:04:15+14:00", "its zone is not told"

    def test_the_round_trip_time_of_xunit_3(self) -> None:
        reading = measure(
            READER, assemblies(collection(fact()), finish_rtf="2026-01-05T01:02:03.1234567+01:00")
        )
        assert str(reading.made_at) == "2026-01-05 00:02:03.123456+00:00"
        assert reading.tool_version == ""


class TestContent:
    @pytest.mark.parametrize(
        ("report", "known"),
        [
            ("<assemblies/>", True),
            ("<assemblies timestamp='x'><assembly/></assemblies>", True),
            (assembly(collection()), True),
            (assembly("<class/>"), True),
            ("<assembly run-date='2026-01-01'/>", True),
            ("<assemblies><plugin/></assemblies>", False),
            ("<assembly xmlns='urn:schemas-microsoft-com:asm.v1'><trustInfo/></assembly>", False),
            ("<testsuites/>", False),
        ],
    )
    def test_tells_the_format(self, report: str, known: bool) -> None:
        assert recognises(READER, report) is known

    @pytest.mark.parametrize(
        ("report", "reason"),
        [
            (assemblies(collection(fact()))[:-3], "ends before it is complete"),
            ("<testsuites/>", "the root element is <testsuites>, not <assemblies> or <assembly>"),
        ],
    )
    def test_that_cannot_be_understood_is_refused(self, report: str, reason: str) -> None:
        assert reason in refusal(READER, report)
