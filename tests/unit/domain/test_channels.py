"""Tests of channels: what may be written down of them, what is shown, and which events are for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.notifications import event_of
from tidegate.domain.channels import (
    MOST_ADDRESSES,
    MOST_SCOPES,
    Audience,
    ChannelKind,
    ChannelSecrets,
    ChannelTarget,
    SigningSecret,
    checked_audience,
    checked_target,
    is_mail_address,
    shown_target,
)
from tidegate.domain.errors import Invalid
from tidegate.domain.notifications import NotificationKind

NOW = datetime(2026, 1, 31, tzinfo=UTC)


class TestAudience:
    def test_that_names_nothing_is_told_everything(self) -> None:
        assert Audience().includes(event_of())

    @pytest.mark.parametrize(
        "audience",
        [
            Audience(kinds=(NotificationKind.INCIDENT_CLOSED,)),
            Audience(components=("crane",)),
            Audience(environments=("staging",)),
        ],
    )
    def test_leaves_out_what_it_does_not_name(self, audience: Audience) -> None:
        assert not audience.includes(event_of())

    def test_is_kept_in_order_and_once(self) -> None:
        given = Audience(components=("till", "crane", "till"))
        assert checked_audience(given).components == ("crane", "till")

    @pytest.mark.parametrize(
        ("audience", "where"),
        [
            (Audience(kinds=(NotificationKind.TEST,)), "/kinds"),
            (Audience(components=tuple(f"c{number}" for number in range(MOST_SCOPES + 1))), "/components"),
            (Audience(environments=("No Name",)), "environment"),
        ],
    )
    def test_that_cannot_be_is_refused(self, audience: Audience, where: str) -> None:
        with pytest.raises(Invalid) as refused:
            checked_audience(audience)
        assert refused.value.problems[0][0] == where


class TestTarget:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "ftp://example.org",
            "https://",
            "https://example.org/a b",
            "https://example.org/\r\nx: y",
            "https://[::1",
            "https://ada:secret@example.org",
            "https://example.org/" + "a" * 2000,
        ],
    )
    def test_that_is_no_url_is_refused(self, url: str) -> None:
        with pytest.raises(Invalid) as refused:
            checked_target(ChannelKind.WEBHOOK, ChannelTarget(url))
        assert "secret" not in str(refused.value)

    @pytest.mark.parametrize(
        "addresses",
        [(), ("no-address",), ("a@example.org", "A@example.org"), ("a@example.org",) * (MOST_ADDRESSES + 1)],
    )
    def test_that_is_no_list_of_addresses_is_refused(self, addresses: tuple[str, ...]) -> None:
        with pytest.raises(Invalid):
            checked_target(ChannelKind.EMAIL, ChannelTarget(addresses=addresses))

    def test_of_another_kind_is_refused(self) -> None:
        with pytest.raises(Invalid):
            checked_target(ChannelKind.EMAIL, ChannelTarget("https://example.org", ("a@example.org",)))
        with pytest.raises(Invalid):
            checked_target(ChannelKind.SLACK, ChannelTarget("https://example.org", ("a@example.org",)))

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("https://hooks.slack.com/services/T0/B0/secret", "https://hooks.slack.com/…"),
            ("https://example.org:8443/?token=secret", "https://example.org:8443/…"),
            ("http://[::1]:80", "http://[::1]:80/"),
        ],
    )
    def test_is_shown_without_what_is_secret(self, url: str, shown: str) -> None:
        target = ChannelTarget(url)
        assert shown_target(target) == shown
        assert url not in repr(target)

    def test_of_mail_is_shown_as_it_is(self) -> None:
        assert shown_target(ChannelTarget(addresses=("a@example.org", "b@example.org"))) == (
            "a@example.org, b@example.org"
        )


class TestMailAddress:
    @pytest.mark.parametrize("text", ["port@example.org", "a.b+c@mail.example.org"])
    def test_may_be_plain(self, text: str) -> None:
        assert is_mail_address(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "port",
            "@example.org",
            "port@",
            "a@b@c",
            "a..b@example.org",
            "Ada <ada@example.org>",
            '"a b"@example.org',
            "a@example.org\r\nBcc: b@example.org",
            "a@example.org,b@example.org",
            "ä@example.org",
            "a" * 250 + "@example.org",
        ],
    )
    def test_is_nothing_else(self, text: str) -> None:
        assert not is_mail_address(text)


class TestSecrets:
    def test_sign_until_their_time_is_over(self) -> None:
        secrets = ChannelSecrets(
            secrets=(SigningSecret("new"), SigningSecret("old", NOW + timedelta(hours=1)))
        )
        assert secrets.signing(NOW) == ("new", "old")
        assert secrets.signing(NOW + timedelta(hours=1)) == ("new",)

    def test_are_in_no_text_of_what_holds_them(self) -> None:
        held = ChannelSecrets("https://example.org/hidden", (SigningSecret("whsec_hidden"),))
        assert "hidden" not in repr(held) + repr(held.secrets[0])
