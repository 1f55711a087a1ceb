"""Use cases of the catalog: describe components and environments, register revisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TypeVar

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json, is_digest
from tidegate.domain.catalog import (
    NOTHING_KNOWN,
    Component,
    ComponentFacts,
    ComponentUnknown,
    Environment,
    EnvironmentFacts,
    Revision,
    RevisionFacts,
    checked_name,
    completed,
    full_commit,
)
from tidegate.domain.conditions import NO_CONDITION, Condition, check_condition, require_condition
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.evidence import is_commit
from tidegate.domain.nearest import nearest
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.repository import (
    ComponentRepository,
    EnvironmentRepository,
    RevisionRepository,
)
from tidegate.modules.gates.service import GateService

Described = TypeVar("Described", Component, Environment)


class CatalogService:
    """Knows what is deployed and where."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        components: ComponentRepository,
        environments: EnvironmentRepository,
        revisions: RevisionRepository,
        gates: GateService,
        audit: AuditService,
        access: Access,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._components = components
        self._environments = environments
        self._revisions = revisions
        self._gates = gates
        self._audit = audit
        self._access = access
        self._clock = clock
        self._new_id = new_id

    def component(self, name: str) -> Component:
        """Return a component; raises `NotFound`."""
        found = self._components.component(name)
        if found is None:
            raise NotFound("component", name)
        return found

    def components(self, request: PageRequest, *, owner: str | None = None) -> Page[Component]:
        """Return one page of the components that the caller may see, in the order of their names."""
        return self._components.page(request, owner=owner, visible=self._access.visible(Permission.READ))

    def doubts(self, names: Iterable[str | None]) -> tuple[str, ...]:
        """Say of each name that is none of a registered component, with the one that is most like it.

        For roles, which may be given before their component is registered, so nothing is refused.
        """
        named = sorted({name for name in names if name is not None})
        missing = [name for name in named if self._components.component(name) is None]
        known = self._components.names(self._access.visible(Permission.READ)) if missing else ()
        return tuple(_doubt(name, nearest(name, known)) for name in missing)

    def describe_component(
        self, name: str, facts: ComponentFacts, condition: Condition = NO_CONDITION
    ) -> tuple[Component, bool]:
        """Register or update a component; the flag tells whether it is new.

        To say again what is recorded changes nothing. Raises `Stale` where the condition does not hold, and
        `ConditionNeeded` for a change without one; `Forbidden` for another owner where roles would move that
        the caller does not have.
        """
        checked_name("component", name)
        with self._uow.transaction():
            known = self._components.component_for_update(name)
            # Of the owner that it has and of the one that it gets: nobody takes a component of others.
            for owner in {known.owner if known else facts.owner, facts.owner}:
                self._access.require(Permission.DESCRIBE_COMPONENT, component=name, owner=owner)
            if known is not None and known.owner != facts.owner:
                self._access.require_hand_over(name, owner=known.owner, new_owner=facts.owner)
            return self._describe(Component, name, facts, condition, known, self._components.save)

    def environment(self, name: str) -> Environment:
        """Return an environment; raises `NotFound`."""
        found = self._environments.environment(name)
        if found is None:
            raise NotFound("environment", name)
        return found

    def environments(self, request: PageRequest) -> Page[Environment]:
        """Return one page of environments, lowest rank first."""
        return self._environments.page(request)

    def guarded_environments(self) -> tuple[Environment, ...]:
        """Return every environment that a gate guards, lowest rank first."""
        return self._environments.guarded()

    def describe_environment(
        self, name: str, facts: EnvironmentFacts, condition: Condition = NO_CONDITION
    ) -> tuple[Environment, bool]:
        """Register or update an environment; see `describe_component`."""
        checked_name("environment", name)
        if facts.gate is not None:
            self._require_gate(facts.gate)
        with self._uow.transaction():
            known = self._environments.environment_for_update(name)
            return self._describe(Environment, name, facts, condition, known, self._environments.save)

    def revision(self, component: str, commit: str) -> Revision:
        """Return a revision; raises `NotFound`."""
        found = self.find_revision(component, commit)
        if found is None:
            raise NotFound(f"revision of {component}", commit)
        return found

    def find_revision(self, component: str, commit: str) -> Revision | None:
        """Return a revision, or None where it is not registered."""
        return self._revisions.revision(component, full_commit(commit))

    def revision_by_id(self, revision_id: str) -> Revision:
        """Return a revision by its identifier; raises `NotFound`."""
        found = self._revisions.by_id(revision_id)
        if found is None:
            raise NotFound("revision", revision_id)
        return found

    def lock_revision(self, revision: Revision) -> None:
        """Let nobody else judge this revision until the transaction ends."""
        self._revisions.lock_revision(revision.component, revision.commit)

    def lock_component(self, name: str) -> Component:
        """Let nobody else change or release the component until the transaction ends; raises `NotFound`."""
        found = self._components.component_for_update(name)
        if found is None:
            raise NotFound("component", name)
        return found

    def revisions(
        self, component: str, request: PageRequest, *, artifact: str | None = None
    ) -> Page[Revision]:
        """Return one page of a component's revisions, newest first; raises `NotFound`."""
        self.component(component)
        return self._revisions.page(request, component=component, artifact=artifact)

    def visible_names(self) -> tuple[str, ...] | None:
        """Return the names of the components that the caller may see, None where these are all there are."""
        visible = self._access.visible(Permission.READ)
        unlimited = (any(one.component is None and one.owner is None for one in part) for part in visible)
        return None if all(unlimited) else self._components.names(visible)

    def owners(self) -> Mapping[str, str]:
        """Return the owners of all components by name, for modules that ask what the caller may see."""
        return self._components.owners()

    def titles(self, names: Collection[str]) -> Mapping[str, str]:
        """Return the titles of components by name, for modules that ask what the caller may see."""
        return self._components.titles(names)

    def environment_names(self) -> frozenset[str]:
        """Return the names of all environments."""
        return self._environments.names()

    def components_named(self, text: str, *, most: int) -> tuple[Component, ...]:
        """Return components that the caller may see and whose names begin with a text."""
        visible = self._access.visible(Permission.READ)
        return self._components.beginning_with(text, most=most, visible=visible)

    def visible_of(self, names: Sequence[str], *, most: int) -> tuple[str, ...]:
        """Return those of the named components that the caller may see, the first ones by their names."""
        return self._components.among(names, most=most, visible=self._access.visible(Permission.READ))

    def revisions_named(self, text: str, *, most: int) -> tuple[Revision, ...]:
        """Return revisions that the caller may see, by the commit's first digits or the artifact's digest."""
        found: tuple[Revision, ...] = ()
        if is_digest(text):
            found = self._revisions.of_artifact(text, most=most)
        elif is_commit(text):
            found = self._revisions.beginning_with(text, most=most)
        return tuple(one for one in found if self._access.allows(Permission.READ, component=one.component))

    def register_revision(
        self, component: str, commit: str, facts: RevisionFacts = NOTHING_KNOWN
    ) -> tuple[Revision, bool]:
        """Return a revision, registered now if it was not; facts that were unknown are added.

        The flag tells whether it is new. Raises `ComponentUnknown`, and `RevisionContradicted` for what is
        recorded otherwise.
        """
        sha = full_commit(commit)
        with self._uow.transaction():
            has_component, known = self._revisions.find(component, sha)
            if not has_component:
                raise ComponentUnknown(component)
            if known is None:
                revision = self._new_revision(component, sha, facts)
                if self._revisions.insert_if_new(revision):
                    self._audit.append(
                        action="revision.registered", subject=_subject(revision), details=_details(facts)
                    )
                    return revision, True
            return self._complete(component, sha, known, facts), False

    def _require_gate(self, name: str) -> None:
        """Refuse a gate that is not there; gates are never removed, so one that is named can always judge."""
        try:
            self._gates.gate(name)
        except NotFound as missing:
            raise Invalid(
                f"{missing} Declare it first: `tidegate gate put FILE`.", (("/gate", str(missing)),)
            ) from None

    def _new_revision(self, component: str, sha: str, facts: RevisionFacts) -> Revision:
        return Revision(
            id=self._new_id(),
            component=component,
            commit=sha,
            artifact=facts.artifact,
            branch=facts.branch,
            committed_at=facts.committed_at,
            registered_at=self._clock.now(),
        )

    def _complete(self, component: str, sha: str, known: Revision | None, facts: RevisionFacts) -> Revision:
        """Add what was not known; without news nothing is locked, as most submissions bring none."""
        if known is not None and completed(known, facts) == known:
            return known
        locked = self._revisions.revision_for_update(component, sha)
        if locked is None:
            raise NotFound(f"revision of {component}", sha)
        merged = completed(locked, facts)
        if merged != locked:
            self._revisions.save(merged)
            self._audit.append(action="revision.completed", subject=_subject(merged), details=_details(facts))
        return merged

    def _describe(
        self,
        kind: type[Described],
        name: str,
        facts: ComponentFacts | EnvironmentFacts,
        condition: Condition,
        known: Described | None,
        save: Callable[..., None],
    ) -> tuple[Described, bool]:
        what, said = kind.__name__.lower(), asdict(facts)
        before: dict[str, Json] = {}
        check_condition(condition, what, name, known.version if known else None)
        now = self._clock.now()
        if known is None:
            described = kind(name=name, **said, version=1, created_at=now, updated_at=now)
        elif all(getattr(known, field) == value for field, value in said.items()):
            return known, False
        else:
            require_condition(condition, what, name, known.version)
            described = replace(known, **said, version=known.version + 1, updated_at=now)
            owner = getattr(known, "owner", None)  # an environment has none
            if owner != said.get("owner"):
                before = {"owner_before": owner}
        save(described, new=known is None)
        self._audit.append(
            action=f"{what}.registered" if known is None else f"{what}.changed",
            subject=f"{what}:{name}",
            # A description may be long, and is no part of what is decided by.
            details={field: value for field, value in said.items() if field != "description"} | before,
        )
        return described, known is None


def _doubt(name: str, meant: str | None) -> str:
    said = (
        f"No component named {name!r} is registered yet: what is limited to it reaches nothing until one is."
    )
    return f"{said} Did you mean {meant}?" if meant else said


def _subject(revision: Revision) -> str:
    return f"revision:{revision.component}@{revision.commit}"


def _details(facts: RevisionFacts) -> Mapping[str, Json]:
    at = facts.committed_at
    return {
        "artifact": facts.artifact,
        "branch": facts.branch,
        "committed_at": at.isoformat() if at is not None else None,
    }
