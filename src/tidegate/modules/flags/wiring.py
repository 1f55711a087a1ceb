"""How feature flags are put together: where they are read from, and whether that works."""

from __future__ import annotations

from weakref import ref

from tidegate.domain.flags import NOTHING_SAID, FlagValues, read_values
from tidegate.domain.principals import SERVER
from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.flag_sources import FlagSource
from tidegate.kernel.flags import Flags
from tidegate.kernel.health import HealthCheck, HealthWarning
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.flags.repository import FlagSettingRepository
from tidegate.modules.flags.service import FlagService
from tidegate.modules.flags.sources import TableSource, VariableSource


def build(container: Container) -> None:
    """Say how the service is built, where flags come from, and how that is."""
    flags = Flags(_source(container))
    container.provide(Flags, lambda _: flags)
    container.provide(FlagService, _service)
    container.contribute(
        HealthCheck, lambda _: HealthCheck("flags", "datastore", lambda: _state_of(flags.source))
    )


def _source(container: Container) -> FlagSource:
    settings = container.settings
    if settings.feature_flags_source == "env":
        return VariableSource(read_values(settings.flag_variables()))
    # The SDK keeps its providers for as long as the process lives; the container is not to live on with them.
    weak = ref(container)

    def read() -> FlagValues:
        found = weak()
        return NOTHING_SAID if found is None else _values(found)

    return TableSource(read, max_age=settings.feature_flags_max_age)


def _values(container: Container) -> FlagValues:
    """Read the table through a connection of its own: flags are asked for in the middle of anything."""
    work = container.work(SERVER)
    try:
        settings = FlagSettingRepository(work.uow).settings()
    finally:
        work.close()
    return {(one.flag, one.environment): one.enabled for one in settings}


def _state_of(source: FlagSource) -> str:
    said = len(source.values())
    if not isinstance(source, TableSource):
        return f"{said} settings of flags were read from variables at the start."
    if source.failure is None:
        return f"{said} settings of flags are in force."
    age = source.age()
    kept = "every flag has its default" if age is None else f"flags keep what was read {age:.0f} s ago"
    raise HealthWarning(f"The table of flags cannot be read ({source.failure}): {kept}.")


def _service(work: Work) -> FlagService:
    return FlagService(
        work.uow,
        settings=FlagSettingRepository(work.uow),
        flags=work.use(Flags),
        catalog=work.use(CatalogService),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        clock=work.container.clock,
    )
