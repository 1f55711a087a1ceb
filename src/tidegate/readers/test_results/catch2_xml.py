"""Catch2's XML, as `--reporter xml` writes it: `Catch` of Catch2 2, `Catch2TestRun` of Catch2 3."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.domain.findings import Case, Outcome
from tidegate.domain.measures import Kind
from tidegate.readers.base import Item, Limits, Reader, Reading, Source, Stream
from tidegate.readers.durations import seconds_of
from tidegate.readers.test_results.tally import Tally, first_line
from tidegate.readers.xml import Attributes, OnEnd, OnStart, XmlDocument, XmlFault, declared, feed, printable
from tidegate.readers.xml_root import root_of

_AGAIN = "Run the tests again with `--reporter xml::out=report.xml` and send the whole report."
_BAD = ("Exception", "FatalErrorCondition", "Failure")
_TOTALS = ("successes", "failures", "expectedFailures", "skips")
# An assertion whose failure counts for nothing: it is listed where all are (`--success`).
_NO_FAILURE = "CHECK_NOFAIL"


@dataclass(slots=True)
class _OpenCatch2Case:
    """A test case that has not ended: what it says of itself, and the first assertion that failed in it."""

    name: str
    file: str
    success: str | None = None
    skips: int = 0
    seconds: float | None = None
    failed: bool = False
    detail: str = ""

    def judge(self) -> tuple[Outcome, str]:
        """Settle how the case ended, and what is said of it where it did not pass."""
        if self.success is None:
            return Outcome.ERROR, "it did not come to its end"
        if self.success == "false":
            return Outcome.FAILED, self.detail or "it failed without a failed assertion"
        if self.success != "true":
            return Outcome.ERROR, f"success={printable(self.success)!r} is no known result"
        return (Outcome.SKIPPED if self.skips or self.failed else Outcome.PASSED), ""


class Catch2XmlRun(XmlDocument):
    """The counts of one report."""

    roots = frozenset({"Catch2TestRun", "Catch"})

    def __init__(self, limits: Limits, keep: bool) -> None:
        super().__init__()
        self.tally = Tally()
        self.items: list[Item] = []
        self.version = ""
        self.forgiven = 0  # cases that failed where they may
        self._keep = keep
        self._most = limits.max_text
        self._totals: dict[str, int] | None = None
        self._case: _OpenCatch2Case | None = None
        self._counts = True  # false inside an assertion whose failure counts for nothing
        self._hears = False
        self._text = ""

    def starts(self) -> dict[str, OnStart]:
        return dict.fromkeys(_BAD, self._goes_wrong) | {
            "Catch2TestRun": self._run_starts,
            "TestCase": self._case_starts,
            "Expression": self._expression_starts,
            "Original": self._listen,
            "OverallResult": self._result,
            "OverallResultsCases": self._run_ends,
        }

    def ends(self) -> dict[str, OnEnd]:
        return dict.fromkeys((*_BAD, "Original"), self._text_ends) | {
            "TestCase": self._case_ends,
            "Expression": self._expression_ends,
        }

    def _run_starts(self, attributes: Attributes) -> None:
        self.version = attributes.get("catch2-version", "")[:100]

    def _case_starts(self, attributes: Attributes) -> None:
        if self._case is not None:
            raise XmlFault("a test case inside a test case")
        self._case = _OpenCatch2Case(attributes.get("name", ""), attributes.get("filename", ""))

    def _expression_starts(self, attributes: Attributes) -> None:
        self._counts = attributes.get("type") != _NO_FAILURE
        if self._case is not None and attributes.get("success") != "true":
            self._case.failed = self._case.failed or self._counts
            self._hears = self._counts and not self._case.detail

    def _expression_ends(self) -> None:
        self._counts, self._hears = True, False

    def _goes_wrong(self, attributes: Attributes) -> None:
        if self._case is not None and self._counts:
            self._case.failed = True
            self._hears = not self._case.detail
            self._listen(attributes)

    def _listen(self, _: Attributes) -> None:
        if self._keep and self._hears:
            self._text = ""
            self.listen(self._hear)

    def _hear(self, text: str) -> None:
        if len(self._text) < self._most:
            self._text += text

    def _text_ends(self) -> None:
        if self._case is not None and self._hears and self._keep:
            self.listen(None)
            self._case.detail = first_line(self._text, self._most)
            self._hears = False

    def _result(self, attributes: Attributes) -> None:
        case = self._case
        if case is None:
            return
        if case.success not in (None, "true"):
            raise XmlFault("a test case with two results")
        case.success = attributes.get("success", "")
        case.skips = declared(attributes, "skips") or 0
        case.seconds = seconds_of(attributes.get("durationInSeconds", ""))

    def _case_ends(self) -> None:
        case, self._case = self._case, None
        if case is None:
            return
        outcome, detail = case.judge()
        self.forgiven += outcome is Outcome.SKIPPED and case.failed
        self.tally.add(outcome, case.seconds)
        if self._keep:
            most = self._most
            seconds = case.seconds or 0.0
            self.items.append(Case(case.file[:most], case.name[:most], outcome, seconds, detail))

    def _run_ends(self, attributes: Attributes) -> None:
        if self.depth() == 2:  # Catch2 2 counts its only group as well
            self._totals = {name: declared(attributes, name) or 0 for name in _TOTALS}

    def why_not(self) -> str | None:
        """Tell why this run is none; None where it did its work."""
        totals = self._totals
        if totals is None:
            return f"The report has no totals: the run did not come to its end. {_AGAIN}"
        for said, listed, what in (
            (sum(totals.values()), self.tally.total, "test cases"),
            (totals["failures"], self.tally.bad, "failed ones"),
            (totals["expectedFailures"], self.forgiven, "that failed where they may"),
        ):
            if said > listed:
                return f"The report declares {said} {what} but lists {listed}: results are missing. {_AGAIN}"
        return self.tally.why_nothing()


def _sniff(source: Source) -> bool:
    root = root_of(source)
    return root is not None and root.name in Catch2XmlRun.roots


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = Catch2XmlRun(limits, items)
    for _ in feed(source, limits, run):
        if run.items:
            yield from run.items
            run.items.clear()
    why_not = run.why_not()
    return Reading(
        "catch2-xml", Kind.TESTS, "catch2", run.tally.measures(), run.version, why_not is None, why_not
    )


READER = Reader(
    format="catch2-xml",
    title="Catch2 XML (Catch2 2 and 3)",
    kind=Kind.TESTS,
    source="https://github.com/catchorg/Catch2/blob/devel/docs/reporters.md",
    follows={
        "tool.ran": "False where the run has no totals, results are missing, or nothing was tested",
        "tests.total": "`<TestCase>` elements",
        "tests.passed": "test cases with `success` true, without a failed assertion and without `skips`",
        "tests.failed": "test cases with `success` false",
        "tests.errors": "test cases that did not come to their end, or with any other `success`",
        "tests.skipped": "test cases with `success` true and `skips`, or with assertions that failed",
        "tests.duration": "the sum of `durationInSeconds`; not measured without `--durations yes`",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "A case with `success` true whose assertions failed is one that may fail (`[!mayfail]`,"
            " `[!shouldfail]`): it counts as skipped, as an expected failure does elsewhere. `CHECK_NOFAIL`"
            " is no failure."
        ),
        (
            "What the run declares (`OverallResultsCases`: failures and expected ones too) may not be more"
            " than it lists."
        ),
        "A case's suite is the file that it stands in; sections are no cases.",
    ),
)
