"""The catalog and the audit log over HTTP, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import URL

from tests.support.access import as_admin, let_in
from tests.support.api import GATE
from tidegate.app import create_app, make_container
from tidegate.domain.audit import Head, verify_lines
from tidegate.modules.catalog import examples
from tidegate.settings import Settings

_SHOP = {"title": "Shop", "owner": "web"}
_COMMIT = examples.COMMIT


@pytest.fixture
def client(database_url: URL, tmp_path: Path) -> Iterator[FlaskClient]:
    settings = Settings(
        environment="testing",
        data_dir=tmp_path,
        database_url=database_url.render_as_string(hide_password=False),
        modules=("audit", "identity", "gates", "catalog", "operations"),
    )
    container = make_container(settings)
    let_in(container.database.engine)
    yield as_admin(create_app(settings, container).test_client())
    container.database.dispose()


class TestComponents:
    def test_put_registers_repeats_and_changes(self, client: FlaskClient) -> None:
        made = client.put("/api/v1/components/shop", json=_SHOP)
        assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
        assert made.headers["Location"] == "/api/v1/components/shop"
        again = client.put("/api/v1/components/shop", json=_SHOP)
        assert (again.status_code, again.json) == (200, made.json)
        changed = client.put(
            "/api/v1/components/shop", json={"title": "New", "owner": "web"}, headers={"If-Match": '"1"'}
        )
        assert (changed.status_code, changed.headers["ETag"], changed.get_json()["title"]) == (
            200,
            '"2"',
            "New",
        )
        assert client.get("/api/v1/components/shop").json == changed.json
        same = client.get("/api/v1/components/shop", headers={"If-None-Match": '"2"'})
        assert same.status_code == 304

    @pytest.mark.parametrize(
        ("condition", "status"), [({}, 428), ({"If-Match": '"7"'}, 412), ({"If-Match": "*"}, 200)]
    )
    def test_a_change_needs_its_condition(
        self, client: FlaskClient, condition: dict[str, str], status: int
    ) -> None:
        client.put("/api/v1/components/shop", json=_SHOP)
        other = {"title": "Other", "owner": "web"}
        assert client.put("/api/v1/components/shop", json=other, headers=condition).status_code == status

    def test_learns_how_to_give_its_condition(self, client: FlaskClient) -> None:
        client.put("/api/v1/components/shop", json=_SHOP)
        answer = client.put("/api/v1/components/shop", json={"title": "Other", "owner": "web"})
        assert answer.get_json()["detail"].endswith("Send the ETag that you read as If-Match.")

    def test_faults_are_named(self, client: FlaskClient) -> None:
        assert client.put("/api/v1/components/Shop", json=_SHOP).status_code == 422
        missing = client.put("/api/v1/components/shop", json={"title": "x"})
        assert (missing.status_code, missing.get_json()["errors"][0]["pointer"]) == (422, "/owner")
        assert client.get("/api/v1/components/none").status_code == 404

    def test_lists_in_pages(self, client: FlaskClient) -> None:
        for name in "abc":
            client.put(f"/api/v1/components/{name}", json=_SHOP)
        first = client.get("/api/v1/components?limit=2&owner=web")
        assert [item["name"] for item in first.get_json()["items"]] == ["a", "b"]
        assert 'rel="next"' in first.headers["Link"]
        rest = client.get(f"/api/v1/components?limit=2&cursor={first.get_json()['next_cursor']}")
        assert ([item["name"] for item in rest.get_json()["items"]], rest.get_json()["next_cursor"]) == (
            ["c"],
            None,
        )


class TestEnvironments:
    def test_put_get_and_list(self, client: FlaskClient) -> None:
        refused = client.put("/api/v1/environments/production", json={"rank": 9, "gate": "production"})
        assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/gate")
        assert client.put("/api/v1/gates/production", json=GATE).status_code == 201
        made = client.put("/api/v1/environments/production", json={"rank": 9, "gate": "production"})
        assert made.status_code == 201
        client.put("/api/v1/environments/local", json={"rank": 0})
        assert client.get("/api/v1/environments/production").json == made.json
        listed = client.get("/api/v1/environments").get_json()["items"]
        assert [item["name"] for item in listed] == ["local", "production"]


class TestRevisions:
    def test_put_get_and_list(self, client: FlaskClient) -> None:
        url = f"/api/v1/components/shop/revisions/{_COMMIT}"
        assert client.put(url, json={}).status_code == 422
        client.put("/api/v1/components/shop", json=_SHOP)
        made = client.put(url, json={"branch": "main"})
        assert (made.status_code, made.headers["Location"]) == (201, url)
        facts = {"artifact": examples.REVISION_FACTS["artifact"]}
        added = client.put(url, json=facts)
        assert (added.status_code, added.get_json()["branch"]) == (200, "main")
        assert client.put(url, json={"artifact": "sha256:" + "0" * 64}).status_code == 409
        assert client.get(url).json == added.json
        assert client.get("/api/v1/components/shop/revisions").get_json()["items"] == [added.json]
        assert client.get(f"/api/v1/components/shop/revisions/{_COMMIT[:9]}").status_code == 422


class TestAudit:
    def test_shows_exports_and_verifies_every_change(self, client: FlaskClient) -> None:
        empty = client.get("/api/v1/audit/verification").get_json()
        assert empty == {"intact": True, "checked": 0}
        assert "Tidegate-Audit-Head" not in client.get("/api/v1/audit/export").headers
        client.put("/api/v1/components/shop", json=_SHOP)
        client.put("/api/v1/environments/local", json={"rank": 0})
        events = client.get("/api/v1/audit/events").get_json()["items"]
        assert [event["action"] for event in events] == ["environment.registered", "component.registered"]
        only = client.get("/api/v1/audit/events?subject=component:shop").get_json()["items"]
        assert only == events[1:]
        exported = client.get("/api/v1/audit/export")
        assert exported.mimetype == "application/x-ndjson"
        seq, _, digest = exported.headers["Tidegate-Audit-Head"].partition(":")
        report = verify_lines(exported.data.splitlines(), expected=[Head(int(seq), digest)])
        assert (report.intact, report.checked) == (True, 2)
        verified = client.get("/api/v1/audit/verification").get_json()
        assert (verified["intact"], verified["checked"], verified["head"]["hash"]) == (True, 2, digest)
