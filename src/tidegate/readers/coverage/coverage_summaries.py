"""Coverage summaries: what a tool counted of each source file and of all, held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tidegate.domain.measures import Value
from tidegate.domain.source_lines import ABOUT, Counts, SourceFile, SourceLines, added
from tidegate.domain.source_names import source_name
from tidegate.readers.coverage.union import counted


@dataclass(frozen=True, slots=True)
class Share:
    """What a summary says of lines, branches or functions: covered, total and, if given, per cent."""

    covered: int
    total: int
    percent: float | None = None


@dataclass(slots=True)
class CoverageSummary:
    """The shares of each file and of all files; `rounding` is by how much a percentage may be off."""

    totals: Mapping[str, Share]
    rounding: float
    files: Mapping[str, Mapping[str, Share]]

    def measures(self) -> dict[str, Value]:
        """Give the values of all files; what the summary does not count is left out."""
        values: dict[str, Value] = {"coverage.files": len(self.files)}
        for about, share in self.totals.items():
            values |= counted(about, (share.covered, share.total))
        return values

    def why_not(self, remake: str) -> str | None:
        """Tell why the summary measures nothing or contradicts itself; None where it is whole."""
        if not self.files:
            return "The summary lists no file: no coverage was measured."
        if not self.totals["lines"].total:
            return "The summary counts no line: no coverage was measured."
        fault = next(self._faults(), None)
        return fault and f"{fault}: the report was edited or is damaged. Make it again with {remake}."

    def source_lines(self, format: str) -> SourceLines:
        """Return the files, of which nothing but counts is known."""
        files = {
            source_name(name): SourceFile(
                unlisted={
                    about: (share.covered, share.total) for about, share in shares.items() if share.total
                }
            )
            for name, shares in self.files.items()
        }
        return SourceLines(format, files)

    def _faults(self) -> Iterator[str]:
        for name, shares in (*self.files.items(), ("the total", self.totals)):
            for about, share in shares.items():
                if share.covered > share.total:
                    yield f"{name[:60]} has {share.covered} covered of {share.total} {about}"
                if share.total and share.percent is not None:
                    percent = 100 * share.covered / share.total
                    if abs(percent - share.percent) > self.rounding:
                        yield f"{name[:60]} has {share.percent} % of {about}, its counts give {percent:.2f} %"
        for about in ABOUT:
            if about in self.totals:
                total = self.totals[about]
                listed: Counts = added(
                    (each[about].covered, each[about].total) for each in self.files.values() if about in each
                )
                if listed != (total.covered, total.total):
                    yield (
                        f"the total is {total.covered} of {total.total} {about}, and the files add up to"
                        f" {listed[0]} of {listed[1]}"
                    )
