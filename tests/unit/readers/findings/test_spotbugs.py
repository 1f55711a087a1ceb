"""SpotBugs' XML."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.findings import Severity
from tidegate.readers.base import Limits
from tidegate.readers.findings.spotbugs import READER

_LINE = '<SourceLine classname="p.A" start="{}" end="9" sourcefile="A.java" sourcepath="p/A.java"{}/>'
PLACES = (
    '<Class classname="p.A">'
    + _LINE.format(3, "")
    + '</Class><Method classname="p.A" name="run" signature="()V" isStatic="false">'
    + _LINE.format(5, "")
    + "</Method>"
)
MESSAGES = "<ShortMessage>Short</ShortMessage><LongMessage>A null in p.A.run()</LongMessage>"
NO_ERRORS = '<Errors errors="0" missingClasses="0"></Errors>'


def bug(inside: str = MESSAGES + PLACES + _LINE.format(7, ""), **attributes: object) -> str:
    made = {
        "type": "NP_NULL",
        "priority": 2,
        "rank": 6,
        "abbrev": "NP",
        "category": "CORRECTNESS",
    } | attributes
    text = " ".join(f'{name}="{value}"' for name, value in made.items() if value is not None)
    return f"<BugInstance {text}>{inside}</BugInstance>"


def report(*bugs: str, errors: str = NO_ERRORS, summary: str | None = None) -> str:
    if summary is None:
        listed = sum(' last="' not in each for each in bugs)
        summary = f'<FindBugsSummary timestamp="x" total_classes="4" total_bugs="{listed}" num_packages="1"/>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<BugCollection version="4.8.6" sequence="0" timestamp="1" analysisTimestamp="1767323045000"'
        ' release="">'
        '<Project projectName="p"><Jar>classes</Jar></Project>'
        f"{''.join(bugs)}{errors}{summary}<ClassFeatures/><History/></BugCollection>"
    )


class TestFindings:
    @pytest.mark.parametrize(
        ("rank", "priority", "severity"),
        [
            (1, 3, Severity.HIGH),
            (4, 3, Severity.HIGH),
            (9, 1, Severity.HIGH),
            (10, 1, Severity.MEDIUM),
            (14, 1, Severity.MEDIUM),
            (15, 1, Severity.LOW),
            (20, 1, Severity.LOW),
            (0, 1, Severity.UNRATED),
            (21, 1, Severity.UNRATED),
            ("x", 1, Severity.UNRATED),
            (None, 1, Severity.HIGH),
            (None, 2, Severity.MEDIUM),
            (None, 3, Severity.LOW),
            (None, 5, Severity.UNRATED),
            (None, None, Severity.UNRATED),
        ],
    )
    def test_are_rated_by_rank_else_by_priority(
        self, rank: object, priority: object, severity: Severity
    ) -> None:
        reading, (finding,) = read(READER, report(bug(rank=rank, priority=priority)))
        assert reading.ran and finding.severity is severity
        assert reading.measures["findings.unrated"] == (severity is Severity.UNRATED)

    def test_have_rule_message_hash_version_and_time(self) -> None:
        reading, (finding,) = read(READER, report(bug(instanceHash="abc")))
        assert (reading.tool, reading.kind, reading.tool_version) == ("spotbugs", "sast", "4.8.6")
        assert reading.made_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert (finding.rule, finding.message, finding.stable) == ("NP_NULL", "A null in p.A.run()", "abc")

    @pytest.mark.parametrize(
        ("inside", "path", "line"),
        [
            (PLACES + _LINE.format(7, "") + _LINE.format(8, ""), "p/A.java", 7),
            (PLACES, "p/A.java", 5),
            (_LINE.format(7, ' relSourcepath="src/p/A.java"'), "src/p/A.java", 7),
            (
                '<Class classname="p.A"><SourceLine classname="p.A" sourcefile="A.java"/></Class>',
                "A.java",
                None,
            ),
            ('<Class classname="p.A"/>', "p.A", None),
            ("", "", None),
        ],
    )
    def test_have_the_place_of_the_bug_before_that_of_its_method_and_class(
        self, inside: str, path: str, line: int | None
    ) -> None:
        _, (finding,) = read(READER, report(bug(inside)))
        assert (finding.path, finding.line) == (path, line)

    @pytest.mark.parametrize(
        ("inside", "message"),
        [
            ("<ShortMessage> Short </ShortMessage>", "Short"),
            (PLACES, "NP_NULL in p.A.run"),
            ("", "NP_NULL in a class that is not named"),
        ],
    )
    def test_have_a_message_without_the_long_one(self, inside: str, message: str) -> None:
        _, (finding,) = read(READER, report(bug(inside)))
        assert finding.message == message

    def test_of_secrets_are_told_by_their_type_alone(self) -> None:
        _, (finding,) = read(
            READER, report(bug("<LongMessage>hunter2</LongMessage>", type="HARD_CODE_PASSWORD"))
        )
        assert "hunter2" not in repr(finding)

    @pytest.mark.parametrize("word", ["NOT_A_BUG", "BAD_ANALYSIS"])
    def test_that_a_reviewer_calls_none_are_suppressed(self, word: str) -> None:
        note = f'<UserAnnotation designation="{word}" user="a">why</UserAnnotation>'
        reading, findings = read(READER, report(bug(note), bug()))
        assert reading.ran
        assert (reading.measures["findings.total"], reading.measures["findings.suppressed"]) == (1, 1)
        assert [finding.suppressed for finding in findings] == [True, False]

    @pytest.mark.parametrize("word", ["MUST_FIX", "MOSTLY_HARMLESS", "OBSOLETE_CODE", "", "not_a_bug"])
    def test_that_a_reviewer_calls_anything_else_count(self, word: str) -> None:
        note = f'<UserAnnotation designation="{word}"/>'
        assert measure(READER, report(bug(note))).measures["findings.total"] == 1

    def test_that_the_code_no_longer_has_do_not_count(self) -> None:
        reading, findings = read(READER, report(bug(last=3), bug()))
        assert reading.ran and reading.measures["findings.total"] == len(findings) == 1

    def test_a_clean_report_measures_zero(self) -> None:
        reading = measure(READER, report())
        assert reading.ran and reading.measures["findings.high"] == reading.measures["findings.total"] == 0
        assert "findings.suppressed" not in reading.measures

    def test_a_text_beyond_the_limit_is_cut(self) -> None:
        inside = f"<LongMessage>{'x' * 50}&amp;{'y' * 50}</LongMessage>"
        _, (finding,) = read(READER, report(bug(inside)), Limits(max_text=10))
        assert finding.message == "x" * 10

    def test_matchers_of_a_filter_and_texts_elsewhere_are_no_part_of_a_bug(self) -> None:
        extra = '<UserAnnotation designation="NOT_A_BUG"/><Method name="m"/><LongMessage>x</LongMessage>'
        text = report(bug("")).replace("<Jar>", f'<Class classname="p.Z"/>{_LINE.format(1, "")}{extra}<Jar>')
        _, (finding,) = read(READER, text)
        assert (finding.path, finding.suppressed) == ("", False)


class TestNotRun:
    @pytest.mark.parametrize(
        ("errors", "words"),
        [
            ('<Errors errors="2" missingClasses="0"/>', "met 2 error(s)"),
            ("<Errors><Error id='0'><ErrorMessage>x</ErrorMessage></Error></Errors>", "met 1 error(s)"),
            ("<Errors><AnalysisError>x</AnalysisError></Errors>", "met 1 error(s)"),
            (
                '<Errors errors="0" missingClasses="2"/>',
                "missed 2 class(es) that it needed, the first is not named",
            ),
            (
                (
                    '<Errors errors="0" missingClasses="2"><MissingClass>q.B</MissingClass>'
                    "<MissingClass>apply</MissingClass></Errors>"
                ),
                "missed 1 class(es) that it needed, the first is q.B",
            ),
        ],
    )
    def test_where_errors_or_missing_classes_are_told(self, errors: str, words: str) -> None:
        reading = measure(READER, report(bug(), errors=errors))
        assert not reading.ran and words in (reading.why_not or "")

    def test_methods_of_lambdas_are_no_missing_classes(self) -> None:
        names = "".join(
            f"<MissingClass>{name}</MissingClass>" for name in ("apply", "makeConcatWithConstants")
        )
        assert measure(READER, report(errors=f'<Errors errors="0" missingClasses="2">{names}</Errors>')).ran

    @pytest.mark.parametrize(
        ("summary", "words"),
        [
            ("", "no `<FindBugsSummary>`"),
            ("<FindBugsSummary/>", "no `<FindBugsSummary>`"),
            ('<FindBugsSummary total_classes="0" total_bugs="0"/>', "analysed no class"),
            ('<FindBugsSummary total_classes="1" total_bugs="2"/>', "counted 2 bugs and lists 1"),
            ('<FindBugsSummary total_classes="1" total_bugs="0"/>', "counted 0 bugs and lists 1"),
            ('<FindBugsSummary total_classes="1"/>', "an unknown number of bugs and lists 1"),
            ('<FindBugsSummary total_classes="1" total_bugs="1" priority_1="1"/>', "priorities differ"),
        ],
    )
    def test_where_the_summary_shows_it(self, summary: str, words: str) -> None:
        reading = measure(READER, report(bug(), summary=summary))
        assert not reading.ran and words in (reading.why_not or "")

    def test_where_it_does_not_tell_of_errors(self) -> None:
        assert "has no `<Errors>`" in (measure(READER, report(bug(), errors="")).why_not or "")

    def test_priorities_that_agree_are_no_reason(self) -> None:
        summary = '<FindBugsSummary total_classes="1" total_bugs="1" priority_2="1" priority_3="0"/>'
        assert measure(READER, report(bug(), summary=summary)).ran


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (report(bug(type="")), "<BugInstance> without a type"),
            (report(bug(bug())), "<BugInstance> inside another one"),
            (report(errors='<Errors errors="-1"/>'), "errors of <Errors> is negative"),
            (report(errors='<Errors missingClasses="many"/>'), "missingClasses of <Errors> is 'many'"),
            (report(bug())[:-30], "ends before it is complete"),
            ("<checkstyle/>", "not <BugCollection>"),
        ],
    )
    def test_what_is_no_whole_report(self, text: str, words: str) -> None:
        assert words in refusal(READER, text)


class TestSniff:
    def test_knows_its_root(self) -> None:
        assert recognises(READER, report())
        assert not any(recognises(READER, other) for other in ("", "{}", "<Bugs/>", "<pmd/>"))
