"""Coverage of several reports as one: a union by source line, else the least that it can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from tidegate.domain.canonical import clean
from tidegate.domain.measures import Value
from tidegate.domain.source_lines import ABOUT, Counts, LineBranches, SourceFile, SourceLines, added, least
from tidegate.domain.source_names import (
    TooManyPairs,
    find_move,
    lines_agree,
    moved,
    perhaps_same,
    share_root,
    surely_agree,
)

_NAMED = 2  # reports in a note
_LONGEST = 120  # characters of a name in a note


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """One report that is to be joined: what it is called, what it measures, and its lines if it has them.

    One without a name is not mentioned in notes.
    """

    label: str
    values: Mapping[str, Value]
    lines: SourceLines | None


@dataclass(frozen=True, slots=True)
class JoinedCoverage:
    """What several reports measure together, and by what it may be too low.

    `notes` are sentences by what they concern: `lines`, `branches` or `functions`.
    """

    values: Mapping[str, Value]
    notes: Mapping[str, tuple[str, ...]]

    def notes_on(self, measures: Iterable[str]) -> tuple[str, ...]:
        """Return the notes that concern one of these measures."""
        about = dict.fromkeys(name.removeprefix("coverage.").partition("_")[0] for name in measures)
        found = (note for each in about for note in self.notes.get(each, ()))
        return tuple(dict.fromkeys(found))


def join_coverage(reports: Sequence[CoverageReport]) -> JoinedCoverage:
    """Join reports by source line; those without lines, and files of doubtful names, count at their least.

    A measure that a report does not give is left out of the values.
    """
    joinable = [report.lines for report in reports if report.lines is not None]
    sources = _Sources(joinable)
    notes: dict[str, list[str]] = {about: list(sources.notes(about)) for about in ABOUT}
    apart = [report for report in reports if report.lines is None]
    labels = [report.label for report in apart if report.label]
    if labels:
        named = ", ".join(labels[:_NAMED])
        more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
        for sentences in notes.values():
            sentences.append(
                f"The coverage of {named}{more} could not be joined with the rest by source line: the least"
                " that all can mean together is taken. Submit such a report again, or raise MAX_REPORT_LINES."
            )
    values: dict[str, Value] = {}
    for about in ABOUT:
        total, covered = f"coverage.{about}_total", f"coverage.{about}_covered"
        if all(total in report.values and covered in report.values for report in reports):
            counts = [sources.count(about)] if joinable else []
            counts += [(int(one.values[covered]), int(one.values[total])) for one in apart]
            values[covered], values[total] = least(counts)
    if all("coverage.files" in report.values for report in reports):
        most = max((int(report.values["coverage.files"]) for report in apart), default=0)
        values["coverage.files"] = max(most, sources.number_of_files())
    return JoinedCoverage(values, {about: tuple(found) for about, found in notes.items() if found})


def least_coverage(reports: Sequence[Mapping[str, Value]]) -> JoinedCoverage:
    """Return the least that reports can mean together of which nothing but counts is known."""
    return join_coverage([CoverageReport("several reports", values, None) for values in reports])


@dataclass(slots=True)
class _JoinedBranches:
    """What the reports say of one line's branches: by the branches' identity, and in numbers alone."""

    named: dict[tuple[int, int], int] = field(default_factory=dict)
    covered: int = 0
    total: int = 0
    voices: int = 0  # reports that know some as taken, and cannot tell which

    def add(self, branches: LineBranches) -> None:
        covered, total, identity, bits = branches
        if identity:
            self.named[total, identity] = self.named.get((total, identity), 0) | bits
        else:
            self.covered = max(self.covered, covered)
            self.voices += covered > 0
        self.total = max(self.total, total)

    def count(self) -> Counts:
        """Count the branches that were surely taken: the most that are known together."""
        return max(self.covered, *(bits.bit_count() for bits in self.named.values()), 0), self.total

    def is_doubtful(self) -> bool:
        """Tell whether more branches may have been taken than can be counted."""
        covered, total = self.count()
        return covered < total and self.voices + sum(map(bool, self.named.values())) > 1


@dataclass(slots=True)
class _Merged:
    """Mentions of one source file, merged."""

    lines: SourceFile
    reports: set[int] = field(default_factory=set)
    statements: int = 0
    branches: dict[int, _JoinedBranches] = field(default_factory=dict)
    functions: dict[str, dict[int, bool]] = field(default_factory=dict)  # by format: each names its own way
    unlisted: dict[str, list[Counts]] = field(default_factory=dict)

    def add(self, file: SourceFile, format: str, reports: Iterable[int]) -> None:
        """Add what one report says of the file."""
        mine = self.lines
        self.reports.update(reports)
        self.statements = max(self.statements, file.lines.bit_count() - file.extra)
        mine.lines, mine.hits, mine.extra = (
            mine.lines | file.lines,
            mine.hits | file.hits,
            mine.extra + file.extra,
        )
        for line, branches in file.branches.items():
            self.branches.setdefault(line, _JoinedBranches()).add(branches)
        if file.functions:
            known = self.functions.setdefault(format, {})
            for key, called in file.functions.items():
                known[key] = called or known.get(key, False)
        for about, counts in file.unlisted.items():
            self.unlisted.setdefault(about, []).append(counts)

    def is_same(self, file: SourceFile, format: str, *, rooted: bool) -> bool:
        """Tell whether a file of this name is surely this one; `rooted` where both reports share their root.

        Elsewhere each of two packages may have a short file of that name: its lines and functions tell.
        """
        if rooted:
            return lines_agree(file, self.lines)
        known = self.functions.get(format, {})
        others = bool(known and file.functions) and not known.keys() & file.functions.keys()
        return surely_agree(file, self.lines) and not others

    def count(self, about: str) -> Counts:
        """Count what is covered, at the least where more is not known."""
        counts = {"lines": self._lines, "branches": self._branches, "functions": self._functions}[about]()
        return added((counts, least(self.unlisted.get(about, ()))))

    def _lines(self) -> Counts:
        mine = self.lines
        missed = (mine.lines & ~mine.hits).bit_count()
        # What is listed as hit and does not count cannot be distinguished from the rest, its number can.
        total = (
            max(self.statements, mine.lines.bit_count() - mine.extra)
            if mine.extra
            else mine.lines.bit_count()
        )
        return total - missed, total

    def _branches(self) -> Counts:
        return added(branches.count() for branches in self.branches.values())

    def _functions(self) -> Counts:
        return least((sum(known.values()), len(known)) for known in self.functions.values())


class _Sources:
    """The source files of several reports, joined by their names."""

    def __init__(self, reports: Sequence[SourceLines]) -> None:
        self._files: list[_Merged] = []
        self._by_name: dict[str, list[int]] = {}  # one name, several files: their lines do not agree
        self._same: list[int] = []  # for each file, one that it may be the same as
        self._bases: list[dict[str, SourceFile]] = []  # names that are written from the same folder
        self._examples: list[tuple[str, str]] = []
        self._unlisted = [report.unlisted for report in reports]
        for number, report in enumerate(reports):
            self._add(number, report)
        self._classes = self._grouped()

    def count(self, about: str) -> Counts:
        """Count covered and total over all files."""
        whole = added(self._count_class(members, about) for members in self._classes)
        return added((whole, least(one[about] for one in self._unlisted if about in one)))

    def number_of_files(self) -> int:
        """Count the files that are surely different, as far as one report tells."""
        return sum(max(self._added_by_report(members, repeat(1)).values()) for members in self._classes)

    def notes(self, about: str) -> Iterator[str]:
        """Say by what a count may be too low."""
        if self._examples:
            first, second = min(self._examples)
            others = len(self._examples) - 1
            more = f", and so may {others} more {'pair' if others == 1 else 'pairs'}" if others else ""
            yield (
                f"{_brief(first)} and {_brief(second)} may be one source file or two{more}: the lower"
                " reading counts. Let every report name files from the repository's root."
            )
        if about == "branches":
            doubtful = sum(one.is_doubtful() for file in self._files for one in file.branches.values())
            if doubtful:
                yield (
                    f"For {doubtful} lines reports count the branches taken and do not name them: the"
                    " highest count of one report is used. LCOV and coverage.py's JSON name them."
                )
        if about == "functions" and any(len(file.functions) > 1 for file in self._files):
            yield "Reports of several formats name functions differently: the most of one format counts."
        if len([one for one in self._unlisted if about in one]) > 1 or any(
            len(file.unlisted.get(about, ())) > 1 for file in self._files
        ):
            yield (f"Reports declare {about} that they do not list: the lowest reading counts.")

    def _add(self, number: int, report: SourceLines) -> None:
        files = report.files
        home = self._base_of(files)
        if home is None:
            for base in self._bases:
                move = self._move(files, base)
                if move is not None:
                    files = {moved(name, move): file for name, file in files.items()}
                    home = base
                    break
        rooted = home is not None and share_root(files, home)
        for name, file in files.items():
            self._add_file(name, file, report.format, number, rooted=rooted)
        for base in self._bases:
            if base is not home:
                self._doubt(files, base)
        if home is None:
            self._bases.append(dict(files))
        else:
            home.update((name, file) for name, file in files.items() if name not in home)

    def _base_of(self, files: Mapping[str, SourceFile]) -> dict[str, SourceFile] | None:
        for base in self._bases:
            if any(name in base and surely_agree(file, base[name]) for name, file in files.items()):
                return base
        return None

    @staticmethod
    def _move(files: Mapping[str, SourceFile], base: Mapping[str, SourceFile]) -> tuple[str, str] | None:
        try:
            return find_move(files, base)
        except TooManyPairs:
            return None

    def _add_file(self, name: str, file: SourceFile, format: str, number: int, *, rooted: bool) -> None:
        known = self._by_name.setdefault(name, [])
        for place in known:
            if self._files[place].is_same(file, format, rooted=rooted):
                self._files[place].add(file, format, (number,))
                return
        place = len(self._files)
        self._files.append(_Merged(SourceFile()))
        self._files[place].add(file, format, (number,))
        self._same.append(place)
        if known:
            self._unite(known[0], place, name, name)
        known.append(place)

    def _doubt(self, files: Iterable[str], base: Iterable[str]) -> None:
        """Note which files of a report may be files of another that names them from elsewhere."""
        try:
            pairs = list(perhaps_same(files, base))
        except TooManyPairs:
            everything = [*files, *base]
            pairs = [(everything[0], name) for name in everything[1:]]
        for one, other in pairs:
            first, second = self._by_name[one][0], self._by_name[other][0]
            if lines_agree(self._files[first].lines, self._files[second].lines):
                self._unite(first, second, one, other)

    def _unite(self, one: int, other: int, *names: str) -> None:
        first, second = self._find(one), self._find(other)
        if first != second:
            self._same[second] = first
            self._examples.append((min(names), max(names)))

    def _find(self, place: int) -> int:
        while self._same[place] != place:
            self._same[place] = self._same[self._same[place]]
            place = self._same[place]
        return place

    def _grouped(self) -> list[list[int]]:
        classes: dict[int, list[int]] = {}
        for place in range(len(self._files)):
            classes.setdefault(self._find(place), []).append(place)
        return list(classes.values())

    def _count_class(self, members: Sequence[int], about: str) -> Counts:
        """Count files that may be one: covered as if they were, missed as if they were not."""
        if len(members) == 1:
            return self._files[members[0]].count(about)
        files = [self._files[place] for place in members]
        counts = [file.count(about) for file in files]
        # Names of one report are files of their own.
        covered = max(self._added_by_report(members, [one for one, _ in counts]).values())
        if about == "lines":
            together = 0
            for file in files:
                together |= file.lines.hits
            covered = max(covered, together.bit_count() - sum(file.lines.extra for file in files))
        missed = sum(total - one for one, total in counts)
        return covered, covered + missed

    def _added_by_report(self, members: Sequence[int], amounts: Iterable[int]) -> Counter[int]:
        found: Counter[int] = Counter()
        for place, amount in zip(members, amounts, strict=False):
            for number in self._files[place].reports:
                found[number] += amount
        return found


def _brief(name: str) -> str:
    name = clean(name)
    return name if len(name) <= _LONGEST else f"…{name[-_LONGEST:]}"
