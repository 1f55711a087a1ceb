"""The page about measures: complete, and red when the declarations have moved on."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.write_measures_doc import DOC, main, render
from tidegate.domain.measures import BY_NAME, MEASURES
from tidegate.readers.registry import READERS


class TestThePage:
    def test_tells_of_every_measure_and_every_format(self) -> None:
        page = render(MEASURES, READERS)
        assert [m.name for m in MEASURES if f"| `{m.name}` |" not in page] == []
        assert [r.format for r in READERS if f"### {r.format}\n" not in page] == []

    def test_tells_how_a_rate_is_made(self) -> None:
        assert "`tests.passed` / `tests.total`" in render([BY_NAME["tests.pass_rate"]], [])

    def test_speaks_of_declared_measures_only(self) -> None:
        assert {name for reader in READERS for name in reader.follows} <= set(BY_NAME)

    def test_is_committed_as_it_is_generated(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--check"], DOC) == 0, capsys.readouterr().out


class TestTheCheck:
    def test_is_red_with_a_difference_where_the_page_was_edited(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        page = tmp_path / "measures.md"
        assert main([], page) == 0
        page.write_text(page.read_text(encoding="utf-8").replace("Test cases listed", "Test cases dreamt of"))

        assert main(["--check"], page) == 1
        shown = capsys.readouterr().out
        assert "-| `tests.total`" in shown
        assert "+| `tests.total`" in shown
        assert "dreamt of" in page.read_text(encoding="utf-8")

    def test_is_red_where_there_is_no_page(self, tmp_path: Path) -> None:
        assert main(["--check"], tmp_path / "measures.md") == 1

    def test_is_green_after_writing(self, tmp_path: Path) -> None:
        page = tmp_path / "docs" / "measures.md"
        assert main([], page) == 0
        assert main(["--check"], page) == 0
