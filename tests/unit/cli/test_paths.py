"""Tests of how reports are named on the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tidegate.cli.paths import Named, expand
from tidegate.domain.errors import Invalid

FORMATS = ["junit", "flake8"]


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.xml", "b.txt", "sub/c.xml", "sub/deep/d.json", "sub/.hidden/e.xml", "sub/.f.xml"):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x", "utf-8")


class TestExpand:
    def test_a_file_is_itself(self) -> None:
        assert expand(["a.xml"], FORMATS) == [Named("a.xml")]

    def test_a_folder_is_gone_through_without_what_is_hidden(self) -> None:
        assert expand(["sub"], FORMATS) == [
            Named("sub/c.xml", found=True),
            Named("sub/deep/d.json", found=True),
        ]

    def test_a_pattern_is_expanded(self) -> None:
        assert [named.path for named in expand(["**/*.xml"], FORMATS)] == ["a.xml", "sub/c.xml"]
        assert [named.path for named in expand(["sub/**"], FORMATS)] == ["sub/c.xml", "sub/deep/d.json"]
        assert [named.path for named in expand(["s*"], FORMATS)] == ["sub/c.xml", "sub/deep/d.json"]

    def test_a_prefix_names_the_format_of_all_that_follows(self) -> None:
        assert expand(["junit:sub"], FORMATS)[0] == Named("sub/c.xml", "junit", found=True)
        assert expand(["junit:-"], FORMATS) == [Named("-", "junit")]

    def test_a_file_with_a_colon_in_its_name_wins_over_a_prefix(self) -> None:
        Path("junit:a.xml").write_text("x", "utf-8")
        assert expand(["junit:a.xml"], FORMATS) == [Named("junit:a.xml")]

    def test_a_file_named_twice_counts_once_and_as_named(self) -> None:
        assert expand([".", "./b.txt", "junit:a.xml", "a.xml"], FORMATS)[:2] == [
            Named("a.xml", "junit"),
            Named("b.txt"),
        ]

    def test_two_formats_for_one_file_contradict_each_other(self) -> None:
        with pytest.raises(Invalid, match="both as junit and as flake8"):
            expand(["junit:a.xml", "flake8:a.xml"], FORMATS)

    def test_ignored_names_and_paths_are_left_out(self) -> None:
        assert [named.path for named in expand(["sub"], FORMATS, ["deep"])] == ["sub/c.xml"]
        assert [named.path for named in expand(["sub"], FORMATS, ["sub/*.xml"])] == ["sub/deep/d.json"]

    def test_a_mistyped_format_gets_a_suggestion(self) -> None:
        with pytest.raises(Invalid, match="Did you mean 'junit'"):
            expand(["junti:a.xml"], FORMATS)
        with pytest.raises(Invalid, match="junit, flake8"):
            expand(["qqqq:a.xml"], FORMATS)

    def test_a_format_that_is_not_read_yet_gets_the_command_that_helps(self) -> None:
        with pytest.raises(Invalid, match="Robot .* is known and not read yet: instead, `robot --xunit"):
            expand(["robot:a.xml"], FORMATS)

    def test_what_is_not_there_is_refused(self) -> None:
        with pytest.raises(Invalid, match="no such file or folder"):
            expand(["junit:none.xml"], FORMATS)
        with pytest.raises(Invalid, match="nothing matches"):
            expand(["none/*"], FORMATS)

    def test_a_dangling_link_is_taken_as_named_so_that_it_is_missed(self) -> None:
        os.symlink("gone.xml", "link.xml")
        assert expand(["link.xml"], FORMATS) == [Named("link.xml")]
