"""The files that a new format begins with: all or none, and never over what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.new_format import main

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Boats can be moored.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository without a format."""
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def written(root: Path) -> set[str]:
    """Name the files below a folder."""
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


class TestAFormat:
    def test_begins_with_reader_test_corpus_and_a_line_for_users(self, root: Path) -> None:
        assert main(["harbour-json", "--kind", "sast"], root) == 0
        assert written(root) == {
            "CHANGELOG.md",
            "src/tidegate/readers/findings/harbour_json.py",
            "tests/unit/readers/findings/test_harbour_json.py",
            "tests/corpus/harbour-json/README.md",
        }
        reader = (root / "src/tidegate/readers/findings/harbour_json.py").read_text()
        assert 'FORMAT = "harbour-json"' in reader
        assert "class _HarbourJsonReport(" in reader and "class _HarbourJsonResult(" in reader
        lines = (root / "CHANGELOG.md").read_text().splitlines()
        assert lines[6:8] == ["- Reports of harbour can be read (`harbour-json`).", "- Boats can be moored."]

    def test_is_followed_by_what_to_do_next(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        main(["harbour-json"], root)
        said = capsys.readouterr().out
        assert "a row for findings.harbour_json" in said
        assert "make generate" in said
        assert "known_formats.py" not in said

    def test_that_was_known_and_not_read_is_to_be_taken_out_there(
        self, root: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        main(["rubocop", "--kind", "lint"], root)
        assert "known_formats.py: take RuboCop" in capsys.readouterr().out


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([""], "make new-format NAME=trivy-json"),
            (["Trivy"], "'Trivy' is no name of a format"),
            (["a/../b"], "is no name of a format"),
            (["import"], "no word of Python"),
            (["flake8"], "The format flake8 is read already"),
            (["harbour", "--kind", "tests"], "start from src/tidegate/readers/test_results/junit.py"),
            (["harbour", "--kind", "boats"], "Name one of analysis, dependencies, lint"),
        ],
    )
    def test_say_what_to_do_and_write_nothing(
        self, root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
    ) -> None:
        assert main(arguments, root) == 2
        assert message in capsys.readouterr().err
        assert written(root) == {"CHANGELOG.md"} and (root / "CHANGELOG.md").read_text() == CHANGELOG

    @pytest.mark.parametrize(
        "there",
        [
            "src/tidegate/readers/findings/harbour.py",
            "tests/unit/readers/findings/test_harbour.py",
            "tests/corpus/harbour/README.md",
        ],
    )
    def test_keep_a_file_that_is_there(
        self, root: Path, capsys: pytest.CaptureFixture[str], there: str
    ) -> None:
        (root / there).parent.mkdir(parents=True)
        (root / there).write_text("mine")
        assert main(["harbour"], root) == 2
        assert f"{there} is there already" in capsys.readouterr().err
        assert written(root) == {"CHANGELOG.md", there} and (root / there).read_text() == "mine"

    def test_ask_for_a_changelog_with_its_headings(
        self, root: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (root / "CHANGELOG.md").write_text("# Changelog\n")
        assert main(["harbour"], root) == 2
        assert "put both headings in" in capsys.readouterr().err
        assert written(root) == {"CHANGELOG.md"}
