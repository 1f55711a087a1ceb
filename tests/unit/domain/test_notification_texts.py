"""Tests of how notifications read: bounded, and with nothing in them that a place would act upon."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.notifications import event_of
from tidegate.domain.canonical import canonical_json
from tidegate.domain.notification_texts import (
    LONGEST_TITLE,
    MOST_LINES,
    lines_of,
    mail_subject,
    mail_text,
    one_line,
    slack_message,
    teams_message,
    title_of,
    webhook_document,
)

LINK = "https://tidegate.example.org/incidents/1"
HOSTILE = "<!channel> <https://evil.example.org|click> & <@U1>"


def everything(document: Any) -> list[Any]:
    """Return every object within a document."""
    if isinstance(document, dict):
        return [document, *(one for value in document.values() for one in everything(value))]
    return [one for value in document for one in everything(value)] if isinstance(document, list) else []


class TestSlack:
    def test_finds_no_mention_and_no_link_in_what_others_wrote(self) -> None:
        message = slack_message(event_of(title=HOSTILE, lines=(HOSTILE,)), LINK)
        marked = [one["text"] for one in everything(message) if one.get("type") == "mrkdwn"]
        assert marked
        assert not any(sign in text for text in (*marked, message["text"]) for sign in "<>")

    def test_takes_no_more_than_it_has_room_for(self) -> None:
        message = slack_message(event_of(title="t" * 9999, lines=("<" * 9999,) * 999), LINK)
        texts = [one["text"] for one in everything(message) if one.get("type") in ("mrkdwn", "plain_text")]
        assert max(map(len, texts)) <= 3000
        assert "t" * (LONGEST_TITLE - 1) + "…" in texts

    def test_has_no_button_without_a_link_and_no_lines_without_lines(self) -> None:
        blocks = everything(slack_message(event_of(lines=()), None)["blocks"])
        assert [one["type"] for one in blocks] == ["header", "plain_text", "context", "mrkdwn"]


class TestTeams:
    def test_writes_what_others_wrote_in_runs_that_know_no_markdown(self) -> None:
        message = teams_message(event_of(title="[a](https://evil.example.org)", lines=("**b**",)), LINK)
        assert {one["type"] for one in everything(message) if "text" in one} == {"TextRun"}

    def test_has_no_action_without_a_link(self) -> None:
        assert "Action.OpenUrl" in json.dumps(teams_message(event_of(), LINK))
        assert "Action.OpenUrl" not in json.dumps(teams_message(event_of(), None))


class TestMail:
    def test_has_one_line_as_its_subject(self) -> None:
        subject = mail_subject(event_of(title="down\r\nBcc: eve@example.org"))
        assert subject == "[harbour/production] down Bcc: eve@example.org"

    def test_names_what_happened_and_where_to_look(self) -> None:
        text = mail_text(event_of(), LINK)
        assert "harbour does not answer\n\n5 probes in a row failed." in text
        assert text.endswith(f"{LINK}\n")
        assert LINK not in mail_text(event_of(environment=""), None)


class TestTexts:
    @pytest.mark.parametrize("sign", ["\x00", "\n", "\x1b", "\u2028", "\u202e", "\x85"])
    def test_hold_nothing_that_moves_what_follows(self, sign: str) -> None:
        assert one_line(f"a{sign}b", 10) == "a b"

    def test_say_how_much_is_left_out(self) -> None:
        lines = lines_of(event_of(lines=("a",) * (MOST_LINES + 3)))
        assert (len(lines), lines[-1]) == (MOST_LINES + 1, "… and 3 more lines")

    def test_have_a_title_in_any_case(self) -> None:
        assert title_of(event_of(title=" ")) == "incident.opened"

    def test_of_webhooks_can_be_written_whatever_they_hold(self) -> None:
        document = webhook_document(
            event_of(title="a\ud800".encode("utf-8", "replace").decode(), environment=""), None
        )
        assert json.loads(canonical_json(document))["data"]["environment"] is None
