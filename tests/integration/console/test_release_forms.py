"""Releases by form, on both databases: created where the gate is open, notes corrected."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.console.test_gate_forms import read
from tests.integration.console.test_pages import PAYLOAD, parsed
from tests.support.api import COMMIT, OTHER_COMMIT, Api, junit
from tests.support.forms import BROWSER, fill_in, forms_of
from tests.support.people import sign_in
from tidegate.domain.access import Binding, Role

NEW = "/components/harbour/releases/new"


@pytest.fixture
def manager(api: Api) -> Api:
    """An API that has judged a good and a bad revision, whose caller is a release manager's browser."""
    api.set_up()
    api.put("/environments/staging", {"rank": 1})
    api.submit(junit())
    api.clock.advance(timedelta(minutes=1))
    api.submit(junit(failed=2), commit=OTHER_COMMIT)
    sign_in(api.client, api.database.engine, "mia", api.clock.now(), role=Role.RELEASE_MANAGER)
    return api


class TestCreate:
    @pytest.mark.requirement("S0-2")
    def test_makes_a_release_where_the_gate_is_open(self, manager: Api) -> None:
        sent = fill_in(
            manager.client, NEW, environment="production", revision=COMMIT, version="1.0.0", notes="Boats."
        )
        assert (sent.status_code, sent.headers["Location"]) == (303, "/components/harbour/releases/1.0.0")
        shown = read(manager.client.get(sent.headers["Location"], headers=BROWSER).text)
        assert "by person:mia" in shown and "prod/v1.0.0" in shown and "Boats." in shown
        assert "by person:mia" in read(manager.client.get("/", headers=BROWSER).text)
        assert manager.get("/components/harbour/releases/1.0.0").get_json()["created_by"] == "person:mia"

    def test_offers_the_newest_revisions_and_the_next_versions(self, manager: Api) -> None:
        text = manager.client.get(NEW, headers=BROWSER).text
        assert f'<option value="{OTHER_COMMIT}">' in text and '<option value="1.0.0">' in text
        assert "production: pass" in text and "There is none yet: this is the first one." in text
        assert "MAJOR.MINOR.PATCH, such as " in text and "last one" not in text
        fill_in(manager.client, NEW, environment="production", revision=COMMIT, version="1.4.1")
        text = read(manager.client.get(NEW, headers=BROWSER).text)
        assert "above the last one: 1.4.2, 1.5.0, 2.0.0." in text
        chosen = manager.client.get(f"{NEW}?revision={COMMIT}&environment=staging", headers=BROWSER)
        fields = next(found for _, found in forms_of(chosen) if "revision" in found)
        assert (fields["revision"], fields["environment"]) == (COMMIT, "staging")

    def test_shows_rule_by_rule_what_blocks(self, manager: Api) -> None:
        sent = fill_in(
            manager.client,
            NEW,
            environment="production",
            revision=OTHER_COMMIT,
            version="1.0.0",
            notes=PAYLOAD,
        )
        parsed(sent)
        text = read(sent.text)
        assert sent.status_code == 409
        assert "the gate is closed 1 rule blocks it" in text
        assert "tests-pass production fail" in text
        assert 'href="/verdicts/' in sent.text
        fields = next(found for _, found in forms_of(sent) if "revision" in found)
        assert (fields["version"], fields["notes"]) == ("1.0.0", PAYLOAD)
        assert manager.get("/audit/events?action=release.refused").get_json()["items"]

    @pytest.mark.parametrize(
        ("field", "value", "status", "said"),
        [
            ("version", "v1", 422, "is not a version"),
            ("version", "1.0.0-rc.1", 422, "1.0.0-rc.1"),
            ("version", "", 422, "Version is needed."),
            ("revision", COMMIT[:12], 422, "is not the full hash of a commit"),
            ("revision", "f" * 40, 422, "There is no revision of harbour named"),
            ("environment", "nowhere", 422, "Not a valid choice"),
            ("environment", "staging", 422, "No gate guards 'staging'."),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, manager: Api, field: str, value: str, status: int, said: str
    ) -> None:
        values = {"environment": "production", "revision": COMMIT, "version": "1.0.0", field: value}
        sent = fill_in(manager.client, NEW, **values)
        parsed(sent)
        assert sent.status_code == status
        assert f'id="{field}-fault"' in sent.text and said in read(sent.text)

    def test_refuses_a_version_that_is_not_above_the_last(self, manager: Api) -> None:
        values = {"environment": "production", "revision": COMMIT}
        fill_in(manager.client, NEW, **values, version="1.4.1")
        sent = fill_in(manager.client, NEW, **values, version="1.4.0")
        assert sent.status_code == 409
        assert "Choose a higher version." in read(sent.text)

    def test_offers_the_environments_alone_that_one_may_release_into(self, api: Api) -> None:
        api.set_up()
        api.put("/environments/staging", {"rank": 1, "gate": "production"})
        api.submit(junit())
        mine = Binding(Role.RELEASE_MANAGER, component="harbour", environment="staging")
        sign_in(api.client, api.database.engine, "sam", api.clock.now(), mine)
        text = api.client.get(NEW, headers=BROWSER).text
        assert '<option value="staging">' in text and '<option value="production">' not in text
        refused = fill_in(api.client, NEW, environment="production", revision=COMMIT, version="1.0.0")
        assert refused.status_code == 422
        made = fill_in(api.client, NEW, environment="staging", revision=COMMIT, version="1.0.0")
        assert made.status_code == 303

    def test_is_closed_and_not_linked_for_others(self, api: Api) -> None:
        api.set_up()
        sign_in(api.client, api.database.engine, "vera", api.clock.now(), role=Role.SUBMITTER)
        assert api.client.get(NEW, headers=BROWSER).status_code == 403
        assert "releases/new" not in api.client.get("/components/harbour", headers=BROWSER).text

    def test_is_closed_for_another_component(self, manager: Api) -> None:
        manager.put("/components/quay", {"title": "Quay", "owner": "land"})
        mine = Binding(Role.RELEASE_MANAGER, component="quay")
        sign_in(manager.client, manager.database.engine, "eve", manager.clock.now(), mine)
        assert manager.client.get(NEW, headers=BROWSER).status_code == 404


class TestNotes:
    @pytest.fixture
    def released(self, manager: Api) -> Api:
        """Release a version."""
        fill_in(manager.client, NEW, environment="production", revision=COMMIT, version="1.0.0", notes="Old.")
        return manager

    def test_are_corrected(self, released: Api) -> None:
        path = "/components/harbour/releases/1.0.0/notes"
        assert fill_in(released.client, path, notes="New.").status_code == 303
        shown = read(released.client.get("/components/harbour/releases/1.0.0", headers=BROWSER).text)
        assert "New." in shown and "Edition 2, corrected" in shown

    def test_of_two_writers_lose_neither_text(self, released: Api) -> None:
        path = "/components/harbour/releases/1.0.0/notes"
        mine = next(found for _, found in forms_of(released.client.get(path)) if "notes" in found)
        fill_in(released.client, path, notes="Theirs.")
        late = released.client.post(path, data={**mine, "notes": PAYLOAD}, headers=BROWSER)
        parsed(late)
        assert late.status_code == 412
        assert "Theirs." in read(late.text)
        kept = next(found for _, found in forms_of(late) if "notes" in found)
        assert kept["notes"] == PAYLOAD
        assert released.client.post(path, data=kept, headers=BROWSER).status_code == 303

    def test_are_not_corrected_by_others(self, released: Api) -> None:
        sign_in(released.client, released.database.engine, "vera", released.clock.now(), role=Role.VIEWER)
        path = "/components/harbour/releases/1.0.0"
        assert released.client.get(f"{path}/notes", headers=BROWSER).status_code == 403
        assert "/notes" not in released.client.get(path, headers=BROWSER).text
