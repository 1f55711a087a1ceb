"""Use cases of gates: put a version in force, read what is in force, complete a draft with its floor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from tidegate.domain.canonical import is_digest
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.gate_documents import GateProblem, Level, draft_of, restore
from tidegate.domain.gates import Gate
from tidegate.domain.inheritance import complete
from tidegate.domain.lint import lint
from tidegate.domain.records import GateVersion
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.gates.repository import GateRepository
from tidegate.readers.registry import known_tools


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


class GateService:
    """Keeps gates: their versions never change, only which one is in force."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        gates: GateRepository,
        audit: AuditService,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._gates = gates
        self._audit = audit
        self._clock = clock
        self._new_id = new_id

    def declare(self, document: str | Mapping[str, object], *, name: str) -> tuple[GateVersion, bool]:
        """Put a gate in force as YAML text or as JSON values say; true where that made a new version.

        The same content makes no new version. Raises `InvalidGate` with every fault, each with its place,
        and `Invalid` where the document is another gate's than `name`.
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
            return self._declare(source, above=())

    def _declare(self, source: str, *, above: tuple[str, ...]) -> tuple[GateVersion, bool]:
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
        )
        self._gates.put_in_force(version, is_new=known is None)
        self._audit.append(
            action="gate.declared",
            subject=gate.name,
            details={"digest": version.digest, "number": version.number},
        )
        # A floor that rises lifts every gate on it in the same transaction, or is refused where one of them
        # would now ask for less than its floor.
        for child in self._gates.extending(gate.name):
            self._declare(child.source, above=(*above, gate.name))
        return version, known is None

    def lint(self, document: str | Mapping[str, object]) -> LintReport:
        """Return what is wrong with a gate document, and what is doubtful."""
        return LintReport(tuple(lint(document, known_tools())))

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
