"""Reports are sealed with the sources that they were made from, by the real tools and the real git."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import evidence
from scripts.git import GitFailed, GitRepository
from tests.integration.quality.tools import configured, write
from tests.support.checkout import Checkout


class TestTree:
    def test_of_a_clean_checkout_is_that_of_its_commit(self, releasable: Checkout) -> None:
        assert releasable.repository.tree() == releasable.git("rev-parse", "HEAD^{tree}")

    def test_knows_changed_new_and_removed_files(self, releasable: Checkout) -> None:
        trees = {releasable.repository.tree()}
        releasable.write(pyproject_toml="# other\n")
        trees.add(releasable.repository.tree())
        releasable.write(new_txt="a\n")
        trees.add(releasable.repository.tree())
        (releasable.folder / "CHANGELOG.md").unlink()
        trees.add(releasable.repository.tree())
        assert len(trees) == 4

    def test_knows_nothing_of_what_is_ignored(self, releasable: Checkout) -> None:
        before = releasable.repository.tree()
        write(releasable.folder, {".reports/junit.xml": "<a/>", "__pycache__/a.pyc": "a"})
        assert releasable.repository.tree() == before

    def test_is_told_without_touching_index_or_objects(self, releasable: Checkout) -> None:
        releasable.write(new_txt="only here\n")
        before = releasable.git("status", "--porcelain"), releasable.git("count-objects")
        releasable.repository.tree()
        assert (releasable.git("status", "--porcelain"), releasable.git("count-objects")) == before

    def test_is_that_of_everything_also_from_a_folder_inside(self, releasable: Checkout) -> None:
        assert GitRepository(releasable.folder / "gates").tree() == releasable.repository.tree()

    def test_is_told_in_a_worktree(self, releasable: Checkout, tmp_path: Path) -> None:
        releasable.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
        assert GitRepository(tmp_path / "tree").tree() == releasable.repository.tree()

    def test_is_of_the_folder_and_not_of_a_hooks_repository(
        self, releasable: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = releasable.repository.tree()
        monkeypatch.setenv("GIT_DIR", str(tmp_path))
        monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
        assert releasable.repository.tree() == before

    def test_cannot_be_told_outside_a_repository(self, tmp_path: Path, lone_git: None) -> None:
        with pytest.raises(GitFailed, match="not a git repository"):
            GitRepository(tmp_path).tree()


class TestRun:
    @pytest.fixture
    def folder(self, releasable: Checkout, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A repository with this one's configuration, which commands run in."""
        configured(releasable.folder)
        monkeypatch.chdir(releasable.folder)
        return releasable.folder

    @pytest.mark.parametrize(("name", "report"), [("flake8", "flake8.txt"), ("mypy", "mypy.txt")])
    def test_keeps_and_shows_what_a_tool_says(
        self, folder: Path, capfd: pytest.CaptureFixture[str], name: str, report: str
    ) -> None:
        for package in ("src", "tests", "scripts", "benchmarks"):
            write(folder, {f"{package}/a.py": "import os\n\nx: int = 'a'\n"})
        tree = GitRepository(folder).tree()
        assert evidence.main([name]) == 1
        kept = folder / ".reports" / report
        assert kept.read_text() == capfd.readouterr().out
        assert "a.py:" in kept.read_text()
        assert evidence.made_from(kept) == tree

    @pytest.mark.parametrize(("source", "code"), [("x = 1\n", 0), ("import pickle\npickle.loads(b'')\n", 1)])
    def test_keeps_bandits_report_and_tells_its_findings(
        self, folder: Path, capfd: pytest.CaptureFixture[str], source: str, code: int
    ) -> None:
        write(folder, {"src/a.py": source, "scripts/b.py": ""})
        assert evidence.main(["bandit"]) == code
        assert ("src/a.py" in capfd.readouterr().out) == bool(code)
        assert (folder / ".reports" / "bandit.json").is_file()

    def test_leaves_no_old_report_where_a_new_one_was_begun(self, folder: Path) -> None:
        write(folder, {".reports/junit.xml": "<old/>"})
        assert evidence.main(["begin", "junit.xml"]) == 0
        assert list(evidence.reports(folder / ".reports")) == []

    def test_runs_without_a_history_and_seals_nothing(
        self, tmp_path: Path, lone_git: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "copy"
        folder.mkdir()
        monkeypatch.chdir(configured(folder))
        write(folder, {"a.py": "x = 1\n"})
        assert evidence.main(["flake8"]) == 0
        assert evidence.made_from(folder / ".reports" / "flake8.txt") == ""

    @pytest.mark.parametrize("arguments", [[], ["pylint"], ["begin"], ["flake8", "more"]])
    def test_is_used_in_these_ways_alone(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert evidence.main(arguments) == 2
        assert "usage" in capsys.readouterr().err
