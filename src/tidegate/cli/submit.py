"""`tidegate submit`: the same reports to a server, and the verdict that comes back with the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from tidegate.cli.client import Refused, Server
from tidegate.cli.lazy import NotDone
from tidegate.cli.options import (
    CommitParameter,
    server_option,
    subject_options,
    wanted_commit,
    warn_of_changes,
)
from tidegate.cli.paths import Named, expand
from tidegate.cli.report_form import OutgoingForm, OutgoingReport
from tidegate.cli.sent_reports import sent_reports, still_counting, summary_of, what_was_read
from tidegate.cli.show import OUTPUTS, items_wanted, show
from tidegate.cli.show.context import ReportContext, name_unasked
from tidegate.cli.terminal import open_terminal
from tidegate.cli.tools_asked import asked_of, with_tools
from tidegate.domain.asked_items import ReportSummary, counts_items
from tidegate.domain.shown_verdicts import ShownVerdict
from tidegate.domain.times import write_time
from tidegate.kernel.clock import SystemClock

_LARGEST_STREAM = 256 * 1024 * 1024
_NO_SUCH_ADDRESS = "Nothing answers at this address"
_OLDER = (
    "The server is older than this command and takes one report at a time. Upgrade it (docs/upgrade.md), or "
    "use the version of the command that belongs to it."
)


@click.command()
@click.argument("reports", nargs=-1, required=True, metavar="REPORT...")
@server_option
@subject_options
@click.option(
    "--baseline", metavar="R", type=CommitParameter(), help="The commit whose findings count as known."
)
@click.option("--ignore", multiple=True, metavar="PATTERN", help="Ignore paths or names that match.")
@click.option("--output", type=click.Choice(OUTPUTS), default="text", show_default=True)
@click.option(
    "--output-file", metavar="FILE", help="Write the output to a file, and the table to the terminal."
)
def submit(
    reports: tuple[str, ...],
    server: str,
    component: str | None,
    revision: str | None,
    environment: str | None,
    baseline: str | None,
    ignore: tuple[str, ...],
    output: str,
    output_file: str | None,
) -> None:
    """Send reports to a server and show the verdict that comes back.

    Reports are named as for `tidegate check`. They are sent in one request: all are recorded and judged
    together, or none is. Sending the same report again adds no evidence; every verdict is given now. Without
    --environment the verdict of every environment that a gate guards is shown. The server knows no waivers
    yet; only `tidegate check --waivers` does.

    Exit code: 0 every verdict shown is pass, 1 one is not, 2 no verdict.
    """
    if component is None:
        raise click.UsageError("Name the component: --component C, or TIDEGATE_COMPONENT.")
    commit = wanted_commit(revision)
    warn_of_changes(commit)
    files = _chosen(reports, ignore)
    remote = Server(server)
    answer = _submit(remote, files, component, commit, baseline)
    verdicts = [ShownVerdict.of(ruling["verdict"]) for ruling in answer["verdicts"]]
    wanted = [one for one in verdicts if environment in (None, one.environment)]
    if not wanted:
        raise NotDone(_unjudged(environment, verdicts))
    passed = all(verdict.passed for verdict in wanted)
    # A rule that fails, be it one that warns, has to name what: for that the files are read here as well.
    nothing_fails = passed and not any(counts_items(rule) for one in wanted for rule in one.rules)
    asked = asked_of(remote, wanted, answer["evidence"])
    summaries = (
        [summary_of(one.path, kept) for one, kept in zip(files, answer["evidence"], strict=True)]
        if nothing_fails
        else [with_tools(one, asked) for one in _read_here(files, items_wanted(output, output_file))]
    )
    most = items_wanted(output, output_file)
    # One item at least: whether a report of earlier fails is said whatever the output.
    earlier = sent_reports(
        remote, wanted, most=1 if most == 0 else most, without=[one.digest for one in summaries]
    )
    context = ReportContext(
        [*summaries, *earlier.summaries],
        unasked=_unasked(files, answer["evidence"], wanted),
        on_server=True,
    )
    show(wanted, context, output=output, path=output_file)
    for line in (*still_counting(earlier, wanted), *earlier.notes):
        click.echo(open_terminal().plain(line), err=True)
    click.get_current_context().exit(0 if passed else 1)


def _chosen(reports: tuple[str, ...], ignore: tuple[str, ...]) -> list[Named]:
    """Leave out, as `check` does, what was found in a folder and is no report."""
    from tidegate.cli.embedded import is_report
    from tidegate.readers.base import Source
    from tidegate.readers.other_files import instead_of_log
    from tidegate.readers.registry import FORMATS

    chosen = []
    for named in expand(reports, FORMATS, ignore):
        if not named.found or is_report(named, Source.of_path(Path(named.path))):
            chosen.append(named)
        elif said := instead_of_log(Source.of_path(Path(named.path))):
            click.echo(open_terminal().plain(said), err=True)
    if not chosen:
        raise NotDone("There is no report among the files that were named.")
    return chosen


def _submit(
    server: Server, files: list[Named], component: str, commit: str, baseline: str | None
) -> Mapping[str, Any]:
    """Send all reports in one request; raises `NotDone` where another than this version's server answers."""
    form = OutgoingForm([_outgoing(named) for named in files])
    path = ("components", component, "revisions", commit, "submissions")
    try:
        answer = server.upload(
            *path,
            query={"baseline": baseline},
            opener=form.open,
            size=form.size,
            content_type=form.content_type,
        ).document()
    except Refused as refused:
        if refused.status == 404 and _NO_SUCH_ADDRESS in str(refused.problem.get("detail")):
            raise NotDone(_OLDER) from refused
        raise
    if not isinstance(answer, dict) or not {"evidence", "verdicts"} <= set(answer):
        raise NotDone("The server that answered is not Tidegate, or one of another version.")
    return answer


def _unasked(
    files: list[Named], kept: Sequence[Mapping[str, Any]], verdicts: Sequence[ShownVerdict]
) -> list[str]:
    """Name the reports that no verdict speaks of, as `check` does: one that cannot be read, why it cannot."""
    asked = {digest for verdict in verdicts for rule in verdict.rules for digest in rule.evidence}
    asked |= {fault.report for verdict in verdicts for fault in verdict.faults}
    unasked = ((named, one) for named, one in zip(files, kept, strict=True) if one["digest"] not in asked)
    return [name_unasked(named.path, what_was_read(one), one.get("unreadable")) for named, one in unasked]


def _outgoing(named: Named) -> OutgoingReport:
    from tidegate.cli.embedded import open_source
    from tidegate.readers.base import Limits

    source, taken_at = open_source(named.path, Limits(max_bytes=_LARGEST_STREAM), SystemClock().now())
    details = {"taken_at": write_time(taken_at)}
    if named.format is not None:
        details["format"] = named.format
    return OutgoingReport(named.path, source, details)


def _read_here(files: list[Named], most: int | None) -> list[ReportSummary]:
    """Read the files again for the failing tests and findings that the verdict is about."""
    from tidegate.cli.embedded import read_reports
    from tidegate.readers.base import Limits

    limits = Limits(max_bytes=_LARGEST_STREAM)
    checked, _ = read_reports(files, limits, SystemClock().now(), most)
    return [one.summary() for one in checked]


def _unjudged(environment: str | None, verdicts: list[ShownVerdict]) -> str:
    if environment is None:
        return "The reports were accepted, but no gate guards any environment, so there is no verdict."
    known = ", ".join(sorted(str(one.environment) for one in verdicts)) or "none"
    return (
        f"The reports were accepted, but no gate guards the environment {environment!r}, so there is no "
        f"verdict. Environments with a gate: {known}."
    )
