"""The page of conformance: marks are found wherever they stand, and none can name what does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.write_conformance import BadMark, documents, marks, read_lines

LINES = """
groups: {S1: First}
lines:
  S1-1: {asks: "One thing"}
  S1-4: {asks: "A fourth", lacks: "its other half"}
  S1-2: {asks: "Another", shipped: "needs a cloud"}
  S1-3: {asks: "A third", deviates: "ended"}
decisions:
  - {asks: "uvicorn", deviates: "no ASGI"}
"""
MARK = "import pytest\n\n\n@pytest.mark.requirement('S1-1')\ndef test_it() -> None: ...\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with demands and an empty folder of tests."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/conformance.yml").write_text(LINES)
    (tmp_path / "tests").mkdir()
    return tmp_path


def found(root: Path, source: str) -> set[tuple[str, str]]:
    """Return the marks of a test file with this source."""
    file = root / "tests/test_a.py"
    file.write_text(source)
    return set(marks(file, root))


class TestMarks:
    def test_are_found_on_functions_classes_and_modules(self, root: Path) -> None:
        source = (
            "pytestmark = pytest.mark.requirement('S1-3')\n"
            "@pytest.mark.requirement('S1-1', 'S1-2')\nclass TestA:\n"
            "    @pytest.mark.requirement('S1-4')\n    async def test_b(self): ...\n"
            "    def helper(self): ...\n"
        )
        place = "tests/test_a.py::TestA::test_b"
        assert found(root, source) == {(n, place) for n in ("S1-1", "S1-2", "S1-3", "S1-4")}

    def test_are_found_in_parameter_sets_of_a_decorator(self, root: Path) -> None:
        source = (
            "@pytest.mark.parametrize('a', [pytest.param(1, marks=pytest.mark.requirement('S1-2'))])\n"
            "def test_b(a): ...\n"
        )
        assert found(root, source) == {("S1-2", "tests/test_a.py::test_b")}

    def test_are_written_out(self, root: Path) -> None:
        with pytest.raises(ValueError, match="Name"):
            found(root, "@pytest.mark.requirement(NUMBER)\ndef test_b(): ...\n")

    def test_stand_on_tests_alone(self, root: Path) -> None:
        with pytest.raises(BadMark, match="is no test"):
            found(root, "@pytest.mark.requirement('S1-1')\ndef helper(): ...\n")


class TestPage:
    def test_shows_what_tests_show_and_says_why_not_of_the_rest(self, root: Path) -> None:
        (root / "tests/test_a.py").write_text(MARK)
        (page,) = documents(root).values()
        assert "| S1-1 | One thing | shown by test | `tests/test_a.py::test_it` |" in page
        assert "| S1-2 | Another | shipped, not exercised here | needs a cloud |" in page
        assert "| S1-3 | A third | deviates | ended |" in page
        assert "| uvicorn | no ASGI |" in page
        assert "| S1-4 | A fourth | not yet | missing: its other half |" in page
        assert "| not yet | 1 |" in page

    def test_does_not_take_a_part_for_the_whole(self, root: Path) -> None:
        (root / "tests/test_a.py").write_text(MARK.replace("S1-1", "S1-4"))
        (page,) = documents(root).values()
        assert "| A fourth | shown in part | `tests/test_a.py::test_it`; missing: its other half |" in page
        assert "| S1-1 | One thing | not yet | no test shows it |" in page

    def test_does_not_take_an_unknown_number(self, root: Path) -> None:
        (root / "tests/test_a.py").write_text(MARK.replace("S1-1", "S1-99"))
        with pytest.raises(BadMark, match="no requirement 'S1-99'"):
            documents(root)

    @pytest.mark.parametrize(
        "entry",
        [
            "{lacks: B}",
            "{asks: A, lacks: ''}",
            "{asks: A, lacks: B, deviates: C}",
            "{asks: A, lacks: B, other: C}",
        ],
    )
    def test_refuses_a_line_that_says_too_much_or_too_little(self, entry: str) -> None:
        with pytest.raises(BadMark, match="S1-1"):
            read_lines(f"lines:\n  S1-1: {entry}\n")
