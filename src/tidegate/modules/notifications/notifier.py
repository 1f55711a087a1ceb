"""The notifier: a worker's thread that claims what is due, sends many at a time, and records in batches."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

from tidegate.domain.deliveries import unanswered
from tidegate.domain.errors import TidegateError
from tidegate.domain.principals import WORKER
from tidegate.kernel.container import Container
from tidegate.kernel.logging import logger
from tidegate.modules.notifications.dispatch import DispatchService, Result
from tidegate.modules.notifications.ports import ClaimedDelivery
from tidegate.modules.notifications.senders import ChannelSender

T = TypeVar("T")

_POLL = 0.5
_PAUSE = 1.0
_CHANNELS_AT_ONCE = 4
_GOODBYE = 5.0
_BATCH = 200
_BROKEN = unanswered("a fault of Tidegate's own: the worker's log says more")


class Notifier:
    """Sends until it is asked to stop; several of them, in any processes, share what is due."""

    def __init__(self, container: Container, sender: ChannelSender) -> None:
        self._container = container
        self._sender = sender
        self._per_channel = container.settings.notification_concurrency
        self._most = self._per_channel * _CHANNELS_AT_ONCE
        self._busy: Counter[str] = Counter()
        self._done: SimpleQueue[Result] = SimpleQueue()
        self._found: list[Result] = []

    def run(self, stop: threading.Event) -> None:
        """Send what is due until `stop` is set, then wait a little for what is under way."""
        pool = ThreadPoolExecutor(self._most, "notifications")
        try:
            while not stop.is_set():
                try:
                    self._round(pool, stop)
                except TidegateError as error:
                    logger().warning("notifications.round_failed", reason=str(error))
                    stop.wait(_PAUSE)
            self._say_goodbye()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _round(self, pool: ThreadPoolExecutor, stop: threading.Event) -> None:
        self._record()
        claimed = self._in(
            lambda service: service.claim(
                self._busy, per_channel=self._per_channel, most=self._most - self._busy.total()
            )
        )
        for one in claimed:
            self._busy[one.delivery.channel] += 1
            pool.submit(self._send, one)
        if self._busy.total():
            self._gather(_POLL)
        elif not claimed:
            stop.wait(_POLL)

    def _send(self, claimed: ClaimedDelivery) -> None:
        try:
            attempt = self._sender.send(claimed)
        except Exception:
            # A boundary: what breaks here is a fault of ours, and must not end what others are told.
            logger().exception("notifications.delivery_broke", delivery=claimed.delivery.id)
            attempt = _BROKEN
        self._done.put((claimed, attempt))

    def _gather(self, patience: float) -> None:
        """Wait for one that is done, and take along whatever else is."""
        try:
            self._take(self._done.get(timeout=patience))
            while len(self._found) < _BATCH:
                self._take(self._done.get_nowait())
        except Empty:
            return

    def _take(self, result: Result) -> None:
        claimed, attempt = result
        self._found.append(result)
        self._busy[claimed.delivery.channel] -= 1
        if not attempt.delivered:
            logger().warning(
                "notifications.not_delivered",
                channel=claimed.delivery.channel,
                delivery=claimed.delivery.id,
                attempt=claimed.delivery.attempts,
                reason=attempt.answer,
            )

    def _record(self) -> None:
        if self._found:
            found = self._found[:]
            self._in(lambda service: service.record(found))
            del self._found[: len(found)]

    def _say_goodbye(self) -> None:
        """Record what is under way, as far as it ends soon; the rest is due again when its lease is over."""
        waits = 0
        while self._busy.total() and waits < _GOODBYE / _POLL:
            self._gather(_POLL)
            waits += 1
        try:
            self._record()
        except TidegateError as error:
            logger().warning("notifications.record_failed", reason=str(error), deliveries=len(self._found))

    def _in(self, do: Callable[[DispatchService], T]) -> T:
        work = self._container.work(WORKER)
        try:
            return do(work.use(DispatchService))
        finally:
            work.close()
