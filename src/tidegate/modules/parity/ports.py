"""The shapes that parts of parity agree on: reports, rows, items and what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from tidegate.domain.canonical import Json
from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactValue, Side
from tidegate.domain.parity import ParityCounts, ParityStatus

LONGEST_ASSIGNEE = 200
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class ReportSide:
    """Which facts a side holds; `environment` is None for all subjects, `at` None for what holds now."""

    side: Side
    environment: str | None = None
    at: datetime | None = None

    def __str__(self) -> str:
        """Write it as items know it: `declared`, `observed@production`."""
        return f"{self.side}@{self.environment}" if self.environment else str(self.side)


def checked_sides(left: ReportSide, right: ReportSide) -> None:
    """Raise `Invalid` for two sides that hold nothing to compare."""
    if left == right:
        raise Invalid("Both sides are the same: nothing could differ.", (("right", "the same as left"),))
    if (left.environment is None) is not (right.environment is None):
        raise Invalid(
            "One side is an environment and the other one is everything: name an environment on both sides, "
            "or on neither.",
            (("right/environment" if left.environment else "left/environment", "is missing"),),
        )


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report that is asked for; `rules` is their document, None for the usual ones."""

    left: ReportSide
    right: ReportSide
    component: str | None = None
    rules: Mapping[str, Json] | None = None

    @property
    def is_declared_beside_observed(self) -> bool:
        """Whether what should be is on the left, and what is on the right."""
        return (self.left.side, self.right.side) == (Side.DECLARED, Side.OBSERVED)


class ReportState(StrEnum):
    """How far a report is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ParityReport:
    """A report: what was compared by which rules, and what that came to.

    `visible` holds the components that whoever asked may see, None where these are all; `digest` names the
    rows; `failure` says why there are none.
    """

    id: str
    left: ReportSide
    right: ReportSide
    component: str | None
    rules: Mapping[str, Json]
    rules_digest: str
    visible: Sequence[str] | None
    state: ReportState
    failure: str | None
    counts: ParityCounts | None
    digest: str | None
    created_at: datetime
    created_by: str
    finished_at: datetime | None

    @property
    def comparison(self) -> str:
        """What items of such reports have in common: `declared ~ observed`."""
        return f"{self.left} ~ {self.right}"

    @property
    def across(self) -> bool:
        """Whether two environments are compared."""
        return self.left.environment != self.right.environment

    @property
    def of_now(self) -> bool:
        """Whether neither side lies in the past."""
        return self.left.at is None and self.right.at is None


class ParityListener(Protocol):
    """Is told of reports that somebody asks for, by whose rights it acts, in the transaction that keeps them.

    Modules contribute theirs to the container.
    """

    def asked(self, report: ParityReport) -> None:
        """Act on a report, be it done or for the worker to compute."""
        ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of one status of a report, kept as one blob; `number` counts them from 0."""

    status: ParityStatus
    number: int
    digest: str
    rows: int
    first: str
    last: str
    """The components of the first and of the last row."""


class ItemState(StrEnum):
    """What people made of a difference."""

    OPEN = "open"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class ParityItem:
    """A difference that somebody looks after; it is known by comparison, subject and field.

    `left` and `right` are the values that were seen when it was handled last, None for none: what is accepted
    is accepted for these values alone, until `accepted_until`. `version` counts its changes from 1.
    """

    id: str
    comparison: str
    component: str
    environment: str
    field: str
    status: ParityStatus
    left: FactValue | None
    right: FactValue | None
    state: ItemState
    assignee: str | None
    note: str | None
    accepted_until: datetime | None
    report_id: str
    version: int
    created_at: datetime
    updated_at: datetime
    updated_by: str

    def accepts(self, row: Mapping[str, Any], at: datetime) -> bool:
        """Tell whether a row, as its document, is accepted at a moment."""
        return (
            self.state is ItemState.ACCEPTED
            and self.accepted_until is not None
            and at < self.accepted_until
            and self._is_of(row)
        )

    def explains(self, row: Mapping[str, Any]) -> bool:
        """Tell whether somebody said why a row, as its document, is as it is."""
        return self.note is not None and self._is_of(row)

    def in_force(self, at: datetime) -> ItemState:
        """Return its state at a moment: what was accepted until then is open again."""
        over = self.state is ItemState.ACCEPTED and (self.accepted_until is None or self.accepted_until <= at)
        return ItemState.OPEN if over else self.state

    def _is_of(self, row: Mapping[str, Any]) -> bool:
        same = _value(row["left"]) == self.left and _value(row["right"]) == self.right
        return row["status"] == self.status and same


def _value(cell: Mapping[str, Any] | None) -> FactValue | None:
    value: FactValue | None = None if cell is None else cell["value"]
    return value


@dataclass(frozen=True, slots=True)
class ItemEvent:
    """One change of an item: `changes` holds what was set."""

    number: int
    at: datetime
    by: str
    changes: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ItemWithHistory:
    """An item and its changes, newest first."""

    item: ParityItem
    history: tuple[ItemEvent, ...]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of a report as its document, whether it is accepted now, and the item of who looks after it."""

    row: Mapping[str, Any]
    accepted: bool
    item: ParityItem | None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What is to become of an item; None leaves a thing as it is, "" takes the assignee or the note away."""

    state: ItemState | None = None
    assignee: str | None = None
    note: str | None = None
    accepted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewItem:
    """A row of a report that somebody is to look after, and how."""

    report: str
    component: str
    environment: str | None
    field: str
    change: ItemChange
