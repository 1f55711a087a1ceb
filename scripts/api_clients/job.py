"""What the main job sends, the same for every client."""

from __future__ import annotations

import hashlib
from typing import Any

GATE: dict[str, Any] = {
    "name": "clients",
    "title": "What generated clients may ship",
    "rules": [
        {
            "id": "tests-pass",
            "title": "Every test passes",
            "that": "tests.failed == 0 && tests.errors == 0",
            "needs": ["tests"],
            "max_age": "24h",
        }
    ],
}
FAILING = b'<testsuite name="job" tests="1"><testcase name="floats"><failure/></testcase></testsuite>'
PASSING = b'<testsuite name="job" tests="2"><testcase name="floats"/><testcase name="sails"/></testsuite>'


def commit_of(component: str) -> str:
    """Return a commit of the component's own."""
    return hashlib.sha256(component.encode()).hexdigest()


class Wrong(Exception):
    """An answer is not the one that the main job asks for."""


def expect(what: str, found: object, wanted: object) -> None:
    """Raise `Wrong` where an answer is another than the one that is wanted."""
    if found != wanted:
        raise Wrong(f"{what}: {found!r} instead of {wanted!r}")
