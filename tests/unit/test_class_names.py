"""Every class has a name of its own, so that a name in a traceback or a search is one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import tidegate

_SOURCES = Path(tidegate.__file__).parent


def _class_names(folder: Path) -> dict[str, list[str]]:
    """Tell where each class name is defined: file and line, also within functions and classes."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(folder).as_posix()}:{node.lineno}")
    return places


def _shared(folder: Path) -> dict[str, list[str]]:
    return {name: places for name, places in _class_names(folder).items() if len(places) > 1}


class TestClassNames:
    def test_no_two_classes_share_a_name(self) -> None:
        assert not _shared(_SOURCES), "give each of them a name of its own: CONTRIBUTING.md, Plain words"

    def test_names_the_places_of_a_shared_name(self, tmp_path: Path) -> None:
        (tmp_path / "inner").mkdir()
        (tmp_path / "one.py").write_text("class _Report:\n    class Row: ...\n", encoding="utf-8")
        (tmp_path / "inner" / "two.py").write_text(
            "\ndef make():\n    class _Report: ...\n", encoding="utf-8"
        )

        assert _shared(tmp_path) == {"_Report": ["inner/two.py:3", "one.py:1"]}
