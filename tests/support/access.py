"""Tokens for tests: an administrator's that every test knows, and others with the rights that they try."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, insert, inspect, select

from tidegate.cli.credentials import VARIABLE
from tidegate.domain.access import EVERYTHING, Binding
from tidegate.domain.tokens import TokenText, write_token
from tidegate.kernel.db.repository import table_of
from tidegate.modules.identity.models import ApiTokenRow

ADMIN_NAME = "tests"
ADMIN = write_token(0, 1)
"""The token of an administrator; `let_in` lets it into a database."""

HEADERS: Mapping[str, str] = {"Authorization": f"Bearer {ADMIN.text}"}
FAR = datetime(2999, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1)


def let_in(
    engine: Engine,
    token: TokenText = ADMIN,
    *,
    name: str = ADMIN_NAME,
    binding: Binding = EVERYTHING,
    expires_at: datetime = FAR,
    revoked_at: datetime | None = None,
    user: str | None = None,
) -> TokenText:
    """Write a token into a database, without a trace in the audit log, and return it."""
    row = {
        "id": token.id,
        "name": name,
        "digest": token.digest(),
        "user_name": user,
        "role": str(binding.role),
        "component": binding.component,
        "owner": binding.owner,
        "environment": binding.environment,
        "created_at": FAR - timedelta(days=365),
        "created_by": "system:tests",
        "expires_at": expires_at,
        # Ahead of every clock, so that no test finds a write that it does not ask for.
        "last_used_at": FAR,
        "revoked_at": revoked_at,
        "replaces": None,
    }
    with engine.begin() as connection:
        connection.execute(insert(table_of(ApiTokenRow)).values(row))
    return token


def let_in_unless_old(engine: Engine) -> None:
    """Let the administrator in, once, unless the schema is too old for that."""
    tokens = table_of(ApiTokenRow)
    with engine.connect() as connection:
        there = inspect(connection).has_table(tokens.name)
        if not there or connection.scalar(select(tokens.c.id).where(tokens.c.id == ADMIN.id)):
            return
    let_in(engine)


def let_in_at(url: str) -> None:
    """Let the administrator into the database at a URL, unless its schema is too old for that."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        let_in_unless_old(engine)
    finally:
        engine.dispose()


@contextmanager
def token_in_environment(text: str = ADMIN.text) -> Iterator[None]:
    """Let commands of this process and of those that it starts send a token."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = text
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


def other_token() -> TokenText:
    """Return a token that no other test has."""
    number = next(_numbers)
    return write_token(number, 2**200 + number)


def as_admin(client: FlaskClient) -> FlaskClient:
    """Have a client send the administrator's token with every request that says no other one."""
    client.environ_base["HTTP_AUTHORIZATION"] = HEADERS["Authorization"]
    return client


def headers_of(token: TokenText) -> dict[str, str]:
    """Return the header by which a token is presented."""
    return {"Authorization": f"Bearer {token.text}"}
