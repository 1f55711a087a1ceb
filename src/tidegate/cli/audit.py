"""`tidegate audit`: verify the chain of changes, here or from an export without any server, and export it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import click

from tidegate.cli.lazy import NotDone
from tidegate.domain.audit import Head, Report, to_line, verify_lines

if TYPE_CHECKING:
    from tidegate.domain.anchors import Anchors
    from tidegate.modules.audit.service import AuditService

_HEAD = re.compile(r"(?P<seq>[1-9][0-9]{0,15}):(?P<hash>sha256:[0-9a-f]{64})")


class _HeadType(click.ParamType[Head]):
    name = "SEQ:HASH"

    def convert(self, value: str | Head, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        """Read what `audit verify` prints and the export's header holds."""
        if isinstance(value, Head):
            return value
        found = _HEAD.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is not like 42:sha256:… with 64 hexadecimal digits", param, ctx)
        return Head(int(found["seq"]), found["hash"])


@click.group()
def audit() -> None:
    """Verify and export the audit log."""


@audit.command()
@click.argument("file", type=click.File("rb"), required=False)
@click.option(
    "--head",
    type=_HeadType(),
    help="A head that was recorded earlier: detects a truncated or rewritten log.",
)
@click.option(
    "--anchor",
    "anchor_file",
    type=click.File("rb"),
    metavar="ANCHORS",
    help="Signed heads, one a line, as AUDIT_ANCHOR_FILE holds them: the log must hold every row they name.",
)
@click.option(
    "--key",
    "key_files",
    metavar="FILE",
    multiple=True,
    help="Public keys (PEM) to trust for anchors. Default, without FILE: this installation's own.",
)
def verify(
    file: BinaryIO | None, head: Head | None, anchor_file: BinaryIO | None, key_files: tuple[str, ...]
) -> None:
    """Verify the log in the configured database, or an export in FILE (`-` for standard input).

    An export needs neither server nor database. Exit code: 0 intact, 1 not intact, or an anchor that is not
    trusted; 2 it could not be verified (no database, no file, a file without a row).
    """
    if key_files and anchor_file is None:
        raise click.UsageError("--key says whose anchors are trusted: name their file with --anchor.")
    anchors = None if anchor_file is None else _anchors(anchor_file, key_files, of_export=file is not None)
    expected = (*(() if head is None else (head,)), *(() if anchors is None else anchors.heads))
    if file is not None:
        report = verify_lines(file, expected=expected)
        if report.intact and not report.checked:
            raise NotDone(f"{file.name} holds no row, so nothing was verified. Was the export cut off?")
    else:
        with _service() as service:
            report = service.verification(expected=expected)
    _tell(report, anchors)
    if file is not None and not expected:
        click.echo(
            "Rows cut off at the end do not show in a file alone: give the head recorded earlier as --head, "
            "or a file of anchors as --anchor.",
            err=True,
        )


@audit.command()
def export() -> None:
    """Write the log to standard output, one row a line; its head goes to standard error."""
    with _service() as service:
        head, rows = service.export()
        for row in rows:
            sys.stdout.buffer.write(to_line(row))
        sys.stdout.buffer.flush()
    if head is not None:
        click.echo(f"head {head.seq}:{head.hash}", err=True)


def _tell(report: Report, anchors: Anchors | None) -> None:
    if not report.intact:
        click.echo(f"NOT INTACT at row {report.bad_seq}: {report.fault}. {report.checked} before it hold.")
        raise click.exceptions.Exit(1)
    click.echo(f"Intact: {report.checked} rows.")
    if report.head is not None:
        click.echo(f"head {report.head.seq}:{report.head.hash}")
    if anchors is not None and report.head is not None:
        _tell_anchors(anchors, report.head)


def _tell_anchors(anchors: Anchors, head: Head) -> None:
    from tidegate.domain.times import write_time

    last = anchors.last
    click.echo(
        f"{anchors.count} anchor{'' if anchors.count == 1 else 's'} of {last.verifier}, and the log holds "
        f"every row that is named. The newest is of {write_time(last.at)}, row {last.head.seq}, by key "
        f"{anchors.keyid}."
    )
    if head.seq > last.head.seq:
        click.echo(f"{head.seq - last.head.seq} newer rows hold together, and no anchor speaks of them yet.")


def _anchors(file: BinaryIO, key_files: tuple[str, ...], *, of_export: bool) -> Anchors:
    """Read a file of anchors; what is not trusted in it ends the command with exit code 1."""
    from tidegate.cli.keys import keys_in_settings, trusted_keys
    from tidegate.domain.anchors import read_anchors
    from tidegate.domain.dsse import NotTrusted

    if of_export and not key_files:
        raise click.UsageError("--anchor needs --key for an export: the public keys that you trust.")
    keys = trusted_keys(key_files) if key_files else {key.keyid: key for key in keys_in_settings()}
    try:
        return read_anchors(file, keys)
    except NotTrusted as error:
        click.echo(f"NOT TRUSTED: {file.name}: {error}")
        raise click.exceptions.Exit(1) from error


@contextmanager
def _service() -> Iterator[AuditService]:
    from tidegate.cli.installation import configured_database
    from tidegate.domain.principals import COMMAND_LINE
    from tidegate.kernel.clock import SystemClock
    from tidegate.kernel.db import schema
    from tidegate.modules.audit.repository import AuditRepository
    from tidegate.modules.audit.service import AuditService

    with configured_database() as database:
        if not schema.at_head(database):
            raise NotDone("The schema is not the newest: run `tidegate db upgrade` first.")
        uow = database.unit_of_work()
        try:
            yield AuditService(uow, AuditRepository(uow), SystemClock(), COMMAND_LINE)
        finally:
            uow.close()
