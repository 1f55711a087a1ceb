"""A component's whole way through the API, so that no address of the document leads nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.api import COMMIT, GATE, flake8, junit

AIM = {"kind": "availability", "target": 99.9, "days": 30}
PLAN = {"title": "Backup", "component": "harbour", "starts_at": "2099-12-06T02:00", "minutes": 60}
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
    flag: str
    field: str
    deployment_id: str
    import_id: str
    report_id: str
    item_id: str
    incident_id: str
    window_id: str
    objective: str
    channel: str
    delivery_id: str

    def fill(self, path: str) -> str:
        """Put the names into an address of the document."""
        return path.format(**{name: getattr(self, name) for name in self.__slots__})


def make_stock(send: Send) -> Stock:
    """Register, declare, submit, judge and release."""
    harbour = "/api/v1/components/harbour"
    send("POST", "/api/v1/users", {"name": "grace"})
    send("PUT", harbour, {"title": "Harbour", "owner": "port"})
    gate = send("PUT", "/api/v1/gates/production", GATE)
    send("PUT", "/api/v1/environments/production", {"rank": 3, "gate": "production"})
    send("PUT", f"{harbour}/revisions/{COMMIT}", {"branch": "main"})
    send("POST", f"{harbour}/revisions/{COMMIT}/evidence?slot=flake8.txt", flake8("a.py"))
    submitted = send("POST", f"{harbour}/revisions/{COMMIT}/evidence?slot=junit.xml", junit())
    release = send("POST", f"{harbour}/releases", {"version": "1.0.0", "revision": COMMIT})
    send("PUT", f"{harbour}/targets/production", {"base_url": "https://192.0.2.1"})
    observed = {"version": "1.0.0", "region": "north", "port": 443, "zone": "a"}
    send("POST", f"{harbour}/facts/observed?environment=production", {"facts": observed})
    sides = {"left": {"side": "declared"}, "right": {"side": "observed"}}
    report = send("POST", "/api/v1/parity-reports", {**sides, "component": "harbour"})
    place = {"component": "harbour", "environment": "production", "field": "port"}
    item = send("POST", "/api/v1/parity-items", {"report": report["id"], **place, "assignee": "grace"})
    said = {"environment": "production", "version": "1.0.0"}
    deployment = send("POST", f"{harbour}/deployments", said)
    table = b"component,environment,zone,owned,quays\nharbour,production,north,true,3\n"
    imported = send("POST", "/api/v1/imports?name=estate.csv", table)
    send("POST", f"/api/v1/imports/{imported['id']}/apply", b"")
    here = {"environment": "production"}
    sides = {"left": {"side": "declared", **here}, "right": {"side": "observed", **here}}
    send("POST", "/api/v1/parity-reports", {**sides, "component": "harbour"})
    incident = send("GET", "/api/v1/incidents", None)["items"][0]
    window = send("POST", "/api/v1/maintenance-windows", PLAN)
    send("PUT", f"{harbour}/targets/production/objectives/up", AIM)
    role = send("POST", "/api/v1/roles", {"group": "port", "role": "viewer", "component": "harbour"})
    token = send("POST", "/api/v1/tokens", {"name": "ci", "role": "submitter", "component": "harbour"})
    claims = {"repository_id": "764321", "repository_owner_id": "4321"}
    trusted = {"name": "harbour-cd", "provider": "github", "claims": claims, "role": "submitter"}
    publisher = send("POST", "/api/v1/publishers", trusted)
    crew = {"name": "crew", "kind": "webhook", "url": "https://hooks.example.org/in"}
    channel = send("POST", "/api/v1/notification-channels", crew)
    test = send("POST", "/api/v1/notification-channels/crew/tests", None)
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
        flag="try-it",
        field="version",
        deployment_id=deployment["id"],
        import_id=imported["id"],
        report_id=report["id"],
        item_id=item["item"]["id"],
        incident_id=incident["id"],
        window_id=window["id"],
        objective="up",
        channel=channel["name"],
        delivery_id=test["delivery"],
    )
