"""Use cases of the audit log: append in the transaction of the change, list, export, verify."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from tidegate.domain.audit import Entry, Head, Link, Verification, link, verify
from tidegate.domain.canonical import Json
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.pages import Page, PageRequest


class Chain(Protocol):
    """Where the chain is kept."""

    def lock_head(self) -> Head:
        """Return the chain's end and let nobody else append until the transaction ends."""
        ...

    def head(self) -> Head:
        """Return the chain's end."""
        ...

    def append(self, links: Sequence[Link]) -> None:
        """Write links in their order."""
        ...

    def page(self, request: PageRequest, *, subject: str | None, action: str | None) -> Page[Link]:
        """Return one page, newest first."""
        ...

    def all(self, *, until: int) -> Iterator[Link]:
        """Go through the chain from its beginning."""
        ...


class AuditService:
    """Keeps and shows who did what to what, when, with what."""

    def __init__(self, uow: UnitOfWork, chain: Chain, clock: Clock, actor: Callable[[], str]) -> None:
        self._uow = uow
        self._chain = chain
        self._clock = clock
        self._actor = actor
        self._pending: list[tuple[str, str, Json]] = []
        self._noted_in = 0

    def append(self, *, action: str, subject: str, details: Mapping[str, Json]) -> None:
        """Note a change in the transaction that makes it: either both are there or neither.

        `action` is written `component.registered`, `subject` `component:shop`. The entry takes its place in
        the chain when the transaction is about to commit, so that the chain's one lock is taken last and
        held shortly.
        """
        with self._uow.transaction():
            if self._noted_in != self._uow.number:
                self._noted_in = self._uow.number
                self._pending = []
                self._uow.before_commit(self._write)
            self._pending.append((action, subject, details))

    def events(
        self, request: PageRequest, *, subject: str | None = None, action: str | None = None
    ) -> Page[Link]:
        """Return one page of the log, newest first, narrowed to a subject or an action."""
        return self._chain.page(request, subject=subject, action=action)

    def export(self) -> tuple[Head, Iterator[Link]]:
        """Return where the chain ends now, and its links from the beginning, a piece at a time."""
        head = self._chain.head()
        return head, self._chain.all(until=head.seq)

    def verification(self) -> Verification:
        """Check every entry and every link, and that the end was not cut off."""
        head = self._chain.head()
        return verify(self._chain.all(until=head.seq), head=head)

    def _write(self) -> None:
        pending, self._pending, self._noted_in = self._pending, [], 0
        head = self._chain.lock_head()
        at = self._clock.now()
        links = []
        for action, subject, details in pending:
            entry = Entry(head.seq + 1, at, self._actor(), action, subject, details)
            links.append(link(head, entry))
            head = Head(entry.seq, links[-1].hash)
        self._chain.append(links)
