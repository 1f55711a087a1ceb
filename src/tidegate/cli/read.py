"""`tidegate read`: what reports are, and what they say."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import click

from tidegate.cli.embedded import CheckedReport, is_report, open_source, read_one, read_reports
from tidegate.cli.lazy import NotDone
from tidegate.cli.options import limit_options, limits_of, timezone_option, trust_of, trust_option
from tidegate.cli.paths import Named, expand
from tidegate.cli.show.conversions import NotConvertible, ReadableReport, junit_of, sarif_of
from tidegate.cli.terminal import BAD, GOOD, Block, Terminal, open_terminal, write_document
from tidegate.domain.canonical import clean
from tidegate.domain.findings import Case, Finding
from tidegate.domain.measures import Value, combine
from tidegate.domain.replays import runs_document
from tidegate.domain.times import write_time
from tidegate.domain.wording import number
from tidegate.kernel.clock import SystemClock
from tidegate.readers.base import Item, Limits, Source
from tidegate.readers.detect import find_reader, instead_of, start
from tidegate.readers.registry import FORMATS, reader_of

_SHOWN = 20
_FORMATS = ", ".join(FORMATS)


@click.command()
@click.argument("reports", nargs=-1, required=True, metavar="REPORT...")
@click.option("--format", "format", metavar="FORMAT", help=f"Read all of them as this format: {_FORMATS}.")
@click.option("--all", "everything", is_flag=True, help=f"List every finding, not the first {_SHOWN}.")
@click.option("--ignore", multiple=True, metavar="PATTERN", help="Ignore paths or names that match.")
@click.option(
    "--output",
    type=click.Choice(("text", "json", "junit", "sarif")),
    default="text",
    show_default=True,
    help="junit and sarif write every test or finding in that form, whatever tool it is of.",
)
@trust_option
@timezone_option
@limit_options
def read(
    reports: tuple[str, ...],
    format: str | None,
    everything: bool,
    ignore: tuple[str, ...],
    output: str,
    provenance_keys: tuple[str, ...],
    report_timezone: str,
    **limits: Any,
) -> None:
    """Show what is in reports, and how they are read.

    For each: its format, its tool, whether the tool did its work, every measure, the findings and the tests
    that failed. Reports are named as for `tidegate check`. Test results can be written as JUnit XML and
    findings as SARIF.

    Exit code: 0 every report is readable and its tool did its work, 1 one is not, 2 usage error.
    """
    files = expand(reports, FORMATS, ignore)
    if format is not None:
        if format not in FORMATS:
            raise click.BadParameter(
                f"there is no report format {format!r}. {instead_of(format, FORMATS)}", param_hint="--format"
            )
        files = [Named(file.path, file.format or format) for file in files]
    if output in _COMMON_FORMS:
        _convert(files, _COMMON_FORMS[output], limits_of(limits))
        return
    keep = None if everything or output == "json" else _SHOWN
    trust = trust_of(provenance_keys, timezone=report_timezone)
    checked, ignored = read_reports(files, limits_of(limits), SystemClock().now(), keep, trust=trust)
    if not checked:
        raise NotDone("There is no report among the files that were named.")
    if output == "json":
        document = {
            "reports": [_document(one) for one in checked],
            "ignored": [clean(path) for path in ignored],
        }
        write_document(json.dumps(document, indent=2).encode() + b"\n", None)
    else:
        _print(checked, ignored, open_terminal())
    click.get_current_context().exit(0 if all(_fit(one) for one in checked) else 1)


_COMMON_FORMS = {"junit": junit_of, "sarif": sarif_of}


def _convert(
    files: Sequence[Named],
    write: Callable[[Sequence[ReadableReport]], Iterable[str]],
    limits: Limits,
) -> None:
    """Write reports in a common form; raises `NotDone`, nothing written, where it cannot hold one."""
    now = SystemClock().now()
    reports: list[ReadableReport] = []
    for named in files:
        source, taken_at = open_source(named.path, limits, now)
        if is_report(named, source):
            checked = read_one(source, named, taken_at, limits, 0)
            version = checked.report.reading.tool_version if checked.report.reading else ""
            again = partial(_items, source, named.format, limits)
            reports.append(ReadableReport(named.path, checked.evidence, version, again))
    if not reports:
        raise NotDone("There is no report among the files that were named.")
    try:
        pieces = write(reports)
    except NotConvertible as error:
        raise NotDone(str(error)) from error
    for piece in pieces:
        sys.stdout.buffer.write(piece.encode())
    sys.stdout.buffer.flush()
    click.get_current_context().exit(0 if all(one.evidence.ran for one in reports) else 1)


def _items(source: Source, format: str | None, limits: Limits) -> Iterator[Item]:
    yield from start(find_reader(source, format), source, limits, items=True)


def _fit(one: CheckedReport) -> bool:
    return one.evidence.unreadable is None and one.evidence.ran


def _measures(one: CheckedReport) -> dict[str, Value]:
    """Return what the report measures, with the rates that follow from it."""
    evidence = one.evidence
    if evidence.kind is None or evidence.unreadable is not None:
        return {}
    return combine([(evidence.kind, {**evidence.measures, "tool.ran": evidence.ran})])


def _print(checked: Iterable[CheckedReport], ignored: dict[str, str], terminal: Terminal) -> None:
    for one in checked:
        terminal.print(terminal.plain(one.path), style="bold")
        block = Block(terminal)
        _add_facts(one, block)
        for name, value in _measures(one).items():
            block.add(name, number(value))
        for case in one.cases:
            block.add(str(case.outcome), f"{case.suite} {case.name} {case.detail}")
        for finding in one.findings:
            block.add("finding", _finding_text(finding))
        more = sum(one.left_out.values())
        if more:
            block.add("", f"and {more:,} more; --all lists them")
        block.print()
        terminal.print()
    if ignored:
        terminal.print(terminal.plain(f"Ignored, because they are no reports: {', '.join(ignored)}."))
        for said in filter(None, ignored.values()):
            terminal.print(terminal.plain(said))


def _add_facts(one: CheckedReport, block: Block) -> None:
    evidence = one.evidence
    if evidence.unreadable is not None:
        block.add("unreadable", evidence.unreadable, BAD)
    else:
        reader = reader_of(evidence.format)
        title = f": {reader.title}" if reader else ""
        block.add("format", f"{evidence.format}{title}; evidence of {evidence.kind}")
        version = one.report.reading.tool_version if one.report.reading else ""
        block.add("tool", f"{evidence.tool} {version}")
        if evidence.ran:
            block.add("ran", "yes", GOOD)
        else:
            block.add("ran", f"no: {evidence.why_not or 'the report says so'}", BAD)
        if evidence.made_at is not None:
            block.add("made", f"{write_time(evidence.made_at)}, as it says itself")
        if evidence.commits:
            block.add("of commit", ", ".join(evidence.commits))
        for run in evidence.runs:
            block.add(f"{run.kind}/{run.tool}", f"{number(run.measures['findings.total'])} findings")
    block.add("digest", evidence.digest)


def _finding_text(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.path and finding.line else finding.path
    suppressed = "suppressed" if finding.suppressed else ""
    parts = (suppressed, str(finding.severity), place, finding.rule, finding.message)
    return " ".join(part for part in parts if part)


def _document(one: CheckedReport) -> dict[str, Any]:
    evidence = one.evidence
    return {
        "path": clean(one.path),
        "digest": evidence.digest,
        "format": evidence.format,
        "kind": None if evidence.kind is None else str(evidence.kind),
        "tool": clean(evidence.tool),
        "tool_version": clean(one.report.reading.tool_version) if one.report.reading else "",
        "taken_at": write_time(evidence.taken_at),
        "made_at": None if evidence.made_at is None else write_time(evidence.made_at),
        "commits": [clean(each) for each in evidence.commits],
        "runs": runs_document(evidence.runs),
        "ran": evidence.ran and evidence.unreadable is None,
        "why_not": evidence.why_not,
        "unreadable": evidence.unreadable,
        "measures": _measures(one),
        "findings": [_finding_document(finding) for finding in one.findings],
        "cases": [_case_document(case) for case in one.cases],
    }


def _finding_document(finding: Finding) -> dict[str, Any]:
    return {
        "fingerprint": finding.fingerprint,
        "tool": finding.tool,
        "rule": finding.rule,
        "message": finding.message,
        "severity": str(finding.severity),
        "path": finding.path,
        "line": finding.line,
        "suppressed": finding.suppressed,
    }


def _case_document(case: Case) -> dict[str, Any]:
    return {"suite": case.suite, "name": case.name, "outcome": str(case.outcome), "detail": case.detail}
