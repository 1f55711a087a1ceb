"""A pushed tag, however it was made, is held to what the release script holds it to."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.check_release import main
from tests.integration.shipping.test_create_release import ANOTHER_VERSION, EMPTY_SECTION, PUBLISH
from tests.support.checkout import Checkout

pytestmark = pytest.mark.requirement("S3-17")

TAG = "prod/v1.0.0"
# As docs/release.md shows.
BY_HAND = (f"tag --annotate --message a {TAG}", f"push origin {TAG}")


def test_a_tag_made_by_hand_is_in_order_and_hands_its_version_on(
    releasable: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(out))
    releasable.change({}, BY_HAND)
    assert main([TAG], releasable.folder) == 0
    assert out.read_text() == "version=1.0.0\n"


@pytest.mark.requirement("S3-15")
def test_the_checkout_of_a_workflow_is_enough(releasable: Checkout, tmp_path: Path) -> None:
    # As the checkout action does it: the commit, detached, and the tag as a plain ref of that commit.
    releasable.change({}, BY_HAND)
    there = tmp_path / "runner"
    releasable.git("clone", "--quiet", "--no-tags", str(releasable.bare), str(there), folder=tmp_path)
    releasable.git("switch", "--quiet", "--detach", releasable.head, folder=there)
    releasable.git("tag", TAG, releasable.head, folder=there)
    assert main([TAG], there) == 0


ABOVE = ("tag --annotate --message a prod/v2.0.0", "push origin prod/v2.0.0")


@pytest.mark.parametrize(
    ("files", "commands", "wrong", "fix"),
    [
        ({}, (f"tag --no-sign {TAG}", f"push origin {TAG}"), "is not an annotated tag", "git tag -a"),
        ({}, BY_HAND[:1], "origin has no tag prod/v1.0.0", "git push origin prod/v1.0.0"),
        ({}, (*BY_HAND, *PUBLISH), "prod/v1.0.0 names ", "git push origin :refs/tags/prod/v1.0.0"),
        ({}, ("switch --create topic", *PUBLISH, *BY_HAND), "is not on origin/main", "merge it into main"),
        ({}, (*BY_HAND, *ABOVE), "1.0.0 is not above 2.0.0", "choose a higher version"),
        (ANOTHER_VERSION, (*PUBLISH, *BY_HAND), "pyproject.toml says version 0.9.0", "say 1.0.0 there"),
        (EMPTY_SECTION, (*PUBLISH, *BY_HAND), "is empty", "say what it brings"),
    ],
)
def test_refuses_what_the_script_would_not_have_pushed(
    releasable: Checkout,
    capsys: pytest.CaptureFixture[str],
    files: dict[str, str],
    commands: tuple[str, ...],
    wrong: str,
    fix: str,
) -> None:
    releasable.change(files, commands)
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
