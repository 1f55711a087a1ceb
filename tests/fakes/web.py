"""A small shop as a module of its own, to try what `kernel/http` does without any module of Tidegate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException, ImATeapot, NotImplemented

from tests.support import migrated
from tidegate.app import create_app
from tidegate.domain.conditions import Condition, check_condition
from tidegate.domain.errors import Conflict, Invalid, NotFound, TidegateError, Unavailable
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer, if_match
from tidegate.kernel.http.pagination import PageQuery, paged
from tidegate.kernel.http.use import EXTENSION, use
from tidegate.kernel.pagination import Page, PageRequest, decode_cursor, encode_cursor
from tidegate.kernel.telemetry.start import meter_for
from tidegate.registry import MODULES, Module
from tidegate.settings import Settings, read_settings


@dataclass
class Thing:
    """Something with a name and a version."""

    name: str
    size: int = 1
    version: int = 1


class Things:
    """Keeps things in memory, for as long as its app lives."""

    def __init__(self) -> None:
        self.known: dict[str, Thing] = {}
        self.calls = 0

    def thing(self, name: str) -> Thing:
        """Return a thing; raises `NotFound`."""
        if name not in self.known:
            raise NotFound("thing", name)
        return self.known[name]

    def add(self, name: str, size: int) -> Thing:
        """Add a thing; raises `Conflict` and `Invalid`."""
        self.calls += 1
        if name in self.known:
            raise Conflict(f"There is already a thing named {name!r}.")
        if size > 9:
            raise Invalid("A thing is at most 9 large.", (("/size", "More than 9."),))
        return self.known.setdefault(name, Thing(name, size))

    def resize(self, name: str, size: int, condition: Condition) -> Thing:
        """Change a thing; raises `Stale`."""
        found = self.thing(name)
        check_condition(condition, "thing", name, found.version)
        found.size, found.version = size, found.version + 1
        return found

    def page(self, wanted: PageRequest, prefix: str) -> Page[Thing]:
        """Return a page of things in the order of their names."""
        after = decode_cursor(wanted.cursor, (str,))[0] if wanted.cursor else ""
        names = sorted(name for name in self.known if name > str(after) and name.startswith(prefix))
        shown = names[: wanted.limit]
        more = encode_cursor((shown[-1],)) if len(names) > wanted.limit else None
        return Page(tuple(self.known[name] for name in shown), more)


class ThingSchema(Schema):
    """A thing."""

    name = fields.String(required=True, metadata={"description": "Its name."})
    size = fields.Integer(load_default=1, metadata={"description": "How large it is."})


class ThingChangeSchema(Schema):
    """What can be changed of a thing."""

    size = fields.Integer(required=True, metadata={"description": "How large it is."})


class ThingQuery(PageQuery):
    """Which things are listed."""

    prefix = fields.String(load_default="", metadata={"description": "How the name begins."})
    tags = fields.List(fields.String(), metadata={"description": "Any of these tags."})


_EXAMPLE = {"name": "box", "size": 1}
_NAMED = [{"in": "path", "name": "thing", "description": "The thing's name.", "example": "box"}]
_FAULT = [{"in": "path", "name": "name", "description": "Which error."}]


def shop_blueprint() -> Blueprint:
    """Return the shop's controllers."""
    blueprint = Blueprint("things", __name__, url_prefix="/api/v1/things", description="Things.")

    @blueprint.get("")
    @blueprint.public
    @blueprint.page_of(ThingSchema, example=_EXAMPLE, query=ThingQuery)
    def list_things(page: PageRequest, prefix: str, tags: list[str] | None = None) -> Answer:
        """List the things.

        In the order of their names.
        """
        return paged(use(Things).page(page, prefix))

    @blueprint.post("")
    @blueprint.idempotent
    @blueprint.public
    @blueprint.arguments(ThingSchema, example=_EXAMPLE)
    @blueprint.response(201, ThingSchema, example=_EXAMPLE)
    @blueprint.problems(Conflict, Invalid)
    def add_thing(new: dict[str, Any]) -> Answer:
        """Add a thing.

        Its name must be new.
        """
        made = use(Things).add(**new)
        return answer(made, status=201, version=made.version, location=f"/api/v1/things/{made.name}")

    @blueprint.get("/<thing>", parameters=_NAMED)
    @blueprint.public
    @blueprint.response(200, ThingSchema, example=_EXAMPLE)
    @blueprint.tagged
    @blueprint.problems(NotFound)
    def show_thing(thing: str) -> Answer:
        """Show a thing.

        By its name.
        """
        found = use(Things).thing(thing)
        return answer(found, version=found.version)

    @blueprint.patch("/<thing>", parameters=_NAMED)
    @blueprint.public
    @blueprint.arguments(ThingChangeSchema, example={"size": 2})
    @blueprint.response(200, ThingSchema, example=_EXAMPLE)
    @blueprint.conditional
    @blueprint.problems(NotFound)
    def resize_thing(change: dict[str, Any], thing: str) -> Answer:
        """Change a thing's size.

        Nothing else can be changed.
        """
        found = use(Things).resize(thing, change["size"], if_match())
        return answer(found, version=found.version)

    @blueprint.put("/<thing>/report", parameters=_NAMED)
    @blueprint.public
    @blueprint.takes_report(example="<report/>", description="What a tool wrote.")
    @blueprint.response(200, ThingSchema, example=_EXAMPLE)
    @blueprint.optionally_conditional
    def report_thing(thing: str) -> Answer:
        """Report on a thing.

        The size becomes that of the report.
        """
        condition = if_match(required=False)
        return answer(Thing(thing, len(request.get_data()), getattr(condition, "number", 0)))

    @blueprint.put("/<thing>/copy", parameters=_NAMED)
    @blueprint.idempotent
    @blueprint.public
    @blueprint.response(200, ThingSchema, example=_EXAMPLE)
    @blueprint.problems(NotFound)
    def copy_thing(thing: str) -> Answer:
        """Copy a thing.

        The copy is kept nowhere.
        """
        return answer(use(Things).thing(thing))

    @blueprint.get("/<thing>/label", parameters=_NAMED)
    @blueprint.public
    @blueprint.response(200, content_type="text/plain", description="The label.")
    @blueprint.doc(
        responses={"200": {"content": {"text/plain": {"schema": {"type": "string"}, "example": "box"}}}}
    )
    @blueprint.problems(NotFound)
    def label_thing(thing: str) -> Answer:
        """Print a thing's label.

        As plain text.
        """
        return Response(use(Things).thing(thing).name, content_type="text/plain")

    @blueprint.get("/errors/<name>", parameters=_FAULT)
    @blueprint.public
    @blueprint.response(200, ThingSchema, example=_EXAMPLE)
    def fail(name: str) -> Answer:
        """Fail in a way that is asked for.

        For tests.
        """
        raise FAILURES[name]()

    return blueprint


class Unlisted(TidegateError):
    """An error of the domain that nobody put into the table."""


FAILURES: dict[str, Callable[[], Exception]] = {
    "unexpected": lambda: RuntimeError("the inside of the server"),
    "unavailable": lambda: Unavailable("The database does not answer."),
    "teapot": ImATeapot,
    "not-implemented": NotImplemented,
    "done": lambda: HTTPException(response=Response("done", 299)),
    "unlisted": lambda: Unlisted("not in the table"),
}


def settings_for(folder: Path, **variables: str) -> Settings:
    """Return settings whose data lies in a folder of the test's own."""
    return read_settings({"DATA_DIR": str(folder), "LOG_FORMAT": "json", **variables})


def container_for(settings: Settings) -> Container:
    """Return a container over a real SQLite file at the newest schema."""
    database = Database.from_settings(settings)
    assert database.url.database is not None
    migrated.put_at(Path(database.url.database))
    blobs = BlobStore.from_url(settings.blob_url)
    return Container(
        settings=settings, database=database, blobs=blobs, clock=SystemClock(), meter=meter_for(settings)
    )


@contextmanager
def opened(app: Flask) -> Iterator[Flask]:
    """Close the app's database when the test is over."""
    try:
        yield app
    finally:
        app.extensions[EXTENSION].database.dispose()


def shop(folder: Path, **variables: str) -> Flask:
    """Return an app that holds the shop and Tidegate's own operations."""
    settings = settings_for(folder, **variables)
    things = Things()

    def build(container: Container) -> None:
        container.provide(Things, lambda _: things)

    modules = (
        *(m for m in MODULES if m.name == "operations"),
        Module("things", (), build, (shop_blueprint(),)),
    )
    return create_app(settings, container_for(settings), modules)
