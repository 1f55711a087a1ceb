"""Tests of the health endpoints over a real database and blob store."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import tidegate
from tests.fakes.web import container_for, settings_for
from tidegate.app import create_app
from tidegate.kernel.container import Container
from tidegate.kernel.db import schema
from tidegate.kernel.http.use import EXTENSION

READY = {"database", "schema"}


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    """Return a container over a SQLite file at the newest schema."""
    made = container_for(settings_for(tmp_path, GIT_COMMIT="abc123", RATE_LIMIT_ENABLED="false"))
    yield made
    made.database.dispose()


@pytest.fixture
def app(container: Container) -> Flask:
    """Return Tidegate."""
    return create_app(container.settings, container)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a balancer."""
    return app.test_client()


class TestHealth:
    @pytest.mark.requirement("S1-19")
    @pytest.mark.requirement("S3-22")
    def test_asks_every_part(self, client: FlaskClient) -> None:
        response = client.get("/health")

        body = response.get_json(force=True)
        assert (response.status_code, response.content_type) == (200, "application/health+json")
        assert body["status"] == "pass"
        others = {"blobs", "disk", "worker", "scheduler", "prober", "modules", "signing", "pages"}
        others |= {"audit-anchor", "flags", "notifications"}
        assert set(body["checks"]) == READY | others
        assert {check["status"] for (check,) in body["checks"].values()} == {"pass"}
        assert datetime.now(UTC) - datetime.fromisoformat(body["timestamp"]) < timedelta(minutes=1)

    def test_fails_without_the_blob_store(self, client: FlaskClient, container: Container) -> None:
        blobs = Path(container.settings.blob_url)
        shutil.rmtree(blobs, ignore_errors=True)
        blobs.write_text("no folder")

        response = client.get("/health")

        assert response.status_code == 503
        assert response.get_json(force=True)["checks"]["blobs"][0]["status"] == "fail"
        assert client.get("/status").get_json()["status"] == "degraded"
        assert client.get("/readyz").status_code == 200

    @pytest.mark.requirement("S4-29")
    def test_fails_when_the_disk_is_nearly_full(self, container: Container) -> None:
        container.settings = dataclasses.replace(container.settings, min_free_disk_bytes=2**80)
        client = create_app(container.settings, container).test_client()

        check = client.get("/health").get_json(force=True)["checks"]["disk"][0]

        assert check["status"] == "fail"
        assert "MIN_FREE_DISK_BYTES" in check["output"] and "make room" in check["output"]

    def test_fails_when_a_module_cannot_be_built(self, client: FlaskClient, container: Container) -> None:
        container.provide(dict, lambda _: 1 / 0)  # type: ignore[arg-type, return-value]  # breaks on purpose

        body = client.get("/health").get_json(force=True)

        assert body["checks"]["modules"][0]["status"] == "fail"


class TestReadiness:
    @pytest.mark.requirement("S2-13")
    def test_needs_the_newest_schema(self, client: FlaskClient, container: Container) -> None:
        assert client.get("/readyz").status_code == 200

        schema.downgrade(container.database, "base")

        response = client.get("/readyz")
        assert response.status_code == 503
        assert "run the migrations" in response.get_json(force=True)["checks"]["schema"][0]["output"]
        assert client.get("/status").get_json()["status"] == "down"

    @pytest.mark.requirement("S2-13")
    def test_needs_the_database(self, tmp_path: Path) -> None:
        settings = settings_for(tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
        client = create_app(settings).test_client()

        response = client.get("/readyz")

        assert response.status_code == 503
        assert response.get_json(force=True)["checks"]["database"][0]["status"] == "fail"

    @pytest.mark.requirement("S2-12")
    def test_says_nothing_of_whether_the_process_lives(self, tmp_path: Path) -> None:
        settings = settings_for(tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

        response = create_app(settings).test_client().get("/healthz")

        assert (response.status_code, response.get_json(force=True)["status"]) == (200, "pass")


class TestStatus:
    @pytest.mark.requirement("S3-23")
    @pytest.mark.requirement("S4-19")
    def test_tells_what_runs_here(self, app: Flask, client: FlaskClient) -> None:
        body = client.get("/status").get_json()

        assert (body["service"], body["version"], body["commit"]) == (
            "tidegate",
            tidegate.__version__,
            "abc123",
        )
        assert (body["status"], body["environment"]) == ("operational", "development")
        assert body["modules"] == list(app.extensions[EXTENSION].module_names)
        assert body["model"]["available"] is False
