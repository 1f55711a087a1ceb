"""Tests of `tidegate channel` and `tidegate notification`, on the server's own machine."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.fakes.web import settings_for
from tidegate.app import make_container, migrate
from tidegate.cli import main

URL = "https://hooks.example.org/services/secret"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database at the newest schema."""
    made = tmp_path_factory.mktemp("channels")
    container = make_container(settings_for(made))
    migrate(container, backup=False)
    container.database.dispose()
    return made


def run(folder: Path, *arguments: str, said: str = "") -> Result:
    """Run a command on the data folder."""
    env = {"DATA_DIR": str(folder), "DATABASE_URL": ""}
    return CliRunner().invoke(main, arguments, env=env, input=said, catch_exceptions=False)


class TestChannel:
    def test_is_added_listed_switched_and_removed(self, folder: Path) -> None:
        made = run(folder, "channel", "add", "crew", "--kind", "slack", "--url", "-", said=f"{URL}\n")
        assert made.stdout == "crew is told of every incident event, at https://hooks.example.org/….\n"
        listed = run(folder, "channel", "list")
        assert listed.stdout == "crew (slack, ready): every incident event, at https://hooks.example.org/…\n"
        assert run(folder, "channel", "switch", "crew", "off").stdout == "crew is off.\n"
        assert "(slack, off)" in run(folder, "channel", "list").stdout
        assert run(folder, "channel", "remove", "crew").stdout == "crew is told no more.\n"
        assert run(folder, "channel", "list").stdout == ""
        assert "no channel named" in run(folder, "channel", "remove", "crew").stderr

    def test_prints_a_secret_alone_on_its_output(self, folder: Path) -> None:
        added = run(
            folder, "channel", "add", "hook", "--kind", "webhook", "--url", URL, "--event", "incident.closed"
        )
        assert added.stdout.startswith("whsec_")
        rotated = run(folder, "channel", "rotate", "hook", "--overlap-hours", "1")
        assert rotated.stdout.startswith("whsec_")
        assert rotated.stdout != added.stdout
        (listed,) = map(json.loads, run(folder, "channel", "list", "--output", "json").stdout.splitlines())
        assert (listed["name"], listed["events"]) == ("hook", ["incident.closed"])
        run(folder, "channel", "remove", "hook")

    def test_of_mail_asks_for_a_mail_server_first(self, folder: Path) -> None:
        refused = run(folder, "channel", "add", "mail", "--kind", "email", "--address", "a@example.org")
        assert (refused.exit_code, "set SMTP_URL and SMTP_FROM" in refused.stderr) == (2, True)

    def test_that_would_be_told_of_nothing_is_refused(self, folder: Path) -> None:
        refused = run(
            folder, "channel", "add", "typo", "--kind", "teams", "--url", URL, "--component", "habrour"
        )
        assert (refused.exit_code, "habrour" in refused.stderr) == (2, True)


class TestNotification:
    def test_is_listed_and_sent_again(self, folder: Path) -> None:
        run(folder, "channel", "add", "tried", "--kind", "slack", "--url", URL)
        tested = run(folder, "channel", "test", "tried")
        assert "tidegate notification list --channel tried" in tested.stdout
        listed = run(folder, "notification", "list", "--channel", "tried").stdout
        assert "waiting on tried: A test of the channel tried (not sent yet)" in listed
        (one,) = map(json.loads, run(folder, "notification", "list", "--output", "json").stdout.splitlines())
        assert one["state"] == "waiting"
        again = "1 notification is sent again.\n"
        assert run(folder, "notification", "replay", one["id"]).stdout == again
        with sqlite3.connect(folder / "tidegate.sqlite3") as connection:
            connection.execute("UPDATE notification_deliveries SET state = 'given-up'")
        connection.close()
        assert run(folder, "notification", "list", "--state", "given-up").stdout != ""
        assert run(folder, "notification", "replay", "--channel", "tried", "--given-up").stdout == again
        for since in ("30m", "24h", "7d", "2026-01-31T09:30:00Z"):
            sent = run(folder, "notification", "replay", "--channel", "tried", "--since", since)
            assert sent.stdout == "0 notifications are sent again.\n"

    @pytest.mark.parametrize(
        "arguments",
        [(), ("1", "--channel", "a"), ("--channel", "a"), ("--channel", "a", "--since", "1h", "--given-up")],
    )
    def test_is_named_in_one_way(self, folder: Path, arguments: tuple[str, ...]) -> None:
        refused = run(folder, "notification", "replay", *arguments)
        assert (refused.exit_code, "Name a DELIVERY" in refused.stderr) == (2, True)

    @pytest.mark.parametrize("since", ["yesterday", "h", "2026-01-31T09:30:00", "9999999999999d"])
    def test_since_when_is_a_time(self, folder: Path, since: str) -> None:
        refused = run(folder, "notification", "replay", "--channel", "a", "--since", since)
        assert (refused.exit_code, "write 30m, 24h, 7d" in refused.stderr) == (2, True)
