"""The one Jinja environment of docs and pages: Flask's own, strict about unknown names, with our filters."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import msgspec
from flask import Flask, current_app
from markupsafe import Markup, escape

from tidegate.domain.times import write_time
from tidegate.kernel.flags import Flags
from tidegate.kernel.http.pages import PageBlueprint
from tidegate.kernel.http.use import use

_CODE = re.compile(r"`([^`]+)`")
_IMPORT = re.compile(r"^import:[0-9a-f-]{36} \((.+)\)$")
_LONG_HASH = re.compile(r"(?:sha256:)?\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b")
_STEPS = (
    (timedelta(minutes=1), timedelta(seconds=1), "s"),
    (timedelta(hours=1), timedelta(minutes=1), "min"),
    (timedelta(days=2), timedelta(hours=1), "h"),
    (timedelta(days=3650), timedelta(days=1), "d"),
)


def install(app: Flask) -> None:
    """Give the app's templates their filters, and ways to ask what there is here."""
    app.jinja_env.globals |= {"has_pages": has_pages, "flag_is_on": flag_is_on}
    app.jinja_env.filters |= {
        "line": line,
        "prose": prose,
        "pretty": pretty,
        "moment": moment,
        "age": age,
        "short": short,
        "source": source,
        "detail": detail,
    }


def has_pages() -> bool:
    """Tell whether a module that is switched on serves pages: without one the docs are all there is."""
    return any(isinstance(one, PageBlueprint) for one in current_app.blueprints.values())


def flag_is_on(name: str) -> bool:
    """Tell whether an experimental part is on, outside of any environment."""
    return use(Flags).enabled(name)


def line(text: str) -> Markup:
    """Return a sentence as HTML that stands in a line: `code` as such, the only Markdown in it."""
    html = _CODE.sub(r"<code>\1</code>", str(escape(text)))
    # Everything but our own tags was escaped above (B704).
    return Markup(html)  # nosec B704


def prose(text: str) -> Markup:
    """Return a description as HTML: a paragraph for each part between empty lines."""
    return Markup("").join(Markup("<p>{}</p>").format(line(part)) for part in text.split("\n\n"))


def pretty(value: object) -> str:
    """Write a value as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def moment(at: datetime | str) -> str:
    """Write a time with its zone, to the second, as a person reads it: `2026-11-28 12:21:05 UTC`."""
    return (at if isinstance(at, str) else write_time(at))[:19].replace("T", " ") + " UTC"


def age(at: datetime, now: datetime) -> str:
    """Say how long ago a time was, in its largest unit: `5 min ago`; `in 5 min` for what is ahead."""
    passed = abs(now - at)
    step = next((step for step in _STEPS if passed < step[0]), _STEPS[-1])
    amount = f"{passed // step[1]} {step[2]}"
    return f"in {amount}" if at > now else f"{amount} ago"


def detail(value: object) -> str:
    """Write a value of a record in a line, each commit and digest in it shortened."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return _LONG_HASH.sub(lambda found: short(found[0]), text)


def short(name: str) -> str:
    """Shorten a commit or a digest to what people recognise it by: 12 digits."""
    return name.removeprefix("sha256:")[:12]


def source(name: str) -> str:
    """Say where a fact is from as a person reads it: an import by the name of its file, without its id."""
    return _IMPORT.sub(r"import of \1", name)
