"""Facts written set by set, on both databases: the same rows as one by one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from tests.support.api import START
from tidegate.domain.fact_updates import FactEdit
from tidegate.domain.facts import FactSubject, Side, Statement
from tidegate.kernel.container import Work
from tidegate.modules.facts.service import FactService

_LATER = START + timedelta(hours=1)
_OLD: dict[str, Any] = {"zone": "north", "quays": 3, "depth": 0.1, "owned": True}
_NEW: dict[str, Any] = {"zone": 'Größe "x" \\ \x7f', "quays": True, "depth": 1e-7, "tide": 2**53 - 1}


def told(component: str, values: dict[str, Any]) -> list[Statement]:
    return [Statement(FactSubject(component, "production"), name, value) for name, value in values.items()]


def edits(component: str) -> list[FactEdit]:
    names = sorted({*_OLD, *_NEW} - {"owned"})
    changed = [FactEdit(component, "production", name, _OLD.get(name), _NEW.get(name)) for name in names]
    return [*changed, FactEdit(component, "production", "owned", True, None)]


def rows(work: Work, component: str) -> list[Any]:
    query = "SELECT environment, side, field, since, until, seen_at, value, source FROM facts"
    found = work.uow.session.execute(text(f"{query} WHERE component = '{component}' ORDER BY field, since"))
    return [tuple(row) for row in found]


class TestEdits:
    def test_leave_the_rows_that_telling_and_ending_leave(self, work: Work) -> None:
        facts = work.use(FactService)
        for name in ("harbour", "crane"):
            facts.record(Side.DECLARED, told(name, _OLD), source="a", at=START)
        facts.record(Side.DECLARED, told("harbour", _NEW), source="b", at=_LATER)
        held = facts.current(FactSubject("harbour", "production"), Side.DECLARED)
        facts.end([fact for fact in held if fact.field == "owned"], at=_LATER)
        with work.uow.transaction():
            assert facts.edit(Side.DECLARED, edits("crane"), source="b", at=_LATER) == []
        assert rows(work, "crane") == rows(work, "harbour")
        assert len(rows(work, "crane")) == 8

    def test_are_refused_where_another_value_holds_or_a_later_one(self, work: Work) -> None:
        facts = work.use(FactService)
        facts.record(Side.DECLARED, told("harbour", _OLD), source="a", at=START)
        before = rows(work, "harbour")
        wrong = [
            FactEdit("harbour", "production", "zone", "south", "east"),
            FactEdit("harbour", "production", "quays", None, 5),
            FactEdit("harbour", "production", "tide", 5, 6),
        ]
        with work.uow.transaction():
            refused = facts.edit(Side.DECLARED, wrong, source="b", at=_LATER)
            assert [value for _, value in refused] == ["north", 3, None]
            same_moment = [FactEdit("harbour", "production", "zone", "north", "east")]
            assert facts.edit(Side.DECLARED, same_moment, source="b", at=START) == [(same_moment[0], "north")]
        assert rows(work, "harbour") == before

    def test_are_of_any_number_of_components(self, work: Work) -> None:
        facts = work.use(FactService)
        with work.uow.transaction() as session:
            session.execute(
                text(
                    "INSERT INTO components (name, title, owner, description, version, created_at, "
                    "updated_at) VALUES (:name, '', '', '', 1, '2026-01-01', '2026-01-01')"
                ),
                [{"name": f"boat{number}"} for number in range(450)],
            )
            many = [FactEdit(f"boat{number}", "", "zone", None, "north") for number in range(450)]
            assert facts.edit(Side.DECLARED, many, source="b", at=_LATER) == []
        found = facts.values_of(Side.DECLARED, [FactSubject(edit.component) for edit in many])
        assert len(found) == 450
