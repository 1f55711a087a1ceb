"""`tidegate db copy`: move an installation from SQLite to PostgreSQL, most of it while it serves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tidegate.cli.lazy import NotDone

if TYPE_CHECKING:
    from tidegate.domain.audit import Head, Report
    from tidegate.kernel.container import Container
    from tidegate.kernel.db.copying import Copied
    from tidegate.kernel.db.engine import Database
    from tidegate.kernel.db.uow import UnitOfWork
    from tidegate.modules.audit.service import AuditService


@click.command()
@click.option(
    "--to",
    required=True,
    metavar="URL",
    envvar="TIDEGATE_COPY_TO",
    help="The new database, postgresql://…; TIDEGATE_COPY_TO keeps it out of process lists.",
)
@click.option("--final", is_flag=True, help="The last pass: no process may have the old database open.")
def copy(to: str, final: bool) -> None:
    """Copy the database that the settings name (SQLite) to PostgreSQL.

    Run it while the server serves, as often as you like and again where it was interrupted: each pass copies
    what is missing and fixes what differs. Then stop web and workers and run it with --final: it refuses
    while anybody has the old database open, copies the rest, counts every table on both sides and verifies
    the audit chain in the new one. Reports stay where they are (BLOB_URL).
    """
    from tidegate.cli.installation import configured_container
    from tidegate.kernel.db import schema
    from tidegate.kernel.db.copying import Plan, copy_pass
    from tidegate.migrations import all_tables

    with configured_container() as container, _target(to) as target:
        source = container.database
        if not schema.at_head(source):
            raise NotDone("The schema is not the newest: run `tidegate db upgrade` first.")
        schema.upgrade(target)
        _refuse_another_installation(container, target)
        source.dispose()
        begun = time.monotonic()
        done = copy_pass(source, target, Plan.of(all_tables()), final=final, tell=_tell)
        rows, seconds = sum(each.rows for each in done), time.monotonic() - begun
        click.echo(f"{rows} rows compared in {seconds:.1f} s.")
        if not final:
            click.echo("Next: another pass, or stop web and workers and run this with --final.")
            return
        report = _verify(container, target)
        head = f"{report.head.seq}:{report.head.hash}" if report.head else "none"
        click.echo(f"The numbers of rows agree; {report.checked} rows of the audit chain are intact there.")
        click.echo(f"head {head}")
        click.echo(
            "Now start web and workers with the new DATABASE_URL, and keep the old file until all is well."
        )


def _tell(copied: Copied) -> None:
    click.echo(
        f"{copied.table}: {copied.rows} rows, {copied.added} added, {copied.changed} fixed, "
        f"{copied.removed} removed"
    )


@contextmanager
def _target(url: str) -> Iterator[Database]:
    from tidegate.kernel.db.engine import POSTGRESQL, Database

    try:
        target = Database(url, statement_timeout=0)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        if target.dialect != POSTGRESQL:
            raise click.UsageError("--to names no PostgreSQL: write postgresql://…")
        yield target
    finally:
        target.dispose()


def _refuse_another_installation(container: Container, target: Database) -> None:
    """Refuse where the audit log there is not how the one here begins."""
    with _audit(container, target.unit_of_work()) as there:
        head: Head | None = there.export()[0]
    with _audit(container, container.database.unit_of_work()) as here:
        if head is not None and not here.holds(head):
            raise NotDone("The target holds another installation: name an empty database.")


def _verify(container: Container, target: Database) -> Report:
    with _audit(container, target.unit_of_work()) as there:
        report = there.verification()
    with _audit(container, container.database.unit_of_work()) as here:
        head = here.export()[0]
    if not report.intact or report.head != head:
        raise NotDone(
            f"The audit chain there is not the one here ({report.fault or 'another head'}): do not "
            "use the new database. Verify the old one with `tidegate audit verify`, drop the new one, "
            "and start again."
        )
    return report


@contextmanager
def _audit(container: Container, uow: UnitOfWork) -> Iterator[AuditService]:
    from tidegate.app import with_all_modules
    from tidegate.domain.principals import COMMAND_LINE
    from tidegate.modules.audit.service import AuditService

    try:
        yield with_all_modules(container).work_on(uow, COMMAND_LINE).use(AuditService)
    finally:
        uow.close()
