"""Tests of scanning: real repositories, made here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tidegate.domain.errors import Invalid
from tidegate.domain.repository_facts import RepositoryRule
from tidegate.repositories import git
from tidegate.repositories.scan import scan

ALLOWED = "*.lock\n!uv.lock\n!poetry.lock\n!pdm.lock\n"
PROJECT = "[project]\nname = 'shop'\n"


def run(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        place = folder / name.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    if not (folder / ".git").exists():
        run(folder, "init", "--quiet", "--initial-branch=main")
    run(folder, "add", "--all")
    run(folder, "commit", "--quiet", "--allow-empty", "--message", "Change")
    return folder


def rules(folder: Path) -> list[tuple[str, str]]:
    return [(str(one.rule), str(one.place)) for one in scan(folder).findings]


class TestScan:
    def test_reads_the_commit_and_not_what_is_changed_since(self, tmp_path: Path) -> None:
        commit(tmp_path, Dockerfile="FROM debian:12\n", Procfile="web: run\n")
        run(tmp_path, "tag", "v1.0.0")
        (tmp_path / "Dockerfile").write_text("FROM debian:13\n", "utf-8")
        found = scan(tmp_path)
        values = {one.field: one.value for one in found.facts}
        assert (values["image.base"], values["repository.tag"]) == ("debian:12", "v1.0.0")
        assert values["repository.commit"] == found.commit
        assert values["procfile.web"] == "run"

    def test_reads_a_bare_repository_and_a_folder_in_a_clone_alike(self, tmp_path: Path) -> None:
        work = tmp_path / "work"
        work.mkdir()
        commit(work, shop__Dockerfile="FROM debian:12\n", Dockerfile="FROM debian:13\n")
        run(tmp_path, "clone", "--quiet", "--bare", "work", "bare.git")
        bases = [
            next(one.value for one in scan(folder).facts if one.field == "image.base")
            for folder in (work, tmp_path / "bare.git", work / "shop")
        ]
        assert bases == ["debian:13", "debian:13", "debian:12"]

    def test_joins_workers_of_the_procfile_with_the_source(self, tmp_path: Path) -> None:
        source = "scheduler = BackgroundScheduler()\nscheduler.start()\n"
        commit(tmp_path, Procfile="web: gunicorn -w 2 app\n", app="x", **{"app.py": source})
        commit(tmp_path, **{"tests__app.py": source})
        assert rules(tmp_path) == [("scheduler-per-worker", "app.py:2")]

    def test_says_of_a_file_that_is_too_large_that_it_was_not_read(self, tmp_path: Path) -> None:
        commit(tmp_path, Dockerfile="FROM debian\n" + "#" * git.LARGEST_FILE)
        assert rules(tmp_path) == [("unreadable", "Dockerfile")]


class TestLocks:
    @pytest.mark.parametrize(
        ("files", "expected"),
        [
            ({"pyproject.toml": PROJECT, "uv.lock": ""}, []),
            ({"pyproject.toml": PROJECT}, [("lock-missing", "pyproject.toml")]),
            ({"pyproject.toml": PROJECT, ".gitignore": "*.log\n*.lock"}, [("lock-ignored", ".gitignore:2")]),
            ({"pyproject.toml": PROJECT, ".gitignore": ALLOWED}, [("lock-missing", "pyproject.toml")]),
            ({"pyproject.toml": "[tool.black]\n"}, []),
            ({"pyproject.toml": "["}, [("unreadable", "pyproject.toml")]),
            ({"package.json": "{}", "yarn.lock": ""}, []),
            ({"README.md": ""}, []),
        ],
    )  # fmt: skip
    def test_are_committed(
        self, tmp_path: Path, files: dict[str, str], expected: list[tuple[str, str]]
    ) -> None:
        assert rules(commit(tmp_path, **files)) == expected

    def test_that_are_there_are_named(self, tmp_path: Path) -> None:
        found = scan(commit(tmp_path, **{"pyproject.toml": PROJECT, "uv.lock": ""}))
        assert {("lock.file", "uv.lock"), ("lock.present", True)} <= {
            (one.field, one.value) for one in found.facts
        }


class TestGit:
    @pytest.mark.parametrize("name", ["", "none"])
    def test_says_what_is_no_repository(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(Invalid, match="git repository with a commit|no folder"):
            scan(tmp_path / name)

    def test_that_is_not_there_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(Invalid, match="git is not on this machine"):
            scan(tmp_path)

    def test_that_takes_too_long_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(git, "PATIENCE", 0.0)
        with pytest.raises(Invalid, match="git took more than 0 s"):
            scan(tmp_path)

    def test_refuses_more_files_than_it_reads(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        commit(tmp_path, a="", b="")
        monkeypatch.setattr(git, "MOST_FILES", 1)
        with pytest.raises(Invalid, match="name a folder in it"):
            scan(tmp_path)

    def test_runs_nothing_that_the_repository_names(self, tmp_path: Path) -> None:
        commit(tmp_path, Dockerfile="FROM debian\n")
        seen = tmp_path / "seen"
        run(tmp_path, "config", "core.fsmonitor", f"touch {seen}; false")
        run(tmp_path, "config", "core.pager", f"touch {seen}")
        scan(tmp_path)
        assert not seen.exists()

    def test_leaves_out_links(self, tmp_path: Path) -> None:
        (tmp_path / "Dockerfile").symlink_to("/etc/hostname")
        assert not rules(commit(tmp_path))


def test_rules_are_kebab_case() -> None:
    assert all(str(one) == str(one).lower() and "_" not in one for one in RepositoryRule)
