"""The pages of channels and deliveries, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from tests.integration.console.test_gate_forms import read
from tests.integration.console.test_pages import PAYLOAD, parsed
from tests.support.api import Api
from tests.support.forms import BROWSER, fill_in
from tests.support.notifications import event_of
from tests.support.people import sign_in
from tidegate.domain.access import Role
from tidegate.domain.principals import WORKER
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.notifications.service import NotificationService

URL = "https://hooks.example.org/services/T0B0key"


@pytest.fixture
def admin(api: Api) -> Api:
    """An API whose caller is an administrator's browser."""
    api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
    api.put("/environments/production", {"rank": 1})
    sign_in(api.client, api.database.engine, "ada", api.clock.now(), role=Role.ADMINISTRATOR)
    return api


def add(api: Api, **typed: str) -> Any:
    return fill_in(
        api.client,
        "/channels",
        to="/channels",
        **{"name": "crew", "kind": "webhook", "url": URL, **typed},
    )


def send(api: Api, action: str, **typed: str) -> Any:
    return fill_in(api.client, "/channels/crew", to=f"/channels/crew{action}", **typed)


def shown(api: Api, path: str) -> str:
    answer = api.client.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    parsed(answer)
    assert "T0B0key" not in answer.text
    return read(answer.text)


class TestChannels:
    def test_are_added_and_show_their_secret_once(self, admin: Api) -> None:
        assert "Nobody is told of anything yet." in shown(admin, "/channels")
        made = add(admin, opened="y", components="harbour", environments="production")
        assert (made.status_code, "whsec_" in made.text) == (200, True)
        text = shown(admin, "/channels")
        assert "opened" in text and "of harbour in production" in text
        assert "whsec_" not in shown(admin, "/channels/crew")

    def test_of_slack_lead_to_their_page(self, admin: Api) -> None:
        made = add(admin, kind="slack")
        assert (made.status_code, made.headers["Location"]) == (303, "/channels/crew")

    @pytest.mark.parametrize(
        "typed", [{"url": "no url"}, {"url": "https://10.0.0.9/"}, {"components": "habrour"}, {"name": ""}]
    )
    def test_that_cannot_be_are_refused_in_the_form(self, admin: Api, typed: dict[str, str]) -> None:
        assert add(admin, **typed).status_code == 422

    def test_are_tested_and_show_what_came_of_it(self, admin: Api) -> None:
        add(admin)
        assert send(admin, "/test").status_code == 303
        assert "A test of the channel crew" in shown(admin, "/channels/crew")
        assert "not sent yet" in shown(admin, "/deliveries?channel=crew&state=waiting")
        assert "There is no such delivery." in shown(admin, "/deliveries?state=delivered")

    def test_are_changed_and_switched_off(self, admin: Api) -> None:
        add(admin)
        form = {"closed": "y", "url": "https://other.example.org/T0B0key", "enabled": "y"}
        assert send(admin, "", **form).status_code == 303
        text = shown(admin, "/channels/crew")
        assert "https://other.example.org/…" in text and "ready" in text
        assert send(admin, "", environments="nowhere").status_code == 422
        admin.patch("/notification-channels/crew", {"enabled": False}, headers={"If-Match": "*"})
        assert "switched off" in shown(admin, "/channels")
        assert send(admin, "/test").status_code == 409

    def test_get_a_new_secret(self, admin: Api) -> None:
        add(admin)
        assert "whsec_" in send(admin, "/secret", overlap_hours="2").text
        assert "signs as well until" in shown(admin, "/channels/crew")
        assert send(admin, "/secret", overlap_hours="many").status_code == 422

    def test_are_sent_again_what_they_are_chosen(self, admin: Api) -> None:
        add(admin)
        for what in ("given-up", "24"):
            assert send(admin, "/replay", what=what).status_code == 303
        assert send(admin, "/replay", what="all").status_code == 422

    def test_are_removed(self, admin: Api) -> None:
        add(admin)
        assert send(admin, "/remove").status_code == 303
        assert "Nobody is told of anything yet." in shown(admin, "/channels")


class TestDeliveries:
    def test_are_sent_again_one_by_one(self, admin: Api) -> None:
        add(admin)
        work = admin.client.application.extensions[EXTENSION].work(WORKER)
        work.use(NotificationService).add(event_of(title=PAYLOAD))
        work.close()
        (one,) = admin.get("/notification-deliveries").get_json()["items"]
        with admin.database.engine.begin() as connection:
            connection.execute(
                text("UPDATE notification_channels SET failures = 1, failing_since = created_at")
            )
            connection.execute(text("UPDATE notification_deliveries SET attempts = 3"))
        shown(admin, "/deliveries")
        assert "failing" in shown(admin, "/channels")
        path = f"/deliveries/{one['id']}/replay"
        assert fill_in(admin.client, "/deliveries", to=path).status_code == 303
        admin.patch("/notification-channels/crew", {"enabled": False}, headers={"If-Match": "*"})
        assert fill_in(admin.client, "/deliveries", to=path).status_code == 409
