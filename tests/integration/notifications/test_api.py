"""Channels and deliveries over HTTP, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from tests.support.api import Api
from tests.support.notifications import event_of
from tidegate.domain.principals import WORKER
from tidegate.kernel.http.use import EXTENSION
from tidegate.kernel.telemetry.meter import GaugeSource
from tidegate.modules.notifications.service import NotificationService

URL = "https://hooks.example.org/services/hidden"
_CHANNELS = "/notification-channels"


@pytest.fixture
def small(small_api: Api) -> Api:
    small_api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
    small_api.put("/environments/production", {"rank": 100})
    return small_api


def add(api: Api, **said: Any) -> dict[str, Any]:
    answer = api.post(_CHANNELS, {"name": "crew", "kind": "webhook", "url": URL, **said})
    assert answer.status_code == 201, answer.get_json()
    made: dict[str, Any] = answer.get_json()
    return made


def change(api: Api, edition: int = 1, **said: Any) -> Any:
    return api.patch(f"{_CHANNELS}/crew", said, headers={"If-Match": f'"{edition}"'})


def tell(api: Api, *numbers: int) -> None:
    work = api.client.application.extensions[EXTENSION].work(WORKER)
    for number in numbers:
        work.use(NotificationService).add(event_of(number))
    work.close()


def gauges(api: Api) -> dict[str, float]:
    work = api.client.application.extensions[EXTENSION].work(WORKER)
    source = next(one for one in work.all_of(GaugeSource) if one.name == "notifications")
    work.close()
    return {gauge.name: gauge.values[()] for gauge in source.collect()}


class TestChannels:
    def test_tell_their_secret_once_and_their_url_never(self, small: Api) -> None:
        made = add(small)
        assert made["secret"].startswith("whsec_")
        shown = small.get(f"{_CHANNELS}/crew")
        assert "secret" not in shown.get_json()
        audited = small.get("/audit/events?subject=channel:crew")
        with small.database.engine.connect() as connection:
            kept = str(connection.execute(text("SELECT * FROM notification_channels")).one())
        for told in (str(made | {"secret": ""}), shown.text, audited.text, kept):
            assert "hidden" not in told
            assert made["secret"] not in told
        assert shown.get_json()["to"] == "https://hooks.example.org/…"

    def test_repeated_under_a_key_are_answered_without_their_secret(self, small: Api) -> None:
        said = {"name": "crew", "kind": "webhook", "url": URL}
        answers = [small.post(_CHANNELS, said, headers={"Idempotency-Key": "1"}).get_json() for _ in range(2)]
        assert answers[1] == {**answers[0], "secret": None}

    def test_have_one_name_each(self, small: Api) -> None:
        add(small)
        answer = small.post(_CHANNELS, {"name": "crew", "kind": "slack", "url": URL})
        assert answer.status_code == 409

    @pytest.mark.parametrize(
        ("said", "where"),
        [
            ({"url": "https://a b"}, "/url"),
            (
                {"url": "https://10.0.0.9/in"},
                "10.0.0.9 is private; OUTGOING_ALLOW can allow it (10.0.0.9/32)",
            ),
            ({"url": "https://localhost/in"}, "127.0.0.1 is loopback; OUTGOING_ALLOW can allow it"),
            ({"url": "http://hooks.example.org/in"}, "it is not https; OUTGOING_ALLOW can name the host"),
            ({"components": ["habrour"]}, "/components"),
            ({"environments": ["nowhere"]}, "/environments"),
            ({"kind": "email", "url": None, "addresses": ["a@example.org"]}, "/kind"),
            ({"events": ["test"]}, "/events/0"),
        ],
    )
    def test_that_would_not_do_what_is_meant_are_refused(self, small: Api, said: Any, where: str) -> None:
        answer = small.post(_CHANNELS, {"name": "crew", "kind": "webhook", "url": URL, **said})
        assert answer.status_code == 422
        assert where in str(answer.get_json()["errors"])
        add(small)
        if said.get("url"):
            assert change(small, url=said["url"]).status_code == 422

    def test_are_changed_in_part(self, small: Api) -> None:
        add(small, components=["harbour"])
        changed = change(small, events=["incident.closed"], url="https://other.example.org").get_json()
        assert (changed["components"], changed["events"]) == (["harbour"], ["incident.closed"])
        assert (changed["to"], changed["edition"]) == ("https://other.example.org/", 2)
        assert change(small, 1, enabled=False).status_code == 412
        assert change(small, 2, enabled=True).get_json()["edition"] == 2
        assert change(small, 2, enabled=False, environments=["production"]).get_json()["edition"] == 3

    def test_of_slack_have_no_secret_to_rotate(self, small: Api) -> None:
        assert add(small, kind="slack")["secret"] is None
        assert small.post(f"{_CHANNELS}/crew/secrets", {}).status_code == 409
        assert change(small, url="https://other.example.org").status_code == 200

    def test_rotate_with_an_overlap(self, small: Api) -> None:
        made = add(small)
        rotated = small.post(f"{_CHANNELS}/crew/secrets", {}).get_json()
        assert rotated["secret"] not in (None, made["secret"])
        assert rotated["old_secret_until"] is not None
        assert small.post(f"{_CHANNELS}/crew/secrets", {"overlap_hours": 721}).status_code == 422

    def test_that_are_removed_take_their_deliveries_along(self, small: Api) -> None:
        add(small)
        small.post(f"{_CHANNELS}/crew/tests", None)
        assert small.delete(f"{_CHANNELS}/crew").status_code == 204
        assert small.get("/notification-deliveries").get_json()["items"] == []
        assert small.get(f"{_CHANNELS}/crew").status_code == 404
        assert small.delete(f"{_CHANNELS}/crew").status_code == 404


class TestDeliveries:
    def test_are_found_by_channel_and_state(self, small: Api) -> None:
        add(small)
        add(small, name="deck", kind="slack")
        tell(small, 1)
        for query, count in (
            ("", 2),
            ("?channel=deck", 1),
            ("?state=waiting&channel=crew", 1),
            ("?state=delivered", 0),
        ):
            assert len(small.get(f"/notification-deliveries{query}").get_json()["items"]) == count

    def test_are_sent_again_one_by_one(self, small: Api) -> None:
        add(small)
        tell(small, 1)
        (one,) = small.get("/notification-deliveries").get_json()["items"]
        assert small.post(f"/notification-deliveries/{one['id']}/replays", None).get_json()["attempts"] == 0
        assert (
            small.get(f"/notification-deliveries/{one['id']}").get_json()["title"]
            == "harbour does not answer"
        )
        for method in (small.get, lambda path: small.post(f"{path}/replays", None)):
            assert method("/notification-deliveries/none").status_code == 404

    def test_are_sent_again_since_a_moment_or_where_given_up(self, small: Api) -> None:
        tell(small, 1, 2)
        add(small)
        replays = f"{_CHANNELS}/crew/replays"
        assert small.post(replays, {"since": "2020-01-01T00:00:00Z"}).get_json() == {"count": 2}
        assert small.post(replays, {"given_up": True}).get_json() == {"count": 0}
        for neither in ({}, {"since": "2020-01-01T00:00:00Z", "given_up": True}):
            assert small.post(replays, neither).status_code == 422

    def test_of_too_much_at_once_are_refused(self, small: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tidegate.modules.notifications.service.MOST_REPLAYED", 1)
        tell(small, 1, 2)
        add(small)
        answer = small.post(f"{_CHANNELS}/crew/replays", {"since": "2020-01-01T00:00:00Z"})
        assert (answer.status_code, "name a later moment" in answer.get_json()["detail"]) == (422, True)

    def test_are_none_of_a_channel_that_is_off(self, small: Api) -> None:
        add(small, enabled=False)
        tell(small, 1)
        assert small.get("/notification-deliveries").get_json()["items"] == []
        assert small.post(f"{_CHANNELS}/crew/tests", None).status_code == 409
        assert small.post(f"{_CHANNELS}/none/tests", None).status_code == 404

    def test_that_were_given_up_are_told_by_health_and_metrics(self, small: Api) -> None:
        add(small)
        tell(small, 1)
        with small.database.engine.begin() as connection:
            connection.execute(text("UPDATE notification_deliveries SET state = 'given-up'"))
        checks = small.client.get("/health").get_json()["checks"]
        assert "1 notification was given up" in str(checks)
        assert "tidegate notification replay --channel NAME --given-up" in str(checks)
        assert "crew" not in str(checks)  # anybody may read it
        assert gauges(small)["tidegate_notifications_given_up"] == 1
        small.post(f"{_CHANNELS}/crew/replays", {"given_up": True})
        assert "given up" not in str(small.client.get("/health").get_json()["checks"])
