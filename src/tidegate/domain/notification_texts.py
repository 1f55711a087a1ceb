"""How a notification reads in each place: a webhook's document, Slack's blocks, Teams' card, plain text.

What others wrote (names, titles, reasons) is text and nothing else there: no link, mention or header.
"""

from __future__ import annotations

import re

from tidegate.domain.canonical import Json, clean
from tidegate.domain.notifications import NotificationEvent, NotificationSeverity
from tidegate.domain.times import write_time

LONGEST_TITLE = 150
"""What Slack takes for a header."""
LONGEST_LINE = 500
MOST_LINES = 15
_LONGEST_SECTION = 2900  # Slack takes 3,000 characters, and counts them as they are escaped
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_WORDS = {
    NotificationSeverity.CRITICAL: "Critical",
    NotificationSeverity.WARNING: "Warning",
    NotificationSeverity.INFO: "For information",
    NotificationSeverity.RESOLVED: "Resolved",
}
_CARD_COLOURS = {
    NotificationSeverity.CRITICAL: "attention",
    NotificationSeverity.WARNING: "warning",
    NotificationSeverity.INFO: "default",
    NotificationSeverity.RESOLVED: "good",
}


def webhook_document(event: NotificationEvent, url: str | None) -> dict[str, Json]:
    """Return what a webhook carries, in the form that Standard Webhooks recommends."""
    return {
        "type": str(event.kind),
        "timestamp": write_time(event.occurred_at),
        "data": {
            "id": event.id,
            "component": event.component,
            "environment": event.environment or None,
            "severity": str(event.severity),
            "title": event.title,
            "lines": list(event.lines),
            "thread": event.thread or None,
            "url": url,
            "details": dict(event.data),
        },
    }


def slack_message(event: NotificationEvent, url: str | None) -> dict[str, Json]:
    """Return a message in Slack's Block Kit; `text` is what a phone's notification shows."""
    title, lines = title_of(event), lines_of(event)
    header: Json = {"type": "plain_text", "text": title, "emoji": False}
    blocks: list[Json] = [{"type": "header", "text": header}]
    if lines:
        blocks.append(_section("\n".join(lines)))
    context = f"{_WORDS[event.severity]} · {subject_of(event)} · {write_time(event.occurred_at)}"
    blocks.append({"type": "context", "elements": [_marked(context)]})
    if url is not None:
        button: Json = {"type": "plain_text", "text": "Open in Tidegate", "emoji": False}
        act: Json = {"type": "button", "text": button, "url": url}
        blocks.append({"type": "actions", "elements": [act]})
    return {"text": _escaped(f"{_WORDS[event.severity]}: {title}"), "blocks": blocks}


def teams_message(event: NotificationEvent, url: str | None) -> dict[str, Json]:
    """Return an Adaptive Card as a workflow of Teams takes it; its runs of text know no Markdown."""
    title, lines = title_of(event), lines_of(event)
    head: dict[str, Json] = {
        "type": "TextRun",
        "text": title,
        "size": "Large",
        "weight": "Bolder",
        "color": _CARD_COLOURS[event.severity],
    }
    context = f"{_WORDS[event.severity]} · {subject_of(event)} · {write_time(event.occurred_at)}"
    body: list[Json] = [
        _paragraph(head),
        *(_paragraph({"type": "TextRun", "text": line}) for line in lines),
        _paragraph({"type": "TextRun", "text": context, "isSubtle": True, "size": "Small"}),
    ]
    card: dict[str, Json] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if url is not None:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open in Tidegate", "url": url}]
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def mail_subject(event: NotificationEvent) -> str:
    """Return the subject of an e-mail: one line."""
    return f"[{subject_of(event)}] {title_of(event)}"


def mail_text(event: NotificationEvent, url: str | None) -> str:
    """Return the text of an e-mail."""
    context = f"{_WORDS[event.severity]}, {subject_of(event)}, {write_time(event.occurred_at)}"
    parts = [title_of(event), "", *lines_of(event), "", context, *([url] if url is not None else [])]
    return "\n".join(parts) + "\n"


def title_of(event: NotificationEvent) -> str:
    """Return the title as one line of bounded length."""
    return one_line(event.title, LONGEST_TITLE) or str(event.kind)


def lines_of(event: NotificationEvent) -> tuple[str, ...]:
    """Return the lines below the title, bounded in number and length; what is left out is said."""
    lines = tuple(one_line(line, LONGEST_LINE) for line in event.lines[:MOST_LINES])
    left = len(event.lines) - len(lines)
    return (*lines, f"… and {left} more lines") if left else lines


def subject_of(event: NotificationEvent) -> str:
    """Name what it is about: `harbour/production`, or `harbour`."""
    name = f"{event.component}/{event.environment}" if event.environment else event.component
    return one_line(name, LONGEST_TITLE)


def one_line(text: str, longest: int) -> str:
    """Return a text without line breaks, control characters and changes of direction, and not too long."""
    plain = _CONTROLS.sub(" ", clean(text)).strip()
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def _escaped(text: str) -> str:
    """Write a text so that Slack finds no link, mention or command in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _marked(text: str) -> dict[str, Json]:
    return {"type": "mrkdwn", "text": _escaped(text), "verbatim": True}


def _section(text: str) -> dict[str, Json]:
    while len(_escaped(text)) > _LONGEST_SECTION:
        text = text[:-50]
    return {"type": "section", "text": _marked(text)}


def _paragraph(run: dict[str, Json]) -> dict[str, Json]:
    return {"type": "RichTextBlock", "inlines": [run]}
