"""`tidegate db`: bring the database to the newest schema, and tell where it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tidegate.kernel.container import Container
    from tidegate.kernel.db.engine import Database


@click.group()
def db() -> None:
    """Look after the database's schema."""


@db.command()
@click.option("--no-backup", is_flag=True, help="Take no backup first, whatever MIGRATE_BACKUP says.")
def upgrade(no_backup: bool) -> None:
    """Run the migrations that are missing; safe to call from several machines at once.

    A database that is not empty is backed up before; without that backup nothing is migrated.
    """
    from tidegate.app import migrate
    from tidegate.kernel.db import schema

    with configured_container() as container:
        before = schema.current(container.database)
        taken = migrate(container, backup=not no_backup)
        after = schema.current(container.database)
    if taken is not None:
        click.echo(f"The backup {taken.name} was taken first.")
    click.echo(f"The schema was at {before or 'nothing'} and is at {after} now.")
    if not schema.knows(after):
        click.echo("A newer version of Tidegate migrated it: there is nothing to do for this one.", err=True)


@db.command()
def current() -> None:
    """Show at which revision the schema is, and which is the newest; exit 1 where they differ."""
    from tidegate.kernel.db import schema

    with configured_database() as database:
        found = schema.current(database)
    click.echo(f"The schema is at {found or 'nothing'}; the newest is {schema.head()}.")
    if found != schema.head():
        click.echo("Run `tidegate db upgrade`.", err=True)
        raise click.exceptions.Exit(1)


@db.command()
def check() -> None:
    """Compare the database with what this version expects; exit 1 where they differ."""
    from tidegate.kernel.db import schema

    with configured_database() as database:
        if not schema.at_head(database):
            raise click.ClickException("The schema is not the newest: run `tidegate db upgrade` first.")
        difference = schema.check(database)
    if difference is not None:
        raise click.ClickException(difference)
    click.echo("The schema is what this version expects.")


@contextmanager
def configured_database() -> Iterator[Database]:
    """Open the database that the settings name; what is wrong with either is told in one sentence."""
    from tidegate.kernel.db.engine import Database
    from tidegate.settings import read_settings

    with _told():
        database = Database.from_settings(read_settings())
        try:
            yield database
        finally:
            database.dispose()


@contextmanager
def configured_container() -> Iterator[Container]:
    """Open everything that the settings name, told as `configured_database` does."""
    from tidegate.app import make_container
    from tidegate.settings import read_settings

    with _told():
        container = make_container(read_settings())
        try:
            yield container
        finally:
            container.database.dispose()


@contextmanager
def _told() -> Iterator[None]:
    from tidegate.domain.errors import TidegateError

    try:
        yield
    except TidegateError as error:
        raise click.ClickException(str(error)) from error
