"""`tidegate verdict`: the group, which imports the command that is called and no other."""

from __future__ import annotations

import click

from tidegate.cli.lazy import Later, LazyGroup

_COMMANDS = {
    "show": Later("tidegate.cli.verdict", "show_command", "Judge now, or show one of the past by its ID."),
    "list": Later("tidegate.cli.verdict", "list_command", "List the last verdicts on a component."),
    "replay": Later("tidegate.cli.verdict", "replay", "Recompute a verdict from its inputs."),
    "attestation": Later("tidegate.cli.attestations", "attestation", "Fetch a signed verdict."),
    "verify": Later("tidegate.cli.attestations", "verify", "Verify a signed verdict, without any server."),
}


@click.group(cls=LazyGroup, later=_COMMANDS)
def verdict() -> None:
    """Show, prove and verify verdicts."""
