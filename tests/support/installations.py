"""An installation with reports in it, for tests of what operators do: back it up, restore it, move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.api import Api, HandClock, flake8, junit, make_api
from tidegate.app import compose
from tidegate.domain.principals import SERVER
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.modules.backups.service import BackupService
from tidegate.registry import MODULES
from tidegate.settings import read_settings


@dataclass(frozen=True, slots=True)
class Installation:
    """The API on a database, and what looks after its backups; `clock` is the API's own."""

    api: Api
    folder: Path

    @property
    def clock(self) -> HandClock:
        """The clock of all of it."""
        return self.api.clock

    @property
    def backup_folder(self) -> Path:
        """Where the backups lie."""
        return self.folder / "backups"

    @contextmanager
    def container(self, **variables: str) -> Iterator[Container]:
        """Put its parts together as a process of its own would, with these settings."""
        url = self.api.database.url.set(drivername=self.api.database.dialect)
        settings = read_settings(
            {
                "DATA_DIR": str(self.folder),
                "DATABASE_URL": url.render_as_string(hide_password=False),
                **variables,
            }
        )
        container = Container(
            settings=settings, database=self.api.database, blobs=self.api.blobs, clock=self.clock
        )
        compose(container, MODULES)
        yield container

    @contextmanager
    def backups(self, **variables: str) -> Iterator[BackupService]:
        """Look after its backups, with these settings."""
        with self.container(**variables) as container:
            work = container.work(SERVER)
            try:
                yield work.use(BackupService)
            finally:
                work.close()

    def fill(self) -> list[str]:
        """Submit two reports; returns the identifiers under which they are kept."""
        self.api.set_up()
        submitted = [self.api.submit(junit()), self.api.submit(flake8("a.py"), slot="flake8.txt")]
        return [answer.json["evidence"]["id"] for answer in submitted if answer.json is not None]

    def content(self, evidence: str) -> bytes | None:
        """Return the bytes of a report, or None where there are none."""
        answer = self.api.get(f"/evidence/{evidence}/content")
        return answer.get_data() if answer.status_code == 200 else None


def make_installation(database: Database, folder: Path) -> Installation:
    """Start an installation on a database that is migrated already."""
    return Installation(make_api(database, folder), folder)
