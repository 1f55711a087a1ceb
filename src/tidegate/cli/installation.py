"""The installation that the settings name, opened for commands that look after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tidegate.cli.lazy import NotDone

if TYPE_CHECKING:
    from tidegate.kernel.container import Container
    from tidegate.kernel.db.engine import Database


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
        raise NotDone.of(error) from error
