"""The reports behind a verdict as a server keeps them: in which slot, since when, and what they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tidegate.cli.client import NotReached, Refused, Server
from tidegate.cli.show.context import submit_command
from tidegate.cli.tools_asked import asked_of, with_tools
from tidegate.domain.asked_items import ReportSummary, counts_items, counts_only_new, has_failing_items
from tidegate.domain.findings import Case, Finding, ItemGroup, Outcome, Severity
from tidegate.domain.shown_verdicts import ShownRule, ShownVerdict

_PAGE, _MOST_PAGES = 100, 5
_MOST_READ = 20
_MOST_ITEMS = 500  # that a server lists of one severity or outcome
_GROUPS: Mapping[str, ItemGroup] = {
    **{str(one): one for one in Severity},
    **{str(one): one for one in Outcome},
    "suppressed": None,
}


@dataclass(frozen=True, slots=True)
class SentReport:
    """One report as it was sent: `summary.path` is its slot, `at` the moment that it came in."""

    id: str
    at: str
    summary: ReportSummary


@dataclass(slots=True)
class SentReports:
    """What could be found of the reports that were asked for; `notes` tell what could not."""

    reports: list[SentReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def summaries(self) -> list[ReportSummary]:
        """Return what the outputs show."""
        return [one.summary for one in self.reports]


def sent_reports(
    server: Server, verdicts: Sequence[ShownVerdict], *, most: int | None, without: Sequence[str] = ()
) -> SentReports:
    """Ask a server for the reports behind verdicts, and up to `most` items of what keeps gates closed.

    At most 500 submissions of the commit are looked through, and 20 reports read again. `without` are digests
    that are at hand. What cannot be had is a note and no error: the verdict stands without it.
    """
    found = SentReports()
    rules = [rule for verdict in verdicts for rule in verdict.rules]
    wanted = {digest for rule in rules for digest in rule.evidence}
    wanted |= {fault.report for verdict in verdicts for fault in verdict.faults}
    wanted -= set(without)
    if not wanted:
        return found
    try:
        found.reports = _in_slots(server, verdicts, wanted, until=max(one.at for one in verdicts))
        if most != 0:
            _add_items(
                server,
                found,
                [rule for rule in rules if not rule.passed],
                min(most or _MOST_ITEMS, _MOST_ITEMS),
            )
    except (Refused, NotReached) as error:
        reason = error.problem.get("detail") if isinstance(error, Refused) else None
        found.notes.append(f"The reports behind the verdict are not shown. {reason or error}")
    return found


def still_counting(found: SentReports, verdicts: Sequence[ShownVerdict]) -> Iterator[str]:
    """Name each report that keeps a gate closed and was not sent now: slot, time, and what replaces it.

    One that a closed rule counts beside others is named only where something is wrong with itself.
    """
    for report in found.reports:
        if any(_keeps_closed(report.summary, one) for one in verdicts):
            yield (
                f"{report.summary.path} was sent at {report.at}. It is not among the files sent now, and it "
                "counts until another report takes its place (--ignore takes nothing back). Have its tool "
                f"write it anew, then: {submit_command(report.summary.path, verdicts[0])}"
            )


def _keeps_closed(report: ReportSummary, verdict: ShownVerdict) -> bool:
    """Tell whether a report by itself is why a rule is closed: alone, unreadable, stale, or failing."""
    rules = [rule for rule in verdict.blocking if report.digest in rule.evidence]
    cannot_be_counted_on = any(fault.report == report.digest for fault in verdict.faults)
    return any(
        cannot_be_counted_on
        or len(rule.evidence) == 1
        or f"({report.digest[:19]}) was taken at" in rule.reason  # as it says of what is stale
        or has_failing_items(rule, report)
        for rule in rules
    )


def _in_slots(
    server: Server, verdicts: Sequence[ShownVerdict], wanted: set[str], *, until: str
) -> list[SentReport]:
    """Find the newest submission of each report, and each slot of which a report is the newest one."""
    slots: set[str] = set()
    found: dict[tuple[str, str], SentReport] = {}
    listed: list[Mapping[str, Any]] = []
    missing = set(wanted)
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        path = ("components", verdicts[0].component, "revisions", verdicts[0].revision, "evidence")
        page = server.get(*path, query={"limit": _PAGE, "cursor": cursor})
        for one in page["items"]:
            slot, digest = str(one["slot"]), str(one["digest"])
            # What came in after the verdict is none of its reports.
            if (
                str(one["received_at"]) <= until
                and digest in wanted
                and (digest in missing or slot not in slots)
            ):
                found[digest, slot] = SentReport(
                    str(one["id"]), str(one["received_at"]), summary_of(slot, one)
                )
                listed.append(one)
                missing.discard(digest)
                slots.add(slot)
        cursor = page["next_cursor"]
        if cursor is None or not missing:
            break
    asked = asked_of(server, verdicts, listed)
    kept = (replace(one, summary=with_tools(one.summary, asked)) for one in found.values())
    return sorted(kept, key=lambda one: one.summary.path)


def summary_of(slot: str, evidence: Mapping[str, Any]) -> ReportSummary:
    """Say in a few words what a report is that a server has read."""
    what = f"{evidence['kind']}: {evidence['format']}" if evidence.get("kind") else "not recognised"
    return ReportSummary(slot, str(evidence["digest"]), what)


def what_was_read(evidence: Mapping[str, Any]) -> str:
    """Say what a report is that a server has read, with the words of `check`."""
    kind, form, tool = evidence.get("kind"), evidence.get("format"), evidence.get("tool")
    if evidence.get("unreadable") is not None:
        return f"unreadable {form}" if kind else "not recognised"
    return f"{kind}: {form}" + (f" of {tool}" if tool and tool != form else "")


def _add_items(server: Server, found: SentReports, rules: Sequence[ShownRule], most: int) -> None:
    asking = [rule for rule in rules if counts_items(rule)]
    read = 0
    for place, report in enumerate(found.reports):
        of_report = [rule for rule in asking if report.summary.digest in rule.evidence]
        if not of_report:
            continue
        if read == _MOST_READ:
            found.notes.append(f"Failing tests and findings are named of {_MOST_READ} reports, not of all.")
            return
        read += 1
        try:
            summary = _with_items(server, report, of_report, most)
        except Refused as error:
            if error.status != 422:
                raise
            found.notes.append(f"{report.summary.path}: {error.problem.get('detail')}")
            continue
        found.reports[place] = replace(report, summary=summary)


def _with_items(server: Server, report: SentReport, rules: Sequence[ShownRule], most: int) -> ReportSummary:
    """Read what a report names: all of it, and what is new in it where a rule counts only that."""
    new: tuple[Finding, ...] = ()
    summary = report.summary
    for only_new in sorted({counts_only_new(rule) for rule in rules}):
        answer = server.get(
            "evidence", report.id, "items", query={"limit": most, "new": "true" if only_new else None}
        )
        findings = tuple(map(_finding, answer["findings"]))
        new = findings if only_new else new
        known = set(summary.findings)
        left_out = {_GROUPS[name]: count for name, count in answer["left_out"].items() if name in _GROUPS}
        summary = replace(
            summary,
            cases=summary.cases or tuple(map(_case, answer["cases"])),
            findings=summary.findings + tuple(one for one in findings if one not in known),
            left_out=summary.left_out or left_out,
        )
    return replace(summary, new=frozenset((one.severity, one.key) for one in new))


def _case(item: Mapping[str, Any]) -> Case:
    return Case(item["suite"], item["name"], Outcome(item["outcome"]), detail=item["detail"])


def _finding(item: Mapping[str, Any]) -> Finding:
    return Finding(
        tool=item["tool"],
        rule=item["rule"],
        message=item["message"],
        severity=Severity(item["severity"]),
        path=item["path"],
        line=item.get("line"),
        suppressed=item["suppressed"],
    )
