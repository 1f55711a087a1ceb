"""Use cases of gates: put a version in force, read what is in force, complete a draft with its floor."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from tidegate.domain.canonical import is_digest
from tidegate.domain.conditions import (
    NO_CONDITION,
    AnyVersion,
    DigestCondition,
    ExpectedDigest,
    NothingThere,
)
from tidegate.domain.errors import Invalid, NotFound, Stale
from tidegate.domain.gate_documents import Draft, GateProblem, InvalidGate, Level, draft_of, examine, restore
from tidegate.domain.gates import Gate
from tidegate.domain.inheritance import complete
from tidegate.domain.lint import lint
from tidegate.domain.principals import Principal
from tidegate.domain.records import Declaration, GateVersion
from tidegate.domain.times import write_time
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.gates.repository import GateRepository
from tidegate.readers.registry import known_tools

_DECLARED = "gate.declared"


@lru_cache(maxsize=256)
def load_gate(canonical: str) -> Gate:
    """Return the gate that a version's canonical text holds, compiled once a process."""
    return restore(msgspec.json.decode(canonical))


@dataclass(frozen=True, slots=True)
class LintReport:
    """What is wrong with a gate's document, and what is doubtful."""

    problems: tuple[GateProblem, ...]

    @property
    def accepted(self) -> bool:
        """Tell whether the document could be declared."""
        return all(problem.level is not Level.ERROR for problem in self.problems)


class _NothingKept(Exception):
    """Ends a declaration that was only to be tried."""


class GateService:
    """Keeps gates: their versions never change, only which one is in force."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        gates: GateRepository,
        audit: AuditService,
        principal: Principal,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._gates = gates
        self._audit = audit
        self._principal = principal
        self._clock = clock
        self._new_id = new_id

    def declare(
        self,
        document: str | Mapping[str, object],
        *,
        name: str,
        reason: str = "",
        condition: DigestCondition = NO_CONDITION,
    ) -> tuple[GateVersion, bool]:
        """Put a gate in force as YAML text or as JSON values say; true where that made a new version.

        The same content makes no new version. Raises `InvalidGate` with every fault, each with its place,
        `Invalid` where the document is another gate's than `name`, and `Stale` where the condition does not
        hold, which says who was faster.
        """
        said = draft_of(document).name
        if said != name:
            raise Invalid(
                f"The document is of the gate {said!r}, the address of {name!r}.",
                (("/name", f"Write {name!r}, or send it to the address of {said!r}."),),
            )
        source = document if isinstance(document, str) else msgspec.json.encode(document).decode()
        with self._uow.transaction():
            # One declaration at a time, of whatever gate: a gate that is declared while its floor rises would
            # otherwise be joined to the old floor, and the new floor would not see it.
            self._gates.lock_declarations()
            self._check(condition, name)
            return self._declare(source, reason=reason, above=())

    def _check(self, condition: DigestCondition, name: str) -> None:
        """Raise `Stale` where another version is in force than the caller means to replace."""
        current = self._gates.current(name)
        if current is None:
            if isinstance(condition, (ExpectedDigest, AnyVersion)):
                raise Stale(f"There is no gate {name!r} yet: leave the condition out.")
            return
        if isinstance(condition, NothingThere):
            raise Stale(f"There is a gate {name!r} already: open it and change that one.")
        if isinstance(condition, ExpectedDigest) and condition.digest != current.digest:
            last = self.declaration(name)
            who = f" {last.by} put it in force at {write_time(last.at)}" if last else ""
            why = f" ({last.reason})" if last and last.reason else ""
            raise Stale(
                f"Version {current.number} of the gate {name!r} is in force, which is not the one that you "
                f"have read.{who}{why}{'.' if who else ''} Look at what it says now, and repeat your change."
            )

    def _declare(self, source: str, *, reason: str, above: tuple[str, ...]) -> tuple[GateVersion, bool]:
        draft = draft_of(source)
        if draft.name in above:
            raise Invalid(
                f"The gate {draft.name!r} would be its own floor: {' > '.join((*above, draft.name))}."
            )
        gate = complete(draft, self._floor)
        current = self._gates.current(gate.name)
        if current is not None and current.digest == gate.digest:
            return current, False
        known = self._gates.version(gate.digest)
        version = known or GateVersion(
            id=self._new_id(),
            gate=gate.name,
            number=self._next_number(gate.name),
            digest=gate.digest,
            canonical=gate.canonical().decode(),
            source=source,
            extends=draft.extends,
            created_at=self._clock.now(),
            declared_by=str(self._principal),
            reason=reason or None,
        )
        self._gates.put_in_force(version, is_new=known is None)
        self._audit.append(
            action=_DECLARED,
            subject=gate.name,
            details={
                "digest": version.digest,
                "number": version.number,
                **({"reason": reason} if reason else {}),
            },
        )
        # A floor that rises lifts every gate on it in the same transaction, or is refused where one of them
        # would now ask for less than its floor.
        for child in self._gates.extending(gate.name):
            self._lift(child, floor=draft, reason=reason, above=above)
        return version, known is None

    def _lift(self, child: GateVersion, *, floor: Draft, reason: str, above: tuple[str, ...]) -> None:
        try:
            self._declare(child.source, reason=reason, above=(*above, floor.name))
        except InvalidGate as loosening:
            fault = loosening.faults[0]
            # The place is one in the child's document, which the caller has not sent.
            raise Invalid(
                f"The gate {child.gate!r} extends {floor.name!r} and would then ask for less than its floor: "
                f"{fault.what} Change {child.gate!r} first, or keep the floor as low as it asks for.",
                (("/rules", f"{child.gate!r} would ask for less than this floor: {fault.what}"),),
            ) from None

    def declaration(self, name: str) -> Declaration | None:
        """Tell how the version that is in force came to be that; None where nothing is recorded of it."""
        found = self._audit.events(PageRequest(limit=1), subject=name, action=_DECLARED).items
        if not found:
            return None
        entry = found[0].entry
        reason = entry.details.get("reason")
        return Declaration(entry.actor, entry.at, reason if isinstance(reason, str) else None)

    def lint(self, document: str | Mapping[str, object]) -> LintReport:
        """Return what is wrong with a gate document, also with its floor, and what is doubtful."""
        found = lint(document, known_tools())
        draft, _ = examine(document)
        if draft is not None:
            found += self._faults_with_floor(draft)
        return LintReport(tuple(sorted(found, key=lambda one: (one.line or 0, one.column or 0))))

    def check(
        self, document: str | Mapping[str, object], *, name: str, condition: DigestCondition = NO_CONDITION
    ) -> LintReport:
        """Return what `lint` finds and what `declare` would refuse beside it; nothing is recorded.

        That somebody else was faster is no fault of a document: it is found out when it is declared.
        """
        report = self.lint(document)
        if not report.accepted:
            return report
        refused = self._refusal(document, name, condition)
        if refused is None or (isinstance(refused, Stale) and isinstance(condition, ExpectedDigest)):
            return report
        places = refused.problems if isinstance(refused, Invalid) else ()
        where = places[0][0] if places else "/name"
        draft, _ = examine(document)
        mark = draft.places.get(where) if draft else None
        place = (mark.line, mark.column) if mark else (None, None)
        return LintReport((GateProblem(where, str(refused), None, *place), *report.problems))

    def _refusal(
        self, document: str | Mapping[str, object], name: str, condition: DigestCondition
    ) -> Invalid | Stale | None:
        try:
            with self._uow.transaction():
                self.declare(document, name=name, condition=condition)
                raise _NothingKept
        except _NothingKept:
            return None
        except (Invalid, Stale) as refused:
            return refused

    def _faults_with_floor(self, draft: Draft) -> tuple[GateProblem, ...]:
        """Return what keeps a draft from standing on its floor: where it asks for less, or has none."""
        try:
            complete(draft, self._floor)
        except InvalidGate as loosening:
            return loosening.faults
        except Invalid as missing:
            mark = draft.places.get("/extends")
            place = (mark.line, mark.column) if mark else (None, None)
            return (GateProblem("/extends", str(missing), None, *place),)
        return ()

    def gate(self, name: str) -> GateVersion:
        """Return the version in force; raises `NotFound`."""
        found = self._gates.current(name)
        if found is None:
            raise NotFound("gate", name)
        return found

    def version(self, digest: str) -> GateVersion:
        """Return a version by its digest; raises `NotFound`."""
        found = self._gates.version(digest) if is_digest(digest) else None
        if found is None:
            raise NotFound("gate version", digest)
        return found

    def in_force(self, names: Collection[str]) -> Mapping[str, str]:
        """Return the digests of these gates' versions in force, by name, as far as they are there."""
        return self._gates.in_force(names)

    def gates(self, request: PageRequest) -> Page[GateVersion]:
        """Return one page of the gates, each in its version in force."""
        return self._gates.page(request)

    def versions(self, name: str, request: PageRequest) -> Page[GateVersion]:
        """Return one page of a gate's versions, newest first; raises `NotFound`."""
        self.gate(name)
        return self._gates.versions(name, request)

    def complete(self, document: str | Mapping[str, object]) -> Gate:
        """Make a gate of a document with the floor that is in force; nothing is recorded.

        Raises `InvalidGate` with every fault, and `Invalid` for a floor that is not there.
        """
        return complete(draft_of(document), self._floor)

    def _floor(self, name: str) -> Gate:
        found = self._gates.current(name)
        if found is None:
            # The address is right and the document is not, so this is no `NotFound`.
            missing = f"There is no gate named {name!r}."
            advice = "Declare the floor before what stands on it: `tidegate gate put FILE`."
            raise Invalid(f"{missing} {advice}", (("/extends", missing),))
        return load_gate(found.canonical)

    def _next_number(self, name: str) -> int:
        newest = self._gates.versions(name, PageRequest(limit=1)).items
        return newest[0].number + 1 if newest else 1
