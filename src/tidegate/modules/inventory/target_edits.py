"""Edits of targets as imports make them: many at a time, each only on what it was decided on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tidegate.domain.fact_updates import FactEdit
from tidegate.domain.facts import FactSubject, FactValue
from tidegate.domain.imports import same
from tidegate.domain.targets import Target
from tidegate.modules.inventory.repository import TargetRepository


class TargetEdits:
    """Writes what imports say of targets."""

    def __init__(self, targets: TargetRepository) -> None:
        self._targets = targets

    def write(
        self, edits: Sequence[FactEdit], now: datetime, *, made_at: datetime | None
    ) -> list[tuple[FactEdit, FactValue | None]]:
        """Write edits, and return those that were decided on another value than there is now, with it.

        A target that is not there is registered. One that was registered at `made_at`, by the import that is
        being undone, and of which nothing is left, is taken out.
        """
        if not edits:
            return []
        subjects = [FactSubject(*pair) for pair in sorted({edit[:2] for edit in edits})]
        self._targets.lock_for_edits()
        known = {target.subject: target for target in self._targets.of_subjects(subjects)}
        changes: dict[FactSubject, dict[str, Any]] = {}
        refused: list[tuple[FactEdit, FactValue | None]] = []
        for edit in edits:
            subject = FactSubject(*edit[:2])
            target = known.get(subject)
            value: FactValue | None = getattr(target, edit.field) if target is not None else None
            if same(value, edit.before):
                changes.setdefault(subject, {})[edit.field] = edit.after
            else:
                refused.append((edit, value))
        changed = [_changed(subject, known.get(subject), said, now) for subject, said in changes.items()]
        gone = [one for one in changed if _is_left_over(one, made_at)]
        for one in gone:
            self._targets.remove(one)
        self._targets.save_all([one for one in changed if one not in gone])
        return refused


def _changed(subject: FactSubject, known: Target | None, said: dict[str, Any], now: datetime) -> Target:
    if known is not None:
        return replace(known, **said, version=known.version + 1, updated_at=now)
    empty: dict[str, Any] = {"base_url": None, "owner": None, "interval": None}
    return Target(
        subject.component,
        subject.environment,
        contract=None,
        paused=False,
        version=1,
        created_at=now,
        updated_at=now,
        **{**empty, **said},
    )


def _is_left_over(target: Target, made_at: datetime | None) -> bool:
    described = (target.base_url, target.owner, target.interval, target.contract)
    return target.created_at == made_at and not target.paused and all(one is None for one in described)
