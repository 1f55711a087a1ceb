"""Queries of checks: those that are in trouble, by source and target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, select, tuple_, update

from tidegate.domain.incidents import CheckPhase, CheckState
from tidegate.domain.times import write_time
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.modules.incidents.models import IncidentCheckRow, IncidentRow
from tidegate.modules.incidents.ports import CheckKey

_CHECKS, _INCIDENTS = table_of(IncidentCheckRow), table_of(IncidentRow)
_KEY = (_CHECKS.c.source, _CHECKS.c.component, _CHECKS.c.environment, _CHECKS.c.name)
_NAMES = ("source", "component", "environment", "name")
_THIS = [column == bindparam(f"of_{column.key}") for column in _KEY]
_VALUES = ("phase", "failures", "successes", "flapping", "good_since", "changes", "incident_id")
_SAVE = update(_CHECKS).where(*_THIS).values({name: bindparam(f"to_{name}") for name in _VALUES})
_FORGET = _CHECKS.delete().where(*_THIS)
_MANY = 200


@dataclass(frozen=True, slots=True)
class KeptCheck:
    """How a check is, and the incident that it opened last."""

    state: CheckState
    incident_id: str | None = None


class IncidentCheckRepository(Repository[IncidentCheckRow]):
    """Checks by their keys."""

    model = IncidentCheckRow

    def locked(self, keys: Sequence[CheckKey]) -> dict[CheckKey, KeptCheck]:
        """Return those of these checks that are in trouble, locked in one order for all."""
        found: dict[CheckKey, KeptCheck] = {}
        wanted = sorted(keys)
        for start in range(0, len(wanted), _MANY):
            query = select(_CHECKS).where(tuple_(*_KEY).in_(wanted[start : start + _MANY])).order_by(*_KEY)
            for row in self._uow.execute(query.with_for_update()):
                found[(row.source, row.component, row.environment, row.name)] = _check(row)
        return found

    def of_source(
        self, source: str, *, component: str | None, environment: str | None
    ) -> Mapping[CheckKey, datetime | None]:
        """Return the checks of a source that are in trouble, and when their incidents opened first."""
        opened = _INCIDENTS.c.id == _CHECKS.c.incident_id
        query = select(*_KEY, _INCIDENTS.c.opened_at).select_from(_CHECKS.outerjoin(_INCIDENTS, opened))
        query = query.where(_CHECKS.c.source == source)
        if component is not None:
            query = query.where(_CHECKS.c.component == component)
        if environment is not None:
            query = query.where(_CHECKS.c.environment == environment)
        return {(row[0], row[1], row[2], row[3]): row[4] for row in self._uow.execute(query)}

    def of_target(self, component: str, environment: str) -> tuple[CheckKey, ...]:
        """Return the checks of a target that are in trouble."""
        query = select(*_KEY).where(_CHECKS.c.component == component, _CHECKS.c.environment == environment)
        return tuple((row[0], row[1], row[2], row[3]) for row in self._uow.execute(query))

    def write(self, before: Mapping[CheckKey, KeptCheck], after: Mapping[CheckKey, KeptCheck | None]) -> None:
        """Write what is other than before; None forgets a check."""
        gone = [_named("of", key) for key, check in after.items() if check is None and key in before]
        new = [
            {**dict(zip(_NAMES, key, strict=True)), **_columns(check)}
            for key, check in after.items()
            if check is not None and key not in before
        ]
        changed = [
            {**_named("of", key), **{f"to_{name}": value for name, value in _columns(check).items()}}
            for key, check in after.items()
            if check is not None and key in before and before[key] != check
        ]
        self._run(_FORGET, gone)
        self._run(_CHECKS.insert(), new)
        self._run(_SAVE, changed)

    def _run(self, statement: Any, values: Iterable[Mapping[str, object]]) -> None:
        if listed := list(values):
            self._uow.execute(statement, listed)


def _named(prefix: str, key: CheckKey) -> dict[str, object]:
    return {f"{prefix}_{name}": value for name, value in zip(_NAMES, key, strict=True)}


def _columns(check: KeptCheck) -> dict[str, object]:
    state = check.state
    return {
        "phase": str(state.phase),
        "failures": state.failures,
        "successes": state.successes,
        "flapping": state.flapping,
        "good_since": state.good_since,
        "changes": [write_time(one) for one in state.changes],
        "incident_id": check.incident_id,
    }


def _check(row: Any) -> KeptCheck:
    changes = tuple(datetime.fromisoformat(one) for one in cast("list[str]", row.changes))
    state = CheckState(
        CheckPhase(row.phase), row.failures, row.successes, row.flapping, row.good_since, changes
    )
    return KeptCheck(state, row.incident_id)
