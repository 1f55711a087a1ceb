"""The waivers file of `tidegate check`: a YAML list of exceptions, refused whole where one is not valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.domain.errors import Invalid
from tidegate.domain.gate_yaml import read_yaml
from tidegate.domain.gates import Gate
from tidegate.domain.waivers import Waiver
from tidegate.domain.wording import nearest

_REQUIRED = ("id", "gate", "rule", "component", "owner", "approver", "reason", "granted_at", "expires_at")
_OPTIONAL: Mapping[str, object] = {"environment": None, "covers": ["fail"]}


def read_waivers(text: str, name: str) -> tuple[Waiver, ...]:
    """Read `waivers:` and a list beneath it, or the list alone.

    Each entry has id, gate, rule, component, owner, approver, reason, granted_at and expires_at, and may have
    environment (any, without it) and covers (`[fail]`, without it). Raises `Invalid` with every fault.
    """
    tree = read_yaml(text)
    if tree.faults:
        places = tuple((f"line {f.mark.line}" if f.mark else "", f.what) for f in tree.faults)
        raise Invalid(f"{name}: the waivers cannot be read.", places)
    listed = tree.value.get("waivers") if isinstance(tree.value, dict) else tree.value
    if not isinstance(listed, list):
        raise Invalid(f"{name}: waivers are a list. Write `waivers:` and below it one `- id: …` for each.")
    waivers: list[Waiver] = []
    faults: list[tuple[str, str]] = []
    for number, entry in enumerate(listed, start=1):
        try:
            waivers.append(_waiver(entry))
        except Invalid as error:
            faults.append((f"waiver {number}", str(error)))
    if faults:
        raise Invalid(f"{name}: not every waiver is valid, so none is used.", tuple(faults))
    return tuple(waivers)


def idle_waivers(waivers: Sequence[Waiver], gate: Gate, component: str | None) -> Iterator[str]:
    """Tell which waivers excuse nothing because of how they are written, not because of what was found."""
    if waivers and component is None:
        yield "waivers count for a component, and none is named: say --component C."
    rules = [rule.id for rule in gate.rules]
    for waiver in waivers:
        if waiver.gate == gate.name and waiver.rule not in rules:
            close = nearest(waiver.rule, rules)
            meant = f" Did you mean {close!r}?" if close else ""
            yield f"{waiver.id} excuses nothing: {gate.name} has no rule {waiver.rule!r}.{meant}"


def _waiver(entry: object) -> Waiver:
    if not isinstance(entry, dict):
        raise Invalid("A waiver is a mapping with id, gate, rule and more.")
    unknown = sorted(set(entry) - {*_REQUIRED, *_OPTIONAL})
    lacking = [key for key in _REQUIRED if entry.get(key) is None]
    if unknown or lacking:
        parts = [f"`{key}` is not known here." for key in unknown] + [
            f"`{key}` is missing." for key in lacking
        ]
        raise Invalid(" ".join(parts))
    try:
        return Waiver.from_document({**_OPTIONAL, **entry})
    except (TypeError, ValueError) as error:
        raise Invalid(f"{str(error).rstrip('.')}.") from None
