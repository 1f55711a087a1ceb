"""xUnit.net XML: `assemblies` of xUnit.net 2 and 3, and the lone `assembly` of xUnit.net 1."""

from __future__ import annotations

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.own_times import first_end
from tidegate.readers.test_results.junit_words import ERROR, FAILED, SKIPPED
from tidegate.readers.test_results.suite_trees import FOLLOWS, PASSED, DeclaredTotals, SuiteTree
from tidegate.readers.xml import Attributes, OnEnd, OnStart, declared, feed, printable
from tidegate.readers.xml_root import root_of

_RESULTS = {"Pass": PASSED, "Skip": SKIPPED, "NotRun": SKIPPED, "Fail": FAILED}
_TOTALS = ("total", "failed", "errors", "skipped", "not-run")
# What an `<assembly>` of another format does not have.
_SIGNS = frozenset({"run-date", "test-framework", "total"})
_CHILDREN = frozenset({"collection", "class", "errors"})


class XUnitRun(SuiteTree):
    """The counts of one xUnit.net report."""

    roots = frozenset({"assemblies", "assembly"})
    has_total = False  # the open assembly

    def starts(self) -> dict[str, OnStart]:
        return {
            "assemblies": lambda _: self.open_suite("", DeclaredTotals(), counts=False),
            "assembly": self.assembly_starts,
            "collection": self.suite_starts,
            "class": self.suite_starts,
            "test": self.test_starts,
            "error": self.error_starts,
            "failure": self.fails,
            "message": self.text_starts,
            "reason": self.text_starts,
        }

    def ends(self) -> dict[str, OnEnd]:
        return {
            "assemblies": self.close_suite,
            "assembly": self.assembly_ends,
            "collection": self.close_suite,
            "class": self.close_suite,
            "test": self.close_case,
            "error": self.close_case,
            "message": self.text_ends,
            "reason": self.text_ends,
        }

    def assembly_starts(self, attributes: Attributes) -> None:
        self.tool_version = self.tool_version or attributes.get("test-framework", "").rpartition(" ")[2]
        began = f"{attributes.get('run-date')} {attributes.get('run-time')}"
        finish = attributes.get("finish-rtf")
        self.made_at = (
            first_end(self.made_at, finish, None)
            if finish
            else first_end(self.made_at, began, attributes.get("time"))
        )
        self.has_total = "total" in attributes
        self.suite_starts(attributes)

    def assembly_ends(self) -> None:
        """End an assembly; one among others that lists nothing and has no total was not run to its end.

        xUnit.net 2 leaves it so where it could not load it, or where its process ended before its tests did.
        """
        suite, runs = self.open_suites[-1], len(self.open_suites) > 1
        listed = (*self.counts, self.broken) != (*suite.counts, suite.broken)
        if runs and not listed and not self.has_total:
            self.shortfall = self.shortfall or (
                f"The assembly {printable(suite.name)!r} has neither tests nor totals: it was not loaded,"
                " or its run never ended. See what the runner says of it, and run all tests again."
            )
        self.close_suite()

    def suite_starts(self, attributes: Attributes) -> None:
        self.durations.note(attributes.get("time"))
        total = {name: declared(attributes, name) or 0 for name in _TOTALS}
        not_run = total["skipped"] + total["not-run"]
        totals = DeclaredTotals(total["total"], total["failed"], total["errors"], not_run)
        self.open_suite(attributes.get("name", ""), totals)

    def test_starts(self, attributes: Attributes) -> None:
        word = attributes.get("result", "")
        outcome = _RESULTS.get(word, ERROR)
        unknown = f"result={printable(word)!r} is no known result" if outcome == ERROR else ""
        suite = attributes.get("type") or self.open_suites[-1].name
        self.open_case(suite, attributes.get("name", ""), outcome, attributes.get("time", ""), unknown)

    def error_starts(self, attributes: Attributes) -> None:
        """Take what broke outside of any test: a clean-up, a fixture, the runner itself."""
        name = attributes.get("name") or attributes.get("type", "")
        self.open_case(self.open_suites[-1].name, name, ERROR, "", broken=True)

    def fails(self, attributes: Attributes) -> None:
        if not self.open_cases:
            self.open_suites[-1].apart = True  # a fixture of this class broke, whatever its tests say
        super().fails(attributes)


def _sniff(source: Source) -> bool:
    root = root_of(source)
    if root is None or root.name not in XUnitRun.roots:
        return False
    if root.name == "assemblies":
        return root.child in ("", "assembly")
    return root.child in _CHILDREN or not _SIGNS.isdisjoint(root.attributes)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = XUnitRun(limits, items)
    for _ in feed(source, limits, run):
        if run.items:
            yield from run.items
            run.items.clear()
    why_not = run.why_not()
    return Reading(
        "xunitnet",
        Kind.TESTS,
        "xunit.net",
        run.measures(),
        run.tool_version[:100],
        why_not is None,
        why_not,
        run.made_at,
    )


READER = Reader(
    format="xunitnet",
    title="xUnit.net XML (1 to 3)",
    kind=Kind.TESTS,
    source="https://xunit.net/docs/format-xml-v2",
    follows={
        "tool.ran": "False where results are missing, an assembly was not run, or nothing was tested",
        "tests.total": (
            "`<test>` elements, one for each `<error>` of an assembly, and one for each class whose fixture"
            " failed"
        ),
        "tests.failed": "tests with `result` Fail, and tests with a `<failure>` that claim something else",
        "tests.errors": (
            "`<error>` elements, `<failure>` directly in a class or collection, and tests with an unknown"
            " `result` or none"
        ),
        "tests.skipped": "tests with `result` Skip or NotRun, and"
        " those that are declared as skipped and not listed",
        "tests.suites": "`<assembly>`, `<collection>` and `<class>` elements",
        **FOLLOWS,
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "An `<error>` of an assembly (a clean-up, a fixture, the runner itself) counts as one case that"
            " broke, because the tests beside it may all have passed; a peer believes the declared total."
        ),
        "Each row of a theory is a test of its own, as in the declared totals, even where two have one name.",
        (
            "An assembly, collection or class that declares more tests, failures or errors than it lists has"
            " lost results, but for tests that it declares as skipped or not run: those count as skipped."
        ),
        (
            "An `<assembly>` beside others without tests, errors and a `total` was not run: xUnit.net 2"
            " leaves one empty that it could not load. One with `total='0'` has no tests."
        ),
        "xUnit.net 1 wrote durations with the comma of its machine's language: `0,288` is read as such.",
    ),
)
