"""The prober: a worker's thread that takes targets that are due, asks many at a time, records in batches."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from random import SystemRandom
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tidegate.domain.contracts import ProbeContract, contract_of
from tidegate.domain.errors import TidegateError
from tidegate.domain.facts import FactSubject
from tidegate.domain.principals import WORKER
from tidegate.domain.probe_schedule import LEASE
from tidegate.domain.probing import ProbeReading
from tidegate.domain.targets import Target
from tidegate.kernel.container import Container
from tidegate.kernel.logging import logger
from tidegate.kernel.outgoing.asynchronous import AsyncOutgoing
from tidegate.modules.probes.asking import ask_target
from tidegate.modules.probes.service import ProbeService

T = TypeVar("T")

_POLL = 1.0
"""Seconds between two looks at what is due, and two transactions that record what was found."""
_SHORTLY = 0.1
_BATCH = 200
"""Targets whose probes are recorded in one transaction."""
_FOLLOW = 3.0
_RENEW = LEASE.total_seconds() / 3
_PAUSE = 1.0
_MOST_KNOWN = 50_000
_WAITING_PER_SLOT = 8
"""How many targets may wait for each slot of their host, before others are handed back."""
_POSTPONED, _REPAIR = timedelta(seconds=5), timedelta(minutes=1)
_GOODBYE = 3.0


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    waiting: int = 0


@dataclass(slots=True)
class _Round:
    """What one event loop works with.

    `known` are targets that were read before, with their `contracts`; `taken` those that are asked or found
    and not recorded, each with when it was taken; `broken` are those that could not be asked by a fault of
    ours.
    """

    outgoing: AsyncOutgoing
    slots: asyncio.Semaphore
    claims: ThreadPoolExecutor
    leases: ThreadPoolExecutor
    stores: ThreadPoolExecutor
    known: dict[FactSubject, Target] = field(default_factory=dict)
    contracts: dict[FactSubject, tuple[Target, ProbeContract]] = field(default_factory=dict)
    hosts: dict[str, _Host] = field(default_factory=dict)
    asking: set[asyncio.Task[None]] = field(default_factory=set)
    found: list[tuple[Target, ProbeReading]] = field(default_factory=list)
    taken: dict[FactSubject, float] = field(default_factory=dict)
    broken: list[FactSubject] = field(default_factory=list)
    many_found: asyncio.Event = field(default_factory=asyncio.Event)

    def contract(self, target: Target) -> ProbeContract:
        """Return a target's contract, read once for as long as the target is the same."""
        of, contract = self.contracts.get(target.subject, (None, None))
        if of is not target or contract is None:
            contract = contract_of(target.contract)
            self.contracts[target.subject] = target, contract
        return contract


class Prober:
    """Probes until it is asked to stop; several of them, in any processes, share the targets."""

    def __init__(self, container: Container) -> None:
        settings = container.settings
        self._container = container
        self._concurrency = settings.probe_concurrency
        self._per_host = settings.probe_per_host
        self._random = SystemRandom().random

    def run(self, stop: threading.Event) -> None:
        """Probe what is due until `stop` is set."""
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(self._main(stop))

    async def _main(self, stop: threading.Event) -> None:
        settings = self._container.settings
        client = AsyncOutgoing.from_settings(settings)
        with (
            ThreadPoolExecutor(1, "probes-plan") as claims,
            ThreadPoolExecutor(1, "probes-leases") as leases,
            ThreadPoolExecutor(1, "probes-record") as stores,
        ):
            async with client.opened() as outgoing:
                now = _Round(outgoing, asyncio.Semaphore(self._concurrency), claims, leases, stores)
                storing = asyncio.create_task(self._record(now, stop))
                renewing = asyncio.create_task(self._keep_leases(now))
                try:
                    await self._take(now, stop, storing)
                finally:
                    renewing.cancel()
                    if now.asking:
                        await asyncio.wait(now.asking, timeout=_GOODBYE)
                    for task in now.asking:
                        task.cancel()
                    await storing

    async def _take(self, now: _Round, stop: threading.Event, storing: asyncio.Task[None]) -> None:
        """Take what is due for as long as there is room and what is found is recorded; start to ask it."""
        followed, mark = float("-inf"), None
        while not (stop.is_set() or storing.done()):
            try:
                if time.monotonic() - followed > _FOLLOW:
                    mark = await self._in(now.claims, partial(ProbeService.follow, mark=mark))
                    followed = time.monotonic()
                taken = await self._claim(now)
            except TidegateError as error:
                logger().warning("probes.plan_failed", reason=str(error))
                await asyncio.sleep(_PAUSE)
                continue
            if not taken:
                await asyncio.sleep(_POLL)

    async def _keep_leases(self, now: _Round) -> None:
        """Renew leases for as long as it is let, whatever a plan of thousands of targets takes."""
        while True:
            await asyncio.sleep(_RENEW)
            try:
                await self._renew(now)
            except TidegateError as error:
                logger().warning("probes.renew_failed", reason=str(error))
            except Exception:
                # A boundary: a fault of ours here must not end the renewing, nor go by unseen.
                logger().exception("probes.renew_broke")

    async def _renew(self, now: _Round) -> None:
        """Keep what takes its time to be asked or recorded, and hand back what could not be asked."""
        since = time.monotonic() - _RENEW
        slow = [subject for subject, at in now.taken.items() if at < since]
        if slow:
            await self._in(now.leases, lambda service: service.postpone(slow))
        if now.broken:
            broken = now.broken[:]
            await self._in(now.leases, lambda service: service.postpone(broken, _REPAIR))
            del now.broken[: len(broken)]

    async def _claim(self, now: _Round) -> bool:
        room = 2 * self._concurrency - len(now.asking) - len(now.found)
        if room <= 0:
            return False
        if len(now.known) > _MOST_KNOWN:
            now.known.clear()
            now.contracts.clear()
        claimed = await self._in(now.claims, lambda service: service.claim(room, now.known))
        postponed = [target.subject for target, path in claimed if not self._start(now, target, path)]
        if postponed:
            await self._in(now.claims, lambda service: service.postpone(postponed, _POSTPONED))
        return len(claimed) == room

    def _start(self, now: _Round, target: Target, path: str | None) -> bool:
        """Start to ask a target, once at a time; False where too many wait for its host already."""
        if target.subject in now.taken:
            return True
        name = urlsplit(target.base_url or "").hostname or ""
        host = now.hosts.setdefault(name, _Host(asyncio.Semaphore(self._per_host)))
        if host.waiting >= self._per_host * _WAITING_PER_SLOT:
            return False
        host.waiting += 1
        now.taken[target.subject] = time.monotonic()
        task = asyncio.create_task(self._ask(now, host, target, path))
        now.asking.add(task)
        task.add_done_callback(now.asking.discard)

        def forget(_: object) -> None:
            host.waiting -= 1
            if not host.waiting:
                now.hosts.pop(name, None)

        task.add_done_callback(forget)
        return True

    async def _ask(self, now: _Round, host: _Host, target: Target, path: str | None) -> None:
        async with host.slots, now.slots:
            try:
                contract = now.contract(target).remembering(path)
                reading = await ask_one(now.outgoing, self._container, target, contract)
            except Exception:
                # A boundary: what breaks here is a fault of ours, and must not end the probes of all others.
                logger().exception("probes.probe_broke", target=str(target.subject))
                now.taken.pop(target.subject, None)
                now.broken.append(target.subject)
                return
        now.found.append((target, reading))
        if len(now.found) >= min(_BATCH, self._concurrency):
            now.many_found.set()

    async def _record(self, now: _Round, stop: threading.Event) -> None:
        """Record what was found, every second or when it is much; what cannot be is kept and tried again."""
        while not stop.is_set() or now.asking or now.found:
            if not now.found:
                await asyncio.sleep(_SHORTLY)
                continue
            if not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(now.many_found.wait(), _POLL)
            now.many_found.clear()
            some = now.found[:_BATCH]
            try:
                await self._in(now.stores, lambda service: service.store(some, self._random))
            except TidegateError as error:
                logger().warning("probes.record_failed", reason=str(error), probes=len(some))
                if stop.is_set():
                    return
                await asyncio.sleep(_PAUSE)
                continue
            del now.found[: len(some)]
            for target, _ in some:
                now.taken.pop(target.subject, None)

    async def _in(self, pool: ThreadPoolExecutor, do: Callable[[ProbeService], T]) -> T:
        def done() -> T:
            work = self._container.work(WORKER)
            try:
                return do(work.use(ProbeService))
            finally:
                work.close()

        return await asyncio.get_running_loop().run_in_executor(pool, done)


async def ask_one(
    outgoing: AsyncOutgoing, container: Container, target: Target, contract: ProbeContract
) -> ProbeReading:
    """Ask one target as a contract says, within the limits that the settings give."""
    settings = container.settings
    limits = replace(
        outgoing.limits, seconds=settings.probe_timeout, most_bytes=settings.probe_max_bytes, redirects=0
    )
    return await ask_target(outgoing, target.base_url or "", contract, limits=limits, clock=container.clock)


def ask_alone(container: Container, target: Target, path: str | None) -> ProbeReading:
    """Ask one target from a thread that has no event loop, such as a request's."""

    async def ask() -> ProbeReading:
        async with AsyncOutgoing.from_settings(container.settings).opened() as outgoing:
            contract = contract_of(target.contract).remembering(path)
            return await ask_one(outgoing, container, target, contract)

    return run_alone(ask())


def run_alone(work: Coroutine[Any, Any, T]) -> T:
    """Run something in an event loop of its own."""
    with asyncio.Runner() as runner:
        return runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
