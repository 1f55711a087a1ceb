"""The installation that the settings name, opened for commands that look after it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tidegate.cli.lazy import NotDone

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.kernel.container import Container, Work
    from tidegate.kernel.db.engine import Database
    from tidegate.settings import Settings


@contextmanager
def configured_database() -> Iterator[Database]:
    """Open the database that the settings name; what is wrong with either is one message."""
    from tidegate.kernel.db.engine import Database
    from tidegate.settings import read_settings

    with _one_message():
        settings = read_settings()
        refuse_missing_database(settings)
        database = Database.from_settings(settings)
        try:
            yield database
        finally:
            database.dispose()


@contextmanager
def configured_container(*, create: bool = False) -> Iterator[Container]:
    """Open everything that the settings name; only with `create` is a database made that is not there."""
    from tidegate.app import make_container
    from tidegate.settings import read_settings

    with _one_message():
        settings = read_settings()
        if not create:
            refuse_missing_database(settings)
        container = make_container(settings)
        try:
            yield container
        finally:
            container.database.dispose()


@contextmanager
def configured_work() -> Iterator[Work]:
    """Open the installation for use cases that an operator asks for on its own machine."""
    import structlog

    from tidegate.app import with_all_modules
    from tidegate.domain.principals import COMMAND_LINE
    from tidegate.kernel.db import schema

    # What may be logged on the way is no part of the output.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with configured_container() as container:
        if not schema.at_head(container.database):
            raise NotDone("The schema is not the newest: run `tidegate db upgrade` first.")
        work = with_all_modules(container).work(COMMAND_LINE)
        try:
            yield work
        finally:
            work.close()


def refuse_missing_database(settings: Settings) -> None:
    """Refuse to open a SQLite file that is not there: that would make an empty one."""
    path = missing_database(settings)
    if path is not None:
        # With its whole path: who is in the wrong folder sees it there.
        raise NotDone(
            f"There is no database at {path.absolute()}, and none was made.\n"
            "  If it lies elsewhere, say so as the server is told (DATA_DIR=FOLDER or DATABASE_URL=URL), or\n"
            "  run this in the folder where the server starts.\n"
            "  To make a new one there: tidegate db upgrade"
        )


def missing_database(settings: Settings) -> Path | None:
    """Return the SQLite file that the settings name where it is not there."""
    from tidegate.kernel.db.engine import SQLITE, database_url
    from tidegate.kernel.db.sqlite import file_of

    url = database_url(settings.database_url)
    path = file_of(url) if url.get_backend_name() == SQLITE else None
    return path if path is not None and not path.exists() else None


@contextmanager
def _one_message() -> Iterator[None]:
    from tidegate.domain.errors import TidegateError

    try:
        yield
    except TidegateError as error:
        raise NotDone.of(error) from error
