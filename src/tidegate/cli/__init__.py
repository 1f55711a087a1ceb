"""The `tidegate` command, a file per group of commands."""

from __future__ import annotations

import click

from tidegate.cli.lazy import Later, LazyGroup

_COMMANDS = {
    "init": Later("tidegate.cli.init", "init", "Write a first gate that fits this project."),
    "check": Later("tidegate.cli.check", "check", "Judge reports by a gate, here and without a server."),
    "read": Later("tidegate.cli.read", "read", "Show what is in reports, and how they are read."),
    "gate": Later("tidegate.cli.gate", "gate", "Lint gates, put them in force, try them on history."),
    "component": Later("tidegate.cli.catalog", "component", "Register and list components."),
    "environment": Later("tidegate.cli.catalog", "environment", "Register environments and their gates."),
    "inventory": Later(
        "tidegate.cli.inventory", "inventory", "Import, export and undo workbooks of declared facts."
    ),
    "target": Later("tidegate.cli.targets", "target", "Say where components run."),
    "probe": Later("tidegate.cli.targets", "probe", "Ask a target how it is."),
    "submit": Later("tidegate.cli.submit", "submit", "Send reports to a server and show its verdict."),
    "verdict": Later("tidegate.cli.verdicts", "verdict", "Show, prove and verify verdicts."),
    "keys": Later("tidegate.cli.keys", "keys", "Make and show the keys that sign verdicts."),
    "release": Later("tidegate.cli.release", "release", "Create releases where gates are open."),
    "fact": Later("tidegate.cli.facts", "fact", "Tell and list what is known of what runs."),
    "deployed": Later("tidegate.cli.deployed", "deployed", "Tell a server what was deployed where."),
    "scan": Later("tidegate.cli.scan", "scan", "Read facts and findings from a repository."),
    "parity": Later("tidegate.cli.parity", "parity", "Show what runs other than declared."),
    "incident": Later("tidegate.cli.incidents", "incident", "Show and acknowledge what fails."),
    "maintenance": Later("tidegate.cli.incidents", "maintenance", "Plan when nobody is told of failures."),
    "flag": Later("tidegate.cli.flags", "flag", "Switch experimental parts of a server."),
    "channel": Later(
        "tidegate.cli.channels", "channel", "Say where incidents are told, on the server's machine."
    ),
    "notification": Later("tidegate.cli.channels", "notification", "See what was told, and send it again."),
    "serve": Later("tidegate.cli.server", "serve", "Start the server."),
    "worker": Later("tidegate.cli.worker", "worker", "Run background jobs."),
    "jobs": Later("tidegate.cli.jobs", "jobs", "List, retry and start background jobs."),
    "openapi": Later("tidegate.cli.server", "openapi", "Print the API's OpenAPI document."),
    "settings": Later(
        "tidegate.cli.server", "settings", "Print the settings that the server would start with."
    ),
    "login": Later("tidegate.cli.login", "login", "Keep a token for a server."),
    "logout": Later("tidegate.cli.login", "logout", "Forget the token of a server."),
    "whoami": Later("tidegate.cli.login", "whoami", "Show who a server takes you for."),
    "user": Later("tidegate.cli.identity", "user", "Manage people, on the server's machine."),
    "token": Later("tidegate.cli.identity", "token", "Manage API tokens, on the server's machine."),
    "publisher": Later(
        "tidegate.cli.publishers", "publisher", "Say whose pipelines are trusted, on the server's machine."
    ),
    "db": Later("tidegate.cli.db", "db", "Manage the database schema."),
    "backup": Later("tidegate.cli.backup", "backup", "Create, verify and restore backups."),
    "audit": Later("tidegate.cli.audit", "audit", "Verify and export the audit log."),
}


def _version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version  # slow to import, and needed for this alone

        click.echo(f"tidegate {version('tidegate')}")
        ctx.exit()


@click.group(cls=LazyGroup, later=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
def main() -> None:
    """Decide whether a release may ship, from the reports that its tools wrote.

    Exit codes: 0 it may, 1 it may not, 2 no verdict (usage error, a gate that is not valid, a
    server that does not answer).
    """
