"""A group of commands whose modules are imported when they are used, so that no command pays for another."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from tidegate.domain.errors import Invalid, TidegateError, says_more, underneath


@dataclass(frozen=True, slots=True)
class Later:
    """Where a command is found when it is needed, and the line that `--help` shows without looking there."""

    module: str
    attribute: str
    summary: str


class NotDone(click.ClickException):
    """What was asked for could not be done, and so no verdict was given."""

    exit_code = 2

    @classmethod
    def of(cls, error: TidegateError) -> NotDone:
        """Tell an error, and beneath it each place that it names."""
        problems = error.problems if isinstance(error, Invalid) else ()
        told = ((where, what) for where, what in problems if len(problems) > 1 or says_more(str(error), what))
        lines = (f"  {where}: {what}" if where else f"  {what}" for where, what in told)
        words = underneath(error)
        return cls("\n".join((str(error), *lines, *((f"  {words}",) if words else ()))))


class LazyGroup(click.Group):
    """A group that knows names and summaries of its commands, and imports the one that is called."""

    def __init__(self, *args: Any, later: Mapping[str, Later] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self._later = dict(later or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command's name, in the order in which they are declared."""
        return [*self._later, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is none of that name."""
        later = self._later.get(cmd_name)
        if later is None:
            return super().get_command(ctx, cmd_name)
        command = getattr(importlib.import_module(later.module), later.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{later.module}.{later.attribute} is no command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called; raises `NoSuchCommand` that names the one that was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            # click knows only what it has imported.
            raise click.NoSuchCommand(
                error.command_name, possibilities=self.list_commands(ctx), ctx=ctx
            ) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by what is known of them without an import."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, later.summary) for name, later in self._later.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that Tidegate raises on purpose becomes one message and exit code 2."""
        try:
            return super().invoke(ctx)
        except TidegateError as error:
            raise NotDone.of(error) from error
