"""Log lines: one event a line, JSON for collectors or readable for people, never a secret or a body."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO, cast

import msgspec

from tidegate.domain.tokens import PREFIX
from tidegate.kernel.structlog_alone import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

    from tidegate.settings import Settings

HIDDEN = "[hidden]"
_SECRET_NAMES = ("password", "secret", "token", "authorization", "cookie", "api_key")
_SHORTEST_SECRET = 6
_TOKEN = re.compile(PREFIX + "[0-9A-Za-z]{20,}")


class _StandardOutput(io.TextIOBase):
    """Writes to whatever standard output is at that moment: it may be replaced while the process lives."""

    def write(self, text: str, /) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


_STANDARD_OUTPUT: TextIO = cast(TextIO, _StandardOutput())


def configure_logging(settings: Settings) -> None:
    """Send every log line of Tidegate and of the libraries to standard output through one renderer."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secret_names,
    ]
    rendering: list[Processor] = [*_renderers(settings.log_format), HideSecrets(settings.secrets())]
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
        logger_factory=structlog.WriteLoggerFactory(_STANDARD_OUTPUT),
        cache_logger_on_first_use=False,
    )
    _configure_standard_library(settings.log_level, shared, rendering)


def logger() -> Any:
    """Return the logger of Tidegate's own events: `logger().info("evidence.accepted", digest=…)`."""
    return structlog.get_logger()


def _configure_standard_library(level: str, shared: list[Processor], rendering: list[Processor]) -> None:
    """Lead the lines of gunicorn, SQLAlchemy, Alembic and Werkzeug through the same renderer."""
    handler = logging.StreamHandler(_STANDARD_OUTPUT)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("gunicorn.error", "gunicorn.access", "werkzeug", "alembic", "sqlalchemy"):
        library = logging.getLogger(name)
        library.handlers[:] = []
        library.propagate = True
    # Tidegate writes one line a request itself; the servers' own would say it twice, with query strings.
    logging.getLogger("gunicorn.access").setLevel(logging.WARNING)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    # Below a warning SQLAlchemy tells statements and, at DEBUG, the rows themselves: what users sent.
    # The pool is a class of the kernel's own, and is named so.
    for name in ("sqlalchemy", "tidegate.kernel.db.engine"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Alembic tells at every look at the schema's version which database and plugins it found.
    logging.getLogger("alembic.runtime").setLevel(logging.WARNING)


def _renderers(log_format: str) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]


def _json(event: EventDict, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


def hide_secret_names(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Hide the value of every key that is named like a secret."""
    for key in event:
        if _is_secret_name(key):
            event[key] = HIDDEN
    return event


@lru_cache(maxsize=1024)
def _is_secret_name(key: str) -> bool:
    lowered = key.lower()
    return any(name in lowered for name in _SECRET_NAMES)


class HideSecrets:
    """Takes the known secrets, and every API token, out of a rendered line, whoever put them there."""

    def __init__(self, known: Iterable[str]) -> None:
        long_enough = {text for text in known if len(text) >= _SHORTEST_SECRET}
        self._forms = tuple({form for text in long_enough for form in (text, json.dumps(text)[1:-1])})

    def __call__(self, _: WrappedLogger, __: str, line: Any) -> Any:
        """Return the rendered line with every known secret replaced."""
        for form in self._forms:
            if form in line:
                line = line.replace(form, HIDDEN)
        return _TOKEN.sub(HIDDEN, line) if PREFIX in line else line
