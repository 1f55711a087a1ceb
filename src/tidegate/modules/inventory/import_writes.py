"""What an import changes, written batch by batch; who calls has the transaction open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from tidegate.domain.errors import Conflict
from tidegate.domain.fact_updates import FactEdit
from tidegate.domain.facts import FactSubject, FactValue, Side
from tidegate.domain.imports import Import, edit_name
from tidegate.domain.workbooks import TARGET_COLUMNS
from tidegate.kernel.garbage import collection_paused
from tidegate.modules.facts.service import FactService
from tidegate.modules.inventory.import_repository import ImportParts
from tidegate.modules.inventory.previews import Declared
from tidegate.modules.inventory.target_edits import TargetEdits

_MOST_NAMED = 10


class ImportWriter:
    """Writes the changes of imports."""

    def __init__(
        self, *, parts: ImportParts, declared: Declared, facts: FactService, targets: TargetEdits
    ) -> None:
        self._parts = parts
        self._declared = declared
        self._facts = facts
        self._targets = targets

    @collection_paused()
    def write(
        self,
        one: Import,
        now: datetime,
        turn: Callable[[list[FactEdit]], list[FactEdit]],
        settle: Callable[[FactEdit, FactValue | None], FactEdit | None] | None = None,
    ) -> None:
        """Write the changes of an import, or raise `Conflict` and write none.

        `settle` says what to do of an edit that was decided on another value than there is now, which is None
        for nothing.
        """
        refusal = self._declared.refusals()
        refused: list[str] = []
        for edits in self._parts.changes.batches(one.id):
            for subject in _subjects(edits):
                reason = refusal(subject)
                if reason is not None:
                    raise Conflict(f"{reason[1]} Nothing was changed.")
            left = self._send(one, turn(edits), now)
            if settle is not None:
                settled = [settle(edit, value) for edit, value in left]
                left = self._send(one, [edit for edit in settled if edit is not None], now)
            refused += (f"{edit_name(*edit[:3])} is {_shown(value)} now" for edit, value in left)
            if len(refused) > _MOST_NAMED:
                break
        if refused:
            listed = "; ".join(refused[:_MOST_NAMED]) + ("; and more" if len(refused) > _MOST_NAMED else "")
            raise Conflict(
                f"What is declared has changed meanwhile, and nothing was written: {listed}. "
                "Upload the workbook again for a new preview."
            )

    def _send(
        self, one: Import, edits: Sequence[FactEdit], now: datetime
    ) -> list[tuple[FactEdit, FactValue | None]]:
        """Write edits, and return those that were decided on another value than there is now."""
        source = f"import:{one.id} ({one.name})"
        of_targets = [edit for edit in edits if edit.field in TARGET_COLUMNS]
        facts = [edit for edit in edits if edit.field not in TARGET_COLUMNS] if of_targets else edits
        left = [*self._facts.edit(Side.DECLARED, facts, source=source, at=now)] if facts else []
        return left + self._targets.write(of_targets, now, made_at=one.applied_at)


def _subjects(edits: Sequence[FactEdit]) -> list[FactSubject]:
    return [FactSubject(*pair) for pair in sorted({edit[:2] for edit in edits})]


def _shown(value: FactValue | None) -> str:
    return "not declared" if value is None else repr(value)
