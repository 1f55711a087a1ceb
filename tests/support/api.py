"""An API on a real database, for tests: a client that speaks JSON, a clock moved by hand, sample reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from tests.support.access import as_admin, let_in_unless_old
from tidegate.app import create_app
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.kernel.passwords import Passwords
from tidegate.kernel.telemetry.start import meter_for
from tidegate.settings import read_settings

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"
OTHER_COMMIT = "1" * 40
START = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
# Real hashes of little work: how much work is asked for is shown by tests/integration/identity.
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))

GATE: dict[str, Any] = {
    "name": "production",
    "title": "What may go to production",
    "rules": [
        {
            "id": "tests-pass",
            "title": "Every test passes",
            "that": "tests.failed == 0 && tests.errors == 0",
            "needs": ["tests"],
            "max_age": "24h",
        },
    ],
}


def junit(*, passed: int = 2, failed: int = 0) -> bytes:
    """Write a JUnit report with this many cases."""
    cases = [f'<testcase classname="t" name="ok{i}" time="0.1"/>' for i in range(passed)]
    cases += [
        f'<testcase classname="t" name="bad{i}"><failure message="it leaks"/></testcase>'
        for i in range(failed)
    ]
    head = f'<testsuite name="pytest" tests="{passed + failed}" failures="{failed}" errors="0">'
    return (head + "".join(cases) + "</testsuite>").encode()


def flake8(*paths: str) -> bytes:
    """Write a flake8 report with a finding in each of these files."""
    return "".join(f"{path}:3:1: F401 'os' imported but unused\n" for path in paths).encode()


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.at

    def advance(self, step: timedelta) -> None:
        """Move on."""
        self.at += step


@dataclass(frozen=True, slots=True)
class Api:
    """A running API: `database` and `blobs` are the real ones behind it."""

    client: FlaskClient
    clock: HandClock
    database: Database
    blobs: BlobStore

    def get(self, path: str, **more: Any) -> TestResponse:
        """Read something."""
        return self.client.get(f"/api/v1{path}", **more)

    def put(self, path: str, body: Any, **more: Any) -> TestResponse:
        """Send a document as JSON."""
        return self.client.put(f"/api/v1{path}", json=body, **more)

    def post(self, path: str, body: Any, **more: Any) -> TestResponse:
        """Send a document as JSON."""
        return self.client.post(f"/api/v1{path}", json=body, **more)

    def patch(self, path: str, body: Any, **more: Any) -> TestResponse:
        """Send a change as JSON."""
        return self.client.patch(f"/api/v1{path}", json=body, **more)

    def delete(self, path: str, **more: Any) -> TestResponse:
        """Take something away."""
        return self.client.delete(f"/api/v1{path}", **more)

    def submit(
        self,
        report: bytes,
        *,
        slot: str = "junit.xml",
        commit: str = COMMIT,
        component: str = "harbour",
        **query: str,
    ) -> TestResponse:
        """Submit a report."""
        return self.client.post(
            f"/api/v1/components/{component}/revisions/{commit}/evidence",
            data=report,
            query_string={"slot": slot, **query},
            content_type="application/octet-stream",
        )

    def submit_all(
        self,
        reports: Mapping[str, bytes],
        details: Mapping[str, Any] | None = None,
        *,
        commit: str = COMMIT,
        component: str = "harbour",
        **query: str,
    ) -> TestResponse:
        """Submit several reports at once, by their slots."""
        form: list[tuple[str, Any]] = [("report", one) for one in reports.items()]
        if details is not None:
            form.append(("details", json.dumps(details)))
        body, media_type = encode_multipart_formdata(form)
        path = f"/api/v1/components/{component}/revisions/{commit}/submissions"
        return self.client.post(path, data=body, content_type=media_type, query_string=query)

    def set_up(self, gate: dict[str, Any] | None = None) -> None:
        """Register a component, a gate, and the environment that the gate guards."""
        gate = gate or GATE
        assert self.put("/components/harbour", {"title": "Harbour", "owner": "port"}).status_code == 201
        assert self.put(f"/gates/{gate['name']}", gate).status_code == 201
        guarded = {"rank": 3, "gate": gate["name"]}
        assert self.put("/environments/production", guarded).status_code == 201


def make_api(database: Database, folder: Path, **variables: str) -> Api:
    """Start the API on a database that is migrated already."""
    plain = database.url.set(drivername=database.dialect)
    settings = read_settings(
        {
            "DATA_DIR": str(folder),
            "DATABASE_URL": plain.render_as_string(hide_password=False),
            "RATE_LIMIT_ENABLED": "false",
            **variables,
        }
    )
    clock = HandClock()
    blobs = BlobStore.from_url(settings.blob_url)
    container = Container(
        settings=settings, database=database, blobs=blobs, clock=clock, meter=meter_for(settings)
    )
    let_in_unless_old(database.engine)
    app = create_app(settings, container)
    container.provide(Passwords, lambda _: QUICK)
    return Api(as_admin(app.test_client()), clock, database, blobs)
