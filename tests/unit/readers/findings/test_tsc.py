"""tsc's text, and how a clean run shows its work."""

from __future__ import annotations

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.base import Limits
from tidegate.readers.findings.tsc import READER
from tidegate.readers.findings.tsc_codes import NOT_PARSED

ERRORS = """src/a.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.
  Types of property 'a' are incompatible.
src/b (1).ts(2,42): error TS2551: Property 'lengthh' does not exist on type 'string'.
"""
STATISTICS = """Files:                         11
Lines of TypeScript:            2
Instantiations:              3059
Memory used:               75640K
I/O Read time:              0.04s
printTime time:             0.04s
Check time:                12.55s
Total time:                18.62s
"""
PRETTY = """\x1b[96msrc/a.ts\x1b[0m:\x1b[93m1\x1b[0m:7 - \x1b[91merror\x1b[0m\x1b[90m TS2322: \x1b[0mNo.

\x1b[7m1\x1b[0m const x: number = "a";
\x1b[7m \x1b[0m \x1b[91m      ~\x1b[0m


Found 1 error in src/a.ts\x1b[90m:1\x1b[0m

"""
ALL_ZERO = {f"findings.{name}": 0 for name in ("unrated", "critical", "medium", "low", "info")}


class TestErrors:
    @pytest.mark.parametrize("text", [ERRORS, ERRORS + STATISTICS, ERRORS.replace("\n", "\r\n")])
    def test_are_lines_with_a_place(self, text: str) -> None:
        reading, found = read(READER, text)
        assert (reading.ran, reading.tool, reading.kind) == (True, "tsc", "types")
        assert reading.measures == {"findings.total": 2, "findings.high": 2, **ALL_ZERO}
        assert [(each.rule, each.path, each.line) for each in found] == [
            ("TS2322", "src/a.ts", 1),
            ("TS2551", "src/b (1).ts", 2),
        ]

    def test_are_read_with_colours_and_copies_of_code(self) -> None:
        reading, found = read(READER, PRETTY)
        assert reading.ran and (found[0].path, found[0].line, found[0].message) == ("src/a.ts", 1, "No.")

    def test_of_other_levels_are_milder(self) -> None:
        text = ERRORS + "a.ts(1,1): warning TS1: w\na.ts(1,1): message TS2: m\n"
        reading = measure(READER, text)
        assert reading.measures["findings.medium"] == reading.measures["findings.info"] == 1

    def test_cut_a_long_text(self) -> None:
        _, found = read(READER, f"a.ts(1,1): error TS2322: {'x' * 99}\n", Limits(max_text=60))
        assert len(found[0].message) < 60

    @pytest.mark.parametrize("text", [STATISTICS, STATISTICS * 2])
    def test_may_be_none_where_statistics_show_the_work(self, text: str) -> None:
        reading = measure(READER, text)
        assert reading.ran and reading.measures["findings.total"] == 0


class TestNotRun:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (
                "error TS18003: No inputs were found in config file '/src/tsconfig.json'.\n",
                "TS18003: No inputs",
            ),
            ("error TS5023: Unknown compiler option '--bogus'.\n", "its call or configuration"),
            (ERRORS + "error TS6053: File 'nope.ts' not found.\n", "TS6053"),
            (ERRORS + "tsconfig.build.json(1,21): error TS5023: Unknown compiler option.\n", "TS5023"),
            (
                ERRORS + "src/c.ts(1,14): error TS1134: Variable declaration expected.\n",
                "could not parse src/c.ts",
            ),
            (ERRORS + "error Command failed with exit code 2.\n", "Line 4 is none that tsc writes"),
            ("> app@1.0.0 typecheck\n" + ERRORS, "Line 1 is none that tsc writes"),
            (PRETTY.replace("Found 1 error", "Found 2 errors"), "tsc counted 2 errors, but 1 are listed"),
            (ERRORS + STATISTICS.partition("Total")[0], "statistics are cut off"),
            (STATISTICS.replace("11", "0", 1), "tell of no file"),
            (STATISTICS.replace("12.55", "0.00"), "no time to check types"),
            (STATISTICS.replace("Check time", "Bind time"), "no time to check types"),
        ],
    )
    def test_where_types_were_not_checked(self, text: str, why: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran and why in (reading.why_not or "")

    @pytest.mark.parametrize("text", ["", "\n \n", "plain\n", STATISTICS.partition("Total")[0]])
    def test_without_errors_and_statistics_is_refused(self, text: str) -> None:
        assert refusal(READER, text)

    def test_the_parsers_errors_are_told_from_the_checkers(self) -> None:
        assert {1005, 1109, 1128, 1134, 17008} <= NOT_PARSED
        assert not NOT_PARSED & {1117, 1192, 1259, 1308, 1361, 1378, 1484, 1501, 2304, 2322, 7006, 18048}


class TestRecognition:
    @pytest.mark.parametrize("text", [ERRORS, PRETTY, STATISTICS, "error TS18003: No inputs were found.\n"])
    def test_goes_by_errors_and_statistics(self, text: str) -> None:
        assert recognises(READER, text)

    @pytest.mark.parametrize(
        "text", ["", "Files: 3\n", 'a.py:3:5: error: Name "x"\n', "a.ts(1,7): error CS1002: x\n"]
    )
    def test_claims_no_other_report(self, text: str) -> None:
        assert not recognises(READER, text)
