"""The audit chain shows every row that was edited, removed, reordered or cut off, in a log or an export."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.samples import NOON
from tidegate.domain.audit import (
    GENESIS,
    Entry,
    Head,
    Row,
    append,
    entry_hash,
    from_line,
    to_line,
    verify,
    verify_lines,
)
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Invalid


def _entry(seq: int) -> Entry:
    details: dict[str, Json] = {"n": seq, "rate": 0.5, "names": ["ä", None], "more": {"b": 1, "a": True}}
    return Entry(seq, NOON + timedelta(seconds=seq), "ann", "release.create", f"shop/{seq}", details)


def _log(length: int) -> list[Row]:
    rows: list[Row] = []
    head = None
    for seq in range(1, length + 1):
        rows.append(append(head, _entry(seq)))
        head = Head(seq, rows[-1].hash)
    return rows


LOG = _log(6)
HEAD = Head(6, LOG[-1].hash)


class TestChain:
    def test_starts_at_genesis(self) -> None:
        assert LOG[0].prev_hash == GENESIS
        assert LOG[1].prev_hash == LOG[0].hash == entry_hash(GENESIS, _entry(1))

    def test_its_digests_are_the_same_in_every_release(self) -> None:
        assert (GENESIS, LOG[0].hash) == (
            "sha256:76c64436d0d0be8207bc8cc2f0b8da5e91499e1bc3bf5ce3c08b7dfb532f2d30",
            "sha256:f522e9e2479dedca3e9626a36ab7a0d78d369e479ae919807422a199c6dae9a9",
        )

    def test_numbers_have_no_gaps(self) -> None:
        with pytest.raises(Invalid, match="has the number 7, not 8"):
            append(HEAD, _entry(8))
        with pytest.raises(Invalid, match="has the number 1, not 2"):
            append(None, _entry(2))

    def test_times_need_a_zone(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            entry_hash(GENESIS, replace(_entry(1), at=datetime(2026, 1, 1)))


class TestVerify:
    def test_an_intact_log(self) -> None:
        found = verify(LOG, [HEAD])
        assert (found.intact, found.checked, found.head, found.bad_seq) == (True, 6, HEAD, None)

    def test_an_empty_log(self) -> None:
        assert verify([]).intact
        assert not verify([], [HEAD]).intact

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("at", NOON),
            ("actor", "eve"),
            ("action", "release.delete"),
            ("subject", "x"),
            ("details", {}),
            ("details", {"n": float("nan")}),
        ],
    )
    def test_an_edited_row(self, field: str, value: object) -> None:
        rows = list(LOG)
        edited = replace(rows[2].entry, **{field: value})  # type: ignore[arg-type]  # parametrised
        rows[2] = replace(rows[2], entry=edited)
        found = verify(rows)
        assert (found.bad_seq, found.checked, found.head) == (3, 2, Head(2, LOG[1].hash))
        assert found.fault is not None and "row 3 was edited" in found.fault

    def test_an_edited_row_with_a_new_digest(self) -> None:
        rows = list(LOG)
        forged = replace(rows[2].entry, actor="eve")
        rows[2] = Row(forged, rows[2].prev_hash, entry_hash(rows[2].prev_hash, forged))
        found = verify(rows)
        assert found.bad_seq == 4
        assert found.fault == "row 4 does not name the row before it: one of the two was replaced"

    def test_a_log_written_anew(self) -> None:
        head, rows = None, []
        for seq in range(1, 9):
            rows.append(append(head, replace(_entry(seq), actor="eve")))
            head = Head(seq, rows[-1].hash)
        assert verify(rows).intact
        found = verify(rows, [HEAD])
        assert (found.bad_seq, found.fault) == (
            6,
            "row 6 is not the row that was recorded: the log was rewritten",
        )

    @pytest.mark.parametrize(
        ("rows", "bad_seq", "fault"),
        [
            ([LOG[0], LOG[2]], 2, "row 3 stands here: row 2 is missing or out of order"),
            ([LOG[0], LOG[4]], 2, "row 5 stands here: rows 2 to 4 are missing or out of order"),
            ([LOG[1]], 1, "row 2 stands here: row 1 is missing or out of order"),
            ([LOG[0], LOG[0]], 2, "row 1 stands here, out of order or a second time"),
            ([LOG[0], LOG[1], LOG[0]], 3, "row 1 stands here, out of order or a second time"),
        ],
    )
    def test_removed_repeated_and_reordered_rows(self, rows: list[Row], bad_seq: int, fault: str) -> None:
        found = verify(rows)
        assert (found.bad_seq, found.fault) == (bad_seq, fault)

    def test_a_log_that_was_cut_short(self) -> None:
        assert verify(LOG[:4]).intact
        found = verify(LOG[:4], [HEAD])
        assert found.bad_seq == 5
        assert found.fault is not None and "rows are missing at its end" in found.fault

    def test_a_log_that_has_grown_since(self) -> None:
        assert verify(LOG, [Head(4, LOG[3].hash)]).intact

    def test_a_part_of_a_log(self) -> None:
        after = Head(3, LOG[2].hash)
        assert verify(LOG[3:], [HEAD], after).intact
        assert verify(LOG[4:], [HEAD], after).bad_seq == 4

    def test_details_that_nest_too_deep(self) -> None:
        deep: dict[str, object] = {}
        for _ in range(5000):
            deep = {"a": deep}
        row = replace(LOG[0], entry=replace(LOG[0].entry, details=deep))  # type: ignore[arg-type]  # hostile
        assert verify([row]).bad_seq == 1

    def test_holds_every_row_that_was_recorded(self) -> None:
        recorded = [Head(row.entry.seq, row.hash) for row in LOG[::2]]
        assert verify(LOG, recorded).intact
        assert verify(LOG[:4], recorded).bad_seq == 5

    def test_two_digests_of_one_row_are_never_both_right(self) -> None:
        recorded = [Head(3, LOG[2].hash), Head(3, "sha256:" + "1" * 64)]
        assert verify(LOG, recorded).bad_seq == 3

    @given(st.permutations(range(6)), st.integers(0, 6))
    def test_only_the_log_itself_is_intact(self, order: list[int], length: int) -> None:
        rows = [LOG[n] for n in order[:length]]
        assert verify(rows, [HEAD]).intact is (rows == LOG)


class TestExport:
    def test_is_verified_as_the_log_is(self) -> None:
        assert verify_lines(map(to_line, LOG), [HEAD]).intact
        assert verify_lines([to_line(row) for row in LOG[:2]] + [b"\n", to_line(LOG[3])]).bad_seq == 3

    def test_reads_what_it_wrote(self) -> None:
        assert [from_line(to_line(row)) for row in LOG] == LOG

    def test_is_read_as_a_stream(self) -> None:
        def lines() -> Iterator[bytes]:
            yield to_line(LOG[0])
            yield b"nonsense\n"
            raise AssertionError("read on after a fault")

        found = verify_lines(lines())
        assert (found.checked, found.bad_seq) == (1, 2)
        assert found.fault is not None and found.fault.startswith("the line is no audit row")

    @pytest.mark.parametrize(
        "change",
        [
            {"seq": "1"},
            {"seq": True},
            {"seq": 1.0},
            {"actor": None},
            {"details": []},
            {"at": "2026-01-31T12:00:01Z"},
            {"at": "2026-01-31T12:00:01.000"},
            {"extra": 1},
        ],
    )
    def test_lines_of_another_shape_are_faults(self, change: dict[str, object]) -> None:
        line = json.dumps({**json.loads(to_line(LOG[0])), **change}).encode()
        with pytest.raises(ValueError):
            from_line(line)
        assert verify_lines([line]).bad_seq == 1

    @pytest.mark.parametrize(
        "line", [b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"seq":1,"seq":1}', b" " * 2_000_000 + b"x"]
    )
    def test_other_lines_are_faults(self, line: bytes) -> None:
        assert not verify_lines([line]).intact

    def test_white_space_and_order_of_names_do_not_matter(self) -> None:
        loose = json.dumps(dict(reversed(json.loads(to_line(LOG[0])).items())), indent=None).encode()
        assert verify_lines([loose]).intact
