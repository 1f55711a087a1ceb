"""What a report names: the findings and failing cases, so many of each kind, with the count of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.domain.findings import Case, Counts, Finding, ItemGroup, Outcome
from tidegate.readers.base import Item


@dataclass(frozen=True, slots=True)
class ReportItems:
    """What a report names: cases that failed, findings, and how many of each group are not among them."""

    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]
    left_out: Mapping[ItemGroup, int]

    @property
    def more(self) -> int:
        """How many items are not listed."""
        return sum(self.left_out.values())

    @property
    def left_out_by_name(self) -> Mapping[str, int]:
        """Say of each severity and outcome how many are not listed, of suppressed findings as well."""
        return {str(group or "suppressed"): count for group, count in self.left_out.items()}


class ItemCollector:
    """Keeps findings and the cases that did not pass: so many of each severity, outcome, and of suppressed.

    `most` of None keeps all, 0 none; what is left out is counted. What a baseline holds does not take the
    places of what it does not hold: a new finding may come after a thousand known ones.
    """

    def __init__(self, most: int | None, baseline: Counts | None = None) -> None:
        self._most = most
        self._baseline = baseline or {}
        self._kept: Counter[tuple[ItemGroup, bool]] = Counter()
        self._findings: list[Finding] = []
        self._cases: list[Case] = []
        self._left_out: Counter[ItemGroup] = Counter()

    def add(self, item: Item) -> None:
        """Keep an item if it is worth naming and there is room."""
        group = _group(item)
        if group in (Outcome.PASSED, Outcome.SKIPPED):
            return
        place = group, self._is_known(item)
        if self._most is not None and self._kept[place] >= self._most:
            self._left_out[group] += 1
            return
        self._kept[place] += 1
        if isinstance(item, Case):
            self._cases.append(item)
        else:
            self._findings.append(item)

    def items(self) -> ReportItems:
        """Return what was kept, in the report's order."""
        return ReportItems(tuple(self._cases), tuple(self._findings), dict(self._left_out))

    def _is_known(self, item: Item) -> bool:
        return isinstance(item, Finding) and item.key in self._baseline.get(item.severity, ())


def _group(item: Item) -> ItemGroup:
    if isinstance(item, Case):
        return item.outcome
    return None if item.suppressed else item.severity
