"""Tests of finding the commit that is checked out, held against git itself where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tidegate.cli.git import UNKNOWN, differs_from, full_revision, head_revision, is_missing
from tidegate.domain.errors import Invalid

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"


def write(path: Path, text: str) -> None:
    """Write a file, its folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


class TestHeadRevision:
    def test_follows_a_branch(self, tmp_path: Path) -> None:
        write(tmp_path / ".git/HEAD", "ref: refs/heads/main\n")
        write(tmp_path / ".git/refs/heads/main", COMMIT + "\n")
        assert head_revision(tmp_path) == COMMIT

    def test_is_found_from_a_folder_below(self, tmp_path: Path) -> None:
        write(tmp_path / ".git/HEAD", COMMIT)
        (tmp_path / "src").mkdir()
        assert head_revision(tmp_path / "src") == COMMIT

    def test_finds_a_packed_branch(self, tmp_path: Path) -> None:
        write(tmp_path / ".git/HEAD", "ref: refs/heads/main\n")
        write(tmp_path / ".git/packed-refs", f"# pack-refs\n{COMMIT} refs/heads/main\n")
        assert head_revision(tmp_path) == COMMIT

    @pytest.mark.parametrize(
        "head", ["ref: refs/heads/none\n", "ref: HEAD\n", "nonsense\n", "\udcff", COMMIT[:7]]
    )
    def test_is_unknown_where_it_cannot_be_read(self, tmp_path: Path, head: str) -> None:
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git/HEAD").write_bytes(head.encode("utf-8", "surrogateescape"))
        assert head_revision(tmp_path) == UNKNOWN

    def test_is_unknown_for_an_empty_repository(self, tmp_path: Path) -> None:
        write(tmp_path / ".git/packed-refs", "# nothing\n")
        write(tmp_path / ".git/HEAD", "ref: refs/heads/main\n")
        assert head_revision(tmp_path) == UNKNOWN

    def test_agrees_with_git_in_a_clone_and_in_a_worktree(self, tmp_path: Path) -> None:
        git = shutil.which("git")
        if git is None:
            pytest.skip("git is not installed")
        clone, tree = tmp_path / "clone", tmp_path / "tree"
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run([git, "init", "-q", str(clone)], check=True)
        subprocess.run(
            [git, "-C", str(clone), *identity, "commit", "-q", "--allow-empty", "--no-verify", "-m", "x"],
            check=True,
        )
        subprocess.run([git, "-C", str(clone), "worktree", "add", "-q", str(tree), "-b", "b"], check=True)
        head = subprocess.run([git, "-C", str(tree), "rev-parse", "HEAD"], check=True, capture_output=True)
        expected = head.stdout.decode().strip()
        assert head_revision(clone) == head_revision(tree) == expected


def test_outside_of_a_repository_nothing_is_known(tmp_path: Path) -> None:
    write(tmp_path / ".git", "gitdir: nowhere\n")
    assert head_revision(tmp_path) == UNKNOWN
    assert head_revision(Path("/")) == UNKNOWN


class TestFullRevision:
    @pytest.mark.parametrize("written", [COMMIT, COMMIT.upper(), f" {COMMIT}\n", "f" * 64])
    def test_takes_a_whole_hash_as_it_is(self, tmp_path: Path, written: str) -> None:
        assert full_revision(written, tmp_path) == written.strip().lower()

    @pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
    def test_completes_a_short_one_in_its_checkout(self, tmp_path: Path) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        for command in (("init", "-q"), (*identity, "commit", "-q", "--allow-empty", "-m", "first")):
            subprocess.run(["git", *command], cwd=tmp_path, check=True)
        whole = head_revision(tmp_path)
        assert full_revision(whole[:7], tmp_path) == whole
        # A branch stands for no commit here, not even one whose name could be a short hash.
        subprocess.run(["git", "branch", "deadbeef"], cwd=tmp_path, check=True)
        with pytest.raises(Invalid, match="shortened hash"):
            full_revision("deadbeef", tmp_path)

    @pytest.mark.parametrize("written", ["main", "HEAD", "xyz", "", "abc", "f" * 65, "-h", "r12"])
    def test_refuses_what_is_no_hash(self, tmp_path: Path, written: str) -> None:
        with pytest.raises(Invalid, match="is not the hash of a commit"):
            full_revision(written, tmp_path)

    def test_refuses_a_short_one_without_git(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(Invalid, match="`git rev-parse abc1234` prints them"):
            full_revision("abc1234", tmp_path)


class TestIsMissing:
    def test_outside_of_a_checkout_nothing_is_missing(self, tmp_path: Path) -> None:
        assert not is_missing(COMMIT, tmp_path)

    def test_git_knows_what_is_there_and_what_is_not(self, tmp_path: Path) -> None:
        git = shutil.which("git")
        if git is None:
            pytest.skip("git is not installed")
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run([git, "init", "-q", str(tmp_path)], check=True)
        subprocess.run(
            [git, "-C", str(tmp_path), *identity, "commit", "-q", "--allow-empty", "--no-verify", "-m", "x"],
            check=True,
        )
        assert not is_missing(head_revision(tmp_path), tmp_path)
        assert is_missing(COMMIT, tmp_path)

    def test_without_git_nothing_is_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".git").mkdir()
        monkeypatch.setenv("PATH", "")
        assert not is_missing(COMMIT, tmp_path)


class TestDiffersFrom:
    @pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
    def test_tells_whether_tracked_files_are_those_of_the_commit(self, tmp_path: Path) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        write(tmp_path / "a.py", "a = 1\n")
        for command in (
            ["init", "-q"],
            ["add", "a.py"],
            [*identity, "commit", "-q", "--no-verify", "-m", "x"],
        ):
            subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
        head = head_revision(tmp_path)
        write(tmp_path / "report.txt", "")  # not tracked, as reports are
        assert not differs_from(head, tmp_path)
        write(tmp_path / "a.py", "a = 2\n")
        assert differs_from(head, tmp_path)
        assert not differs_from(COMMIT, tmp_path)

    def test_where_nothing_is_checked_out_nothing_differs(self, tmp_path: Path) -> None:
        assert not differs_from(UNKNOWN, tmp_path)

    def test_without_git_nothing_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path / ".git/HEAD", COMMIT)
        assert not differs_from(COMMIT, tmp_path)  # no checkout that git would take for one
        monkeypatch.setenv("PATH", "")
        assert not differs_from(COMMIT, tmp_path)
