"""Use cases of the audit log: append in the transaction of the change, list, export, verify, anchor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tidegate.domain import audit
from tidegate.domain.anchors import Anchor, read_anchor
from tidegate.domain.audit import Entry, Head, Report, Row
from tidegate.domain.canonical import Json
from tidegate.domain.dsse import NotTrusted
from tidegate.domain.errors import TidegateError
from tidegate.domain.principals import Principal
from tidegate.domain.times import write_time
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.kernel.refusals import RefusalBudget
from tidegate.kernel.signing_keys import Keyring
from tidegate.modules.audit.repository import AuditRepository


class AuditService:
    """Keeps and shows who did what to what, when, with what."""

    def __init__(
        self,
        uow: UnitOfWork,
        chain: AuditRepository,
        clock: Clock,
        principal: Principal,
        refusals: RefusalBudget | None = None,
    ) -> None:
        self._uow = uow
        self._chain = chain
        self._clock = clock
        self._principal = principal
        self._refusals = refusals or RefusalBudget()
        self._pending: list[tuple[str, str, Mapping[str, Json]]] = []
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

    def refused(self, *, action: str, subject: str, reason: str, account: str | None = None) -> None:
        """Record an attempt that was refused, in a transaction of its own.

        `account` names a person who is registered, whose account somebody tried to get into.

        Of very many within a minute most are left out; the next one that is recorded says how many.
        """
        caller = str(self._principal) if self._principal.name else self._principal.address
        left_out = self._refusals.take(caller, self._clock.now())
        if left_out is None:
            return
        details: dict[str, Json] = {"outcome": "refused", "reason": reason}
        if account is not None:
            details["account"] = account
        if left_out:
            details["left_out_before"] = left_out
        self.append(action=action, subject=subject, details=details)

    def events(
        self,
        request: PageRequest,
        *,
        subject: str | None = None,
        action: str | None = None,
        actor: str | None = None,
    ) -> Page[Row]:
        """Return one page of the log, newest first, narrowed to a subject, an action or an actor."""
        return self._chain.page(request, subject=subject, action=action, actor=actor)

    def export(self) -> tuple[Head | None, Iterator[Row]]:
        """Return where the chain ends now, and its rows from the beginning, a piece at a time."""
        head = self._chain.head()
        return head, self._chain.all(until=head.seq if head else 0)

    def holds(self, row: Head) -> bool:
        """Tell whether this very row is in the log, without looking at any other."""
        return any(found.hash == row.hash for found in self._chain.all(until=row.seq, after=row.seq - 1))

    def head(self) -> Head | None:
        """Return where the chain ends now."""
        return self._chain.head()

    def verification(self, expected: Iterable[Head] = ()) -> Report:
        """Check every row and every link, and that the end was not cut off.

        `expected` are heads that were recorded elsewhere: the log must hold each of these rows.
        """
        head, rows = self.export()
        report = audit.verify(rows, expected=expected)
        if not report.intact or report.head == head:
            return report
        last = report.head.seq if report.head else 0
        fault = (
            f"the log ends at row {last}, its head names row {head.seq if head else 0}: the end was changed"
        )
        return Report(report.checked, report.head, last + 1, fault)

    def _write(self) -> None:
        pending, self._pending, self._noted_in = self._pending, [], 0
        head = self._chain.lock_head()
        at, actor, caller = self._clock.now(), str(self._principal), _caller(self._principal)
        rows: list[Row] = []
        for action, subject, details in pending:
            seq = head.seq + 1 if head else 1
            rows.append(audit.append(head, Entry(seq, at, actor, action, subject, {**details, **caller})))
            head = Head(seq, rows[-1].hash)
        self._chain.append(rows)


@dataclass(frozen=True, slots=True)
class SignedAnchor:
    """An anchor, and the one line that is kept of it, without its line end."""

    anchor: Anchor
    line: bytes


class AnchorContradicted(TidegateError):
    """The log does not hold what was anchored last, so its head is not signed: it would cover up for that."""


class AnchorService:
    """Signs where the chain ends, for whoever keeps that out of reach of those who can write the database."""

    def __init__(self, chain: AuditService, keys: Keyring, clock: Clock) -> None:
        self._chain = chain
        self._keys = keys
        self._clock = clock

    def anchor(self, *, last: bytes | None = None) -> SignedAnchor | None:
        """Sign the chain's head; None where there is no row yet, nor ever was.

        `last` is the anchor before, as it was kept: raises `AnchorContradicted` where the log does not hold
        the row that it names, or it is not signed by a key of this installation.
        """
        key = self._keys.signing
        assert key is not None  # nosec B101  # the settings allow no anchors without a key
        if last is not None:
            self._compare(last)
        head = self._chain.head()
        if head is None:
            return None
        anchor = Anchor(head, self._clock.now(), self._keys.verifier)
        return SignedAnchor(anchor, key.sign(anchor.statement()).to_bytes())

    def _compare(self, last: bytes) -> None:
        try:
            before, _ = read_anchor(last, {key.keyid: key for key in self._keys.public()})
        except NotTrusted as error:
            raise AnchorContradicted(f"The anchor before cannot be trusted. {error}") from error
        if not self._chain.holds(before.head):
            raise AnchorContradicted(
                f"The anchor before, of {write_time(before.at)}, names row {before.head.seq} "
                f"({before.head.hash}), and the log does not hold that row: it was cut short or rewritten."
            )


def _caller(principal: Principal) -> dict[str, Json]:
    """Return by what the actor proved who it is, and from where; nothing of Tidegate's own processes."""
    known = {"credential": principal.credential, "address": principal.address}
    told: dict[str, Json] = {name: value for name, value in known.items() if value}
    return {"caller": told} if told else {}
