"""Notifications: how e-mail is sent, how many are sent at a time, and when one is given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tidegate.domain.channels import is_mail_address
from tidegate.environment import VariableReader, variable

GROUP = "Notifications"


@dataclass(frozen=True, kw_only=True)
class NotificationSettings:
    """How the worker tells channels; what it may reach, `OUTGOING_ALLOW` says."""

    smtp_url: str = variable(
        "",
        "SMTP_URL",
        "The mail server: `smtp://USER:PASSWORD@mail.example.org:587`, over which STARTTLS has to be spoken, "
        "or `smtps://…`. `?tls=none` speaks without encryption: then OUTGOING_ALLOW has to name the host. "
        "Best given as SMTP_URL_FILE.",
        group=GROUP,
        secret=True,
        shown_default="none: no e-mail is sent",
    )
    smtp_from: str = variable(
        "",
        "SMTP_FROM",
        "The address that e-mail comes from, such as `tidegate@example.org`.",
        group=GROUP,
        shown_default="none",
    )
    notification_concurrency: int = variable(
        8,
        "NOTIFICATION_CONCURRENCY",
        "Notifications that one `tidegate worker` sends to one channel at a time; four times as many to all.",
        group=GROUP,
        least=1,
        most=64,
    )
    notification_give_up_hours: float = variable(
        72.0,
        "NOTIFICATION_GIVE_UP_HOURS",
        "Hours for which a notification is tried again; then it is given up, and `/health` says so.",
        group=GROUP,
        least=0.1,
        most=720,
    )
    notification_keep_days: int = variable(
        90,
        "NOTIFICATION_KEEP_DAYS",
        "Days for which notifications are kept, and can be replayed.",
        group=GROUP,
        least=1,
    )


def check_notifications(environment: VariableReader, values: Mapping[str, Any]) -> None:
    """Refuse a mail server that cannot be one, and one without an address that mail comes from."""
    url, sender = values["smtp_url"], values["smtp_from"]
    if url and not is_mail_server(url):
        environment.faults.append(
            "SMTP_URL: its value is not a URL such as smtp://mail.example.org:587 or "
            "smtps://mail.example.org, with ?tls=none at most behind it."
        )
    if bool(url) != bool(sender):
        missing, given = ("SMTP_FROM", "SMTP_URL") if url else ("SMTP_URL", "SMTP_FROM")
        environment.faults.append(f"{missing}: {given} needs it as well, else no e-mail is sent.")
    if sender and not is_mail_address(sender):
        environment.faults.append(f"SMTP_FROM: {sender!r} is not an address such as tidegate@example.org.")


def is_mail_server(url: str) -> bool:
    """Tell whether a URL names a mail server, and nothing that would be left unread."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        fine = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
    unencrypted = query == [("tls", "none")] and parts.scheme == "smtp"
    return fine and parts.path in ("", "/") and not parts.fragment and (not query or unencrypted)
