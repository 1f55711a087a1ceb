"""The notifier in its thread, against real receivers on loopback, on both databases."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.support.notifications import Notifying, event_of, until
from tests.support.receivers import Receiver, Reply, receiver
from tidegate.domain.channels import Audience, ChannelKind, ChannelTarget
from tidegate.domain.conditions import AnyVersion
from tidegate.domain.deliveries import DeliveryState
from tidegate.domain.notifications import NotificationKind
from tidegate.kernel.db.engine import Database
from tidegate.kernel.secret_cipher import SecretUnreadable
from tidegate.modules.notifications import notifier, wiring
from tidegate.modules.notifications.channels import ChannelService
from tidegate.modules.notifications.dispatch import DispatchService
from tidegate.modules.notifications.ports import ChannelChange
from tidegate.modules.notifications.service import NotificationService
from tidegate.settings import Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(
        {
            "DATA_DIR": str(tmp_path / "data"),
            "OUTGOING_ALLOW": "127.0.0.1/32",
            "OUTGOING_TIMEOUT": "2",
            "PUBLIC_URL": "http://127.0.0.1:8000",
        }
    )


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "_POLL", 0.02)
    monkeypatch.setattr(notifier, "_PAUSE", 0.02)
    monkeypatch.setattr(wiring, "_IDLE", 0.02)


@pytest.fixture
def place(database: Database, settings: Settings) -> Notifying:
    return Notifying.made(settings, database)


@pytest.fixture
def crew() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def hasten(place: Notifying) -> None:
    """Let what waits be due now."""
    with place.container.database.engine.begin() as connection:
        for table, column in (
            ("notification_deliveries", "next_at"),
            ("notification_channels", "held_until"),
        ):
            connection.execute(text(f"UPDATE {table} SET {column} = '2020-01-01 00:00:00.000000'"))


class TestNotifier:
    def test_signs_what_it_sends_to_a_webhook(self, place: Notifying, crew: Receiver) -> None:
        secret = place.channel(crew.url + "/in?token=1")
        with place.sending():
            place.tell(event_of())
            (got,) = crew.wait(1)
            until(lambda: place.delivered(1))
        assert got.path == "/in?token=1"
        document = Webhook(secret).verify(got.body, dict(got.headers))
        assert document == json.loads(got.body)
        assert (document["type"], document["data"]["component"]) == ("incident.opened", "harbour")
        assert document["data"]["url"] == "http://127.0.0.1:8000/incidents/1"
        assert got.headers["webhook-id"] == "event-00001"
        (delivery,) = place.deliveries()
        assert (delivery.state, delivery.attempts, delivery.answer) == ("delivered", 1, "answered 204")

    def test_signs_with_both_secrets_while_one_takes_over_from_the_other(
        self, place: Notifying, crew: Receiver
    ) -> None:
        old = place.channel(crew.url)
        rotate = timedelta(hours=1)
        new = place.do(ChannelService, lambda service: service.rotate("crew", overlap=rotate)).secret or ""
        with place.sending():
            place.tell(event_of())
            (got,) = crew.wait(1)
        for secret in (old, new):
            Webhook(secret).verify(got.body, dict(got.headers))
        place.do(ChannelService, lambda service: service.rotate("crew", overlap=timedelta(0)))
        with place.sending():
            place.tell(event_of(2))
            _, got = crew.wait(2)
        with pytest.raises(WebhookVerificationError):
            Webhook(new).verify(got.body, dict(got.headers))

    def test_tells_a_channel_its_own_events_alone(self, place: Notifying, crew: Receiver) -> None:
        place.channel(crew.url, audience=Audience(kinds=(NotificationKind.INCIDENT_CLOSED,)))
        with place.sending():
            place.tell(event_of(1), event_of(2, kind=NotificationKind.INCIDENT_CLOSED))
            (got,) = crew.wait(1)
        assert got.headers["webhook-id"] == "event-00002"
        assert [one.event_id for one in place.deliveries()] == ["event-00002"]

    def test_tries_again_what_was_refused(self, place: Notifying, crew: Receiver) -> None:
        place.channel(crew.url)
        crew.answer = lambda _: Reply(500, body=b"<b>no\nroom</b>") if not crew.got else Reply(200)
        with place.sending():
            place.tell(event_of())
            crew.wait(1)
            until(lambda: place.deliveries()[0].answer == "answered 500: <b>no room</b>")
            channel = place.do(ChannelService, lambda service: service.channel("crew"))
            assert (channel.failures, channel.held_until is not None) == (1, True)
            hasten(place)
            crew.wait(2)
            until(lambda: place.delivered(1))
        assert [one.headers["webhook-id"] for one in crew.got] == ["event-00001"] * 2
        assert place.do(ChannelService, lambda service: service.channel("crew")).failures == 0

    def test_waits_as_long_as_it_is_asked_to(self, place: Notifying, crew: Receiver) -> None:
        place.channel(crew.url)
        crew.answer = lambda _: Reply(429, {"Retry-After": "900"})
        with place.sending():
            place.tell(event_of())
            until(lambda: place.deliveries()[0].status == 429)
        (delivery,) = place.deliveries()
        channel = place.do(ChannelService, lambda service: service.channel("crew"))
        for moment in (delivery.next_at, channel.held_until):
            assert moment is not None
            assert moment >= delivery.updated_at + timedelta(seconds=899)

    def test_switches_a_channel_off_whose_receiver_is_gone(self, place: Notifying, crew: Receiver) -> None:
        place.channel(crew.url)
        crew.answer = lambda _: Reply(410)
        with place.sending():
            place.tell(event_of())
            until(lambda: place.deliveries()[0].state == DeliveryState.GIVEN_UP)
        assert not place.do(ChannelService, lambda service: service.channel("crew")).enabled

    def test_says_what_policy_forbids(self, place: Notifying) -> None:
        place.channel("http://0xa9fea9fe/latest")
        with place.sending():
            place.tell(event_of())
            until(lambda: "link-local" in place.deliveries()[0].answer)
        assert place.deliveries()[0].state == DeliveryState.WAITING

    def test_tells_in_order_what_belongs_together(self, place: Notifying, crew: Receiver) -> None:
        place.channel(crew.url)
        place.tell(*(event_of(number, thread=f"incident-{number % 3}") for number in range(30)))
        with place.sending(2):
            crew.wait(30)
        for thread in range(3):
            ids = [
                one.headers["webhook-id"]
                for one in crew.got
                if int(one.headers["webhook-id"][6:]) % 3 == thread
            ]
            assert ids == sorted(ids)

    def test_loses_and_doubles_none_with_two_workers(self, place: Notifying, crew: Receiver) -> None:
        place.channel(crew.url)
        with place.sending(2):
            place.tell(*(event_of(number) for number in range(500)))
            until(lambda: place.do(DispatchService, DispatchService.counts).waiting == 0)
        told = Counter(one.headers["webhook-id"] for one in crew.got)
        assert (len(told), set(told.values())) == (500, {1})

    def test_goes_on_after_a_channel_that_breaks_it(
        self, place: Notifying, crew: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place.channel(crew.url)

        def broken(*_: object) -> None:
            raise RuntimeError("a fault of ours")

        monkeypatch.setattr("tidegate.modules.notifications.senders.slack_message", broken)
        place.channel(crew.url, name="slack", kind=ChannelKind.SLACK)
        with place.sending():
            place.tell(event_of())
            crew.wait(1)
            until(lambda: "fault of Tidegate's own" in place.deliveries(channel="slack")[0].answer)

    def test_sends_slack_and_teams_their_own_form(self, place: Notifying, crew: Receiver) -> None:
        place.channel(crew.url + "/slack", name="slack", kind=ChannelKind.SLACK)
        place.channel(crew.url + "/teams", name="teams", kind=ChannelKind.TEAMS)
        with place.sending():
            place.tell(event_of())
            got = {one.path: json.loads(one.body) for one in crew.wait(2)}
        assert got["/slack"]["blocks"][0]["text"]["text"] == "harbour does not answer"
        assert got["/teams"]["attachments"][0]["content"]["type"] == "AdaptiveCard"
        assert not any("webhook-signature" in one.headers for one in crew.got)

    def test_says_that_a_secret_cannot_be_read(
        self, place: Notifying, crew: Receiver, database: Database, tmp_path: Path
    ) -> None:
        place.channel(crew.url)
        other = read_settings(
            {"DATA_DIR": str(tmp_path / "data"), "SECRET_KEY": "another-key-0123456789-abcdefghij"}
        )
        with Notifying.made(other, database).sending():
            place.tell(event_of())
            until(lambda: "SECRET_KEY is another one" in place.deliveries()[0].answer)
        assert crew.got == []

    def test_of_a_webhook_goes_on_once_it_has_its_url_and_a_secret_again(
        self, place: Notifying, crew: Receiver, database: Database, tmp_path: Path
    ) -> None:
        place.channel(crew.url)
        other = read_settings(
            {
                "DATA_DIR": str(tmp_path / "data"),
                "OUTGOING_ALLOW": "127.0.0.1/32",
                "SECRET_KEY": "another-key-0123456789-abcdefghij",
            }
        )
        moved = Notifying.made(other, database)
        target = ChannelTarget(url=crew.url)
        with pytest.raises(SecretUnreadable):
            moved.do(ChannelService, lambda channels: channels.rotate("crew", overlap=timedelta(0)))
        moved.do(ChannelService, lambda one: one.change("crew", ChannelChange(target=target), AnyVersion()))
        with moved.sending():
            moved.tell(event_of())
            until(lambda: "it has no secret to sign with" in moved.deliveries()[0].answer)
            assert crew.got == []
            moved.do(ChannelService, lambda channels: channels.rotate("crew", overlap=timedelta(0)))
            hasten(moved)
            assert "webhook-signature" in crew.wait(1)[0].headers

    def test_is_due_again_where_its_worker_died(self, place: Notifying, crew: Receiver) -> None:
        place.channel(crew.url)
        place.tell(event_of())
        claim = place.do(DispatchService, lambda service: service.claim({}, per_channel=8, most=8))
        assert len(claim) == 1
        with place.sending():
            assert not place.do(DispatchService, DispatchService.has_due)
            hasten(place)
            crew.wait(1)
            until(lambda: place.delivered(1))
        assert place.deliveries()[0].attempts == 2


class TestReplay:
    def test_sends_one_again_under_its_identifier(self, place: Notifying, crew: Receiver) -> None:
        place.channel(crew.url)
        with place.sending():
            place.tell(event_of())
            until(lambda: place.delivered(1))
            (delivery,) = place.deliveries()
            place.do(NotificationService, lambda service: service.replay(delivery.id))
            crew.wait(2)
            until(lambda: place.delivered(1))
        assert [one.headers["webhook-id"] for one in crew.got] == ["event-00001"] * 2

    def test_sends_what_happened_before_the_channel_was_there(self, place: Notifying, crew: Receiver) -> None:
        place.tell(event_of(1), event_of(2))
        place.channel(crew.url)
        since = place.container.clock.now() - timedelta(hours=1)
        count = place.do(NotificationService, lambda service: service.replay_since("crew", since))
        assert count == 2
        with place.sending():
            crew.wait(2)

    def test_sends_what_was_given_up(self, place: Notifying, crew: Receiver) -> None:
        place.channel(crew.url)
        place.tell(event_of(1), event_of(2))
        with place.container.database.engine.begin() as connection:
            connection.execute(text("UPDATE notification_deliveries SET state = 'given-up'"))
        assert place.do(DispatchService, DispatchService.counts).given_up == {"crew": 2}
        assert place.do(NotificationService, lambda service: service.replay_given_up("crew")) == 2
        with place.sending():
            crew.wait(2)


class TestForget:
    def test_keeps_what_waits(self, place: Notifying, crew: Receiver) -> None:
        place.tell(event_of(1))
        place.channel(crew.url)
        place.tell(event_of(2))
        assert place.do(NotificationService, lambda service: service.forget(timedelta(hours=-1))) == 1
        assert [one.event_id for one in place.deliveries()] == ["event-00002"]
