"""Tests of the table and the blocks that a person sees."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.unit.cli.show.samples import FINDING, context, rule, shown
from tidegate.cli.show.text import print_verdict
from tidegate.cli.terminal import Terminal


def printed(width: int, *rules: object, encoding: str = "utf-8", **more: object) -> str:
    """Return what is printed at a width, for a terminal of an encoding."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding, write_through=True)
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False, no_color=True)
    print_verdict(shown(*rules, **more), context(), Terminal(console))  # type: ignore[arg-type]  # documents
    stream.seek(0)
    return stream.read()


class TestPrintVerdict:
    @pytest.mark.parametrize("width", [40, 80, 139, 140, 200])
    def test_tells_everything_within_the_width(self, width: int) -> None:
        text = printed(width)
        output = " ".join(text.split())
        for part in ("lint-clean", "FAIL"):
            assert part in output
        squeezed = "".join(text.split())
        for part in ("findings.total==0", "findings.total2", "reports/lint.txt", "fix2findings"):
            assert part in squeezed or width >= 140
        assert max(map(len, text.splitlines())) <= width

    @pytest.mark.parametrize("width", [40, 80, 139, 140, 200])
    def test_no_line_ends_with_spaces(self, width: int) -> None:
        assert not [line for line in printed(width).splitlines() if line != line.rstrip()]

    @pytest.mark.parametrize("width", [80, 140, 200])
    def test_no_state_is_broken_in_two(self, width: int) -> None:
        unreadable = rule(state="unreadable", reason="Not a report.", measured={})

        assert "unreadable" in printed(width, unreadable)

    def test_the_table_has_all_columns(self) -> None:
        head = next(line for line in printed(140).splitlines() if "Rule" in line)
        titles = ["Rule", "Asked", "Measured", "Evidence", "Verdict", "Smallest change to pass"]
        assert [head.index(title) for title in titles] == sorted(head.index(title) for title in titles)

    @pytest.mark.parametrize("width", [80, 140])
    def test_a_reason_is_reported_where_numbers_do_not_tell_it(self, width: int) -> None:
        missing = rule(state="missing", reason="There is no evidence of tests.", measured={}, evidence=[])
        assert "There is no evidence of tests." in " ".join(printed(width, missing).split())

    @pytest.mark.parametrize("width", [80, 140])
    def test_is_ascii_where_the_terminal_is(self, width: int) -> None:
        text = printed(width, rule(title="grün – ok", reason="…"), encoding="ascii")
        assert text.isascii()

    def test_a_passing_rule_needs_no_change(self) -> None:
        text = printed(140, rule(state="pass", blocks=False, change=None), state="pass")
        assert "PASS" in text

    @pytest.mark.parametrize("width", [80, 140])
    def test_a_waiver_that_has_expired_is_reported(self, width: int) -> None:
        text = " ".join(printed(width, rule(expired_waivers=["W-9"])).split())
        assert "Expired, and no excuse any more: W-9." in text or width > 100
        assert "W-9" in text
        assert "W-9" not in printed(width, rule(state="pass", blocks=False, expired_waivers=["W-9"]))

    def test_an_excused_rule_is_reported_with_its_reason(self) -> None:
        waived = rule(blocks=False, waiver="W-1", reason="Waived by bob for ann.", change=None)
        assert "Waived by bob for ann." in printed(140, waived, state="pass")

    @pytest.mark.parametrize("width", [80, 160])
    def test_names_broken_reports_once_and_what_fails(self, width: int) -> None:
        fault = {"report": "sha256:1", "slot": "a.xml", "state": "unreadable", "reason": "It is empty."}
        stream = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False, no_color=True)
        print_verdict(shown(faults=[fault]), context(FINDING), Terminal(console))
        stream.seek(0)
        text = " ".join(stream.read().split())
        assert text.count("It is empty.") == 1
        assert "--ignore a.xml" in text
        assert "src/a b.py:7 high B101 Use of assert, 100% sure" in text
