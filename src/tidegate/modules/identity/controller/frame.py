"""The blueprint of identity, and what several of its operations answer with."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response

from tidegate.domain.identities import ApiToken
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.use import current_container
from tidegate.modules.identity.tokens import NewToken

blueprint = Blueprint(
    "identity", __name__, url_prefix="/api/v1", description="Who may do what: people, tokens, roles."
)


@dataclass(frozen=True, slots=True)
class ShownToken:
    """A token with its state of this moment; `text` is the token itself, told once where it was just made."""

    token: ApiToken
    state: str
    text: str | None = None


def shown_token(token: ApiToken, text: str | None = None) -> ShownToken:
    """Return a token as it is shown."""
    return ShownToken(token, token.state(current_container().clock.now()), text)


def new_token(made: NewToken) -> ShownToken:
    """Return a token that was just made, with its text."""
    return shown_token(made.token, made.text)


def done() -> Response:
    """Say that it is done, where there is nothing to show."""
    return Response(status=204)
