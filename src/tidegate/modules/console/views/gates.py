"""Gates: their rules with what comes from which floor, and their versions."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.gate_text import editable
from tidegate.domain.gates import Gate, On, Rule
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.views.frame import next_address, page_request, pages
from tidegate.modules.gates.service import GateService, load_gate

_VERSIONS = 25
_MOST_FLOORS = 8
_BY_DEFAULT = {"max_age": None, "on": str(On.BLOCK)}
"""What a rule says where its document leaves it out."""


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A rule, and the name of the gate that says it as it stands; `stricter` where a floor has it too."""

    rule: Rule
    gate: str
    stricter: bool


@pages.get("/gates")
@requires(Permission.READ_DECLARATIONS)
def list_gates() -> Response:
    """Show the gates, and which environments each one guards."""
    found = use(GateService).gates(page_request())
    guards: dict[str, list[str]] = {}
    for one in use(CatalogService).guarded_environments():
        guards.setdefault(one.gate or "", []).append(one.name)
    rows = [(one, load_gate(one.canonical), guards.get(one.gate, [])) for one in found.items]
    return page("console/gates.html", rows=rows, next=next_address(found.next_cursor))


@pages.get("/gates/<gate>")
@requires(Permission.READ_DECLARATIONS)
def show_gate(gate: str) -> Response:
    """Show a gate's rules, each with the floor that it comes from, and its versions."""
    service = use(GateService)
    stored = service.gate(gate)
    versions = service.versions(gate, PageRequest(limit=_VERSIONS)).items
    complete = load_gate(stored.canonical)
    return page(
        "console/gate.html",
        stored=stored,
        gate=complete,
        rules=placed(complete, _floors(service, complete)),
        versions=versions,
        source=editable(stored.source),
        guards=[one.name for one in use(CatalogService).guarded_environments() if one.gate == gate],
    )


@pages.get("/gates/<gate>/versions/<digest>")
@requires(Permission.READ_DECLARATIONS)
def show_gate_version(gate: str, digest: str) -> Response:
    """Show what a version of a gate changed."""
    service = use(GateService)
    stored = service.version(digest)
    versions = service.versions(gate, PageRequest(limit=500)).items
    before = next((one for one in versions if one.number == stored.number - 1), None)
    old = load_gate(before.canonical) if before else None
    changed = difference(old, load_gate(stored.canonical))
    return page("console/gate_version.html", stored=stored, before=before, difference=changed)


def placed(gate: Gate, floors: list[Gate]) -> list[PlacedRule]:
    """Say of each rule where it comes from; `floors` are the gates below, the nearest first."""
    found = []
    for rule in gate.rules:
        source, stricter = gate.name, False
        for floor in floors:
            below = next((one for one in floor.rules if one.id == rule.id), None)
            if below is None:
                break
            if below != rule:
                stricter = True
                break
            source = floor.name
        found.append(PlacedRule(rule, source, stricter))
    return found


def difference(before: Gate | None, after: Gate) -> list[str]:
    """Return the lines by which two gates differ, as `diff -u` writes them."""
    old = _lines(before) if before else []
    return list(difflib.unified_diff(old, _lines(after), lineterm="", n=2))[2:]


def _lines(gate: Gate) -> list[str]:
    """Write a gate as a document says it, without what nobody has to write."""
    head = {"title": (gate.title, gate.name), "floor": (gate.floor, None)}
    lines = [f"{name}: {value}" for name, (value, otherwise) in head.items() if value != otherwise]
    for rule in gate.rules:
        left_out = {"title": rule.id, **_BY_DEFAULT}
        for name, value in rule.to_document().items():
            if name in left_out and value == left_out[name]:
                continue
            text = f"[{', '.join(str(one) for one in value)}]" if isinstance(value, list) else value
            lines.append(f"{'- ' if name == 'id' else '  '}{name}: {text}")
    return lines


def _floors(service: GateService, gate: Gate) -> list[Gate]:
    found: list[Gate] = []
    while gate.floor is not None and len(found) < _MOST_FLOORS:
        gate = load_gate(service.version(gate.floor).canonical)
        found.append(gate)
    return found
