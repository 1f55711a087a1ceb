"""People for tests: somebody with a role, signed in to the pages without the work of hashing a password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from flask.testing import FlaskClient
from sqlalchemy import Engine, insert

from tests.support import secret_scan
from tidegate.domain.access import Binding, Role
from tidegate.kernel.db.repository import table_of
from tidegate.modules.identity.models import RoleBindingRow, SessionRow, UserRow

COOKIE = "tidegate"


def sign_in(
    client: FlaskClient, engine: Engine, name: str, at: datetime, *bindings: Binding, role: Role | None = None
) -> str:
    """Write a person with these roles and a session whose cookie the client sends; returns its secret."""
    secret = secrets.token_urlsafe(32)
    secret_scan.remember(secret)
    held = (*bindings, *((Binding(role),) if role else ()))
    moments = {"created_at": at, "updated_at": at}
    with engine.begin() as connection:
        connection.execute(insert(table_of(UserRow)).values(name=name, display_name=name, **moments))
        for number, one in enumerate(held):
            connection.execute(
                insert(table_of(RoleBindingRow)).values(
                    id=f"{name}-{number}",
                    user_name=name,
                    role=str(one.role),
                    component=one.component,
                    owner=one.owner,
                    environment=one.environment,
                    created_at=at,
                )
            )
        connection.execute(
            insert(table_of(SessionRow)).values(
                id=f"session-of-{name}",
                digest=hashlib.sha256(secret.encode()).hexdigest(),
                user_name=name,
                address="127.0.0.1",
                created_at=at,
                last_seen_at=at,
            )
        )
    client.set_cookie(COOKIE, secret)
    return secret
