"""The whole way from files to a verdict without a server: `readers` and `domain` alone."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tidegate.cli.lazy import NotDone
from tidegate.cli.paths import STDIN, Named
from tidegate.domain.asked_items import ReportSummary
from tidegate.domain.baseline import KnownFindings
from tidegate.domain.coverage_joins import join_for, join_reports
from tidegate.domain.evidence import Evidence, Subject
from tidegate.domain.fact_snapshots import FactSnapshot
from tidegate.domain.facts import Fact
from tidegate.domain.findings import Case, Counts, Finding, ItemGroup, Severity
from tidegate.domain.gates import Gate
from tidegate.domain.judging import judge
from tidegate.domain.measures import Kind
from tidegate.domain.new_findings import key_of
from tidegate.domain.verdicts import Verdict
from tidegate.domain.waivers import Waiver
from tidegate.readers.base import NO_TRUST, Item, Limits, Source, Trust, Unreadable
from tidegate.readers.detect import find_reader
from tidegate.readers.evidence import ParsedReport, compare_with_baseline, new_in_reports, read_evidence
from tidegate.readers.items import ItemCollector
from tidegate.readers.other_files import instead_of_log, looks_like_report


@dataclass(frozen=True, slots=True)
class CheckedReport:
    """One report that was read: its problems as far as they were kept, and how many more there are."""

    path: str
    report: ParsedReport
    findings: tuple[Finding, ...]
    cases: tuple[Case, ...]
    left_out: Mapping[ItemGroup, int]
    new: frozenset[tuple[Severity, str]] | None = None

    @property
    def evidence(self) -> Evidence:
        """Return what the verdict sees of the report, before it is compared with a baseline."""
        return self.report.evidence

    def summary(self) -> ReportSummary:
        """Return what every output needs to know of it."""
        found = self.evidence
        what = what_it_is(found)
        return ReportSummary(
            self.path, found.digest, what, self.findings, self.cases, self.left_out, self.new
        )


def read_reports(
    files: Iterable[Named],
    limits: Limits,
    now: datetime,
    keep: int | None,
    known: KnownFindings | None = None,
    baseline: Counts | None = None,
    trust: Trust = NO_TRUST,
) -> tuple[list[CheckedReport], dict[str, str]]:
    """Read every report, and name the files that are none and that nobody named, with what is said of logs.

    `known` gathers every finding, where a baseline is to be written; `baseline` is what is known already.
    `trust` holds the keys by which signed reports are believed.
    """
    checked: list[CheckedReport] = []
    ignored: dict[str, str] = {}
    for named in files:
        source, taken_at = open_source(named.path, limits, now)
        if not is_report(named, source):
            ignored[named.path] = instead_of_log(source)
        else:
            checked.append(read_one(source, named, taken_at, limits, keep, known, baseline, trust))
            coverage = [one.report for one in checked if one.evidence.kind is Kind.COVERAGE]
            if len(coverage) > 1:
                # Now or never: what a reader holds of a report is some ten times as large as its lines.
                for report in coverage[-2:]:
                    report.lines.get()
    return checked, ignored


def read_one(
    source: Source,
    named: Named,
    taken_at: datetime,
    limits: Limits,
    keep: int | None,
    known: KnownFindings | None = None,
    baseline: Counts | None = None,
    trust: Trust = NO_TRUST,
) -> CheckedReport:
    """Read one report; one that cannot be understood becomes unreadable evidence."""
    collector = ItemCollector(keep, baseline)

    def collect(item: Item) -> None:
        if known is not None and isinstance(item, Finding):
            known.add(item)
        collector.add(item)

    try:
        report = read_evidence(
            source,
            slot=named.path,
            taken_at=taken_at,
            limits=limits,
            trust=trust,
            format=named.format,
            on_item=collect,
        )
    except OSError as error:
        raise _cannot_read(named.path, error) from error
    items = collector.items()
    return CheckedReport(named.path, report, items.findings, items.cases, items.left_out)


def open_source(path: str, limits: Limits, now: datetime) -> tuple[Source, datetime]:
    """Open a report and tell when it was written: the file's own time, or now for a pipe."""
    try:
        if path == STDIN:
            return Source.of_bytes(sys.stdin.buffer.read(limits.max_bytes + 1), path), now
        state = os.stat(path)
        if not stat.S_ISREG(state.st_mode):
            # A pipe can be read once, and a report is read several times.
            with Path(path).open("rb") as stream:
                return Source.of_bytes(stream.read(limits.max_bytes + 1), path), now
        written = datetime.fromtimestamp(state.st_mtime_ns // 1_000_000 / 1000, UTC)
        return Source.of_path(Path(path)), written
    except OSError as error:
        raise _cannot_read(path, error) from error


def what_it_is(evidence: Evidence) -> str:
    """Say in a few words what a report is, such as `tests: junit of pytest`."""
    if evidence.unreadable is not None:
        return f"unreadable {evidence.format}" if evidence.kind else "not recognised"
    tool = f" of {evidence.tool}" if evidence.tool and evidence.tool != evidence.format else ""
    return f"{evidence.kind}: {evidence.format}{tool}"


def judge_reports(
    gate: Gate,
    checked: Sequence[CheckedReport],
    baseline: Counts | None,
    waivers: Sequence[Waiver],
    at: datetime,
    subject: Subject,
    facts: Sequence[Fact] = (),
) -> Verdict:
    """Judge what was read; without a baseline no finding counts as known, nor as new."""
    reports = [one.report for one in checked]
    if baseline is None:
        evidence = [report.evidence for report in reports]
    else:
        evidence = compare_with_baseline(reports, baseline, at)
    lines = {key_of(report.evidence): report.lines for report in reports}
    joins = join_for(
        gate,
        evidence,
        at,
        lambda chosen: join_reports(chosen, lambda one: lines[key_of(one)].get()),
        revision=subject.revision,
    )
    snapshot = FactSnapshot.of(gate, facts, at, subject)
    return judge(gate, evidence, waivers, at, subject, joins, snapshot)


def name_new(checked: Sequence[CheckedReport], baseline: Counts, at: datetime) -> list[CheckedReport]:
    """Say of each report which of its findings the baseline does not explain."""
    new = new_in_reports([one.report for one in checked], baseline, at)
    return [replace(one, new=new.get(key_of(one.evidence))) for one in checked]


def require_complete(checked: Sequence[CheckedReport]) -> None:
    """Refuse to write a baseline of reports of which one is incomplete."""
    for one in checked:
        why = one.evidence.unreadable or (
            None if one.evidence.ran else one.evidence.why_not or "its tool did not run"
        )
        if why is not None:
            raise NotDone(f"No baseline was written: {one.path} is incomplete: {why}")


def is_report(named: Named, source: Source) -> bool:
    """Tell whether a file is to be read; one that was found in a folder may clearly be something else.

    What looks like a report counts as one although no reader knows it: a test report of which nothing but an
    empty file was left must block, not vanish.
    """
    return not named.found or named.format is not None or recognised(source) or looks_like_report(source)


def recognised(source: Source) -> bool:
    """Tell whether a reader knows the format."""
    try:
        find_reader(source)
    except Unreadable:
        return False
    return True


def _cannot_read(path: str, error: OSError) -> NotDone:
    return NotDone(f"{path}: cannot be read: {error.strerror or error}.")
