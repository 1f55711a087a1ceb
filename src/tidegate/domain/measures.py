"""Every measure there is: its name, type, meaning, and how several reports' values become one."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = "bool | int | float"


class Kind(StrEnum):
    """What a report is evidence of."""

    TESTS = "tests"
    COVERAGE = "coverage"
    LINT = "lint"
    TYPES = "types"
    SAST = "sast"
    DEPENDENCIES = "dependencies"
    SECRETS = "secrets"
    SBOM = "sbom"
    PROVENANCE = "provenance"
    ANALYSIS = "analysis"  # findings of tools of which nobody said what they look for


class Better(StrEnum):
    """Which direction of a measure is the good one; `NEITHER` for plain volumes."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


class Combine(StrEnum):
    """How the values of several reports of one rule become one value."""

    SUM = "sum"
    UNION = "union"
    ALL = "all"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Measure:
    """The declaration of one measure.

    A `UNION` counts what several reports list once (`tidegate.domain.coverage_union`). A `RATIO` is never
    read from a report: it is `over[0] / over[1]`, computed after both were combined, and is not measured at
    all where the denominator is zero. Its unit is 1 (a rate of 0.93 is 93 %).
    """

    name: str
    type: type[bool] | type[int] | type[float]
    meaning: str
    better: Better
    kinds: frozenset[Kind]
    combine: Combine = Combine.SUM
    over: tuple[str, str] | None = None


_EVERY = frozenset(Kind)
_TESTS = frozenset({Kind.TESTS})
_COVERAGE = frozenset({Kind.COVERAGE})
_FINDINGS = frozenset(
    {Kind.LINT, Kind.TYPES, Kind.SAST, Kind.SECRETS, Kind.DEPENDENCIES, Kind.SBOM, Kind.ANALYSIS}
)
_DEPENDENCIES = frozenset({Kind.DEPENDENCIES})
_SBOM = frozenset({Kind.SBOM})
_PROVENANCE = frozenset({Kind.PROVENANCE})


def _count(name: str, meaning: str, better: Better, kinds: frozenset[Kind]) -> Measure:
    return Measure(name, int, meaning, better, kinds)


def _covered(name: str, meaning: str, better: Better) -> Measure:
    return Measure(f"coverage.{name}", int, meaning, better, _COVERAGE, Combine.UNION)


def _rate(name: str, meaning: str, kinds: frozenset[Kind], over: tuple[str, str]) -> Measure:
    return Measure(name, float, meaning, Better.HIGHER, kinds, Combine.RATIO, over)


MEASURES: tuple[Measure, ...] = (
    Measure(
        "tool.ran",
        bool,
        "Every tool whose report counts says that it did its work.",
        Better.HIGHER,
        _EVERY,
        Combine.ALL,
    ),
    _count("tests.total", "Test cases listed, run or not.", Better.NEITHER, _TESTS),
    _count("tests.passed", "Test cases that ran and passed.", Better.HIGHER, _TESTS),
    _count("tests.failed", "Test cases whose assertion failed.", Better.LOWER, _TESTS),
    _count(
        "tests.errors",
        "Test cases or suites that broke outside an assertion.",
        Better.LOWER,
        _TESTS,
    ),
    _count("tests.skipped", "Test cases that did not run.", Better.LOWER, _TESTS),
    _count("tests.flaky", "Test cases that passed only after a failed try.", Better.LOWER, _TESTS),
    _count("tests.suites", "Test suites listed, nested ones included.", Better.NEITHER, _TESTS),
    Measure("tests.duration", float, "Seconds that the cases took.", Better.LOWER, _TESTS),
    _rate(
        "tests.pass_rate",
        "Share of the listed cases that passed; a skipped case did not pass.",
        _TESTS,
        ("tests.passed", "tests.total"),
    ),
    _covered("lines_total", "Lines that could be covered.", Better.NEITHER),
    _covered("lines_covered", "Lines that were covered.", Better.HIGHER),
    _rate(
        "coverage.line_rate",
        "Covered lines over coverable lines.",
        _COVERAGE,
        ("coverage.lines_covered", "coverage.lines_total"),
    ),
    _covered("branches_total", "Branches that could be taken.", Better.NEITHER),
    _covered("branches_covered", "Branches that were taken.", Better.HIGHER),
    _rate(
        "coverage.branch_rate",
        "Taken branches over branches.",
        _COVERAGE,
        ("coverage.branches_covered", "coverage.branches_total"),
    ),
    _covered("functions_total", "Functions that could be called.", Better.NEITHER),
    _covered("functions_covered", "Functions that were called.", Better.HIGHER),
    _rate(
        "coverage.function_rate",
        "Called functions over functions.",
        _COVERAGE,
        ("coverage.functions_covered", "coverage.functions_total"),
    ),
    _covered("files", "Source files in the report.", Better.NEITHER),
    _count("findings.total", "Findings that count: suppressed ones do not.", Better.LOWER, _FINDINGS),
    _count("findings.critical", "Findings rated critical.", Better.LOWER, _FINDINGS),
    _count("findings.high", "Findings rated high.", Better.LOWER, _FINDINGS),
    _count("findings.medium", "Findings rated medium.", Better.LOWER, _FINDINGS),
    _count("findings.low", "Findings rated low.", Better.LOWER, _FINDINGS),
    _count("findings.info", "Findings that are remarks.", Better.LOWER, _FINDINGS),
    _count(
        "findings.unrated",
        "Findings to which the report gives no severity.",
        Better.LOWER,
        _FINDINGS,
    ),
    _count(
        "findings.suppressed",
        "Findings that the report marks as suppressed.",
        Better.LOWER,
        _FINDINGS,
    ),
    _count("findings.new.total", "Findings that the baseline does not have.", Better.LOWER, _FINDINGS),
    _count("findings.new.critical", "New findings rated critical.", Better.LOWER, _FINDINGS),
    _count("findings.new.high", "New findings rated high.", Better.LOWER, _FINDINGS),
    _count("findings.new.medium", "New findings rated medium.", Better.LOWER, _FINDINGS),
    _count("findings.new.low", "New findings rated low.", Better.LOWER, _FINDINGS),
    _count("findings.new.info", "New findings that are remarks.", Better.LOWER, _FINDINGS),
    _count("findings.new.unrated", "New findings without a severity.", Better.LOWER, _FINDINGS),
    _count("dependencies.total", "Packages that were looked at.", Better.NEITHER, _DEPENDENCIES),
    _count("dependencies.skipped", "Packages that could not be looked at.", Better.LOWER, _DEPENDENCIES),
    _count("dependencies.vulnerable", "Packages with a finding.", Better.LOWER, _DEPENDENCIES),
    _count("sbom.components", "Components listed, nested ones included.", Better.NEITHER, _SBOM),
    _count("sbom.versioned", "Components with a version.", Better.HIGHER, _SBOM),
    _count("sbom.identified", "Components with a package URL or CPE.", Better.HIGHER, _SBOM),
    _count("sbom.licensed", "Components with a licence.", Better.HIGHER, _SBOM),
    _count("sbom.hashed", "Components with a digest.", Better.HIGHER, _SBOM),
    _count(
        "provenance.subjects", "Artifacts that were built, named by a digest.", Better.HIGHER, _PROVENANCE
    ),
    _count(
        "provenance.materials",
        "What a build was made of: sources and tools that are named by a digest.",
        Better.HIGHER,
        _PROVENANCE,
    ),
    _count(
        "provenance.unpinned",
        "What a build was made of and no digest names, so that it can be something else next time.",
        Better.LOWER,
        _PROVENANCE,
    ),
)

BY_NAME: Mapping[str, Measure] = {measure.name: measure for measure in MEASURES}


def with_parts(names: Iterable[str]) -> tuple[Measure, ...]:
    """Return the declarations of these measures and of the counts behind their ratios, in declared order."""
    wanted = {BY_NAME[name] for name in names}
    wanted |= {BY_NAME[part] for measure in wanted for part in measure.over or ()}
    return tuple(measure for measure in MEASURES if measure in wanted)


def combine(
    reports: Iterable[tuple[Kind, Mapping[str, Value]]],
    wanted: Sequence[Measure] = MEASURES,
    union: Mapping[str, Value] | None = None,
) -> dict[str, Value]:
    """Make one set of values of those of several reports; their order does not matter.

    A measure is taken over the reports of the kinds that it is declared for. Where one of those lacks it,
    it is left out of the result: half a sum is not a sum. Ratios are computed from the sums, and left out
    where there is nothing to divide by. `wanted` narrows the work to the measures that matter (`with_parts`).
    `union` holds the values of the measures that are no sums; only one report of their kind needs none.
    """
    return Totals().with_reports(reports).values(wanted, union)


class Totals:
    """What reports measure together, to which others can be added: their order does not matter."""

    __slots__ = ("_counted", "_reports", "_sums", "_terms")

    def __init__(self) -> None:
        self._reports: dict[Kind, int] = {}
        self._counted: dict[tuple[Kind, str], int] = {}
        self._sums: dict[tuple[Kind, str], int] = {}
        # The last digit of a sum of floats depends on the order, so they are kept, the smallest first.
        self._terms: dict[tuple[Kind, str], list[Value]] = {}

    def with_reports(self, reports: Iterable[tuple[Kind, Mapping[str, Value]]]) -> Totals:
        """Return these totals with reports added."""
        new = Totals()
        new._reports, new._counted, new._sums = dict(self._reports), dict(self._counted), dict(self._sums)
        new._terms = {place: list(terms) for place, terms in self._terms.items()}
        for kind, values in reports:
            new._reports[kind] = new._reports.get(kind, 0) + 1
            for name, value in values.items():
                measure, place = BY_NAME.get(name), (kind, name)
                if measure is None or kind not in measure.kinds:
                    continue
                new._counted[place] = new._counted.get(place, 0) + 1
                if measure.type is float:
                    insort(new._terms.setdefault(place, []), value)
                else:
                    new._sums[place] = new._sums.get(place, 0) + int(value)
        return new

    def values(self, wanted: Sequence[Measure], union: Mapping[str, Value] | None) -> dict[str, Value]:
        """Return the values; see `combine`."""
        result: dict[str, Value] = {}
        for measure in wanted:
            if measure.over is not None:
                covered, total = (result.get(name) for name in measure.over)
                if covered is not None and total:
                    result[measure.name] = covered / total
            elif (value := self._value(measure, union)) is not None:
                result[measure.name] = value
        return result

    def _value(self, measure: Measure, union: Mapping[str, Value] | None) -> Value | None:
        places = [(kind, measure.name) for kind in self._reports if kind in measure.kinds]
        counted = sum([self._counted.get(place, 0) for place in places])
        if not counted or counted != sum([self._reports[kind] for kind, _ in places]):
            return None
        if measure.type is float:
            return sum(sorted([term for place in places for term in self._terms[place]]))
        total = sum([self._sums[place] for place in places])
        if measure.combine is Combine.ALL:
            return total == counted
        if measure.combine is Combine.UNION and counted > 1:
            return None if union is None else union.get(measure.name)
        return total
