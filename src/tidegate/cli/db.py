"""`tidegate db`: bring the database to the newest schema, and tell where it is."""

from __future__ import annotations

import click

from tidegate.cli.db_copy import copy
from tidegate.cli.installation import configured_container, configured_database


@click.group()
def db() -> None:
    """Manage the database schema."""


@db.command()
@click.option(
    "--no-backup", is_flag=True, help="Do not create a backup first, even with MIGRATE_BACKUP=true."
)
def upgrade(no_backup: bool) -> None:
    """Run pending migrations; safe to run from several machines at once.

    A database that is not empty is backed up before; without that backup nothing is migrated.
    """
    from tidegate.app import migrate
    from tidegate.kernel.db import schema

    with configured_container(create=True) as container:
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
    """Show the schema's revision and the newest one; exit 1 if they differ."""
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


db.add_command(copy)
