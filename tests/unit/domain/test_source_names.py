"""Which names mean the same source file: decided by paths, and by the lines that are listed."""

from __future__ import annotations

import pytest

from tidegate.domain.source_lines import SourceFile, bits_of
from tidegate.domain.source_names import (
    TooManyPairs,
    find_move,
    lines_agree,
    may_be_same,
    moved,
    perhaps_same,
    source_name,
)


def listing(*names: str, lines: int = 4) -> dict[str, SourceFile]:
    """Make files with so many lines each."""
    return {name: SourceFile(bits_of(range(1, lines + 1))) for name in names}


class TestOneName:
    @pytest.mark.parametrize(
        ("name", "folder", "expected"),
        [
            ("src/a.py", "", "src/a.py"),
            ("./src//a.py", "", "src/a.py"),
            (" src/../lib/./a.py", "", "lib/a.py"),
            ("../a.py", "", "../a.py"),
            ("src\\a.cs", "C:\\proj\\", "C:/proj/src/a.cs"),
            ("C:\\proj\\a.cs", "D:/", "C:/proj/a.cs"),
            ("a.py", "/repo/src", "/repo/src/a.py"),
            ("/repo/a.py", "/other", "/repo/a.py"),
            ("a.py", ".", "a.py"),
            (".a/b.py", "", ".a/b.py"),
        ],
    )
    def test_for_one_file(self, name: str, folder: str, expected: str) -> None:
        assert source_name(name, folder) == expected


class TestAgreeing:
    def test_few_lines_tell_nothing(self) -> None:
        assert lines_agree(SourceFile(0b1110), SourceFile(0b111 << 9))

    def test_versions_of_one_file_agree_and_two_files_of_one_name_do_not(self) -> None:
        one = SourceFile(bits_of(range(1, 101)))
        assert lines_agree(one, SourceFile(bits_of(range(10, 110))))
        assert not lines_agree(one, SourceFile(bits_of(range(60, 160))))


class TestPerhaps:
    @pytest.mark.parametrize(
        ("one", "other", "may"),
        [
            ("a.py", "src/a.py", True),
            ("src/a.py", "/repo/src/a.py", True),
            ("/home/x/a.py", "/builds/y/a.py", True),
            ("lib/a.py", "src/a.py", False),
            ("a.py", "aa.py", False),
            ("/repo/b.py", "/repo/a.py", False),
        ],
    )
    def test_one_file(self, one: str, other: str, may: bool) -> None:
        assert may_be_same(one, other) is may
        assert may_be_same(other, one) is may

    def test_pairs_are_given_once_each_without_equal_names(self) -> None:
        assert list(perhaps_same(["a.py", "b.py"], ["x/a.py", "b.py"])) == [("a.py", "x/a.py")]

    def test_too_many_of_one_name_are_not_compared(self) -> None:
        names = [f"/{number}/index.js" for number in range(200)]
        with pytest.raises(TooManyPairs):
            list(perhaps_same(names, names))


class TestMoves:
    @pytest.mark.parametrize(
        ("there", "here", "move"),
        [
            (
                ["/home/runner/work/app/app/src/a.c"],
                ["/builds/team/app/src/a.c"],
                ("/home/runner/work/app", "/builds/team"),
            ),
            (["/home/ann/p/src/a.c"], ["/home/bob/p/src/a.c"], ("/home/ann", "/home/bob")),
            (["core.py", "web.py"], ["src/core.py", "src/web.py"], ("", "src")),
            (["src/core.py"], ["/repo/src/core.py"], ("", "/repo")),
            (["/repo/src/core.py"], ["src/core.py"], ("/repo", "")),
        ],
    )
    def test_are_sure_where_only_one_fits(
        self, there: list[str], here: list[str], move: tuple[str, str]
    ) -> None:
        assert find_move(listing(*there), listing(*here)) == move

    @pytest.mark.parametrize(
        ("there", "here"),
        [
            (["a.py"], ["src/a.py"]),
            (["/repo/one/a.py"], ["/repo/two/a.py"]),
            (["/repo/one/src/a.py"], ["/repo/two/src/a.py"]),
            (["/x/a.py"], ["/y/a.py"]),
            (["a.py"], ["/repo/one/a.py", "/repo/two/a.py"]),
            (["/a.py"], ["/repo/a.py"]),
            (["a.py"], ["b.py"]),
        ],
    )
    def test_are_not_guessed(self, there: list[str], here: list[str]) -> None:
        assert find_move(listing(*there), listing(*here)) is None

    def test_between_folders_side_by_side_are_matched_by_many_like_lines(self) -> None:
        there = listing("/repo/.tox/py311/pkg/a.py", "/repo/.tox/py311/pkg/b.py", lines=30)
        here = listing("/repo/.tox/py312/pkg/a.py", "/repo/.tox/py312/pkg/b.py", lines=31)
        assert find_move(there, here) == ("/repo/.tox/py311", "/repo/.tox/py312")

    @pytest.mark.parametrize(
        ("name", "move", "expected"),
        [
            ("/a/x/b.c", ("/a/x", "/r"), "/r/b.c"),
            ("/a/xy/b.c", ("/a/x", "/r"), "/a/xy/b.c"),
            ("b.c", ("", "src"), "src/b.c"),
            ("/b.c", ("", "src"), "/b.c"),
            ("/repo/b.c", ("/repo", ""), "b.c"),
        ],
    )
    def test_write_names_as_the_other_report_does(
        self, name: str, move: tuple[str, str], expected: str
    ) -> None:
        assert moved(name, move) == expected
