"""`tidegate db`: bring the database to the newest schema, and tell where it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tidegate.kernel.db.engine import Database


@click.group()
def db() -> None:
    """Look after the database's schema."""


@db.command()
def upgrade() -> None:
    """Run the migrations that are missing; safe to call from several machines at once."""
    from tidegate.kernel.db import schema

    with configured_database() as database:
        before = schema.current(database)
        schema.upgrade(database)
        after = schema.current(database)
    click.echo(f"The schema was at {before or 'nothing'} and is at {after} now.")


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
    from tidegate.domain.errors import TidegateError
    from tidegate.environment import SettingsError
    from tidegate.kernel.db.engine import Database
    from tidegate.settings import read_settings

    try:
        database = Database.from_settings(read_settings())
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    try:
        yield database
    except TidegateError as error:
        raise click.ClickException(str(error)) from error
    finally:
        database.dispose()
