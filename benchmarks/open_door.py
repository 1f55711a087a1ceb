"""Tidegate with its door taken out: whoever asks is an administrator, and nobody looks at a token.

It is what the cost of a token is measured against (`benchmarks.tokens`); nothing else may ever serve it.
"""

from __future__ import annotations

from flask import Flask, g

from tidegate.app import create_app as create_real_app
from tidegate.domain.access import EVERYTHING, Rights
from tidegate.domain.principals import SERVER
from tidegate.kernel.container import Work
from tidegate.kernel.http import authentication
from tidegate.kernel.http.use import current_container


def create_app() -> Flask:
    """Make the application, which finds out about nobody who they are."""
    app = create_real_app()
    steps = app.before_request_funcs[None]
    steps[steps.index(authentication._identify)] = _let_anybody_in
    return app


def _let_anybody_in() -> None:
    g.principal = SERVER
    g.work = Work(current_container(), SERVER, rights=Rights((EVERYTHING,)))
