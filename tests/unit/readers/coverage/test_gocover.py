"""Go cover profiles: statements of distinct blocks count, however many profiles were put together."""

from __future__ import annotations

import pytest

from tests.support.reading import measure, recognises, refusal
from tidegate.domain.coverage_union import CoverageReport, join_coverage
from tidegate.domain.measures import BY_NAME
from tidegate.readers.base import Limits
from tidegate.readers.coverage.gocover import READER


def profile(*blocks: str, mode: str = "set") -> str:
    """Write a profile; a block without a file is of a.go."""
    lines = (block if ":" in block else f"m/a.go:{block}" for block in blocks)
    return "\n".join((f"mode: {mode}", *lines, ""))


def counts(text: str | bytes) -> tuple[object, object]:
    """Read a profile for its covered and all statements."""
    measures = measure(READER, text).measures
    return measures["coverage.lines_covered"], measures["coverage.lines_total"]


class TestCounting:
    @pytest.mark.parametrize("mode", ["set", "count", "atomic"])
    def test_counts_statements_of_blocks_that_ran_and_of_all(self, mode: str) -> None:
        assert counts(profile("1.1,3.2 2 1", "3.2,5.3 3 0", "m/b.go:1.1,2.2 1 7", mode=mode)) == (3, 6)

    @pytest.mark.parametrize("order", [(0, 5), (5, 0), (0, 0, 1)])
    def test_counts_a_block_once_that_ran_in_any_mention(self, order: tuple[int, ...]) -> None:
        assert counts(profile(*(f"1.1,3.2 2 {count}" for count in order))) == (2, 2)

    def test_reads_profiles_that_were_put_together_in_any_modes(self) -> None:
        text = profile("1.1,3.2 2 0") + "\n" + profile("1.1,3.2 2 9", "3.2,4.1 1 0", mode="atomic")
        assert counts(text) == (2, 3)

    def test_counts_overlapping_blocks_as_blocks_of_their_own(self) -> None:
        assert counts(profile("9.30,10.13 1 1", "9.30,12.3 1 1", "10.13,12.3 1 0")) == (2, 3)

    def test_counts_files_and_reads_windows_paths_and_line_ends(self) -> None:
        text = profile("C:\\src\\a b.go:1.1,2.2 1 1", "/tmp/go-build1/_cgo.go:1.1,2.2 1 0").replace(
            "\n", "\r\n"
        )
        reading = measure(READER, "\ufeff" + text)
        assert (reading.tool, reading.measures["coverage.files"]) == ("go", 2)

    def test_takes_the_largest_count_that_go_writes(self) -> None:
        assert counts(profile("1.1,2.2 1 9223372036854775807", "2.2,3.1 1 000")) == (1, 2)


class TestWhatWasNotMeasured:
    @pytest.mark.parametrize(
        ("text", "why"),
        [("mode: set\n", "lists no block"), (profile("1.1,2.2 0 0"), "lists no statement")],
    )
    def test_did_not_run(self, text: str, why: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran and why in (reading.why_not or "")
        assert reading.lines.get() is None


class TestSourceLines:
    def test_give_each_statement_a_line_of_its_block(self) -> None:
        lines = measure(READER, profile("3.26,5.12 2 1", "5.12,7.3 1 0", "8.2,8.13 1 1")).lines.get()
        assert lines is not None
        file = lines.files["m/a.go"]
        assert (bin(file.lines), bin(file.hits), file.unlisted) == ("0b100111000", "0b100011000", {})

    def test_count_what_has_no_line_of_its_own_beside_them(self) -> None:
        lines = measure(READER, profile("1.1,1.9 2 1", "1.9,1.20 1 0", "5.1,4.1 1 1")).lines.get()
        assert lines is not None
        assert lines.files["m/a.go"].unlisted == {"lines": (2, 3)}

    def test_of_two_runs_are_joined(self) -> None:
        texts = profile("1.1,3.2 3 1", "5.1,6.2 2 0"), profile("1.1,3.2 3 0", "5.1,6.2 2 4", mode="count")
        readings = [measure(READER, text) for text in texts]
        joined = join_coverage([CoverageReport("", one.measures, one.lines.get()) for one in readings])
        assert joined.values == {
            "coverage.files": 1,
            "coverage.lines_covered": 5,
            "coverage.lines_total": 5,
        }

    def test_keep_names_apart_that_are_one_file_written_twice(self) -> None:
        lines = measure(READER, profile("m/a.go:1.1,2.2 1 1", "m/./a.go:1.1,2.2 1 0")).lines.get()
        assert lines is not None and set(lines.files) == {"m/a.go", "m/./a.go"}

    def test_are_not_given_beyond_the_limit(self) -> None:
        text = profile("1.1,999999999.2 90000 1")
        assert measure(READER, text, Limits(max_lines=99)).lines.get() is None


class TestRefusing:
    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("", "the report is empty"),
            ("m/a.go:1.1,2.2 1 1\n", "line 1: the profile does not begin with `mode: set`"),
            ("mode: never\n", "line 1: the mode 'never' is not known"),
            (profile("1.1,2.2 1 1") + "mode: x\n", "line 3: the mode 'x' is not known"),
            (profile("1.1,2.2 1 -1"), "line 2: -1 is no count: a counter fell below zero"),
            (profile("1.1,2.2 1 18446744073709551615"), "is no count"),
            (profile("1.1,2.2 1 1.5"), "is no block of a profile: it does not end with a count"),
            (profile("1.1,2.2 1"), "line 2: 'm/a.go:1.1,2.2 1' is no block of a profile"),
            (profile("1.1,2.2 -1 1"), "is no block of a profile"),
            (profile("1.1,2.2 1 1 1"), "is no block of a profile"),
            (profile(":1.1,2.2 1 1"), "is no block of a profile"),
            (profile("a.go:1,2 1 1"), "is no block of a profile"),
            (profile("1.1,2.2 \u0663 1"), "is no block of a profile"),
            (profile("0.1,2.2 1 1"), "there is no line 0 in a source file"),
            (profile("1.1,2.2 1 1", "1.1,2.2 2 1"), "a block of 'm/a.go' has two numbers of statements"),
            (profile("ok  m 0.1s"), "is no block of a profile"),
            ("\ufeff" + profile("1.1,2.2 1 1\0"), "NUL"),
        ],
    )
    def test_says_where_and_what_is_wrong(self, text: str, what: str) -> None:
        assert what in refusal(READER, text)

    def test_holds_to_its_limits(self) -> None:
        text = profile("1.1,2.2 1 1", "2.2,3.2 1 1")
        assert "more than 2 lines" in refusal(READER, text, Limits(max_items=2))
        assert "longer than 20 bytes" in refusal(READER, text, Limits(max_bytes=20))


class TestSniffing:
    @pytest.mark.parametrize(
        "text", ["mode: set\n", "\n mode: count\r\n", "mode:atomic", "\ufeffmode: set\nx"]
    )
    def test_claims_what_begins_like_a_profile(self, text: str) -> None:
        assert recognises(READER, text)

    @pytest.mark.parametrize("text", ["", "mode: dark\n", "models: set", "TN:\n", "<coverage/>", "{}"])
    def test_leaves_other_formats_alone(self, text: str) -> None:
        assert not recognises(READER, text)

    def test_declares_every_measure_that_it_gives(self) -> None:
        assert set(measure(READER, profile("1.1,2.2 1 1")).measures) == set(READER.follows) <= set(BY_NAME)
