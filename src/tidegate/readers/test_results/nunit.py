"""NUnit XML: `test-results` of NUnit 2, `test-run` of NUnit 3, also as Unity, Pester and Jest write them."""

from __future__ import annotations

import re
from functools import lru_cache

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.own_times import first_end
from tidegate.readers.test_results.junit_words import ERROR, FAILED, SKIPPED
from tidegate.readers.test_results.suite_trees import FOLLOWS, PASSED, DeclaredTotals, SuiteTree
from tidegate.readers.xml import Attributes, OnEnd, OnStart, declared, feed, printable
from tidegate.readers.xml_root import root_of

# NUnit 3: Passed, Failed, Warning, Inconclusive, Skipped. NUnit 2 from 2.5 on: the others.
_RESULTS = {
    "passed": PASSED,
    "success": PASSED,
    "skipped": SKIPPED,
    "ignored": SKIPPED,
    "explicit": SKIPPED,
    "inconclusive": SKIPPED,
    "warning": SKIPPED,
    "failed": FAILED,
    "failure": FAILED,
    "error": ERROR,
    "notrunnable": ERROR,
    "cancelled": ERROR,
}
_WORD = re.compile(r"(\w+)(?:[:(][\w:()]*)?")  # Unity writes `Failed(Child)` and `Failed:Error`
_TOTALS = ("total", "failed", "failures", "errors", "invalid", "not-run", "ignored", "skipped")
_WRITERS = {"Pester": "pester", "jest results": "jest"}  # what others call a report of theirs
_TELLING = frozenset({"result", "success", "executed", "runstate"})


def outcome_of(attributes: Attributes) -> tuple[int, str]:
    """Give the outcome in the attributes of a case or suite, and what is said where they tell none."""
    return _outcome(attributes.get("result"), attributes.get("success", ""), attributes.get("executed", ""))


@lru_cache(maxsize=256)  # thousands of cases say the same
def _outcome(word: str | None, success: str, executed: str) -> tuple[int, str]:
    success, executed = success.strip().lower(), executed.strip().lower()
    if word is not None:
        found = _WORD.fullmatch(word.strip())
        outcome = _RESULTS.get(found[1].lower() if found else "")
        if outcome is None:
            return ERROR, f"result={printable(word)!r} is no known result"
        if outcome == PASSED and (success not in ("", "true") or executed not in ("", "true")):
            return ERROR, f"result={printable(word)!r} contradicts `success` or `executed`"
        return outcome, ""
    if executed == "false":
        return SKIPPED, ""
    if executed in ("", "true") and success in ("true", "false"):
        return (PASSED if success == "true" else FAILED), ""
    return ERROR, "neither `result` nor `success` says how it ended"


class NUnitRun(SuiteTree):
    """The counts of one NUnit report."""

    roots = frozenset({"test-run", "test-results", "test-suite"})

    def __init__(self, limits: Limits, keep: bool) -> None:
        super().__init__(limits, keep)
        self.tool = "nunit"
        self.cancelled = False
        self.partition = ""

    def starts(self) -> dict[str, OnStart]:
        return {
            "test-run": self.run_starts,
            "test-results": self.run_starts,
            "test-suite": self.suite_starts,
            "test-case": self.case_starts,
            "failure": self.fails,
            "assertion": self.asserts,
            "message": self.text_starts,
            "partition": lambda _: self.hear_text(),
            "environment": self.knows_version,
        }

    def ends(self) -> dict[str, OnEnd]:
        return {
            "test-run": self.close_suite,
            "test-results": self.close_suite,
            "test-suite": self.close_suite,
            "test-case": self.close_case,
            "message": self.text_ends,
            "partition": self.partition_ends,
        }

    def partition_ends(self) -> None:
        """Note the part of the tests that the run was asked for, as `2/3` or `2/3:fixture`."""
        heard = self.heard().strip()
        whole = heard.partition(":")[0] == "1/1"
        self.partition = self.partition or ("" if whole else printable(heard or "?"))

    def run_starts(self, attributes: Attributes) -> None:
        self.tool = _WRITERS.get(attributes.get("name", ""), self.tool)
        self.tool_version = self.tool_version or attributes.get("engine-version", "")
        self._open(attributes, counts=False)

    def suite_starts(self, attributes: Attributes) -> None:
        self._open(attributes, counts=True)

    def _open(self, attributes: Attributes, *, counts: bool) -> None:
        if not self.open_suites or attributes.get("type") == "Assembly":
            end = attributes.get("end-time") or f"{attributes.get('date')} {attributes.get('time')}"
            self.made_at = first_end(self.made_at, end, None)
        total = {name: declared(attributes, name) or 0 for name in _TOTALS}
        bad = total["failed"] + total["failures"] + total["errors"] + total["invalid"]
        skipped = max(total["not-run"], total["ignored"] + total["skipped"])
        outcome = PASSED if _TELLING.isdisjoint(attributes) else outcome_of(attributes)[0]
        self._note_cancelled(attributes)
        site = attributes.get("site")
        self.open_suite(
            attributes.get("fullname") or attributes.get("name", ""),
            DeclaredTotals(total["total"], bad, skipped=skipped),
            failed=outcome >= FAILED,
            apart=site == "TearDown" and outcome >= FAILED,
            excused=site == "Parent" and any(suite.failed for suite in self.open_suites),
            counts=counts,
        )

    def case_starts(self, attributes: Attributes) -> None:
        outcome, unknown = outcome_of(attributes)
        if outcome >= FAILED:
            self._note_cancelled(attributes)
        suite = attributes.get("classname") or self.open_suites[-1].name
        time = attributes.get("duration") or attributes.get("time") or ""
        self.open_case(suite, attributes.get("name", ""), outcome, time, unknown)

    def _note_cancelled(self, attributes: Attributes) -> None:
        self.cancelled = self.cancelled or attributes.get("label", "").startswith("Cancelled")

    def asserts(self, attributes: Attributes) -> None:
        if attributes.get("result") in ("Failed", "Error"):
            self.fails(attributes)

    def knows_version(self, attributes: Attributes) -> None:
        if self.tool == "nunit":
            version = attributes.get("framework-version") or attributes.get("nunit-version") or ""
            self.tool_version = version or self.tool_version

    def why_not(self) -> str | None:
        if self.partition:
            return (
                f"The report is of a part of the tests alone (partition {self.partition}): the others are in"
                " the reports of other runs. Run all in one, without `partition` in `--where`."
            )
        if self.cancelled:
            return "The report says that the run was cancelled: tests did not run. Run all of them again."
        return super().why_not()


def _sniff(source: Source) -> bool:
    root = root_of(source)
    if root is None:
        return False
    if root.name not in NUnitRun.roots:
        # A DOCTYPE that declares entities may be named as it likes: the reader then refuses it by its reason.
        return b"<!ENTITY" in source.head and b"<test-results" in source.head
    # Others write a root `test-suite` too.
    return root.name != "test-suite" or not _TELLING.isdisjoint(root.attributes)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = NUnitRun(limits, items)
    for _ in feed(source, limits, run):
        if run.items:
            yield from run.items
            run.items.clear()
    why_not = run.why_not()
    return Reading(
        "nunit",
        Kind.TESTS,
        run.tool,
        run.measures(),
        run.tool_version[:100],
        why_not is None,
        why_not,
        run.made_at,
    )


READER = Reader(
    format="nunit",
    title="NUnit XML (NUnit 2 and 3)",
    kind=Kind.TESTS,
    source="https://docs.nunit.org/articles/nunit/technical-notes/usage/Test-Result-XML-Format.html",
    follows={
        "tool.ran": (
            "False where results are missing, nothing was tested, the run was cancelled, or was of a"
            " `partition` of the tests"
        ),
        "tests.total": "`<test-case>` elements at any depth, and one for each suite that failed by itself",
        "tests.failed": (
            "cases with `result` Failed or Failure, or `success` False, and cases with a `<failure>` or a"
            " failed `<assertion>` that claim to have passed or not to have run"
        ),
        "tests.errors": (
            "cases with `result` Error, NotRunnable or Cancelled, with an unknown word or none, and suites"
            " that failed by themselves"
        ),
        "tests.skipped": (
            "cases with `result` Skipped, Ignored, Explicit, Inconclusive or Warning, or `executed` False,"
            " and those that are declared as skipped and not listed"
        ),
        "tests.suites": "`<test-suite>` elements, nested ones included",
        **FOLLOWS,
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "NUnit 3 calls each failed test `Failed` and tells in a label whether it broke (`Error`) or could"
            " not be called (`Invalid`): all of them count as failed, as in its own totals. NUnit 2 has the"
            " word `Error` for that, which counts as an error."
        ),
        (
            "`NotRunnable` of NUnit 2 is a test whose code is wrong: it counts as an error, because NUnit's"
            " exit code counts it; peers skip it."
        ),
        (
            "`Inconclusive` says neither that a test passed nor that it failed, and the adapter for"
            " `dotnet test` skips a `Warning`: both count as skipped, so neither passed."
        ),
        (
            "A suite that says it failed, and in which no case did, is one more case that broke, as are those"
            " that failed in their tear-down, a theory without a conclusive case, and an assembly that could"
            " not be loaded."
        ),
        (
            "A case that neither `result` nor `success` tells of is an error, although it was `executed`: the"
            " list of tests that `--explore` writes looks alike. Peers let it pass, and `success='Turue'`."
        ),
        (
            "A run or suite that declares more tests (`total`), or more failed, broken and invalid ones, than"
            " it lists has lost results, but for cases that it declares as skipped: Jest's reporter does not"
            " list those, and they count as skipped. Writers of NUnit 2 count them in `total` or beside it."
        ),
    ),
)
