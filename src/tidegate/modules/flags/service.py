"""Use cases of feature flags: see them, switch one with a reason, put one back to its default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Conflict
from tidegate.domain.flags import (
    EVERYWHERE,
    FeatureFlag,
    FlagSetting,
    FlagState,
    checked_reason,
    decide,
    declared_flag,
)
from tidegate.domain.principals import Principal
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.flags import Flags
from tidegate.kernel.pagination import Page, PageRequest, decode_cursor, encode_cursor
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.flags.repository import FlagSettingRepository
from tidegate.modules.flags.sources import TableSource


@dataclass(frozen=True, slots=True)
class NewFlagSetting:
    """What is to be said of a flag: in an environment, or without one everywhere."""

    enabled: bool
    reason: str
    environment: str | None = None


class FlagService:
    """Shows flags, and switches those that are read from the table."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        settings: FlagSettingRepository,
        flags: Flags,
        catalog: CatalogService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
    ) -> None:
        self._uow = uow
        self._settings = settings
        self._flags = flags
        self._catalog = catalog
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock

    @property
    def source(self) -> str:
        """Where flags are read from: `db` or `env`."""
        return self._flags.source.name

    def flags(self, request: PageRequest) -> Page[FlagState]:
        """Return one page of the declared flags, by name, as the source says them now."""
        flags = sorted(self._flags.declared, key=lambda flag: flag.name)
        if request.cursor is not None:
            (after,) = decode_cursor(request.cursor, (str,))
            flags = [flag for flag in flags if flag.name > str(after)]
        shown, more = flags[: request.limit], len(flags) > request.limit
        settings = self._said()
        cursor = encode_cursor((shown[-1].name,)) if more else None
        return Page(tuple(_state(flag, settings) for flag in shown), cursor)

    def flag(self, name: str) -> FlagState:
        """Return one flag; raises `UnknownFlag`."""
        return _state(declared_flag(name, self._flags.declared), self._said())

    def set(self, name: str, new: NewFlagSetting) -> FlagState:
        """Switch a flag; raises `UnknownFlag`, `NotFound`, `Invalid`, and `Conflict` where variables decide.

        Saying again what holds changes nothing, and records nothing.
        """
        self._access.require(Permission.SWITCH_FLAG)
        flag, environment = self._changeable(name, new.environment), new.environment or EVERYWHERE
        reason = checked_reason(new.reason)
        if environment:
            self._catalog.environment(environment)
        with self._uow.transaction():
            self._settings.lock_name(flag.name)
            before = self._settings.setting(flag.name, environment)
            if before is None or (before.enabled, before.reason) != (new.enabled, reason):
                by, at = str(self._principal), self._clock.now()
                self._settings.put(FlagSetting(flag.name, environment, new.enabled, reason, by, at))
                self._note("flag.set", flag, environment, before, {"enabled": new.enabled, "reason": reason})
        return self.flag(name)

    def unset(self, name: str, environment: str | None = None) -> FlagState:
        """Take back what is said of a flag; raises as `set` does. Nothing said is no fault."""
        self._access.require(Permission.SWITCH_FLAG)
        flag, place = self._changeable(name, environment), environment or EVERYWHERE
        with self._uow.transaction():
            self._settings.lock_name(flag.name)
            before = self._settings.setting(flag.name, place)
            if before is not None:
                self._settings.remove(flag.name, place)
                self._note("flag.unset", flag, place, before, {})
        return self.flag(name)

    def _changeable(self, name: str, environment: str | None) -> FeatureFlag:
        flag = declared_flag(name, self._flags.declared)
        if self.source != TableSource.name:
            raise Conflict(
                f"FEATURE_FLAGS_SOURCE is {self.source}, so that variables decide: set {flag.variable}="
                f"{environment + '=' if environment else ''}on or off and start again."
            )
        return flag

    def _said(self) -> tuple[FlagSetting, ...]:
        """Return the settings as they are now, not as they are remembered: who has changed one sees it."""
        if self.source == TableSource.name:
            return self._settings.settings()
        variables = {flag.name: flag.variable for flag in self._flags.declared}
        return tuple(
            FlagSetting(flag, environment, enabled, f"The variable {variables[flag]} says so.", "", None)
            for (flag, environment), enabled in sorted(self._flags.source.values().items())
        )

    def _note(
        self,
        action: str,
        flag: FeatureFlag,
        environment: str,
        before: FlagSetting | None,
        more: dict[str, Json],
    ) -> None:
        was = before.enabled if before is not None else None
        details: dict[str, Json] = {"environment": environment or None, "before": was, **more}
        self._audit.append(action=action, subject=f"flag:{flag.name}", details=details)
        source = self._flags.source
        if isinstance(source, TableSource):
            self._uow.after_commit(source.forget)


def _state(flag: FeatureFlag, settings: Sequence[FlagSetting]) -> FlagState:
    own = tuple(one for one in settings if one.flag == flag.name)
    values = {(one.flag, one.environment): one.enabled for one in own}
    return FlagState(flag, decide(flag, values), own)
