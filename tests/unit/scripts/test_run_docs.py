"""The documents' commands: which run, what they need, and that a wrong one is red."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scripts.run_docs import BadPage, blocks, blocks_for, run_block
from tests.integration.quality.tools import ROOT, tool

FENCE = "```"


def page(language: str, *lines: str, comment: str = "") -> str:
    """Make a page with one block."""
    return "\n".join(["Text.", "", comment, f"{FENCE}{language}", *lines, FENCE, ""])


class TestBlocks:
    def test_take_the_commands_of_a_console_block_alone(self) -> None:
        (block,) = blocks("a.md", page("console", "$ echo one", "one", "$ echo two"))
        assert (block.page, block.line, block.script) == ("a.md", 4, "echo one\necho two")

    def test_leave_out_other_languages(self) -> None:
        assert not blocks("a.md", page("yaml", "a: 1"))

    def test_take_the_indent_of_a_list_away(self) -> None:
        (block,) = blocks(
            "a.md", f"1. so\n   {FENCE}bash\n   if true; then\n     echo a\n   fi\n   {FENCE}\n"
        )
        assert block.script == "if true; then\n  echo a\nfi"

    @pytest.mark.parametrize(
        ("comment", "expected"),
        [
            ("not run: CI runs it", ("CI runs it", False, 0, "")),
            ("run: server, exits 1", ("", True, 1, "")),
            ("run: engine", ("it takes a container engine, `make image-test` runs it", False, 0, "engine")),
        ],
    )
    def test_know_what_a_comment_says(self, comment: str, expected: tuple[str, bool, int, str]) -> None:
        (block,) = blocks("a.md", page("bash", "true", comment=f"<!-- {comment} -->\n"))
        assert (block.why_not, block.server, block.exits, block.place) == expected

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
        with pytest.raises(BadPage, match=r"a\.md:\d"):
            blocks("a.md", text)

    def test_of_a_place_are_found_on_all_pages(self, tmp_path: Path) -> None:
        (tmp_path / "docs").mkdir()
        (tmp_path / "README.md").write_text(page("bash", "one", comment="<!-- run: engine -->"))
        text = page("bash", "two") + page("bash", "three", comment="<!-- run: engine -->")
        (tmp_path / "docs/a.md").write_text(text)
        assert [block.script for block in blocks_for("engine", tmp_path)] == ["one", "three"]
        assert blocks_for("systemd", tmp_path) == []


class TestRunBlock:
    @pytest.mark.parametrize("script", ["false", "false | true", "echo $UNKNOWN", "no-such-command"])
    def test_is_not_content_with_a_failing_command(self, tmp_path: Path, script: str) -> None:
        (block,) = blocks("a.md", page("bash", script, "true"))
        assert run_block(block, tmp_path, None).startswith("exit code ")

    def test_is_not_content_when_a_command_succeeds_that_should_not(self, tmp_path: Path) -> None:
        (block,) = blocks("a.md", page("bash", "true", comment="<!-- run: exits 1 -->"))
        assert run_block(block, tmp_path, None) == "exit code 0, 1 is expected\n"

    def test_is_not_content_with_a_command_without_an_end(self, tmp_path: Path) -> None:
        (block,) = blocks("a.md", page("bash", "sleep 60"))
        assert run_block(block, tmp_path, None, limit=0.1) == "no end within 0.1 s"

    def test_gives_the_server_that_a_block_needs(self, tmp_path: Path) -> None:
        script = """test "$(echo http://127.0.0.1:8000/x | sed s,/x,,)" = "$TIDEGATE_URL" """
        (block,) = blocks("a.md", page("bash", script, comment="<!-- run: server -->"))
        assert run_block(block, tmp_path, "http://127.0.0.1:4711") == ""


class TestPytest:
    def run(self, root: Path, text: str) -> tuple[int, str]:
        """Run the page README.md of a repository as `make docs` does; returns exit code and output."""
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        (root / "README.md").write_text(text)
        options = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(root), "-p", "no:cacheprovider")
        done = tool("pytest", *options, "-p", "scripts.run_docs", "README.md", folder=root)
        return done.returncode, done.stdout

    def test_runs_a_page_in_order_in_a_copy_without_ignored_files(self, tmp_path: Path) -> None:
        (tmp_path / ".gitignore").write_text("secret\n")
        (tmp_path / "secret").touch()
        text = page("bash", "test -f README.md", "test ! -e secret", "echo a > made")
        text += page("bash", "grep b made", comment="<!-- run: exits 1 -->")
        text += page("bash", "false", comment="<!-- not run: a reason -->")
        code, printed = self.run(tmp_path, text)
        assert (code, "2 passed, 1 skipped" in printed, "a reason" in printed) == (0, True, True), printed
        assert not (tmp_path / "made").exists()

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (page("bash", "exit 7"), "exit code 7, 0 is expected"),
            (page("bash", "true", comment="<!-- run: quickly -->"), "`quickly` is not known"),
            ("No command.\n", "no tests ran"),
        ],
    )
    def test_is_red_when_a_page_is_wrong(self, tmp_path: Path, text: str, expected: str) -> None:
        code, printed = self.run(tmp_path, text)
        assert code != 0
        assert expected in printed
