"""LCOV: lines, branches and functions of each file count once, over all records that name the file."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reading import measure, recognises, refusal
from tidegate.domain.measures import BY_NAME
from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.coverage.lcov import READER


def record(*lines: str, file: str = "a.c") -> str:
    """Write the record of one file."""
    return "\n".join((f"SF:{file}", *lines, "end_of_record", ""))


def counts(text: str | bytes) -> dict[str, object]:
    """Read a tracefile for its measures, named without their prefix."""
    return {name.removeprefix("coverage."): value for name, value in measure(READER, text).measures.items()}


class TestLines:
    def test_counts_lines_and_files(self) -> None:
        measured = counts(
            "TN:\n" + record("DA:1,1", "DA:2,0,checksum") + record("DA:1,2874063630", file="b.c")
        )
        assert measured == {"lines_total": 3, "lines_covered": 2, "files": 2}

    def test_counts_a_line_once_over_all_records_of_its_file(self) -> None:
        measured = counts(record("DA:1,0", "DA:2,0") + record("DA:1,3", "DA:1,0"))
        assert (measured["lines_total"], measured["lines_covered"], measured["files"]) == (2, 1, 1)

    def test_a_branch_taken_does_not_cover_its_line(self) -> None:
        assert counts(record("DA:20,0", "BRDA:20,1,1,1"))["lines_covered"] == 0

    @pytest.mark.parametrize("text", [b"\xef\xbb\xbf", b"# made by hand\n\n"])
    def test_reads_past_a_mark_and_remarks(self, text: bytes) -> None:
        report = text + record("DA:1,1", "VER:1", "EOF").replace("\n", "\r\n").encode()
        assert recognises(READER, report)
        assert counts(report)["lines_total"] == 1

    def test_keeps_names_apart_that_are_not_utf8(self) -> None:
        assert counts(b"SF:\xe9.c\nDA:1,1\nend_of_record\nSF:\xe8.c\nDA:1,0\nend_of_record\n")["files"] == 2


class TestBranches:
    def test_count_once_by_line_block_and_branch(self) -> None:
        measured = counts(
            record("DA:1,1", "BRDA:1,0,0,-", "BRDA:1,0,1,0", "BRDA:1,e0,1,2")
            + record("DA:1,1", "BRDA:1,0,0,1")
        )
        assert (measured["branches_total"], measured["branches_covered"]) == (3, 2)

    def test_are_measured_where_a_record_says_that_there_are_none(self) -> None:
        assert counts(record("DA:1,1", "BRF:0", "BRH:0"))["branches_total"] == 0
        assert "branches_total" not in counts(record("DA:1,1"))


class TestFunctions:
    def test_count_once_by_line_and_name(self) -> None:
        measured = counts(
            record("DA:1,1", "FN:1,f(int, int)", "FNDA:2,f(int, int)", "FN:5,9,g", "FNDA:0,g", "FN:5,g")
        )
        assert (measured["functions_total"], measured["functions_covered"]) == (2, 1)

    def test_read_the_numbered_form_of_lcov_2(self) -> None:
        numbered = "FNL:0,1,4", "FNA:0,0,f<int>", "FNA:0,3,f<long>", "FNL:1,9", "FNA:1,0,g"
        measured = counts(record("DA:1,1", *numbered))
        assert (measured["functions_total"], measured["functions_covered"]) == (2, 1)

    def test_without_calls_are_not_covered(self) -> None:
        assert counts(record("DA:1,1", "FN:1,f"))["functions_covered"] == 0


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("TN:\n", "lists no line"),
            (record(), "lists no line"),
            (record("DA:1,1", "LF:3"), "The file 'a.c' declares 3 lines but lists 1"),
            (record("DA:1,1", "BRF:2"), "declares 2 branches but lists 0"),
            (record("DA:1,1", "FNF:2"), "declares 2 functions but lists 0"),
            (record("LF:3"), "declares 3 lines but lists 0"),
        ],
    )
    def test_a_tracefile_that_lost_records_did_not_do_its_work(self, text: str, why: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran
        assert why in (reading.why_not or "")

    def test_the_copies_that_gcovr_counts_and_does_not_list_count(self) -> None:
        reading = measure(READER, "TN:GCOVR_report\n" + record("DA:1,1", "LF:3", "LH:2"))
        assert (reading.ran, reading.tool) == (True, "gcovr")
        assert reading.measures["coverage.lines_covered"] == 2
        assert reading.measures["coverage.lines_total"] == 3

    def test_a_record_that_lists_a_line_twice_is_whole(self) -> None:
        assert measure(READER, record("DA:1,1", "DA:1,0", "LF:2")).ran


class TestWhatContradictsItself:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (record("DA:1,1", "DA:2,1", "LF:2", "LH:0"), "declares 0 covered lines but lists 2 (LH)"),
            (record("DA:1,0", "LF:1", "LH:1"), "declares 1 covered lines but lists 0 (LH)"),
            (record("DA:1,1", "DA:2,1", "LF:1"), "declares 1 lines but lists 2 (LF)"),
            (record("DA:1,1", "LF:1", "LH:2"), "declares 2 covered of 1 lines (LH, LF)"),
            (record("DA:1,1", "BRDA:1,0,0,1", "BRF:1", "BRH:0"), "declares 0 covered branches but lists 1"),
            (record("DA:1,1", "FN:1,f", "FNDA:1,f", "FNF:1", "FNH:0"), "declares 0 covered functions but"),
            ("TN:GCOVR_report\n" + record("DA:1,1", "LF:3", "LH:0"), "declares 3 lines but lists 1"),
            ("TN:GCOVR_report\n" + record("DA:1,0", "LF:2", "LH:2"), "declares 2 lines but lists 1"),
        ],
    )
    def test_did_not_do_its_work(self, text: str, why: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran and why in (reading.why_not or "")

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            (record("DA:0,1"), "Line 2: there is no line 0 in a source file"),
            (record("BRDA:0,0,0,1"), "Line 2: there is no line 0 in a source file"),
            (record("DA:1,18446744073709551615"), "it is what a counter below zero gives"),
            (record("DA:1,-3"), "Line 2: -3 is negative. Counters of threads overwrote one another"),
            (record("DA:1,1", "LF:-1"), "Line 3: -1 is negative"),
        ],
    )
    def test_has_numbers_that_cannot_be(self, text: str, what: str) -> None:
        assert what in refusal(READER, text)


class TestSourceLines:
    def test_are_lines_hits_branches_and_functions_of_each_file(self) -> None:
        text = record("FN:1,f", "FNDA:1,f", "DA:1,1", "DA:3,0", "BRDA:1,0,0,1", "BRDA:1,0,1,-", file="./a.c")
        lines = measure(READER, text).lines.get()
        assert lines is not None
        file = lines.files["a.c"]
        assert (file.lines, file.hits, file.branches[1][:2]) == (0b1010, 0b10, (1, 2))
        assert list(file.functions.values()) == [True]

    def test_are_not_given_beyond_the_limit(self) -> None:
        assert measure(READER, record("DA:999,1"), Limits(max_lines=99)).lines.get() is None


class TestRefusing:
    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("", "The report is empty"),
            ("SF:a.c\nDA:1,1\n", "ends inside the record of 'a.c'"),
            ("SF:a.c\nSF:b.c\n", "Line 2: a file begins before the one before it ended"),
            ("end_of_record\n", "Line 1: end_of_record without a file"),
            ("DA:1,1\n", "Line 1: a DA record outside SF"),
            (record("DA:x,1"), "Line 2: 'x' is not a whole number"),
            (record("DA:1"), "Line 2: '' is not a whole number"),
            (record("BRDA:1,0,0,?"), "Line 2: '?' is not a whole number"),
            (record("hello"), "Line 2: this is no LCOV record"),
            (record("DA:1,1\0"), "Line 2: a NUL byte"),
            ("SF:" + "a" * 2_000_000, "Line 1: a line of more than"),
        ],
    )
    def test_says_where_and_what_is_wrong(self, text: str, what: str) -> None:
        assert what in refusal(READER, text)

    def test_refuses_what_is_over_the_limits(self) -> None:
        assert "over the limit of 10 bytes" in refusal(READER, record("DA:1,1"), Limits(max_bytes=10))
        assert "over the limit of 2 lines" in refusal(READER, record("DA:1,1"), Limits(max_items=2))
        data = record("DA:1,1").encode()
        lying = Source("r", data, 1, lambda: io.BytesIO(data))
        with pytest.raises(Unreadable, match="over the limit of 10 bytes"):
            list(READER.read(lying, Limits(max_bytes=10), False))

    @settings(max_examples=60, deadline=1000)
    @given(
        st.lists(
            st.sampled_from(["SF:a", "DA:1,1", "FN:1,f", "FNDA:1,f", "BRDA:1,0,0,1", "end_of_record", "x"])
        )
    )
    def test_reads_or_refuses_any_order_of_records(self, lines: list[str]) -> None:
        try:
            list(READER.read(Source.of_bytes("\n".join(lines).encode()), Limits(), False))
        except Unreadable as unreadable:
            assert str(unreadable)


class TestSniffing:
    @pytest.mark.parametrize("text", ["TN:\nSF:a", "SF:a\n", "# x\n\nTN:t\n"])
    def test_claims_what_begins_like_a_tracefile(self, text: str) -> None:
        assert recognises(READER, text)

    @pytest.mark.parametrize("text", ["", "\n\n", "mode: set\n", "1..4\n", "<coverage/>", "{}", "DA:1,1"])
    def test_leaves_other_formats_alone(self, text: str) -> None:
        assert not recognises(READER, text)

    def test_declares_every_measure_that_it_gives(self) -> None:
        whole = record("DA:1,1", "FN:1,f", "BRDA:1,0,0,1")
        assert set(measure(READER, whole).measures) == set(READER.follows)
        assert set(READER.follows) <= set(BY_NAME)
