"""Use cases of facts: declare, observe and withdraw them; read what holds, what held, and all of a side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Invalid
from tidegate.domain.fact_updates import (
    SEEN_STEP,
    FactEdit,
    FactUpdate,
    leave_to_probes,
    too_late,
    update_facts,
    withdraw_facts,
)
from tidegate.domain.facts import (
    Fact,
    FactChange,
    FactSubject,
    FactValue,
    FieldName,
    Side,
    Statement,
    checked_field,
    checked_statements,
)
from tidegate.domain.principals import Principal
from tidegate.domain.submissions import accepted_time
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.repository import FactRepository
from tidegate.modules.facts.row_store import HeldValue, value_of, value_text

MOST_AT_ONCE = 500
"""How many facts of one subject a request may tell."""
_MANY = 200  # subjects; beyond that one pass over a side is cheaper than a query for each
_MOST_IN_AUDIT = 20
PERMISSIONS: Mapping[Side, Permission] = {
    Side.DECLARED: Permission.DESCRIBE_TARGET,
    Side.OBSERVED: Permission.OBSERVE,
}


@dataclass(frozen=True, slots=True)
class ToldFacts:
    """What a caller says of a subject; `at` is when it was so, None for now, `label` names its source."""

    values: Mapping[str, object]
    label: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FactsOfSubject:
    """Facts of one subject."""

    items: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What became of facts that were withdrawn."""

    changes: tuple[FactChange, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of it: the changes, and how many facts were confirmed or are older than what is known."""

    changes: tuple[FactChange, ...]
    confirmed: int
    too_late: int


class FactService:
    """Keeps what was declared and what was observed."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        facts: FactRepository,
        catalog: CatalogService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
    ) -> None:
        self._uow = uow
        self._facts = facts
        self._catalog = catalog
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock

    def tell(self, subject: FactSubject, side: Side, told: ToldFacts) -> Told:
        """Declare or observe facts of one subject; raises `Invalid` that names every fault.

        What is declared holds from now on, whatever `at` says of it. Raises `Conflict` for what probes
        observe.
        """
        self._require(side, subject)
        if not 1 <= len(told.values) <= MOST_AT_ONCE:
            raise Invalid(
                f"{len(told.values)} facts were told; 1 to {MOST_AT_ONCE} can be.", (("/facts", "how many"),)
            )
        statements = checked_statements(subject, told.values)
        now = self._clock.now()
        at = accepted_time(told.at, now) if side is Side.OBSERVED else None
        with self._uow.transaction():
            self._require_there(subject)
            self._leave_to_probes(subject, side, {one.field for one in statements}, now)
            update = self.record(side, statements, source=self._source(told.label), at=at or now)
            if side is Side.DECLARED or update.changes:
                self._note(f"facts.{side}", subject, update, told.label)
        known = len(statements) - len(update.changes) - len(update.too_late)
        return Told(tuple(update.changes), known, len(update.too_late))

    def withdraw(self, subject: FactSubject, side: Side, fields: Iterable[FieldName]) -> Withdrawal:
        """Say that facts hold no longer; those that are not there are left out.

        Raises `Conflict` for what probes observe.
        """
        self._require(side, subject)
        wanted = set(map(checked_field, fields))
        now = self._clock.now()
        with self._uow.transaction():
            self._require_there(subject)
            self._leave_to_probes(subject, side, wanted, now)
            held = self.locked([subject], side).values()
            there = [fact for fact in held if fact.field in wanted]
            update = self.end(there, at=now)
            if update.changes:
                self._note("facts.withdrawn", subject, update, None)
        return Withdrawal(tuple(update.changes))

    def record(self, side: Side, statements: Sequence[Statement], *, source: str, at: datetime) -> FactUpdate:
        """Write facts of subjects that are registered, for modules that have asked what the caller may do.

        Who records is who has the audit log told of it.
        """
        with self._uow.transaction():
            self._lock({one.subject for one in statements}, side)
            other = self._confirm(side, statements, source, at)
            subjects, fields = {one.subject for one in other}, {one.field for one in other}
            known = {(fact.subject, fact.field): fact for fact in self._of(subjects, side, fields)}
            update = update_facts(known, other, side=side, source=source, at=at)
            self._leave_out_the_past(update, known)
            self._facts.end(update.ended, at)
            self._facts.insert(update.begun)
            self._facts.see(update.confirmed, at, source)
        return update

    def _confirm(
        self, side: Side, statements: Sequence[Statement], source: str, at: datetime
    ) -> list[Statement]:
        """Confirm what this source has said before, where it is time to, and return what else it says now.

        Nearly all that probes say is of this kind, so no more of it is read than tells it from the rest.
        """
        last = {
            (one.subject.component, one.subject.environment, one.field): one for one in statements
        }  # of a field told twice the last value counts
        components = {component for component, _, _ in last}
        if len(components) > _MANY:
            return list(last.values())
        due: list[Any] = []
        told = self._facts.told_by(source, side, components, since=at - SEEN_STEP, at=at)
        for component, environment, field, text, lately, place in told:
            statement = last.get((component, environment, field))
            if statement is not None and value_text(statement.value) == text:
                del last[component, environment, field]
                if not lately:
                    due.append(place)
        self._facts.see_at(due, at)
        return list(last.values())

    def _leave_out_the_past(
        self, update: FactUpdate, known: Mapping[tuple[FactSubject, FieldName], Fact]
    ) -> None:
        """Take out of an update what would begin before its field's last value ended."""
        for fact in [one for one in update.begun if (one.subject, one.field) not in known]:
            last = self._facts.history(fact.subject, fact.side, fact.field, most=1)
            if too_late(fact, last[0] if last else None):
                update.begun.remove(fact)
                update.changes.remove(FactChange(fact.subject, fact.field, None, fact.value))
                update.too_late.append(Statement(fact.subject, fact.field, fact.value))

    def end(self, facts: Sequence[Fact], *, at: datetime) -> FactUpdate:
        """End facts that were read under a lock (`locked`); as `record`, it asks and audits nothing."""
        with self._uow.transaction():
            self._facts.end(facts, at)
        return withdraw_facts(facts)

    def locked(
        self, subjects: Sequence[FactSubject], side: Side
    ) -> Mapping[tuple[FactSubject, FieldName], Fact]:
        """Return what holds of subjects and let nobody else tell of them until the transaction ends."""
        self._lock(subjects, side)
        return {(fact.subject, fact.field): fact for fact in self._of(subjects, side)}

    def _lock(self, subjects: Collection[FactSubject], side: Side) -> None:
        if side is Side.DECLARED:
            # Declarations are few and may be of everything at once, as a workbook is: one at a time.
            self._facts.lock_name(side)
        else:
            self._facts.lock(subjects, side)

    def of_subject(
        self, subject: FactSubject, sides: Sequence[Side], *, at: datetime | None = None
    ) -> FactsOfSubject:
        """Return facts of a subject in the order of sides and fields, now or as of a moment."""
        self._require_there(subject)
        return FactsOfSubject(tuple(fact for side in sides for fact in self.current(subject, side, at=at)))

    def current(self, subject: FactSubject, side: Side, *, at: datetime | None = None) -> tuple[Fact, ...]:
        """Return the facts of one side of a subject in the order of their fields, now or as of a moment."""
        self._access.require(Permission.READ, component=subject.component)
        return self._facts.current(subject, side) if at is None else self._facts.at(subject, side, at)

    def held(
        self, subject: FactSubject, fields: Sequence[FieldName], *, at: datetime | None = None
    ) -> tuple[Fact, ...]:
        """Return both sides of some fields, now or as of a moment, for modules that ask what may be seen."""
        return self._facts.held(subject, fields, at)

    def both_since(
        self, subject: FactSubject, moment: datetime, *, without: Collection[FieldName]
    ) -> tuple[Sequence[Fact], Sequence[Fact]]:
        """Return what `FactRepository.both_since` does, for modules that ask what may be seen."""
        return self._facts.both_since(subject, moment, without)

    def differing(
        self, *, component: str | None = None, environment: str | None = None
    ) -> Sequence[FactSubject]:
        """Return what `FactRepository.differing` does, for modules that ask what may be seen."""
        return self._facts.differing(component=component, environment=environment)

    def history(self, subject: FactSubject, side: Side, field: FieldName, *, most: int) -> tuple[Fact, ...]:
        """Return the newest values that a field has had, newest first."""
        self._access.require(Permission.READ, component=subject.component)
        self._require_there(subject)
        return self._facts.history(subject, side, checked_field(field), most=most)

    def stream(
        self,
        side: Side,
        *,
        component: str | None = None,
        environment: str | None = None,
        at: datetime | None = None,
    ) -> Iterator[Fact]:
        """Go through the facts of a side that the caller may see, in the order of subjects and fields."""
        visible = self._catalog.visible_names()
        found = self._facts.stream(side, component=component, environment=environment, at=at)
        if visible is None:
            return found
        names = frozenset(visible)
        return (fact for fact in found if fact.subject.component in names)

    def values_of(
        self, side: Side, subjects: Sequence[FactSubject]
    ) -> Mapping[FactSubject, Mapping[FieldName, FactValue]]:
        """Return the values that hold of subjects, for modules that ask what the caller may see.

        For a thousand subjects or so at a time; those of which nothing is known are left out.
        """
        found: dict[FactSubject, dict[FieldName, FactValue]] = {}
        wanted = {(one.component, one.environment) for one in subjects}
        for component, environment, field, text, *_ in self._held(side, wanted, self._clock.now()):
            if (component, environment) in wanted:
                found.setdefault(FactSubject(component, environment), {})[field] = value_of(text)
        return found

    def edit(
        self, side: Side, edits: Sequence[FactEdit], *, source: str, at: datetime
    ) -> Sequence[tuple[FactEdit, FactValue | None]]:
        """Write edits as `record` and `end` would, set by set, and return those that cannot be.

        Nothing is written of an edit that was decided on another value than holds now (which is returned with
        it), or that would not be newer than what is known. As `record`, it asks and audits nothing; who calls
        has the transaction open, and hands in some ten thousand at a time.
        """
        self._facts.lock_name(side)
        held = {one[:3]: one for one in self._held(side, {edit[:2] for edit in edits}, at)}
        ended: list[Any] = []
        begun: list[FactEdit] = []
        refused: list[tuple[FactEdit, FactValue | None]] = []
        for edit in edits:
            now, before = held.get(edit[:3]), edit.before
            if now is None:
                if before is None:
                    begun.append(edit)
                else:
                    refused.append((edit, None))
                continue
            _, _, _, text, older, place = now
            if before is not None and older and value_text(before) == text:
                ended.append(place)
                begun.append(edit)
            else:
                refused.append((edit, value_of(text)))
        self._facts.replace(side, ended, begun, source=source, at=at)
        return refused

    def _held(self, side: Side, subjects: Collection[tuple[str, str]], at: datetime) -> list[HeldValue]:
        """Return what holds of the components of subjects; of one component, in those environments alone."""
        components = sorted({component for component, _ in subjects})
        environments = sorted({environment for _, environment in subjects}) if len(components) == 1 else None
        found: list[HeldValue] = []
        for start in range(0, len(components), _MANY):
            found += self._facts.values_of(side, components[start : start + _MANY], environments, at=at)
        return found

    def _of(
        self, subjects: Collection[FactSubject], side: Side, fields: Collection[FieldName] | None = None
    ) -> Iterator[Fact]:
        wanted = frozenset(subjects)
        if len(wanted) <= _MANY:
            return self._facts.current_of(wanted, side, fields) if wanted else iter(())
        return (fact for fact in self._facts.stream(side) if fact.subject in wanted)

    def _require(self, side: Side, subject: FactSubject) -> None:
        self._access.require(
            PERMISSIONS[side], component=subject.component, environment=subject.environment or None
        )

    def _leave_to_probes(
        self, subject: FactSubject, side: Side, fields: Collection[FieldName], now: datetime
    ) -> None:
        """Let nobody but those who may describe the target say what probes observe of it."""
        if side is Side.OBSERVED and not self._access.allows(
            Permission.DESCRIBE_TARGET,
            component=subject.component,
            environment=subject.environment or None,
        ):
            leave_to_probes(self.locked([subject], side).values(), fields, now)

    def _require_there(self, subject: FactSubject) -> None:
        self._catalog.component(subject.component)
        if subject.environment:
            self._catalog.environment(subject.environment)

    def _source(self, label: str | None) -> str:
        return f"{self._principal}: {label}" if label else str(self._principal)

    def _note(self, action: str, subject: FactSubject, update: FactUpdate, label: str | None) -> None:
        changes: list[Json] = [
            {"field": one.field, "before": one.before, "after": one.after}
            for one in update.changes[:_MOST_IN_AUDIT]
        ]
        details: dict[str, Json] = {"changes": changes, "changed": len(update.changes), "label": label}
        self._audit.append(action=action, subject=f"target:{subject}", details=details)
