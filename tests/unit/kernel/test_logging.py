"""Tests of the log lines: one renderer for all, the request's id in each, no secret in any."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

import tidegate
from tidegate.kernel.logging import HIDDEN, HideSecrets, configure_logging, logger
from tidegate.settings import read_settings

KEY = 'a key with "quotes" and 0123456789'


@pytest.fixture(autouse=True)
def clean_context() -> Iterator[None]:
    """Leave nothing bound."""
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


def configure(**variables: str) -> None:
    """Configure logging with these variables."""
    configure_logging(read_settings({"SECRET_KEY": KEY, "LOG_FORMAT": "json", **variables}))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """Return what was written, a dict a line."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


class TestJson:
    @pytest.mark.requirement("S1-15")
    def test_is_one_object_a_line_on_standard_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure()

        logger().info("evidence.accepted", digest="sha256:00")

        (line,) = lines(capsys)
        assert (line["event"], line["digest"], line["level"]) == ("evidence.accepted", "sha256:00", "info")
        assert str(line["timestamp"]).endswith("Z")

    def test_holds_what_is_bound_and_what_is_no_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure()
        structlog.contextvars.bind_contextvars(request_id="r1")

        logger().info("odd", value=object)

        (line,) = lines(capsys)
        assert (line["request_id"], line["value"]) == ("r1", "<class 'object'>")

    def test_holds_the_reason_of_an_error(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure()

        logger().error("broke", exc_info=ValueError("because"))

        assert "ValueError: because" in str(lines(capsys)[0]["exception"])


class TestLibraries:
    def test_speak_through_the_same_renderer(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure()

        logging.getLogger("gunicorn.error").info("Listening at %s", "here")

        (line,) = lines(capsys)
        assert (line["event"], line["logger"]) == ("Listening at here", "gunicorn.error")

    def test_do_not_tell_rows_and_requests(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure(LOG_LEVEL="DEBUG")

        logging.getLogger("sqlalchemy.engine.Engine").debug("Row (...)")
        logging.getLogger("gunicorn.access").info("GET /?token=x")
        logging.getLogger("werkzeug").info("GET /?token=x")

        assert lines(capsys) == []


class TestConsole:
    def test_is_readable(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure(LOG_FORMAT="console")

        logger().warning("evidence.late", days=3)

        written = capsys.readouterr().out
        assert "evidence.late" in written
        assert "days=3" in written


class TestLevel:
    def test_leaves_out_what_is_less_important(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure(LOG_LEVEL="ERROR")

        logger().info("quiet")
        logging.getLogger("alembic").warning("quiet")

        assert lines(capsys) == []


class TestSecrets:
    @pytest.mark.parametrize("log_format", ["json", "console"])
    def test_are_hidden_wherever_they_stand(
        self, capsys: pytest.CaptureFixture[str], log_format: str
    ) -> None:
        configure(LOG_FORMAT=log_format, DATABASE_URL="postgresql://u:hunter22@db/x")

        logger().error(f"key {KEY}", url="postgresql://u:hunter22@db/x", exc_info=ValueError(KEY))
        logging.getLogger("psycopg").error("no way in with %s", "hunter22")

        written = capsys.readouterr().out
        assert HIDDEN in written
        assert "hunter22" not in written
        assert KEY not in written
        assert "quotes" not in written

    def test_are_hidden_by_their_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure()

        logger().info("called", Authorization="Bearer abc", api_key="def", path="/x")

        (line,) = lines(capsys)
        assert (line["Authorization"], line["api_key"], line["path"]) == (HIDDEN, HIDDEN, "/x")

    def test_that_are_too_short_to_be_told_apart_hide_nothing(self) -> None:
        assert HideSecrets(["a"])(None, "info", "a line") == "a line"


def test_events_are_named_by_a_thing_and_what_happened_to_it() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(tidegate.__file__).parent.rglob("*.py")]
    names = [name for text in sources for name in re.findall(r'logger\(\)\.[a-z]+\(\s*f?"([^"]*)"', text)]
    assert len(names) > 10
    assert [name for name in names if not re.fullmatch(r"[a-z]+\.[a-z_]+", name)] == []
