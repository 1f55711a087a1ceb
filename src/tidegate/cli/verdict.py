"""`tidegate verdict show`, `list` and `replay`: what a server says now and said before, and made again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click

from tidegate.cli.client import Refused, Server
from tidegate.cli.lazy import NotDone
from tidegate.cli.options import server_option, subject_options, wanted_commit
from tidegate.cli.sent_reports import SentReports, sent_reports
from tidegate.cli.show import OUTPUTS, items_wanted, show
from tidegate.cli.show.context import ReportContext
from tidegate.cli.terminal import open_terminal, print_rows, shown_commit
from tidegate.domain.shown_verdicts import ShownVerdict

_PAGE = 100
_WITHOUT_JUDGING = (
    "  `latest` judges now. What was said before can be read with the role viewer:\n"
    "    tidegate verdict list --component {component} --revision {revision}\n"
    "    tidegate verdict show ID"
)


@click.command("show")
@click.argument("identifier", metavar="ID|latest")
@server_option
@subject_options
@click.option("--output", type=click.Choice(OUTPUTS), default="text", show_default=True)
@click.option(
    "--output-file", metavar="FILE", help="Write the output to a file, and the table to the terminal."
)
def show_command(
    identifier: str,
    server: str,
    component: str | None,
    revision: str | None,
    environment: str | None,
    output: str,
    output_file: str | None,
) -> None:
    """Judge a revision now (latest), or show a verdict of the past by its ID.

    `latest` asks every gate that guards an environment, or the one of --environment, and records what they
    say: that needs the role submitter. An ID and `tidegate verdict list` need the role viewer. A verdict of
    the past says nothing of now: gates change, and evidence grows stale. The server knows no waivers yet;
    only `tidegate check --waivers` does. Failing tests and findings come from the reports that it keeps.

    Exit code: 0 every verdict shown is pass, 1 one is not, 2 no verdict.
    """
    remote = Server(server)
    if identifier == "latest":
        verdicts = _judged_now(remote, component, revision, environment)
    else:
        verdicts = [ShownVerdict.of(remote.get("verdicts", identifier)["verdict"], recorded=True)]
    most = items_wanted(output, output_file)
    found = SentReports() if most == 0 else sent_reports(remote, verdicts, most=most)
    show(verdicts, ReportContext(found.summaries, on_server=True), output=output, path=output_file)
    for note in found.notes:
        click.echo(open_terminal().plain(note), err=True)
    click.get_current_context().exit(0 if all(one.passed for one in verdicts) else 1)


@click.command()
@click.argument("identifier", metavar="ID")
@server_option
def replay(identifier: str, server: str) -> None:
    """Recompute a verdict locally, from the inputs that the server recorded with it.

    Nothing that the server concluded is trusted: gate, evidence, time and subject are judged anew, and the
    bytes that come out are compared with those that were recorded.

    Exit code: 0 they are the same, 1 they are not, 2 the verdict cannot be fetched.
    """
    from tidegate.domain.canonical import canonical_json, digest_of
    from tidegate.domain.replays import replay as judge_again

    remote = Server(server)
    stored = remote.get("verdicts", identifier)
    inputs = remote.get("verdicts", identifier, "inputs")
    recorded, shown = str(stored["digest"]), digest_of(canonical_json(stored["verdict"]))
    again = judge_again(inputs)
    click.echo(f"recorded  {recorded}")
    click.echo(f"shown     {shown}")
    click.echo(f"replayed  {again.digest}")
    same = recorded == shown == again.digest
    if same:
        click.echo(f"The verdict comes out byte for byte as it was recorded: {again.state}.")
    else:
        click.echo("The verdict does NOT come out as it was recorded: do not rely on it.")
    click.get_current_context().exit(0 if same else 1)


@click.command("list")
@server_option
@subject_options
@click.option("--last", type=click.IntRange(1, 500), default=20, show_default=True, help="How many.")
def list_command(
    server: str, component: str | None, revision: str | None, environment: str | None, last: int
) -> None:
    """List the last verdicts that were given on a component, newest first, with their IDs.

    With --revision those on one commit. This is history: `tidegate verdict show latest` judges now.
    """
    if component is None:
        raise click.UsageError("Name the component: --component C, or TIDEGATE_COMPONENT.")
    query = {"component": component, "revision": revision, "limit": last}
    page = Server(server).get("verdicts", query=query)
    terminal = open_terminal()
    rows = []
    for stored in page["items"]:
        given = ShownVerdict.of(stored["verdict"])
        if environment in (None, given.environment):
            commit, where = shown_commit(terminal, given.revision), given.environment or "-"
            rows.append((str(stored["id"]), commit, where, given.state, str(stored["given_at"])))
    if rows:
        print_rows(terminal, ("ID", "Commit", "Environment", "Verdict", "Given"), rows)
    else:
        click.echo(f"No verdict on {component} has been given yet: tidegate submit --help")


def _judged_now(
    server: Server, component: str | None, revision: str | None, environment: str | None
) -> list[ShownVerdict]:
    """Have a revision judged for one environment, or for every one that a gate guards."""
    if component is None:
        raise click.UsageError("Name the component: --component C, or TIDEGATE_COMPONENT.")
    commit = wanted_commit(revision)
    path = ("components", component, "revisions", commit, "verdicts")
    wanted = [environment] if environment is not None else list(_guarded(server))
    if not wanted:
        raise NotDone("No gate guards any environment, so there is no verdict.")
    try:
        rulings = [server.send("POST", *path, document={"environment": name}).document() for name in wanted]
    except Refused as error:
        if error.status != 403:
            raise
        message = f"{error}\n{_WITHOUT_JUDGING.format(component=shlex.quote(component), revision=commit)}"
        raise Refused(message, error.status, error.problem) from error
    return [ShownVerdict.of(ruling["verdict"]) for ruling in rulings]


def _guarded(server: Server) -> Iterator[str]:
    """Name the environments that a gate guards, lowest rank first."""
    cursor: str | None = None
    while True:
        page = server.get("environments", query={"limit": _PAGE, "cursor": cursor})
        yield from (str(one["name"]) for one in page["items"] if one["gate"] is not None)
        cursor = page["next_cursor"]
        if cursor is None:
            return
