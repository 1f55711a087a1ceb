"""`tidegate submit`: the same reports to a server, and the verdict that comes back with the answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tidegate.cli.client import Server
from tidegate.cli.lazy import NotDone
from tidegate.cli.options import CommitParameter, server_option, subject_options, wanted_commit
from tidegate.cli.paths import Named, expand
from tidegate.cli.show import OUTPUTS, items_wanted, show
from tidegate.cli.show.context import ReportContext, ReportSummary
from tidegate.domain.shown_verdicts import ShownVerdict
from tidegate.domain.times import write_time
from tidegate.kernel.clock import SystemClock

_LARGEST_STREAM = 256 * 1024 * 1024


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

    Reports are named as for `tidegate check`. Sending the same report again adds no evidence; every verdict
    is given now. Without --environment the verdict of every environment that a gate guards is shown. The
    server knows no waivers yet; only `tidegate check --waivers` does.

    Exit code: 0 every verdict shown is pass, 1 one is not, 2 no verdict.
    """
    if component is None:
        raise click.UsageError("Name the component: --component C, or TIDEGATE_COMPONENT.")
    commit = wanted_commit(revision)
    files = _chosen(reports, ignore)
    remote = Server(server)
    evidence: list[Mapping[str, Any]] = []
    verdicts: list[ShownVerdict] = []
    for named in files:
        answer = _submit(remote, named, component, commit, baseline)
        evidence.append(answer["evidence"])
        # Each answer holds what the gates say with all that was sent so far: the last one counts.
        verdicts = [ShownVerdict.of(ruling["verdict"]) for ruling in answer["verdicts"]]
    wanted = [one for one in verdicts if environment in (None, one.environment)]
    if not wanted:
        raise NotDone(_unjudged(environment, verdicts))
    passed = all(verdict.passed for verdict in wanted)
    # Only a verdict that does not pass has to name what fails, and for that the files are read here as well.
    summaries = list(map(_summary, files, evidence)) if passed else _read_here(files, output)
    show(wanted, ReportContext(summaries), output=output, path=output_file)
    click.get_current_context().exit(0 if passed else 1)


def _chosen(reports: tuple[str, ...], ignore: tuple[str, ...]) -> list[Named]:
    """Leave out, as `check` does, what was found in a folder and is no report."""
    from tidegate.cli.embedded import is_report
    from tidegate.readers.base import Source
    from tidegate.readers.registry import READERS

    files = expand(reports, [reader.format for reader in READERS], ignore)
    chosen = [n for n in files if not n.found or is_report(n, Source.of_path(Path(n.path)))]
    if not chosen:
        raise NotDone("There is no report among the files that were named.")
    return chosen


def _submit(
    server: Server, named: Named, component: str, commit: str, baseline: str | None
) -> Mapping[str, Any]:
    from tidegate.cli.embedded import open_source
    from tidegate.readers.base import Limits

    source, taken_at = open_source(named.path, Limits(max_bytes=_LARGEST_STREAM), SystemClock().now())
    query = {
        "slot": named.path,
        "format": named.format,
        "taken_at": write_time(taken_at),
        "baseline": baseline,
    }
    path = ("components", component, "revisions", commit, "evidence")
    answer = server.upload(*path, query=query, opener=source.open, size=source.size).document()
    if not isinstance(answer, dict) or not {"evidence", "verdicts"} <= set(answer):
        raise NotDone("The server that answered is not Tidegate, or one of another version.")
    return answer


def _read_here(files: list[Named], output: str) -> list[ReportSummary]:
    """Read the files again for the failing tests and findings that the verdict is about."""
    from tidegate.cli.embedded import read_reports
    from tidegate.readers.base import Limits

    limits = Limits(max_bytes=_LARGEST_STREAM)
    checked, _ = read_reports(files, limits, SystemClock().now(), items_wanted(output))
    return [one.summary() for one in checked]


def _summary(named: Named, evidence: Mapping[str, Any]) -> ReportSummary:
    what = f"{evidence['kind']}: {evidence['format']}" if evidence.get("kind") else "not recognised"
    return ReportSummary(named.path, str(evidence["digest"]), what)


def _unjudged(environment: str | None, verdicts: list[ShownVerdict]) -> str:
    if environment is None:
        return "The reports were accepted, but no gate guards any environment, so there is no verdict."
    known = ", ".join(sorted(str(one.environment) for one in verdicts)) or "none"
    return (
        f"The reports were accepted, but no gate guards the environment {environment!r}, so there is no "
        f"verdict. Environments with a gate: {known}."
    )
