"""The least that a web service with a database does: one endpoint that inserts a row, one that reads it.

Written as flask-smorest's own documentation teaches it, with marshmallow and SQLAlchemy's ORM, on the same
drivers and with the same pragmas as Tidegate. It is what the server's speed is measured against.
"""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy import DateTime, Engine, String, Text, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug.exceptions import NotFound


class Base(DeclarativeBase):
    """The tables of this service."""


class Note(Base):
    """One row of about the size of a component."""

    __tablename__ = "bare_notes"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class NoteSchema(Schema):
    """A row over HTTP."""

    id = fields.String(dump_only=True)
    name = fields.String(required=True, validate=validate.Length(1, 100))
    title = fields.String(required=True, validate=validate.Length(1, 200))
    owner = fields.String(required=True, validate=validate.Length(1, 100))
    description = fields.String(load_default="")
    created_at = fields.AwareDateTime(dump_only=True)


blueprint = Blueprint("notes", __name__, url_prefix="/notes", description="Rows.")


def make_engine(url: str) -> Engine:
    """Open the database, on SQLite as durably as Tidegate does."""
    if not url.startswith("sqlite"):
        return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_size=8)
    made = create_engine(url, pool_size=8, connect_args={"timeout": 10.0})

    @event.listens_for(made, "connect")
    def _(connection: Any, _: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return made


engine = make_engine(os.environ.get("DATABASE_URL", "sqlite://"))


@blueprint.route("/")
class Notes(MethodView):
    """All of them."""

    @blueprint.arguments(NoteSchema)
    @blueprint.response(201, NoteSchema)
    def post(self, new: dict[str, Any]) -> Note:
        """Add a row."""
        with Session(engine, expire_on_commit=False) as session:
            note = Note(id=str(uuid.uuid4()), created_at=datetime.now(UTC), **new)
            session.add(note)
            session.commit()
        return note


@blueprint.route("/<name>")
class OneNote(MethodView):
    """One of them."""

    @blueprint.response(200, NoteSchema)
    def get(self, name: str) -> Note:
        """Read a row."""
        with Session(engine) as session:
            note = session.query(Note).filter(Note.name == name).one_or_none()
        if note is None:
            raise NotFound
        return note


def create_app() -> Flask:
    """Make the application."""
    app = Flask("bare")
    app.config |= {"API_TITLE": "Bare", "API_VERSION": "1", "OPENAPI_VERSION": "3.1.0"}
    Api(app).register_blueprint(blueprint)
    return app
