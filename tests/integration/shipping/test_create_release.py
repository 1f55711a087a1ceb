"""The release script against a real bare repository: what it makes, refuses and leaves behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.release.create import main
from tests.support.checkout import PROJECT, ROOT, Checkout

pytestmark = pytest.mark.requirement("S3-16")

TAG = "prod/v1.0.0"
NOTHING: dict[str, set[str]] = {"here": set(), "there": set()}


@pytest.fixture
def ready(releasable: Checkout, good_reports: Path) -> Checkout:
    """A checkout from which 1.0.0 can be released."""
    releasable.take_reports(good_reports)
    return releasable


def release(where: Checkout, *arguments: str, ask: Callable[[str], str] | None = None) -> int:
    """Release from a checkout, 1.0.0 unless another version is said."""
    given = arguments if arguments and not arguments[0].startswith("-") else ("1.0.0", *arguments)
    return main(given, where.folder, ask)


class TestRelease:
    @pytest.mark.requirement("S3-15")
    def test_pushes_an_annotated_tag_of_this_commit_with_the_notes(self, ready: Checkout) -> None:
        assert release(ready, "--yes") == 0
        assert ready.tags() == {"here": {TAG}, "there": {TAG}}
        assert ready.git("cat-file", "-t", TAG, folder=ready.bare) == "tag"
        assert ready.git("rev-parse", f"{TAG}^{{commit}}", folder=ready.bare) == ready.head
        message = ready.git("tag", "--list", "--format=%(contents)", TAG, folder=ready.bare)
        assert message == "Tidegate 1.0.0\n\n### Added\n\n- Boats can be moored."

    def test_shows_what_it_will_do_and_asks(
        self, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        asked: list[str] = []

        def ask(question: str) -> str:
            asked.append(question)
            return "y"

        assert release(ready, ask=ask) == 0
        said = capsys.readouterr().out
        assert asked == ["Make and push the tag? [y/N] "]
        for part in (
            "Release 1.0.0, from main",
            ready.head[:12],
            TAG,
            "not signed",
            "- Boats can be moored.",
        ):
            assert part in said
        assert "nothing: it is the first release" in said

    @pytest.mark.parametrize("answer", ["", "n", "what?"])
    def test_does_nothing_when_the_answer_is_not_yes(self, ready: Checkout, answer: str) -> None:
        assert release(ready, ask=lambda _: answer) == 4
        assert ready.tags() == NOTHING

    def test_does_nothing_when_nobody_can_be_asked(
        self, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert release(ready) == 2
        assert "say --yes, or --dry-run" in capsys.readouterr().err
        assert ready.tags() == NOTHING

    def test_dry_run_shows_all_and_makes_nothing(
        self, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert release(ready, "--dry-run") == 0
        assert "A dry run: prod/v1.0.0 was neither made nor pushed." in capsys.readouterr().out
        assert ready.tags() == NOTHING

    def test_shows_no_password_of_the_remote(
        self, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        ready.git("remote", "set-url", "--push", "origin", "https://ann:s3cret@example.org/harbour.git")
        assert release(ready, "--dry-run") == 0
        said = capsys.readouterr().out
        assert "https://example.org/harbour.git" in said
        assert "s3cret" not in said

    def test_goes_through_the_shell_script(self, ready: Checkout) -> None:
        shutil.copytree(
            ROOT / "scripts", ready.folder / "scripts", ignore=shutil.ignore_patterns("__pycache__")
        )
        (ready.folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
        ready.commit("Add scripts")
        shutil.copytree(ready.folder / ".reports", ready.folder.parent / "kept", dirs_exist_ok=True)
        ready.take_reports(ready.folder.parent / "kept")
        done = script(ready, "1.0.0", "--yes")
        assert (done.returncode, ready.tags()["there"]) == (0, {TAG}), done.stderr

    def test_shell_script_says_what_to_set_up(self, releasable: Checkout) -> None:
        (releasable.folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "create-prod-release.sh", releasable.folder / "scripts")
        done = script(releasable, "1.0.0")
        assert done.returncode == 2
        assert "make setup" in done.stderr


def script(where: Checkout, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the shell script of a checkout from somewhere else, with nobody at the terminal."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "COV_", "VENV"))
    }
    command = [str(where.folder / "scripts" / "create-prod-release.sh"), *arguments]
    return subprocess.run(
        command, cwd="/", env=kept, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


# What is done to a checkout that could be released: files that are written, then commands of git.
COMMIT = ("add --all", "commit --allow-empty --message Change")
PUBLISH = (*COMMIT, "push origin HEAD")
MOVED_ON = (*PUBLISH, "reset --hard HEAD~1")
PACKAGE = "src/tidegate/__init__.py"
RULES = "lock format-check contracts:\n\t@true\ngenerated:\n\t@echo docs differ; exit 1\n"
NO_SECTION = {"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n- Boats.\n"}
ANOTHER_VERSION = {"pyproject.toml": PROJECT.replace("1.0.0", "0.9.0")}
EMPTY_SECTION = {
    "CHANGELOG.md": "## [1.0.0] - 2026-11-21\n\n### Added\n\n## [0.9.0] - 2026-10-01\n\n- Boats.\n"
}
REFUSED: list[tuple[dict[str, str], tuple[str, ...], str, str]] = [
    ({}, ("switch --create topic",), "on branch topic; releases are made from main", "git switch main"),
    ({}, ("switch --detach",), "on no branch", "git switch main"),
    ({"pyproject.toml": PROJECT + "# new\n"}, (), "changes in no commit: pyproject.toml", "commit them"),
    ({"note.txt": "new\n"}, (), "changes in no commit: note.txt", "commit them"),
    ({}, COMMIT, "not pushed", "git push origin main"),
    ({}, MOVED_ON, "which is not in what you have", "git pull --rebase origin main"),
    (
        {},
        (*MOVED_ON, "commit --allow-empty -m Other"),
        "which is not in what",
        "git pull --rebase origin main",
    ),
    (
        {},
        (
            "push origin HEAD:topic",
            "-C ../origin.git symbolic-ref HEAD refs/heads/topic",
            "push origin :main",
        ),
        "origin has no branch main",
        "git push -u origin main",
    ),
    (ANOTHER_VERSION, PUBLISH, "pyproject.toml says version 0.9.0, not 1.0.0", "say 1.0.0 there"),
    ({PACKAGE: '__version__ = "0.9.0"\n'}, PUBLISH, "__init__.py says version 0.9.0", "say 1.0.0 there"),
    ({PACKAGE: ""}, PUBLISH, "there is no __version__", "say version 1.0.0 there"),
    ({}, ("rm pyproject.toml", *PUBLISH), "version in pyproject.toml cannot be read", "say version 1.0.0"),
    ({}, ("rm CHANGELOG.md", *PUBLISH), "There is no CHANGELOG.md", "write one"),
    (NO_SECTION, PUBLISH, "CHANGELOG.md has no section of 1.0.0", "## [1.0.0] - YYYY-MM-DD"),
    (EMPTY_SECTION, PUBLISH, "is empty", "say what it brings"),
    ({"CHANGELOG.md": "## [1.0.0]\n\n- Boats.\n"}, PUBLISH, "has no date", "## [1.0.0] - YYYY-MM-DD"),
    (
        {},
        ("tag -a -m a prod/v1.0.1", "push origin prod/v1.0.1", "tag -d prod/v1.0.1"),
        "1.0.0 is not above 1.0.1, the last release",
        "such as 1.0.2",
    ),
    (
        {},
        (f"tag -a -m a {TAG}", f"push origin {TAG}", f"tag -d {TAG}"),
        "prod/v1.0.0 is on origin already",
        "choose a higher version",
    ),
    ({}, (f"tag {TAG}",), "a tag here that origin does not have", "git tag -d prod/v1.0.0"),
    ({"Makefile": RULES}, PUBLISH, "make generated fails: docs differ", "make generated, and fix it"),
    ({}, ("rm Makefile", *PUBLISH), "make lock fails", "make lock, and fix it"),
    (
        {},
        ("config user.useConfigOnly true", "config --unset user.email"),
        "git does not know who you are",
        "git config user.name",
    ),
    (
        {},
        ("remote set-url origin ../gone.git",),
        "origin cannot be asked",
        "git ls-remote origin must answer",
    ),
]


class TestRefusals:
    @pytest.mark.parametrize(("files", "commands", "wrong", "fix"), REFUSED, ids=[row[2] for row in REFUSED])
    def test_says_what_is_wrong_and_what_fixes_it(
        self,
        ready: Checkout,
        capsys: pytest.CaptureFixture[str],
        files: dict[str, str],
        commands: tuple[str, ...],
        wrong: str,
        fix: str,
    ) -> None:
        ready.change(files, commands)
        before = ready.tags()
        assert release(ready, "--yes") == 1
        said = capsys.readouterr().err
        assert wrong in said
        assert "To fix it: " in said
        assert fix in said
        assert ready.tags() == before

    @pytest.mark.parametrize(
        ("version", "meant"),
        [
            ("1", "1.0.0"),
            ("1.0", "1.0.0"),
            ("v2.1.0", "2.1.0"),
            ("prod/v2.1.0", "2.1.0"),
            ("01.2.3", "1.2.3"),
            ("1.0.0-rc.1", "1.0.0"),
            ("1.0.0+build", "1.0.0"),
            ("latest", "1.4.0"),
            ("", "1.4.0"),
        ],
    )
    def test_suggests_the_version_that_was_meant(
        self, ready: Checkout, capsys: pytest.CaptureFixture[str], version: str, meant: str
    ) -> None:
        assert main((version, "--yes"), ready.folder) == 1
        assert f"To fix it: scripts/create-prod-release.sh {meant}\n" in capsys.readouterr().err
        assert ready.tags() == NOTHING

    def test_names_everything_at_once(self, ready: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
        ready.change(NO_SECTION, (*PUBLISH, "switch --create topic"))
        ready.change({"note.txt": "new\n"})
        assert release(ready, "--yes") == 1
        said = capsys.readouterr().err
        assert said.count("To fix it: ") == 3
        assert "Not released: 3 in the way." in said

    def test_is_no_use_outside_a_repository(
        self, tmp_path: Path, lone_git: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(("1.0.0",), tmp_path) == 2
        assert "no repository that can be released from" in capsys.readouterr().err


class TestHalfWay:
    @pytest.fixture
    def guarded(self, ready: Checkout) -> Iterator[Checkout]:
        """A remote that refuses production tags, as a protected repository does."""
        hook = ready.bare / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho 'tags are protected' >&2\nexit 1\n")
        hook.chmod(0o755)
        yield ready

    def test_a_push_that_is_refused_leaves_no_tag(
        self, guarded: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert release(guarded, "--yes") == 3
        said = capsys.readouterr().err
        assert "tags are protected" in said
        assert "The tag is not on origin, and the one here is removed: nothing is left." in said
        assert guarded.tags() == NOTHING

    def test_a_push_that_arrived_although_it_failed_counts(
        self, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        # The pre-push hook pushes by itself and then fails: git says no, and the tag is there.
        hook = ready.folder / ".git" / "hooks" / "pre-push"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ngit push --quiet --no-verify origin {TAG}\nexit 1\n")
        hook.chmod(0o755)
        assert release(ready, "--yes") == 0
        assert "The tag arrived all the same" in capsys.readouterr().out
        assert ready.tags() == {"here": {TAG}, "there": {TAG}}

    def test_a_remote_that_goes_away_is_said(
        self, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        hook = ready.folder / ".git" / "hooks" / "pre-push"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nmv '{ready.bare}' '{ready.bare}.away'\nexit 1\n")
        hook.chmod(0o755)
        assert release(ready, "--yes") == 3
        assert "nobody can tell whether the tag arrived" in capsys.readouterr().err
        assert ready.git("tag", "--list") == ""

    def test_a_tag_that_cannot_be_signed_is_not_made(
        self, ready: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, value in (("gpg.format", "ssh"), ("user.signingKey", "/nowhere/key.pub")):
            ready.git("config", name, value)
        assert release(ready, "--yes") == 3
        assert "The tag could not be made, and nothing was pushed" in capsys.readouterr().err
        assert ready.tags() == NOTHING

    def test_interrupting_the_question_leaves_nothing(self, ready: Checkout) -> None:
        def interrupted(_question: str) -> str:
            raise KeyboardInterrupt

        assert release(ready, ask=interrupted) == 130
        assert ready.tags() == NOTHING


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not on this machine")
class TestSigned:
    @pytest.fixture
    def keyed(self, ready: Checkout) -> Checkout:
        """A checkout whose git is told of a signing key of its own."""
        key = ready.folder.parent / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        allowed = ready.folder.parent / "allowed"
        allowed.write_text(f"ann@example.org {key.with_suffix('.pub').read_text()}")
        for name, value in (
            ("gpg.format", "ssh"),
            ("user.signingKey", f"{key}.pub"),
            ("gpg.ssh.allowedSignersFile", str(allowed)),
        ):
            ready.git("config", name, value)
        return ready

    def test_the_tag_carries_a_signature_that_verifies(
        self, keyed: Checkout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert release(keyed, "--yes") == 0
        assert "annotated and signed" in capsys.readouterr().out
        keyed.git("tag", "--verify", TAG)
        assert "BEGIN SSH SIGNATURE" in keyed.git("cat-file", "tag", TAG, folder=keyed.bare)

    def test_is_not_signed_where_that_is_switched_off(self, keyed: Checkout) -> None:
        keyed.git("config", "tag.gpgSign", "false")
        assert release(keyed, "--yes") == 0
        assert "SIGNATURE" not in keyed.git("cat-file", "tag", TAG)
