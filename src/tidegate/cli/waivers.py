"""The waivers file of `tidegate check`: a YAML list of exceptions, refused whole where one is not valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tidegate.domain.errors import Invalid
from tidegate.domain.gate_yaml import Path, Tree, YamlFault, read_yaml
from tidegate.domain.gates import Gate
from tidegate.domain.nearest import nearest
from tidegate.domain.states import State
from tidegate.domain.times import read_time, write_time
from tidegate.domain.verdicts import Verdict
from tidegate.domain.waivers import Waiver

_REQUIRED = ("id", "gate", "rule", "component", "owner", "approver", "reason", "granted_at", "expires_at")
_OPTIONAL: Mapping[str, object] = {"environment": None, "covers": ["fail"]}
_FIT = {
    "granted_at": "2026-01-01T00:00:00Z",
    "expires_at": "9999-01-01T00:00:00Z",
    "covers": ["fail"],
}


def read_waivers(text: str, name: str) -> tuple[Waiver, ...]:
    """Read `waivers:` and a list beneath it, or the list alone.

    Each entry has id, gate, rule, component, owner, approver, reason, granted_at and expires_at, and may have
    environment (any, without it) and covers (`[fail]`, without it). Raises `Invalid` with every fault, each
    with its file, line and column.
    """
    tree = read_yaml(text)
    if tree.faults:
        places = tuple(
            (f"{name}:{f.mark.line}:{f.mark.column}" if f.mark else name, _advised(f)) for f in tree.faults
        )
        raise Invalid(f"{name}: the waivers cannot be read.", places)
    root: Path = ("waivers",) if isinstance(tree.value, dict) else ()
    listed = tree.value.get("waivers") if isinstance(tree.value, dict) else tree.value
    if not isinstance(listed, list):
        raise Invalid(f"{name}: waivers are a list. Write `waivers:` and below it one `- id: …` for each.")
    waivers: list[Waiver] = []
    faults: list[tuple[Path, str]] = []
    for number, entry in enumerate(listed):
        try:
            waivers.append(_waiver(entry))
        except Invalid as error:
            what = f"{_name_of(entry, number + 1)}: "
            faults += [((*root, number, *where), what + why) for where, why in _places(error)]
    faults += [((*root, *where), what) for where, what in _doubled(listed)]
    if faults:
        problems = tuple((_place(name, tree, where), what) for where, what in faults)
        raise Invalid(f"{name}: not every waiver is valid, so none is used.", problems)
    return tuple(waivers)


def _advised(fault: YamlFault) -> str:
    return f"{fault.what} {fault.suggestion}" if fault.suggestion else fault.what


def _name_of(entry: object, number: int) -> str:
    """Name a waiver by its id; by its place in the file where it has none."""
    identity = entry.get("id") if isinstance(entry, dict) else None
    return str(identity) if identity else f"waiver {number}"


def _places(error: Invalid) -> Iterator[tuple[Path, str]]:
    """Return the faults of one waiver with the keys that they are about; none for the waiver itself."""
    for where, what in error.problems:
        yield tuple(filter(None, where.split("/"))), what


def _doubled(listed: Sequence[object]) -> Iterator[tuple[Path, str]]:
    """Name each id that an earlier waiver has already."""
    seen: set[str] = set()
    for number, entry in enumerate(listed):
        identity = entry.get("id") if isinstance(entry, dict) else None
        if identity and str(identity) in seen:
            yield (number, "id"), f"{identity}: Two waivers have this id: give each its own."
        seen.add(str(identity))


def _place(name: str, tree: Tree, where: Path) -> str:
    """Write as compilers do where a key stands, else the waiver that lacks it."""
    mark = tree.marks.get((*where, "key")) or tree.marks.get(where) or tree.marks[where[:-1]]
    return f"{name}:{mark.line}:{mark.column}"


def idle_waivers(
    waivers: Sequence[Waiver], gate: Gate, verdict: Verdict, component: str | None, at: datetime
) -> Iterator[str]:
    """Say of each waiver that excuses nothing why it does not."""
    if waivers and component is None:
        yield "waivers count for a component, and none is named: add --component C."
        return
    used = {rule.waiver for rule in verdict.rules}
    for waiver in waivers:
        if waiver.id not in used:
            yield f"{waiver.id} excuses nothing: {_why_idle(waiver, gate, verdict, at)}"


def _why_idle(waiver: Waiver, gate: Gate, verdict: Verdict, at: datetime) -> str:
    rules = {rule.rule: rule for rule in verdict.rules}
    subject = verdict.subject
    if waiver.gate != gate.name:
        return f"it is for the gate {waiver.gate!r}, and {gate.name!r} judges."
    if waiver.rule not in rules:
        close = nearest(waiver.rule, rules)
        return f"{gate.name} has no rule {waiver.rule!r}." + (f" Did you mean {close!r}?" if close else "")
    if waiver.component != subject.component:
        return f"it is for the component {waiver.component!r}, and {subject.component!r} is judged."
    if waiver.environment not in (None, subject.environment):
        where = f"{subject.environment!r} is" if subject.environment else "no environment is"
        return f"it is for the environment {waiver.environment!r}, and {where} judged: add --environment E."
    if waiver.expired(at):
        return f"it has expired at {write_time(waiver.expires_at)}."
    if not waiver.in_force(at):
        return f"it begins at {write_time(waiver.granted_at)} only."
    rule = rules[waiver.rule]
    if rule.state is State.PASS:
        return f"{waiver.rule} passes."
    uncovered = ", ".join(state for state in rule.found if state not in waiver.covers)
    if uncovered:
        return f"{waiver.rule} is {uncovered}, which it does not cover."
    return f"{rule.waiver} lasts longer."


def _waiver(entry: object) -> Waiver:
    if not isinstance(entry, dict):
        what = "A waiver is a mapping with id, gate, rule and more."
        raise Invalid(what, (("", what),))
    unknown = sorted(set(entry) - {*_REQUIRED, *_OPTIONAL})
    lacking = [key for key in _REQUIRED if entry.get(key) is None]
    if unknown or lacking:
        faults = [(f"/{key}", _unknown(key)) for key in unknown]
        faults += [(f"/{key}", f"`{key}` is missing.") for key in lacking]
        raise Invalid("The waiver is not valid.", tuple(faults))
    unfit = dict(_unfit(entry))
    # What is wrong beside them is told as well, as if they were right: one round is enough.
    entry = {**_OPTIONAL, **entry, **{key: _FIT[key] for key in unfit}}
    try:
        waiver = Waiver.from_document(entry)
    except Invalid as error:
        raise Invalid(str(error), (*_faults_of(unfit), *error.problems)) from None
    if unfit:
        raise Invalid("The waiver is not valid.", _faults_of(unfit))
    return waiver


def _faults_of(unfit: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((f"/{key}", what) for key, what in unfit.items())


def _unknown(key: str) -> str:
    close = nearest(key, (*_REQUIRED, *_OPTIONAL))
    return f"`{key}` is not known here." + (f" Did you mean `{close}`?" if close else "")


def _unfit(entry: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Name every value of an entry that is of the wrong kind, each with what it may be."""
    for key in ("granted_at", "expires_at"):
        try:
            read_time(str(entry[key]))
        except ValueError:
            what = f"`{key}` is {entry[key]!r}: write a moment with its zone"
            yield key, f"{what}, such as 2026-11-21T02:26:48Z."
    covers = entry.get("covers", _OPTIONAL["covers"])
    known = [str(state) for state in State if state is not State.PASS]
    if not isinstance(covers, list) or any(state not in known for state in covers):
        yield "covers", f"`covers` is {covers!r}: write a list of {', '.join(known)}."
