"""Paths without the folder of the checkout."""

from __future__ import annotations

import pytest

from tidegate.domain.checkouts import Checkouts, in_checkout, place


class TestPlace:
    @pytest.mark.parametrize(
        ("path", "written"),
        [
            ("", ""),
            (".", ""),
            ("./src//a.py", "src/a.py"),
            ("src\\a.py", "src/a.py"),
            ("file:///w/a%20b.py", "/w/a b.py"),
            ("file:/w/a.py", "/w/a.py"),
            ("file:///c:/w/a.py", "C:/w/a.py"),
            ("file://c:/w/a.py", "C:/w/a.py"),
            ("c:\\w\\a.py", "C:/w/a.py"),
            ("src/../a.py", "a.py"),
            ("//w/a.py", "/w/a.py"),
        ],
    )
    def test_is_written_in_one_way(self, path: str, written: str) -> None:
        assert place(path) == written


class TestInCheckout:
    @pytest.mark.parametrize(
        "path",
        [
            "/home/runner/work/shop/shop/src/a.py",
            "/Users/runner/work/shop/shop/src/a.py",
            "D:/a/shop/shop/src/a.py",
            "/builds/team/shop/src/a.py",
            "/home/vsts/work/1/s/src/a.py",
            "/agent/_work/12/s/src/a.py",
            "/workspaces/shop/src/a.py",
            "/workspace/src/a.py",
            "/app/src/a.py",
            "/opt/atlassian/pipelines/agent/build/src/a.py",
            "src/a.py",
        ],
    )
    def test_knows_where_systems_check_out(self, path: str) -> None:
        assert in_checkout(path) == "src/a.py"

    def test_leaves_other_paths_alone(self) -> None:
        assert in_checkout("/home/ann/shop/src/a.py") == "/home/ann/shop/src/a.py"


def learned(here: dict[str, list[str]], there: dict[str, list[str]], path: str) -> str:
    return Checkouts.between(here, there).translate(path)


class TestCheckouts:
    @pytest.mark.parametrize(
        ("here", "there"),
        [
            ("/home/ann/shop/app/a.py", "/home/ben/shop/app/a.py"),
            ("/home/ann/src/shop/app/a.py", "/builds/7/shop/app/a.py"),
            ("/builds/7/shop/app/a.py", "/home/ann/src/shop/app/a.py"),
            ("C:/Users/ann/shop/app/a.py", "/tmp/x/shop/app/a.py"),
            ("/tmp/one/app/a.py", "/tmp/two/app/a.py"),
            ("/home/ann/shop/app/a.py", "app/a.py"),
            ("app/a.py", "/home/ann/shop/app/a.py"),
        ],
    )
    def test_are_learned_from_the_end_that_two_paths_share(self, here: str, there: str) -> None:
        assert learned({"x": [here]}, {"x": [there]}, here) == there

    @pytest.mark.parametrize(
        ("here", "there"),
        [
            ("/home/ann/shop/tests/a.py", "/home/ann/shop/app/a.py"),  # a file that moved
            ("/home/ann/shop/tests/unit/a.py", "/home/ann/shop/app/unit/a.py"),
            ("/app/tests/unit/a.py", "/app/src/unit/a.py"),
            ("tests/a.py", "app/a.py"),
            ("/home/ann/shop/tests/a.py", "a.py"),  # a file of that name elsewhere
            ("/home/ann/shop/tests/a.py", "app/a.py"),
            ("/home/ann/shop/a.py", "/srv/cart/a.py"),
            ("/home/ann/shop/a.py", "/home/ann/shop/b.py"),
        ],
    )
    def test_are_not_guessed_from_a_file_that_may_be_another(self, here: str, there: str) -> None:
        assert learned({"x": [here]}, {"x": [there]}, here) == here

    def test_several_files_are_more_than_one(self) -> None:
        here = {"x": ["/home/ann/one/a.py"], "y": ["/home/ann/one/b.py"]}
        there = {"x": ["/home/ann/two/a.py"], "y": ["/home/ann/two/b.py"]}
        assert learned(here, there, "/home/ann/one/c/d.py") == "/home/ann/two/c/d.py"

    def test_hold_for_one_repository_as_a_whole(self) -> None:
        """`shop` was moved; that a file of it looks like one of another folder says nothing against it."""
        here = {"x": ["/w1/shop/app/a.py", "/w1/shop/tests/app/a.py"], "y": ["/w1/shop/app/b.py"]}
        there = {"x": ["/v2/shop/app/a.py"], "y": ["/v2/shop/app/b.py"]}
        checkouts = Checkouts.between(here, there)
        assert dict(checkouts.folders) == {("", "w1"): ("", "v2")}

    def test_are_empty_where_nothing_is_shared(self) -> None:
        assert Checkouts.between({"x": ["/a/b.py"]}, {"y": ["/c/b.py"]}).folders == {}
