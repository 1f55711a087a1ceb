"""What a verdict's page names of the reports behind it: the first failing tests and findings of each rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from markupsafe import escape

from tidegate.domain.asked_items import (
    MOST_NAMED,
    ReportSummary,
    asked_items,
    counts_items,
    counts_only_new,
    tools_asked,
)
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.records import StoredEvidence
from tidegate.domain.shown_verdicts import ShownRule, ShownVerdict
from tidegate.kernel.http.use import use
from tidegate.modules.evidence.service import EvidenceService
from tidegate.modules.gates.service import GateService, load_gate

MOST_READ, LARGEST_READ = 4, 128 * 1024
"""How many reports are read again for a page, and up to how many bytes each: some milliseconds in all."""
_LONGEST, _ROOM, _ROW = 300, 10_000, 40


@dataclass(frozen=True, slots=True)
class NamedItems:
    """What one rule is about: lines to show, how many more there are, and the reports that were not read."""

    lines: tuple[str, ...]
    more: int
    unread: tuple[StoredEvidence, ...]
    only_new: bool


def named_items(verdict: ShownVerdict, reports: Mapping[str, StoredEvidence]) -> Mapping[str, NamedItems]:
    """Name by rule what those that fail on tests and findings are about; large reports are left to links.

    So are findings that are new to a baseline: telling them takes what was kept of the baseline's reports.
    """
    asking = [rule for rule in verdict.rules if counts_items(rule)]
    wanted = [digest for rule in asking if not counts_only_new(rule) for digest in rule.evidence]
    read = dict(_read(reports[one] for one in dict.fromkeys(wanted) if one in reports))
    if shared := [digest for digest in read if reports[digest].facts.runs]:
        gate = load_gate(use(GateService).version(verdict.gate_digest).canonical)
        for digest in shared:
            read[digest] = replace(read[digest], asked=tools_asked(gate, reports[digest].facts.runs))
    room, named = _ROOM, {}
    for rule in asking:
        found = _of_rule(rule, reports, read, room)
        room -= sum(_ROW + len(escape(line).encode()) for line in found.lines)
        named[rule.rule] = found
    return named


def _of_rule(
    rule: ShownRule,
    reports: Mapping[str, StoredEvidence],
    read: Mapping[str, ReportSummary],
    room: int,
) -> NamedItems:
    only_new = counts_only_new(rule)
    given = () if only_new else tuple(read[digest] for digest in rule.evidence if digest in read)
    asked = asked_items(rule, given, MOST_NAMED)
    every = [line if len(line) <= _LONGEST else line[:_LONGEST] + "…" for line in asked.named()]
    lines = []
    for line in every:
        room -= _ROW + len(escape(line).encode())
        if room >= 0:
            lines.append(line)
    seen = {one.digest for one in given}
    unread = (reports[digest] for digest in rule.evidence if digest in reports and digest not in seen)
    return NamedItems(tuple(lines), asked.more + len(every) - len(lines), tuple(unread), only_new)


def _read(stored: Iterable[StoredEvidence]) -> Iterable[tuple[str, ReportSummary]]:
    small = [one for one in stored if one.size <= LARGEST_READ and one.facts.unreadable is None]
    for one in small[:MOST_READ]:
        try:
            items = use(EvidenceService).items(one.id, most=MOST_NAMED)
        except (Invalid, NotFound):
            continue  # it is linked all the same
        yield one.facts.digest, ReportSummary(
            one.facts.slot, one.facts.digest, one.facts.format, items.findings, items.cases, items.left_out
        )
