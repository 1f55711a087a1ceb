"""Waivers: a person's signed exception from one rule, approved by another person, with a hard end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tidegate.domain.canonical import Json
from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Subject
from tidegate.domain.states import State
from tidegate.domain.times import read_time, write_time


@dataclass(frozen=True, slots=True)
class Waiver:
    """An exception from one rule of one gate for one component, until it expires.

    `environment` of None means any. `covers` lists the states that it excuses; `pass` needs no excuse.
    Raises `Invalid` with every fault at once: owner and approver the same person, no reason, no hard end,
    an end before its start, a state that cannot be excused.
    """

    id: str
    gate: str
    rule: str
    component: str
    owner: str
    approver: str
    reason: str
    granted_at: datetime
    expires_at: datetime
    environment: str | None = None
    covers: frozenset[State] = frozenset({State.FAIL})

    def __post_init__(self) -> None:
        faults = tuple(self._faults())
        if faults:
            raise Invalid("The waiver is not valid: " + " ".join(what for _, what in faults), faults)

    def _faults(self) -> list[tuple[str, str]]:
        faults = []
        for field in ("id", "gate", "rule", "component", "owner", "approver", "reason"):
            if not getattr(self, field).strip():
                faults.append((f"/{field}", f"A waiver needs its {field}."))
        if self.owner.strip().casefold() == self.approver.strip().casefold() != "":
            faults.append(("/approver", "Who asks for a waiver cannot approve it; ask another person."))
        if self.granted_at.tzinfo is None or self.expires_at.tzinfo is None:
            faults.append(("/expires_at", "A waiver's times need a time zone."))
        elif self.expires_at <= self.granted_at:
            faults.append(("/expires_at", "A waiver must end after it starts."))
        if not self.covers or State.PASS in self.covers:
            faults.append(("/covers", "A waiver covers one or more states other than pass."))
        return faults

    def concerns(self, gate: str, rule: str, subject: Subject) -> bool:
        """Tell whether the waiver is about this rule and subject, in force or not."""
        return (self.gate, self.rule, self.component) == (gate, rule, subject.component) and (
            self.environment is None or self.environment == subject.environment
        )

    def in_force(self, at: datetime) -> bool:
        """Tell whether the waiver has been granted and has not expired; at its very end it has."""
        return self.granted_at <= at < self.expires_at

    def expired(self, at: datetime) -> bool:
        """Tell whether the waiver is over."""
        return at >= self.expires_at

    def to_document(self) -> dict[str, Json]:
        """Return the waiver as plain values."""
        return {
            "id": self.id,
            "gate": self.gate,
            "rule": self.rule,
            "component": self.component,
            "environment": self.environment,
            "owner": self.owner,
            "approver": self.approver,
            "reason": self.reason,
            "granted_at": write_time(self.granted_at),
            "expires_at": write_time(self.expires_at),
            "covers": sorted(str(state) for state in self.covers),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> Waiver:
        """Read what `to_document` wrote; raises `Invalid`, `KeyError`, `TypeError` or `ValueError`."""
        environment = document["environment"]
        covers = document["covers"]
        if not isinstance(covers, list):
            raise TypeError("covers must be a list")
        return cls(
            id=str(document["id"]),
            gate=str(document["gate"]),
            rule=str(document["rule"]),
            component=str(document["component"]),
            environment=None if environment is None else str(environment),
            owner=str(document["owner"]),
            approver=str(document["approver"]),
            reason=str(document["reason"]),
            granted_at=read_time(str(document["granted_at"])),
            expires_at=read_time(str(document["expires_at"])),
            covers=frozenset(State(state) for state in covers),
        )
