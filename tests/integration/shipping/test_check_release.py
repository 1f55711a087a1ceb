"""A pushed tag, however it was made, is held to what the release script holds it to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.check_release import main
from tests.integration.shipping.test_create_release import another_version, empty_section
from tests.support.checkout import Checkout

pytestmark = pytest.mark.requirement("S3-17")

TAG = "prod/v1.0.0"


def tag(where: Checkout, name: str = TAG, *, kind: str = "--annotate") -> None:
    """Tag by hand and push, as docs/release.md shows."""
    message = () if kind == "--no-sign" else ("--message", "By hand")
    where.git("tag", kind, *message, name)
    where.git("push", "--quiet", "origin", name)


def test_a_tag_made_by_hand_is_in_order_and_hands_its_version_on(
    releasable: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(out))
    tag(releasable)
    assert main([TAG], releasable.folder) == 0
    assert out.read_text() == "version=1.0.0\n"


@pytest.mark.requirement("S3-15")
def test_the_checkout_of_a_workflow_is_enough(releasable: Checkout, tmp_path: Path) -> None:
    # As the checkout action does it: the commit, detached, and the tag as a plain ref of that commit.
    tag(releasable)
    there = tmp_path / "runner"
    releasable.git("clone", "--quiet", "--no-tags", str(releasable.bare), str(there), folder=tmp_path)
    releasable.git("switch", "--quiet", "--detach", releasable.head, folder=there)
    releasable.git("tag", TAG, releasable.head, folder=there)
    assert main([TAG], there) == 0


def lightweight(where: Checkout) -> None:
    tag(where, kind="--no-sign")


def not_pushed(where: Checkout) -> None:
    where.git("tag", "--annotate", "--message", "By hand", TAG)


def another_commit(where: Checkout) -> None:
    tag(where)
    where.commit()


def off_main(where: Checkout) -> None:
    where.git("switch", "--quiet", "--create", "topic")
    where.commit()
    tag(where)


def below_another(where: Checkout) -> None:
    tag(where)
    where.git("tag", "--annotate", "--message", "a", "prod/v2.0.0")
    where.git("push", "--quiet", "origin", "prod/v2.0.0")


def wrong_version(where: Checkout) -> None:
    another_version(where)
    tag(where)


def no_notes(where: Checkout) -> None:
    empty_section(where)
    tag(where)


@pytest.mark.parametrize(
    ("broken", "wrong", "fix"),
    [
        (lightweight, "is not an annotated tag", "git tag -a"),
        (not_pushed, "origin has no tag prod/v1.0.0", "git push origin prod/v1.0.0"),
        (another_commit, "prod/v1.0.0 names ", "git push origin :refs/tags/prod/v1.0.0"),
        (off_main, "is not on origin/main", "merge it into main"),
        (below_another, "1.0.0 is not above 2.0.0", "choose a higher version"),
        (wrong_version, "pyproject.toml says version 0.9.0", "say 1.0.0 there"),
        (no_notes, "is empty", "say what it brings"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_refuses_what_the_script_would_not_have_pushed(
    releasable: Checkout,
    capsys: pytest.CaptureFixture[str],
    broken: Callable[[Checkout], None],
    wrong: str,
    fix: str,
) -> None:
    broken(releasable)
    assert main([TAG], releasable.folder) == 1
    said = capsys.readouterr().err
    assert wrong in said
    assert fix in said


@pytest.mark.parametrize("name", ["v1.0.0", "prod/v1.0", "prod/v1.0.0-rc.1", "prod/v1.0.0/x"])
def test_refuses_a_tag_that_is_no_release(
    releasable: Checkout, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main([name], releasable.folder) == 1
    assert "take the tag back" in capsys.readouterr().err


def test_releases_nothing_where_git_cannot_be_asked(
    tmp_path: Path, lone_git: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([TAG], tmp_path) == 2
    assert "nothing is released" in capsys.readouterr().err
