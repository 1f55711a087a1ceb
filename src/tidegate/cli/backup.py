"""`tidegate backup`: create backups, list them, verify and restore them, remove old ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from tidegate.cli.lazy import NotDone
from tidegate.cli.terminal import read_text

if TYPE_CHECKING:
    from tidegate.domain.audit import Report
    from tidegate.kernel.backups.manifest import Manifest
    from tidegate.modules.backups.service import BackupService

_NAME = click.argument("name", required=False)
_IDENTITY = click.option(
    "--identity",
    metavar="FILE",
    help="A file with an age identity that opens encrypted backups (BACKUP_IDENTITY_FILE).",
)


@click.group()
def backup() -> None:
    """Create, list, verify, restore and prune backups of database, reports and settings.

    Backups are stored at BACKUP_URL. Exit codes: 0 done, 2 not done.
    """


@backup.command()
def create() -> None:
    """Create a backup while the server runs; exit 1 if reports are missing in the store."""
    with _service() as service:
        manifest = service.create(reason="command line")
    _show(manifest)
    if manifest.missing_count:
        click.echo(
            f"{manifest.missing_count} reports that the database names are missing or damaged in the store:",
            err=True,
        )
        for digest in manifest.missing:
            click.echo(f"  {digest}", err=True)
        raise click.exceptions.Exit(1)


@backup.command(name="list")
def list_() -> None:
    """List the backups, newest first, and why one cannot be restored."""
    with _service(database=False) as service:
        found = service.list()
    for each in found:
        if each.fault is not None or each.manifest is None:
            click.echo(f"{each.name}  CANNOT BE RESTORED: {each.fault}")
        else:
            click.echo(f"{each.name}  {_line(each.manifest)}")
    if not found:
        click.echo("There is no backup yet: `tidegate backup create` makes one.", err=True)


@backup.command()
@_NAME
@click.option("--deep", is_flag=True, help="Also restore it into a scratch database and verify it there.")
@_IDENTITY
def verify(name: str | None, deep: bool, identity: str | None) -> None:
    """Verify every byte of a backup. Default: the newest one."""
    with _service(identity, database=False) as service:
        manifest, report = service.verify(name, deep=deep)
    click.echo(f"{manifest.name} is as it was stored: {_line(manifest)}")
    if report is not None:
        click.echo(f"Restored into a scratch database: {_chain(report)}")


@backup.command()
@_NAME
@click.option("--overwrite", is_flag=True, help="Replace what is in the database.")
@_IDENTITY
def restore(name: str | None, overwrite: bool, identity: str | None) -> None:
    """Restore a backup's database and reports. Default: the newest backup.

    Stop web and worker processes first. Everything is verified before anything is changed.
    """
    with _service(identity, create=True) as service:
        done = service.restore(name, overwrite=overwrite)
    click.echo(f"Restored {done.manifest.name}: {_line(done.manifest)}")
    click.echo(f"{done.reports} reports are in the store. {_chain(done.report)}")
    if done.aside is not None:
        click.echo(f"The database that was there is kept as {done.aside}: remove it when all is well.")
    if not done.at_head:
        click.echo("Its schema is older than this version's: run `tidegate db upgrade`.")


@backup.command()
def prune() -> None:
    """Remove backups beyond BACKUP_KEEP, and reports that no other backup needs."""
    with _service() as service:
        done = service.prune()
    for name in done.names:
        click.echo(f"removed {name}")
    click.echo(f"{len(done.names)} backups and {done.reports} reports removed.")
    if done.fault is not None:
        click.echo(f"Reports that no backup names were left: {done.fault}", err=True)


def _show(manifest: Manifest) -> None:
    click.echo(f"{manifest.name}  {_line(manifest)}")
    click.echo(f"head {manifest.head or 'none'}")


def _line(manifest: Manifest) -> str:
    encrypted = ", encrypted" if manifest.encrypted else ""
    return (
        f"{manifest.server}, schema {manifest.revision}, {sum(manifest.rows.values())} rows, "
        f"{manifest.size} bytes and {manifest.blob_count} reports of {manifest.blob_bytes}{encrypted} "
        f"({manifest.reason})"
    )


def _chain(report: Report) -> str:
    return f"{report.checked} rows of the audit chain are intact."


@contextmanager
def _service(
    identity: str | None = None, *, create: bool = False, database: bool = True
) -> Iterator[BackupService]:
    """Open the backups; `create` lets a database be made, without `database` none needs to be there."""
    from tidegate.app import make_container, with_all_modules
    from tidegate.cli.installation import missing_database, refuse_missing_database
    from tidegate.domain.principals import COMMAND_LINE
    from tidegate.modules.backups.service import BackupService
    from tidegate.settings import read_settings

    settings = read_settings()
    if identity is not None:
        settings = dataclasses.replace(settings, backup_identity=read_text(identity, "identity"))
    with ExitStack() as stack:
        if not database and missing_database(settings) is not None:
            # On the new machine of a drill there is none yet, and listing must not make one there.
            elsewhere = stack.enter_context(TemporaryDirectory(prefix="tidegate-"))
            settings = dataclasses.replace(
                settings, database_url=f"sqlite:///{elsewhere}/none.sqlite3", data_dir=Path(elsewhere)
            )
        elif not create:
            refuse_missing_database(settings)
        try:
            container = make_container(settings)
        except ValueError as error:
            raise NotDone(str(error)) from error
        stack.callback(container.database.dispose)
        work = with_all_modules(container).work(COMMAND_LINE)
        stack.callback(work.close)
        yield work.use(BackupService)
