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
def verify(file: BinaryIO | None, head: Head | None) -> None:
    """Verify the log in the configured database, or an export in FILE (`-` for standard input).

    An export needs neither server nor database. Exit code: 0 intact, 1 not intact, 2 it could not be verified
    (no database, no file, a file without a row).
    """
    if file is not None:
        report = verify_lines(file, expected=head)
        if report.intact and not report.checked:
            raise NotDone(f"{file.name} holds no row, so nothing was verified. Was the export cut off?")
    else:
        with _service() as service:
            report = service.verification(expected=head)
    _tell(report)
    if file is not None and head is None:
        click.echo(
            "Rows cut off at the end do not show in a file alone: give the head recorded earlier as --head.",
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


def _tell(report: Report) -> None:
    if not report.intact:
        click.echo(f"NOT INTACT at row {report.bad_seq}: {report.fault}. {report.checked} before it hold.")
        raise click.exceptions.Exit(1)
    click.echo(f"Intact: {report.checked} rows.")
    if report.head is not None:
        click.echo(f"head {report.head.seq}:{report.head.hash}")


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
