"""The documents' commands: which run, what they need, and that a wrong one is red."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.run_docs import BadPage, blocks, blocks_for, main, run_page

FENCE = "```"


def page(language: str, *lines: str, comment: str = "") -> str:
    """Make a page with one block."""
    return "\n".join(["Text.", "", comment, f"{FENCE}{language}", *lines, FENCE, ""])


@contextmanager
def server() -> Iterator[str]:
    """A server that is nowhere, at an address of its own."""
    yield "http://127.0.0.1:4711"


class TestBlocks:
    def test_take_the_commands_of_a_console_block_alone(self) -> None:
        (block,) = blocks("a.md", page("console", "$ echo one", "one", "$ echo two"))
        assert block.script == "echo one\necho two"

    def test_take_a_bash_block_whole(self) -> None:
        (block,) = blocks("a.md", page("bash", "for i in 1 2; do", "  echo $i", "done"))
        assert block.script.splitlines()[1] == "  echo $i"

    def test_leave_out_other_languages(self) -> None:
        assert not list(blocks("a.md", page("yaml", "a: 1")))

    def test_know_the_reason_for_not_running(self) -> None:
        (block,) = blocks("a.md", page("bash", "make demo", comment="<!-- not run: CI runs it -->"))
        assert block.why_not == "CI runs it"

    def test_know_server_and_exit_code(self) -> None:
        (block,) = blocks("a.md", page("bash", "false", comment="<!-- run: server, exits 1 -->"))
        assert (block.server, block.exits) == (True, 1)

    @pytest.mark.parametrize("place", ["engine", "systemd"])
    def test_know_what_is_elsewhere(self, place: str) -> None:
        (block,) = blocks("a.md", page("bash", "true", comment=f"<!-- run: {place} -->"))
        assert (block.place, "make image-test" in block.left_out) == (place, True)

    def test_take_the_indent_of_a_list_away(self) -> None:
        (block,) = blocks("a.md", f"1. so\n   {FENCE}bash\n   echo a\n   {FENCE}\n")
        assert block.script == "echo a"

    @pytest.mark.parametrize(
        "text",
        [
            page("bash", "true", comment="<!-- run: sever -->"),
            page("yaml", "a: 1", comment="<!-- run: server -->"),
            page("console", "echo forgot the dollar"),
            page("bash"),
        ],
    )
    def test_refuse_what_they_do_not_know(self, text: str) -> None:
        with pytest.raises(BadPage, match=r"a\.md:"):
            list(blocks("a.md", text))


class TestRunPage:
    def test_is_content_when_the_commands_do_what_is_due(self, tmp_path: Path) -> None:
        text = page("bash", "echo a > made") + page("bash", "grep b made", comment="<!-- run: exits 1 -->")
        assert not run_page("a.md", text, tmp_path)

    @pytest.mark.parametrize("script", ["false", "false | true", "echo $UNKNOWN", "no-such-command"])
    def test_is_not_content_with_a_failing_command(self, tmp_path: Path, script: str) -> None:
        (wrong,) = run_page("a.md", page("bash", script, "true"), tmp_path)
        assert wrong.startswith("a.md:4: exit code ")

    def test_is_not_content_when_a_command_succeeds_that_should_not(self, tmp_path: Path) -> None:
        assert run_page("a.md", page("bash", "true", comment="<!-- run: exits 1 -->"), tmp_path)

    def test_leaves_out_with_a_reason(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert not run_page("a.md", page("bash", "false", comment="<!-- not run: a reason -->"), tmp_path)
        assert "left out  a.md:4: a reason" in capsys.readouterr().out

    def test_leaves_to_the_engine_what_needs_one(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert not run_page("a.md", page("bash", "false", comment="<!-- run: engine -->"), tmp_path)
        assert "left out  a.md:4: it takes a container engine" in capsys.readouterr().out

    def test_gives_the_server_that_a_block_needs(self, tmp_path: Path) -> None:
        script = """test "$(echo http://127.0.0.1:8000/x | sed s,/x,,)" = "$TIDEGATE_SERVER" """
        assert not run_page("a.md", page("bash", script, comment="<!-- run: server -->"), tmp_path, server)


class TestBlocksFor:
    def test_finds_them_on_all_pages(self, tmp_path: Path) -> None:
        (tmp_path / "docs").mkdir()
        (tmp_path / "README.md").write_text(page("bash", "one", comment="<!-- run: engine -->"))
        text = page("bash", "two") + page("bash", "three", comment="<!-- run: engine -->")
        (tmp_path / "docs/a.md").write_text(text)
        assert [block.script for block in blocks_for("engine", tmp_path)] == ["one", "three"]
        assert blocks_for("systemd", tmp_path) == []


class TestMain:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        """A repository with a page and a file that git does not know."""
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        (tmp_path / ".gitignore").write_text("secret\n")
        (tmp_path / "secret").touch()
        return tmp_path

    def test_runs_in_a_copy_without_ignored_files(self, root: Path) -> None:
        (root / "README.md").write_text(page("bash", "test -f README.md", "test ! -e secret", "touch made"))
        assert main(root, server) == 0
        assert not (root / "made").exists()

    def test_is_red_when_a_page_is_wrong(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (root / "docs").mkdir()
        (root / "docs/a.md").write_text(page("bash", "exit 7"))
        (root / "README.md").write_text(page("bash", "true"))
        assert main(root, server) == 1
        assert "docs/a.md:4: exit code 7, 0 is due" in capsys.readouterr().err

    def test_is_red_when_a_comment_is_not_known(self, root: Path) -> None:
        (root / "README.md").write_text(page("bash", "true", comment="<!-- run: quickly -->"))
        assert main(root, server) == 1

    def test_is_red_when_nothing_ran(self, root: Path) -> None:
        (root / "README.md").write_text("No command.\n")
        assert main(root, server) == 1
