"""Options that several commands share: what is judged, how reports are named, and how much they may hold."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from tidegate.cli import git
from tidegate.cli.lazy import NotDone
from tidegate.cli.terminal import read_text
from tidegate.domain.catalog import checked_name
from tidegate.domain.errors import Invalid
from tidegate.domain.times import is_timezone, read_time
from tidegate.readers.base import NO_TRUST, Limits, Trust

Command = TypeVar("Command", bound=Callable[..., Any])
SERVER_VARIABLE = "TIDEGATE_URL"
_OLD_SERVER_VARIABLE = "TIDEGATE_SERVER"
_DEFAULTS = Limits()
_DIGEST = re.compile(r"(?:[^@]+@)?(sha256:[0-9a-f]{64})")


class TimeParameter(click.ParamType[datetime]):
    """A moment as RFC 3339 writes it, such as `2026-11-21T02:26:48Z`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the moment; one without a time zone is refused, because it means something else everywhere."""
        try:
            return read_time(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a moment with its zone, such as 2026-11-21T02:26:48Z.", param, ctx)


class CommitParameter(click.ParamType[str]):
    """A commit by its hash, as the server asks for it; a short one is completed where git knows it."""

    name = "commit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the whole hash."""
        try:
            return git.full_revision(str(value), Path.cwd())
        except Invalid as error:
            self.fail(str(error), param, ctx)


class NameParameter(click.ParamType[str]):
    """The name of a component or an environment, held here to what the server accepts."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name as it is."""
        try:
            return checked_name(self.name, str(value))
        except Invalid as error:
            self.fail(str(error), param, ctx)


COMPONENT, ENVIRONMENT = NameParameter("component"), NameParameter("environment")


def wanted_commit(revision: str | None) -> str:
    """Return the commit that was named, else the one that is checked out; one of the two must be there."""
    commit = revision or git.head_revision(Path.cwd())
    if commit == git.UNKNOWN:
        raise click.UsageError("No commit is checked out here: name one with --revision R.")
    return commit


def warn_of_changes(commit: str) -> None:
    """Say so where the files that the reports may be of are not those of the commit that they count for."""
    if git.differs_from(commit, Path.cwd()):
        click.echo(
            f"Files of this checkout differ from commit {commit[:12]}, under whose name they are judged: "
            "commit them (`git status` names them), or the reports may be of something else.",
            err=True,
        )


class PositiveInteger(click.ParamType[int]):
    """A whole number from 1, refused with the variable that it may have come from."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number."""
        try:
            number = int(value)
        except ValueError:
            number = 0
        if number < 1:
            variable = param.envvar[-1] if param is not None and param.envvar else "its variable"
            self.fail(f"{value!r} is no whole number from 1 (given so, or as {variable}).", param, ctx)
        return number


def subject_options(command: Command) -> Command:
    """Add --component, --revision and --environment."""
    for option in (
        click.option("--environment", metavar="E", type=ENVIRONMENT, help="The environment to release to."),
        click.option(
            "--revision",
            metavar="R",
            type=CommitParameter(),
            envvar="TIDEGATE_REVISION",
            show_envvar=True,
            help="The commit to judge. Default: the commit that is checked out.",
        ),
        click.option(
            "--component",
            metavar="C",
            type=COMPONENT,
            envvar="TIDEGATE_COMPONENT",
            show_envvar=True,
            help="The component to judge.",
        ),
    ):
        command = option(command)
    return command


def limit_options(command: Command) -> Command:
    """Add the limits of what one report may ask of this machine, under the names of the settings."""
    for name, default, what in (
        ("lines", _DEFAULTS.max_lines, "Do not join coverage reports that list more lines of source"),
        ("items", _DEFAULTS.max_items, "Refuse reports with more cases, findings or elements"),
        ("depth", _DEFAULTS.max_depth, "Refuse reports with more levels of nesting"),
        ("bytes", _DEFAULTS.max_bytes, "Refuse reports with more bytes"),
    ):
        variable = f"MAX_REPORT_{name.upper()}"
        command = click.option(
            f"--max-report-{name}",
            type=PositiveInteger(),
            default=default,
            metavar="N",
            envvar=[f"TIDEGATE_{variable}", variable],
            help=f"{what} (default {default:,}; variable {variable}).",
        )(command)
    return command


def limits_of(options: dict[str, Any]) -> Limits:
    """Take the limits out of a command's options."""
    return Limits(
        max_bytes=options.pop("max_report_bytes"),
        max_depth=options.pop("max_report_depth"),
        max_items=options.pop("max_report_items"),
        max_lines=options.pop("max_report_lines"),
    )


class _FileList(click.ParamType[str]):
    """A file; several in a variable, with commas between them."""

    name = "file"

    def split_envvar_value(self, rv: str) -> list[str]:
        """Split a variable as the settings do."""
        return [name.strip() for name in rv.split(",") if name.strip()]


def trust_option(command: Command) -> Command:
    """Add --provenance-key, under the name of the setting."""
    return click.option(
        "--provenance-key",
        "provenance_keys",
        type=_FileList(),
        metavar="FILE",
        multiple=True,
        envvar=["TIDEGATE_PROVENANCE_KEYS", "PROVENANCE_KEYS"],
        help="Public key of a builder (PEM), whose provenance counts (variable PROVENANCE_KEYS=FILE,...).",
    )(command)


class _TimezoneName(click.ParamType[str]):
    """The name of a time zone."""

    name = "timezone"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse a name that no zone has."""
        if value and not is_timezone(value):
            self.fail(f"{value!r} is not the name of a time zone, such as UTC or Europe/Berlin.", param, ctx)
        return value


def timezone_option(command: Command) -> Command:
    """Add --report-timezone, under the name of the setting."""
    return click.option(
        "--report-timezone",
        type=_TimezoneName(),
        default="",
        metavar="NAME",
        envvar=["TIDEGATE_REPORT_TIMEZONE", "REPORT_TIMEZONE"],
        help="Where tools wrote times that name no zone, such as UTC; not said: the oldest that they can be "
        "(variable REPORT_TIMEZONE).",
    )(command)


def artifact_option(command: Command) -> Command:
    """Add --artifact."""
    return click.option(
        "--artifact",
        metavar="FILE|sha256:DIGEST",
        help="What is to be shipped, as a file, a digest or IMAGE@DIGEST: provenance counts if it names it.",
    )(command)


def digest_of_artifact(named: str | None) -> str:
    """Return the digest that names what is to be shipped; the empty text where nothing was named."""
    if named is None:
        return ""
    if found := _DIGEST.fullmatch(named):
        return found[1]
    from tidegate.readers.base import Source
    from tidegate.readers.evidence import digest_of_source

    try:
        return digest_of_source(Source.of_path(Path(named)))
    except OSError as error:
        raise NotDone(
            f"--artifact {named}: it is no sha256:DIGEST of 64 small hexadecimal digits, and no file that can"
            f" be read: {error.strerror or error}."
        ) from error


def trust_of(files: tuple[str, ...], artifact: str | None = None, timezone: str = "") -> Trust:
    """Read the keys that were named, each of which must be one that verifies, and what is to be shipped."""
    digest = digest_of_artifact(artifact)
    if not files:
        return Trust(artifact=digest, timezone=timezone) if digest or timezone else NO_TRUST
    # Slow to import, and needed where there are keys alone.
    from tidegate.domain.trusted_keys import read_trusted_keys

    texts = tuple(read_text(file, "key") for file in files)
    for file, text in zip(files, texts, strict=True):
        try:
            read_trusted_keys([text])
        except Invalid as error:
            raise NotDone(f"{file}: {error}") from error
    return Trust(provenance_keys=texts, artifact=digest, timezone=timezone)


def server_option(command: Command) -> Command:
    """Add --server: else TIDEGATE_URL, else its old name TIDEGATE_SERVER, else this machine."""
    return click.option(
        "--server",
        metavar="URL",
        envvar=SERVER_VARIABLE,
        show_envvar=True,
        default="http://127.0.0.1:8000",
        show_default=True,
        callback=_server,
        help="The server's URL.",
    )(command)


def _server(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Take the variable's old name where nothing else names the server, and say so once."""
    old = os.environ.get(_OLD_SERVER_VARIABLE)
    if not old or ctx.resilient_parsing:
        return value
    source = ctx.get_parameter_source("server")
    if source is ParameterSource.DEFAULT:
        click.echo(f"{_OLD_SERVER_VARIABLE} is called {SERVER_VARIABLE} now: rename it.", err=True)
        return old
    if source is ParameterSource.ENVIRONMENT and value != old:
        click.echo(f"{_OLD_SERVER_VARIABLE} does not count, as {SERVER_VARIABLE} is set.", err=True)
    return value
