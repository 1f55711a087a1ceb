"""What imports change, and what undoing them meets."""

from __future__ import annotations

from tidegate.domain.fact_updates import FactEdit
from tidegate.domain.facts import FactSubject, FactValue
from tidegate.domain.imports import ImportCounts, UndoConflict, edit_name, edits_of, undo_edit

_EDIT = FactEdit("harbour", "production", "version", "1.0", "1.1")


class TestEdits:
    def test_are_what_differs(self) -> None:
        said: dict[str, FactValue | None] = {
            "zone": "north",
            "quays": 3,
            "owned": True,
            "depth": None,
            "height": None,
        }
        known: dict[str, FactValue] = {"quays": 3, "owned": 1, "depth": 7, "tide": 2}
        found = edits_of(FactSubject("harbour"), said, known)
        assert [edit[2:] for edit in found] == [
            ("depth", 7, None),
            ("owned", 1, True),
            ("zone", None, "north"),
        ]

    def test_have_names(self) -> None:
        assert [edit_name("harbour", place, "zone") for place in ("", "staging")] == [
            "harbour:zone",
            "harbour/staging:zone",
        ]

    def test_are_counted(self) -> None:
        assert ImportCounts(added=1, changed=2, removed=4, unchanged=8).changes == 7


class TestUndo:
    def test_gives_back_what_was(self) -> None:
        assert undo_edit(_EDIT, "1.1", overwrite=False) == (_EDIT._replace(before="1.1", after="1.0"), None)

    def test_has_nothing_to_do_where_it_is_back(self) -> None:
        assert undo_edit(_EDIT, "1.0", overwrite=False) == (None, None)

    def test_meets_a_conflict_where_it_was_changed_later(self) -> None:
        conflict = UndoConflict("harbour", "production", "version", "1.0", "1.1", None)
        assert undo_edit(_EDIT, None, overwrite=False) == (None, conflict)

    def test_overwrites_where_it_is_told_to(self) -> None:
        assert undo_edit(_EDIT, "1.2", overwrite=True) == (_EDIT._replace(before="1.2", after="1.0"), None)
