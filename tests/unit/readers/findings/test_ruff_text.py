"""ruff's text in its three forms, and its last line."""

from __future__ import annotations

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.base import Limits
from tidegate.readers.findings.flake8 import READER as FLAKE8
from tidegate.readers.findings.ruff_text import READER

CONCISE = """a.py:1:8: F401 [*] `os` imported but unused
a.py:4:12: F821 Undefined name `x`
n.ipynb:cell 2:3:1: E402 Module level import not at top of cell
Found 3 errors.
[*] 1 fixable with the `--fix` option.
"""
FULL = """F401 [*] `os` imported but unused
 --> a.py:1:8
  |
1 | import os
  |        ^^
help: Remove unused import: `os`
  |
  - import os
1 + # a.py:9:9: F401 not a finding
  |

F821 Undefined name `x`
 --> a.py:4:12
  |
4 |     return x  # b.py:1:1: F401 no finding either
  |            ^

E402 Module level import not at top of cell
 --> n.ipynb:cell 2:3:1

Found 3 errors.
"""
OLD_FULL = """a.py:1:8: F401 [*] `os` imported but unused
  |
1 | import os
  |        ^^ F401
  |
  = help: Remove unused import: `os`

a.py:4:12: F821 Undefined name `x`
n.ipynb:cell 2:3:1: E402 Module level import not at top of cell
Found 3 errors.
"""
GROUPED = """a.py:
  1:8  F401 [*] `os` imported but unused
  4:12 F821 Undefined name `x`

n.ipynb:
  cell 2:3:1 E402 Module level import not at top of cell

Found 3 errors.
"""


class TestFindings:
    @pytest.mark.parametrize("text", [CONCISE, FULL, OLD_FULL, GROUPED, FULL.replace("\n", "\r\n")])
    def test_are_the_same_in_every_form(self, text: str) -> None:
        reading, found = read(READER, text)
        assert (reading.ran, reading.tool, reading.kind) == (True, "ruff", "lint")
        assert reading.measures == {"findings.total": 3, "findings.unrated": 3}
        assert [(each.rule, each.path, each.line) for each in found] == [
            ("F401", "a.py", 1),
            ("F821", "a.py", 4),
            ("E402", "n.ipynb", 3),
        ]
        assert found[0].message == "`os` imported but unused"

    @pytest.mark.parametrize("text", ["All checks passed!\n", "All checks passed!\n" * 2])
    def test_may_be_none(self, text: str) -> None:
        reading = measure(READER, text)
        assert reading.ran and reading.measures["findings.total"] == 0

    def test_of_several_runs_add_up(self) -> None:
        assert measure(READER, CONCISE + GROUPED + "All checks passed!\n").measures["findings.total"] == 6

    def test_cut_a_long_text(self) -> None:
        _, found = read(READER, CONCISE, Limits(max_text=60))
        assert found[0].message.startswith("`os`")
        _, found = read(READER, f"a.py:1:1: E501 {'x' * 50}\nFound 1 error.\n", Limits(max_text=40))
        assert len(found[0].message) < 40


class TestNotRun:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (
                "b.py:1:10: invalid-syntax: Expected a parameter\nFound 1 error.\n",
                "could not read or parse 1",
            ),
            ("b.py:1:10: SyntaxError: Expected a parameter\nFound 1 error.\n", "the first is b.py"),
            ("b.py:1:1: E902 No such file or directory\nFound 1 error.\n", "could not read or parse 1"),
            (CONCISE.partition("Found")[0], "is missing: the report may be cut off"),
            (CONCISE.replace("Found 3", "Found 4"), "counted 4 errors, and 3 are listed"),
            ("1\tF401\t[*] unused-import\nFound 1 error.\n", "counted 1 errors, and 0 are listed"),
            ("All checks passed!\na.py:1:1: E501 long\n", "counted 0 errors, and 1 are listed"),
            ("Found 2 errors (2 fixed, 0 remaining).\n", "ruff fixed 2 errors"),
            ("a.py:1:1: E501 long\nFound 2 errors (1 fixed, 1 remaining).\n", "ruff fixed 1 errors"),
            ("warning: No Python files found under the given path(s)\nAll checks passed!\n", "Line 1 says"),
            ("error: Failed to parse b.py:1:10: Expected\nAll checks passed!\n", "Line 1 says"),
            ("warning: Failed to lint b.py: Permission denied\nAll checks passed!\n", "Line 1 says"),
            ("All checks passed!\nruff failed\n  Cause: Failed to read\n", "Line 2 says"),
        ],
    )
    def test_where_something_is_missing(self, text: str, why: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran and why in (reading.why_not or "")

    def test_a_syntax_error_has_one_rule_in_all_versions(self) -> None:
        _, found = read(READER, "b.py:1:10: SyntaxError: Expected\nFound 1 error.\n")
        assert found[0].rule == "invalid-syntax"

    @pytest.mark.parametrize(
        "text",
        ["", "\n", "  1:8 F401 [*] x\n", "F401 x\nplain\n", "Would fix 1 error.\n", "Found 0 errors.\n"],
    )
    def test_without_findings_and_a_last_line_is_refused(self, text: str) -> None:
        assert refusal(READER, text)


class TestRecognition:
    @pytest.mark.parametrize(
        "text", [CONCISE, FULL, FULL.partition("Found")[0].replace("\n", "\r\n"), OLD_FULL, GROUPED]
    )
    def test_goes_by_lines_that_ruff_alone_writes(self, text: str) -> None:
        assert recognises(READER, text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a.py:1:8: F401 'os' imported but unused\n",
            "All checks passed!\n",
            "Found 0 errors.\n",
            "error[invalid-assignment]: Object of type `str` is not assignable\n --> a.py:1:10\n",
            "warning: unused variable: `x`\n --> src/main.rs:2:9\n",
            "Found 3 errors in 1 file (checked 2 source files)\n",
            "::error title=ruff (F401),file=a.py,line=1::a.py:1:8: F401 [*] x\n",
            '["Found 3 errors."]',
            "\0Found 3 errors.\n",
        ],
    )
    def test_claims_no_other_report(self, text: str) -> None:
        assert not recognises(READER, text)

    def test_ruffs_messages_for_github_are_not_flake8s(self) -> None:
        assert not recognises(FLAKE8, "::error title=ruff (F401),file=/a.py,line=1::a.py:1:8: F401 x\n")
