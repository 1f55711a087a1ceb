"""Tests of the Markdown for comments and summaries."""

from __future__ import annotations

from tests.unit.cli.show.samples import FINDING, context, rule, shown
from tidegate.cli.show.markdown import markdown


class TestMarkdown:
    def test_has_a_row_a_rule(self) -> None:
        lines = markdown(shown(rule(), rule("types", state="pass", blocks=False)), context()).splitlines()
        rows = [line for line in lines if line.startswith("| ")][2:]
        assert len(rows) == 2
        assert rows[0].startswith("| **fail** | lint-clean")
        assert "fix 2 findings" in rows[0]
        assert rows[1].startswith("| pass |")

    def test_what_reports_say_stays_inside_its_cell(self) -> None:
        evil = "a | b\n\n# Head @team <img src=x> `code` [link](http://x) ![i](y) &lt; #12"
        text = markdown(shown(rule(state="error", reason=evil)), context())
        row = next(line for line in text.splitlines() if "Head" in line)
        for sign in ("\\|", "\\@team", "\\<img", "\\`code\\`", "\\[link\\]", "\\#12", "\\&lt"):
            assert sign in row
        assert row.replace("\\|", "").count("|") == 7

    def test_long_texts_are_cut(self) -> None:
        text = markdown(shown(rule(state="error", reason="x" * 5_000)), context())
        assert len(text) < 3_000

    def test_names_gate_and_verdict_by_digest(self) -> None:
        verdict = shown()
        text = markdown(verdict, context())
        assert verdict.digest in text
        assert verdict.gate_digest in text

    def test_names_broken_reports_once_and_what_fails(self) -> None:
        fault = {"report": "sha256:1", "slot": "a.xml", "state": "unreadable", "reason": "It is empty."}
        text = markdown(shown(faults=[fault]), context(FINDING))
        assert "- **unreadable**: a.xml: It is empty." in text
        assert "- src/a b.py:7 high B101 Use of assert, 100% sure" in text
