"""Tests of what is sent: how a receiver asks for patience, and signatures that others verify."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from tidegate.domain.channels import ChannelSecrets, SigningSecret
from tidegate.kernel.outgoing.client import OutgoingAnswer
from tidegate.modules.notifications.keeping import new_secret
from tidegate.modules.notifications.senders import _said, seconds_in, signed_headers

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("120", 120.0),
            (" 0 ", 0.0),
            ("Sat, 31 Jan 2026 09:31:00 GMT", 60.0),
            ("Sat, 31 Jan 2026 09:00:00 GMT", 0.0),
            ("Sat, 31 Jan 2026 09:31:00 -0000", None),
            ("", None),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
            ("²", None),
        ],
    )
    def test_is_seconds_or_a_date(self, header: str, seconds: float | None) -> None:
        assert seconds_in(header, NOW) == seconds


class TestSignature:
    def test_is_the_one_of_the_standards_example(self) -> None:
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        at = datetime.fromtimestamp(1614265330, UTC)
        signed = signed_headers(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            b'{"test": 2432232314}',
            ChannelSecrets("", (SigningSecret(secret),)),
            at,
        )
        assert signed == {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }

    def test_is_made_with_secrets_that_libraries_read(self) -> None:
        first, second = new_secret(), new_secret()
        assert first != second
        assert len(Webhook(first)._whsecret) == 32


class TestWhatAReceiverSaid:
    @pytest.mark.parametrize(
        "body",
        [
            "Cannot POST /hook/s3cret-part",
            "The URL https://chat.example.org/hook/s3cret-part?key=t0ken-of-it was not found",
            "no key t0ken-of-it",
            "not /hook/s3cret%2Dpart",
        ],
    )
    def test_is_kept_without_the_address(self, body: str) -> None:
        url = "https://chat.example.org/hook/s3cret%2Dpart?key=t0ken-of-it"
        said = _said(OutgoingAnswer(404, {}, body.encode(), url), url)
        assert said.startswith("answered 404: ")
        assert "s3cret" not in said and "t0ken" not in said
