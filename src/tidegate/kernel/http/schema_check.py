"""What is asked of a database with an old schema is refused in one sentence, and never half answered."""

from __future__ import annotations

from flask import Flask, request

from tidegate.kernel.container import Container
from tidegate.kernel.db import schema
from tidegate.kernel.http.problems import ProblemError
from tidegate.kernel.logging import logger

OLD_SCHEMA = "The schema is not at the newest version: run `tidegate db upgrade` where the server runs."
# Documents and health answer without; `/health` and `/readyz` say the same in their own way.
_NEEDS_SCHEMA = "/api/"


def install(app: Flask, container: Container) -> None:
    """Answer with 503 until the schema is one that this version can work on; then ask no more."""
    fits = False

    def check() -> None:
        nonlocal fits
        if not fits and request.path.startswith(_NEEDS_SCHEMA):
            fits = schema.fits(container.database)
            if not fits:
                # No fault of the program: a line in the log, and no traceback.
                logger().error("schema.outdated", reason=OLD_SCHEMA)
                raise ProblemError("unavailable", OLD_SCHEMA)

    app.before_request(check)
