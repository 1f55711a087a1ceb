"""`tidegate check`: reports in, a verdict out, without a server."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tidegate.cli import git
from tidegate.cli.embedded import (
    CheckedReport,
    judge_reports,
    name_new,
    read_reports,
    require_complete,
    what_it_is,
)
from tidegate.cli.gate_files import DEFAULT_GATE, find_gate, load_gate, rule_lines
from tidegate.cli.lazy import NotDone
from tidegate.cli.options import (
    TimeParameter,
    artifact_option,
    limit_options,
    limits_of,
    subject_options,
    timezone_option,
    trust_of,
    trust_option,
    warn_of_changes,
)
from tidegate.cli.paths import expand
from tidegate.cli.show import OUTPUTS, items_wanted, show
from tidegate.cli.show.context import ReportContext, name_unasked
from tidegate.cli.terminal import read_text, write_document
from tidegate.cli.waivers import idle_waivers, read_waivers
from tidegate.domain.asked_items import tools_asked
from tidegate.domain.baseline import KnownFindings, read_baseline, write_baseline
from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Subject, is_commit
from tidegate.domain.fact_files import read_told_facts
from tidegate.domain.fact_snapshots import facts_asked
from tidegate.domain.facts import Fact
from tidegate.domain.findings import Counts
from tidegate.domain.gates import Gate
from tidegate.domain.measures import Kind
from tidegate.domain.shown_verdicts import ShownVerdict
from tidegate.domain.verdicts import Verdict
from tidegate.domain.waivers import Waiver
from tidegate.kernel.clock import SystemClock
from tidegate.readers.registry import FORMATS

_NOT_HERE = (
    "The commit {revision} that --revision names is not in this checkout: a slip of the pen, another "
    "repository, or a shallow clone. `git rev-parse HEAD` prints the commit that is checked out."
)


@click.command()
@click.argument("reports", nargs=-1, metavar="REPORT...")
@click.option("--gate", "named_gate", metavar="FILE", help=f"The gate to judge by. Default: {DEFAULT_GATE}.")
@click.option("--baseline", metavar="FILE", help="Baseline of known findings (see --write-baseline).")
@click.option(
    "--write-baseline", "baseline_out", metavar="FILE", help="Write the current findings as a baseline."
)
@click.option("--waivers", "waivers_path", metavar="FILE", help="Waivers to apply (YAML).")
@click.option("--facts", "facts_path", metavar="FILE", help="Facts that rules may read (YAML, JSON, CSV).")
@click.option("--ignore", multiple=True, metavar="PATTERN", help="Ignore paths or names that match.")
@subject_options
@click.option("--at", type=TimeParameter(), help="Judge as of this time, such as 2026-11-21T02:26:48Z.")
@click.option("--output", type=click.Choice(OUTPUTS), default="text", show_default=True)
@click.option(
    "--output-file", metavar="FILE", help="Write the output to a file, and the table to the terminal."
)
@trust_option
@artifact_option
@timezone_option
@limit_options
def check(
    reports: tuple[str, ...],
    named_gate: str | None,
    baseline: str | None,
    baseline_out: str | None,
    waivers_path: str | None,
    facts_path: str | None,
    ignore: tuple[str, ...],
    component: str | None,
    revision: str | None,
    environment: str | None,
    at: datetime | None,
    output: str,
    output_file: str | None,
    provenance_keys: tuple[str, ...],
    artifact: str | None,
    report_timezone: str,
    **limits: Any,
) -> None:
    """Judge reports by a gate, without a server.

    REPORT is a file, a folder, a pattern in quotes, or `-`; its format is recognised from its content, and
    `junit:PATH` says it instead. A file that is named and cannot be recognised blocks, and so does one in
    a folder that looks like a report: --ignore leaves it out. A gate that reads facts alone needs no
    REPORT, and --facts.

    Exit code: 0 pass, 1 not pass, 2 no verdict (usage error, no report, a gate that is not valid).
    """
    if not reports and facts_path is None:
        raise click.UsageError(
            "Name at least one REPORT: a file, a folder, or - for what is piped in. "
            "For a gate that reads facts alone, name --facts FILE."
        )
    now = SystemClock().now()
    gate_path = find_gate(named_gate)
    gate = load_gate(gate_path)
    waivers, facts = _waivers(waivers_path), _facts(facts_path)
    known = None if baseline is None else _baseline(baseline)
    gathered = None if baseline_out is None else KnownFindings()
    files = expand(reports, FORMATS, ignore)
    checked, ignored = read_reports(
        files,
        limits_of(limits),
        now,
        keep=items_wanted(output, output_file),
        known=gathered,
        baseline=known,
        trust=trust_of(provenance_keys, artifact, report_timezone),
    )
    if not checked and (reports or any(rule.needs for rule in gate.rules)):
        raise NotDone(
            "There is no report among the files that were named, and without evidence there is no verdict."
        )
    if artifact is not None:
        _require_comparison(gate, checked)
    head = git.head_revision(Path.cwd())
    subject = Subject(component or git.UNKNOWN, revision or head, environment)
    if revision not in (None, head) and git.is_missing(subject.revision, Path.cwd()):
        click.echo(_NOT_HERE.format(revision=subject.revision), err=True)
    warn_of_changes(subject.revision)
    if not_compared := list(_not_compared(checked, subject)):
        raise NotDone("\n".join(not_compared))
    verdict = judge_reports(gate, checked, known, waivers, at or now, subject, facts)
    if facts_path is None and facts_asked(gate):
        click.echo("The gate reads facts, and none are given: name them with --facts FILE.", err=True)
    for idle in idle_waivers(waivers, gate, verdict, component, at or now):
        click.echo(f"{waivers_path}: {idle}", err=True)
    if known is not None:
        checked = name_new(checked, known, at or now)
    context = _report_context(checked, ignored, gate, gate_path)
    context = replace(context, unasked=_unasked(checked, verdict))
    show([ShownVerdict.of(verdict.to_document())], context, output=output, path=output_file)
    if baseline_out is not None and gathered is not None:
        require_complete(checked)
        write_document(write_baseline(gathered), baseline_out)
    click.get_current_context().exit(0 if verdict.passed else 1)


def _unasked(checked: list[CheckedReport], verdict: Verdict) -> list[str]:
    """Name the reports that no rule speaks of: what they say changes nothing, and nobody should think so."""
    asked = {digest for rule in verdict.rules for digest in rule.evidence}
    unasked = (one for one in checked if one.evidence.digest not in asked)
    return [name_unasked(one.path, what_it_is(one.evidence), one.evidence.unreadable) for one in unasked]


def _not_compared(checked: list[CheckedReport], subject: Subject) -> Iterator[str]:
    """Say of each report that names a commit that it was not compared, where the judged one is not known."""
    if is_commit(subject.revision):
        return
    for one in checked:
        commits = [*one.evidence.commits, *(commit for run in one.evidence.runs for commit in run.commits)]
        if commits:
            yield (
                f"{one.path} says that it is of commit {commits[0]}, and which commit is judged is not "
                "known: name it with --revision."
            )


def _baseline(path: str) -> Counts:
    data = read_text(path, "baseline").encode()
    try:
        return read_baseline(data)
    except Invalid as error:
        raise Invalid(f"{path}: {error}", error.problems) from error


def _waivers(path: str | None) -> tuple[Waiver, ...]:
    return () if path is None else read_waivers(read_text(path, "waivers"), path)


def _facts(path: str | None) -> tuple[Fact, ...]:
    return () if path is None else read_told_facts(read_text(path, "facts"), path)


def _require_comparison(gate: Gate, checked: list[CheckedReport]) -> None:
    """Raise `NotDone` where `--artifact` would be compared with nothing, or whatever came of it."""
    if not any(need.kind is Kind.PROVENANCE for rule in gate.rules for need in rule.needs):
        raise NotDone(
            "--artifact names what is to be shipped, and no rule of the gate asks for provenance, which would"
            " name it. Let one say `needs: [provenance]`."
        )
    if not any(one.evidence.kind is Kind.PROVENANCE for one in checked):
        raise NotDone(
            "--artifact names what is to be shipped, and no provenance is given that could name it. Give its"
            " file among the reports."
        )


def _report_context(
    checked: list[CheckedReport], ignored: dict[str, str], gate: Gate, gate_path: str
) -> ReportContext:
    place = posixpath.normpath(Path(gate_path).as_posix())
    summaries = [replace(one.summary(), asked=tools_asked(gate, one.evidence.runs)) for one in checked]
    return ReportContext(summaries, ignored, place, rule_lines(gate_path))
