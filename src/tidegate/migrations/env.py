"""What Alembic runs around the migrations: transactions on a connection that holds the migration lock."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import POSTGRESQL, SQLITE, Database
from tidegate.migrations import all_tables


def run(connection: Connection) -> None:
    """Run what was asked for, each migration whole or not at all; on SQLite all of it or nothing."""
    sqlite = connection.dialect.name == SQLITE
    if not sqlite:
        # A statement that waits long for a lock would make every request behind it wait as well.
        connection.execute(text(schema.LOCK_TIMEOUT))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        # SQLite changes schemas in transactions as PostgreSQL does; Alembic assumes that it does not, because
        # Python's driver used to commit before every CREATE. Ours begins transactions itself.
        transactional_ddl=True,
        # An index that PostgreSQL builds beside the traffic ends the transaction before it.
        transaction_per_migration=not sqlite,
        # SQLite cannot alter most things in place: Alembic copies the table instead.
        render_as_batch=sqlite,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite:
            schema.check_foreign_keys(connection)


def write() -> None:
    """Write the migrations as SQL for PostgreSQL, for `alembic upgrade … --sql` and their lint."""
    context.configure(
        dialect_name=POSTGRESQL,
        target_metadata=all_tables(),
        literal_binds=True,
        transactional_ddl=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.execute(schema.LOCK_TIMEOUT)
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if context.is_offline_mode():
    write()
elif given is not None:
    run(given)
else:
    # Called as `alembic upgrade head`, without `tidegate db upgrade` around it.
    from tidegate.settings import read_settings

    with schema.exclusive(Database.from_settings(read_settings())) as own:
        run(own)
