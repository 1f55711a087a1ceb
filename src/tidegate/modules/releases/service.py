"""Use cases of releases: create one where the gate is open, read them, correct their notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate.domain.access import Permission
from tidegate.domain.catalog import full_commit
from tidegate.domain.conditions import Condition, check_condition
from tidegate.domain.errors import Conflict, NotFound
from tidegate.domain.principals import Principal
from tidegate.domain.records import StoredRelease
from tidegate.domain.releases import GateClosed, require_open
from tidegate.domain.times import write_time
from tidegate.domain.versions import Version
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.evidence.ports import Ruling
from tidegate.modules.releases.repository import ReleaseRepository
from tidegate.modules.verdicts.service import VerdictService


@dataclass(frozen=True, slots=True)
class NewRelease:
    """A release that is asked for: `revision` is its commit, `environment` where its gate must be open."""

    version: str
    revision: str
    environment: str
    notes: str


@dataclass(frozen=True, slots=True)
class ReleaseNotes:
    """New notes for a release, as Markdown."""

    notes: str


class ReleaseService:
    """Lets releases through, or says what keeps them."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        releases: ReleaseRepository,
        catalog: CatalogService,
        verdicts: VerdictService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._releases = releases
        self._catalog = catalog
        self._verdicts = verdicts
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock
        self._new_id = new_id

    def create(self, component: str, new: NewRelease) -> tuple[StoredRelease, bool]:
        """Create a release where the environment's gate, asked now, is open; true where it is new.

        Asked again for the same version, commit and environment, the release that is there is returned, but
        only where the gate is still open: that it was released once is history and lets nothing through now.
        Raises `GateClosed` with every rule that blocks (the refusal is recorded), `Conflict` for a version
        that is another commit's or environment's or not above the last one, and `Invalid` for what is no
        version.
        """
        self._access.require(Permission.RELEASE, component=component, environment=new.environment)
        version = Version.parse(new.version)
        tag, sha = version.tag_for(new.environment), full_commit(new.revision)
        with self._uow.transaction():
            # The component's row is the lock: of two that create the same version, one finds the other's.
            self._catalog.lock_component(component)
            known = self._releases.release(component, new.version)
            if known is None:
                self._refuse_disorder(component, version)
            else:
                _refuse_another(known, sha, new.environment)
            ruling = self._verdicts.judge(component, sha, environment=new.environment)
            closed = _closed(f"{component} {new.version}", known, ruling)
            if closed is None:
                return known or self._record(component, new, tag, sha, ruling), known is None
            self._audit.append(
                action="release.refused",
                subject=f"release:{component}@{new.version}",
                details={"commit": sha, "verdict": ruling.id, "environment": new.environment},
            )
        # Raised once the refusal is committed, which would be rolled back with it otherwise.
        raise closed

    def release(self, component: str, version: str) -> StoredRelease:
        """Return a release; raises `NotFound`."""
        found = self._releases.release(component, version)
        if found is None:
            raise NotFound(f"release of {component}", version)
        return found

    def releases(self, component: str, request: PageRequest) -> Page[StoredRelease]:
        """Return one page of a component's releases, newest first."""
        self._catalog.component(component)
        return self._releases.page(component, request)

    def newest_of(self, components: Sequence[str], environments: Sequence[str]) -> tuple[StoredRelease, ...]:
        """Return the newest release of each of these components into each of these environments."""
        return self._releases.newest_of(components, environments)

    def tagged(self, tag: str, *, most: int) -> tuple[StoredRelease, ...]:
        """Return releases of this tag that the caller may see, in the order of their components' names."""
        visible = self._catalog.visible_of(self._releases.components_with(tag), most=most)
        return self._releases.tagged(tag, visible, most=most) if visible else ()

    def of_revisions(self, revisions: Sequence[tuple[str, str]]) -> tuple[StoredRelease, ...]:
        """Return the releases of these revisions, each named by component and commit, oldest first."""
        wanted = set(revisions)
        components, commits = {one for one, _ in wanted}, {one for _, one in wanted}
        found = self._releases.of_revisions(sorted(components), sorted(commits))
        return tuple(one for one in found if (one.component, one.commit) in wanted)

    def correct_notes(self, component: str, version: str, notes: str, condition: Condition) -> StoredRelease:
        """Replace a release's notes, the one thing of it that may change; raises `Stale`."""
        with self._uow.transaction():
            known = self._releases.release_for_update(component, version)
            if known is None:
                self._access.require(Permission.READ, component=component)
                raise NotFound(f"release of {component}", version)
            self._access.require(Permission.RELEASE, component=component, environment=known.environment)
            check_condition(condition, "release", version, known.edition)
            if known.notes == notes:
                return known
            changed = replace(known, notes=notes, edition=known.edition + 1, updated_at=self._clock.now())
            self._releases.save_notes(changed)
            self._audit.append(
                action="release.notes-corrected",
                subject=f"release:{component}@{version}",
                details={"edition": changed.edition},
            )
        return changed

    def shipped_revision(self, component: str) -> str | None:
        """Return the commit of the component's newest release, or None before the first one."""
        newest = self._releases.newest(component)
        return newest.commit if newest else None

    def _refuse_disorder(self, component: str, wanted: Version) -> None:
        newest = self._releases.newest(component)
        if newest is not None and wanted <= Version.parse(newest.version):
            raise Conflict(
                f"{component} {newest.version} has been released already; {wanted} is not above it. "
                "Choose a higher version."
            )

    def _record(
        self, component: str, new: NewRelease, tag: str, commit: str, ruling: Ruling
    ) -> StoredRelease:
        now = self._clock.now()
        release = StoredRelease(
            id=self._new_id(),
            component=component,
            commit=commit,
            version=new.version,
            tag=tag,
            environment=new.environment,
            verdict_id=ruling.id,
            notes=new.notes,
            edition=1,
            created_at=now,
            updated_at=now,
            created_by=str(self._principal),
        )
        self._releases.insert(release)
        self._audit.append(
            action="release.created",
            subject=f"release:{component}@{release.version}",
            details={"commit": commit, "tag": tag, "verdict": ruling.id, "environment": new.environment},
        )
        return release


def _refuse_another(known: StoredRelease, commit: str, environment: str) -> None:
    """Refuse what was released from another commit, or let into another environment."""
    if known.commit != commit:
        raise Conflict(
            f"{known.component} {known.version} has been released from commit {known.commit}. "
            "Another commit needs another version."
        )
    if known.environment != environment:
        raise Conflict(
            f"{known.component} {known.version} has been released for {known.environment}, and a version is "
            f"released for one environment. Release the same commit for {environment} under a higher version."
        )


def _closed(release: str, known: StoredRelease | None, ruling: Ruling) -> GateClosed | None:
    """Return the fact that the gate is closed, with every rule that blocks, or None where it is open."""
    if known is not None:
        release += f", released at {write_time(known.created_at)},"
    try:
        require_open(release, (ruling.verdict,))
    except GateClosed as closed:
        return closed
    return None
