"""How a channel is told: over HTTP, signed where it is a webhook, or by e-mail."""

from __future__ import annotations

import math
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from standardwebhooks.webhooks import Webhook

from tidegate.domain.canonical import Json, canonical_json
from tidegate.domain.channels import ChannelKind, ChannelSecrets
from tidegate.domain.deliveries import Attempt, Delivery, http_attempt, unanswered
from tidegate.domain.notification_texts import (
    mail_subject,
    mail_text,
    one_line,
    slack_message,
    teams_message,
    webhook_document,
)
from tidegate.domain.notifications import NotificationEvent
from tidegate.domain.outgoing import OutgoingFailed, OutgoingRefused
from tidegate.kernel.clock import Clock
from tidegate.kernel.outgoing.client import Outgoing, OutgoingAnswer
from tidegate.kernel.outgoing.mail import Mailer
from tidegate.modules.notifications.ports import ClaimedDelivery

_JSON = "application/json"
_LONGEST_BODY = 200
_SHORTEST_SECRET = 6  # what is shorter is a word such as `hook`, or no secret
_UNREADABLE = (
    "its URL and secret cannot be read: SECRET_KEY is another one than when they were written down. Set the "
    "SECRET_KEY of that time, or give the channel its URL again, and a webhook a new secret after that."
)
_UNSIGNED = "it has no secret to sign with: give it a new one (`tidegate channel rotate`)"


class ChannelSender:
    """Sends one event to one channel; safe to use from many threads."""

    def __init__(self, outgoing: Outgoing, mailer: Mailer, *, clock: Clock, public_url: str) -> None:
        self._outgoing = outgoing
        self._mailer = mailer
        self._clock = clock
        self._public_url = public_url.rstrip("/")

    def send(self, claimed: ClaimedDelivery) -> Attempt:
        """Send, and say what came of it."""
        channel, event = claimed.channel.channel, claimed.event
        secrets = claimed.channel.secrets
        if secrets is None:
            return unanswered(_UNREADABLE)
        try:
            if channel.kind is ChannelKind.EMAIL:
                return self._mail(claimed.delivery, event, channel.addresses)
            return self._post(channel.kind, secrets, event)
        except (OutgoingRefused, OutgoingFailed) as error:
            return unanswered(f"{error.host}: {error.reason}")

    def _post(self, kind: ChannelKind, secrets: ChannelSecrets, event: NotificationEvent) -> Attempt:
        link, headers = self._link(event), {}
        document: dict[str, Json]
        if kind is ChannelKind.WEBHOOK:
            document = webhook_document(event, link)
        else:
            document = (slack_message if kind is ChannelKind.SLACK else teams_message)(event, link)
        body = canonical_json(document)
        if kind is ChannelKind.WEBHOOK:
            if not secrets.signing(self._clock.now()):
                return unanswered(_UNSIGNED)
            headers = signed_headers(event.id, body, secrets, self._clock.now())
        answer = self._outgoing.post(secrets.url, body, content_type=_JSON, headers=headers)
        return http_attempt(answer.status, _said(answer, secrets.url), self._retry_after(answer))

    def _mail(self, delivery: Delivery, event: NotificationEvent, addresses: tuple[str, ...]) -> Attempt:
        left = [address for address in addresses if address not in delivery.told]
        if not self._mailer.on:
            return unanswered("no e-mail can be sent: set SMTP_URL and SMTP_FROM, and start the worker again")
        message = mail_of(event, self._link(event), sender=self._mailer.sender, addresses=addresses)
        answer = self._mailer.send(message, left)
        if not answer.refused:
            return Attempt(delivered=True, answer="taken by the mail server", status=250, told=answer.taken)
        told = "; ".join(f"{address}: {why}" for address, why in answer.refused.items())
        return Attempt(delivered=False, answer=f"refused for {told}", told=answer.taken)

    def _link(self, event: NotificationEvent) -> str | None:
        return f"{self._public_url}{event.path}" if self._public_url and event.path else None

    def _retry_after(self, answer: OutgoingAnswer) -> float | None:
        return seconds_in(answer.headers.get("retry-after", ""), self._clock.now())


def signed_headers(identifier: str, body: bytes, secrets: ChannelSecrets, now: datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks, with a signature for each secret that signs at this moment."""
    text = body.decode()
    signatures = [Webhook(secret).sign(identifier, now, text) for secret in secrets.signing(now)]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(math.floor(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def mail_of(
    event: NotificationEvent, link: str | None, *, sender: str, addresses: tuple[str, ...]
) -> EmailMessage:
    """Write an e-mail; what belongs together is one conversation, and nothing answers it by itself."""
    domain = sender.rpartition("@")[2]
    message = EmailMessage()
    message["From"] = f"Tidegate <{sender}>"
    message["To"] = ", ".join(addresses)
    message["Subject"] = mail_subject(event)
    message["Date"] = format_datetime(event.occurred_at)
    message["Message-ID"] = _message_id(event.id, domain)
    if event.thread:
        message["In-Reply-To"] = message["References"] = _message_id(f"thread.{event.thread}", domain)
    message["List-Id"] = f"Tidegate notifications <notifications.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail_text(event, link), cte="quoted-printable")
    return message


def seconds_in(header: str, now: datetime) -> float | None:
    """Read `Retry-After`: seconds, or a date; None where it is neither."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:10])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max((moment - now).total_seconds(), 0.0) if moment.tzinfo is not None else None


def _message_id(identifier: str, domain: str) -> str:
    plain = "".join(
        sign if sign.isascii() and (sign.isalnum() or sign in "-._") else "-" for sign in identifier
    )
    return f"<{plain}.tidegate@{domain}>"


def _said(answer: OutgoingAnswer, url: str) -> str:
    """Tell what was answered: of a refusal the beginning of its text, which says what to mend.

    Many servers repeat what they were asked for: the address is a secret, and left out of it.
    """
    if 200 <= answer.status < 300:
        return f"answered {answer.status}"
    body = answer.body[: 4 * _LONGEST_BODY].decode("utf-8", "replace")
    text = one_line(_without(body, url), _LONGEST_BODY)
    return f"answered {answer.status}: {text}" if text else f"answered {answer.status}"


def _without(text: str, url: str) -> str:
    """Take an address out of a text, whole, by its path and by each part of that which may be secret."""
    parts = urlsplit(url)
    asked = f"{parts.path}?{parts.query}" if parts.query else parts.path
    pieces = {
        url,
        asked,
        parts.path,
        parts.query,
        *parts.path.split("/"),
        *(value for _, value in parse_qsl(parts.query)),
    }
    pieces |= {unquote(one) for one in pieces}
    for one in sorted(pieces, key=len, reverse=True):
        if len(one) >= _SHORTEST_SECRET:
            text = text.replace(one, "…")
    return text
