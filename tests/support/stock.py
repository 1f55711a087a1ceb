"""A component's whole way through the API, so that no address of the document leads nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.api import COMMIT, GATE, flake8, junit

# (method, path, JSON body or a report's bytes) -> the answer's JSON
Send = Callable[[str, str, Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Stock:
    """What is there afterwards, by the names that addresses know it under."""

    component: str
    environment: str
    revision: str
    gate: str
    digest: str
    evidence_id: str
    verdict_id: str
    version: str
    user: str
    group: str
    role_id: str
    token_id: str
    session_id: str
    publisher: str

    def fill(self, path: str) -> str:
        """Put the names into an address of the document."""
        return path.format(**{name: getattr(self, name) for name in self.__slots__})


def make_stock(send: Send) -> Stock:
    """Register, declare, submit, judge and release."""
    harbour = "/api/v1/components/harbour"
    send("PUT", harbour, {"title": "Harbour", "owner": "port"})
    gate = send("PUT", "/api/v1/gates/production", GATE)
    send("PUT", "/api/v1/environments/production", {"rank": 3, "gate": "production"})
    send("PUT", f"{harbour}/revisions/{COMMIT}", {"branch": "main"})
    send("POST", f"{harbour}/revisions/{COMMIT}/evidence?slot=flake8.txt", flake8("a.py"))
    submitted = send("POST", f"{harbour}/revisions/{COMMIT}/evidence?slot=junit.xml", junit())
    release = send("POST", f"{harbour}/releases", {"version": "1.0.0", "revision": COMMIT})
    send("POST", "/api/v1/users", {"name": "grace"})
    role = send("POST", "/api/v1/roles", {"group": "port", "role": "viewer", "component": "harbour"})
    token = send("POST", "/api/v1/tokens", {"name": "ci", "role": "submitter", "component": "harbour"})
    claims = {"repository_id": "764321", "repository_owner_id": "4321"}
    trusted = {"name": "harbour-cd", "provider": "github", "claims": claims, "role": "submitter"}
    publisher = send("POST", "/api/v1/publishers", trusted)
    return Stock(
        component="harbour",
        environment="production",
        revision=COMMIT,
        gate="production",
        digest=gate["digest"],
        evidence_id=submitted["evidence"]["id"],
        verdict_id=submitted["verdicts"][0]["id"],
        version=release["version"],
        user="grace",
        group="port",
        role_id=role["id"],
        token_id=token["id"],
        session_id="none",
        publisher=publisher["name"],
    )
