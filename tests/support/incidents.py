"""A target whose probes tests make up, and what became of it: for tests of incidents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.support.api import Api
from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.domain.notifications import NotificationEvent, NotificationOutbox
from tidegate.domain.principals import WORKER
from tidegate.domain.probing import ProbeReading
from tidegate.kernel.container import Container, Work
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.probes.service import ProbeService

HARBOUR = FactSubject("harbour", "production")
MINUTE = timedelta(minutes=1)
_STATES = {"P": HealthState.PASS, "F": HealthState.FAIL, "U": HealthState.UNKNOWN, "W": HealthState.WARN}


@dataclass
class KeptOutbox:
    """Keeps what people would be told."""

    events: list[NotificationEvent] = field(default_factory=list)

    def add(self, event: NotificationEvent) -> None:
        """Keep an event."""
        self.events.append(event)


def container_of(api: Api) -> Container:
    """Return the container behind an API."""
    container: Container = api.client.application.extensions[EXTENSION]
    return container


def kept_outbox(api: Api) -> KeptOutbox:
    """Have an API's incidents tell an outbox that keeps it all."""
    outbox = KeptOutbox()
    container_of(api).contribute(NotificationOutbox, lambda _: outbox)
    return outbox


@contextmanager
def as_worker(api: Api) -> Iterator[Work]:
    """Work as the worker does."""
    work = container_of(api).work(WORKER)
    try:
        yield work
    finally:
        work.close()


def register(api: Api, *components: str, environment: str = "production") -> None:
    """Register components and their targets."""
    api.put(f"/environments/{environment}", {"rank": 100})
    for name in components:
        api.put(f"/components/{name}", {"title": name.title(), "owner": "port"})
        made = api.put(
            f"/components/{name}/targets/{environment}",
            {"base_url": f"https://{name}.example.org", "interval": 60},
        )
        assert made.status_code == 201, made.get_json()


def probe(api: Api, states: str, *subjects: FactSubject, **more: Any) -> None:
    """Record a probe a minute of these targets, a letter each: pass, fail, unknown or warn."""
    with as_worker(api) as work:
        for letter in states:
            api.clock.advance(MINUTE)
            targets = work.use(InventoryService).several(subjects or (HARBOUR,))
            work.uow.release()
            work.use(ProbeService).store(
                [(target, reading(api, _STATES[letter], **more)) for target in targets]
            )


def reading(api: Api, state: HealthState, reason: str | None = None, latency: int = 12) -> ProbeReading:
    """Return what a probe of now found."""
    said = reason if reason is not None else ("it answered 503, not 200" if state is HealthState.FAIL else "")
    facts = {"health.state": state.value}
    return ProbeReading(api.clock.now(), state, said, latency, 200, "/health", facts)


def incidents(api: Api, query: str = "") -> list[dict[str, Any]]:
    """Return the incidents as the API lists them."""
    answer = api.get(f"/incidents?{query}")
    assert answer.status_code == 200, answer.get_json()
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def history(api: Api, incident: str) -> Sequence[str]:
    """Return what happened to an incident, oldest first."""
    events = api.get(f"/incidents/{incident}").get_json()["history"]
    return [one["kind"] for one in reversed(events)]
