"""Composition: which class is built how, once per request or task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from tidegate.domain.access import EVERYTHING, Rights
from tidegate.domain.principals import Principal
from tidegate.kernel.telemetry.meter import Meter
from tidegate.kernel.telemetry.tracer import Tracer

if TYPE_CHECKING:
    from tidegate.kernel.blobs import BlobStore
    from tidegate.kernel.clock import Clock
    from tidegate.kernel.db.engine import Database
    from tidegate.kernel.db.uow import UnitOfWork
    from tidegate.settings import Settings

T = TypeVar("T")


class Container:
    """What lives as long as the process, and the recipes of what lives as long as a request."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        blobs: BlobStore,
        clock: Clock,
        meter: Meter | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self.settings = settings
        self.database = database
        self.blobs = blobs
        self.clock = clock
        self.meter = meter or Meter()
        if database.replica is not None:
            database.replica.count = self.meter.replica_read
        self.tracer = tracer or Tracer()
        self.module_names: tuple[str, ...] = ()
        self._recipes: dict[type, Callable[[Work], Any]] = {}
        self._lists: dict[type, list[Callable[[Work], Any]]] = {}

    def provide(self, wanted: type[T], build: Callable[[Work], T]) -> None:
        """Say how `wanted` is built; a test may say it again to hand in a fake."""
        self._recipes[wanted] = build

    def contribute(self, wanted: type[T], build: Callable[[Work], T]) -> None:
        """Add one more part to everything that asks for `all_of(wanted)`."""
        self._lists.setdefault(wanted, []).append(build)

    def provided(self) -> tuple[type, ...]:
        """Return every class that has a recipe, in the order of the modules."""
        return tuple(self._recipes)

    def provides(self, wanted: type) -> bool:
        """Tell whether a module that is switched on provides this class."""
        return wanted in self._recipes

    def work(self, principal: Principal) -> Work:
        """Start one request's or task's worth of work for who asks for it; the caller closes it."""
        return Work(self, principal)

    def work_on(self, uow: UnitOfWork, principal: Principal, rights: Rights | None = None) -> Work:
        """Have the same parts work on another database, such as a restored one; the caller closes `uow`."""
        return Work(self, principal, uow, rights)


class Work:
    """One request or task: who asks, what they may do, one lazy session, every part built at most once."""

    def __init__(
        self,
        container: Container,
        principal: Principal,
        uow: UnitOfWork | None = None,
        rights: Rights | None = None,
    ) -> None:
        self.container = container
        self.principal = principal
        # Who can start one of Tidegate's own processes owns its database; nobody else has what was not given.
        self.rights = rights or Rights((EVERYTHING,) if principal.is_system else ())
        self.uow: UnitOfWork = container.database.unit_of_work() if uow is None else uow
        self.uow.caller = "" if principal.is_system else str(principal)
        self._built: dict[type, Any] = {}

    def use(self, wanted: type[T]) -> T:
        """Return the part of this class, built on first use."""
        if wanted not in self._built:
            try:
                recipe = self.container._recipes[wanted]
            except KeyError:
                raise LookupError(f"no module that is switched on provides {wanted}") from None
            self._built[wanted] = recipe(self)
        part: T = self._built[wanted]
        return part

    def all_of(self, wanted: type[T]) -> tuple[T, ...]:
        """Build every part that modules contributed under this class, in the order of the modules."""
        return tuple(build(self) for build in self.container._lists.get(wanted, ()))

    def close(self) -> None:
        """Give the session back; what was not committed is rolled back."""
        self.uow.close()
