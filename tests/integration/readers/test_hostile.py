"""Whatever is done to a small sound report, its reader gives a possible reading or refuses it, soon."""

from __future__ import annotations

import codecs
import re
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.readers.checks import OPEN_ENDED, outcome, recognised
from tests.support.reading import READERS
from tests.support.report_samples import SAMPLES

_FORMATS = sorted(SAMPLES)
_VALUES = (
    b"NaN", b"Infinity", b"-Infinity", b"-1", b"1e999", b"9" * 400, b"0x10", b"1_000", b"1.5", b"null", b"[]",
    b"{}", b'""', b"true", b"\xd9\xa3", b"\x00", b"\xff\xfe", b"&x;", b"\\ud800",
)  # fmt: skip
_NUMBER = re.compile(rb"\d+(?:\.\d+)?")
_WORD = re.compile(rb"[A-Za-z_][\w.-]*")


@st.composite
def _mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """Do one to four things to a report: cut, flip, insert, repeat, swap, and change a number or a word."""
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, max(len(data) - 1, 0)))
        end = min(len(data), begin + draw(st.integers(1, 40)))
        change = draw(st.sampled_from(["cut", "flip", "insert", "repeat", "number", "word", "lines"]))
        if change == "cut":
            data = data[:begin] + data[end:]
        elif change == "flip":
            data = data[:begin] + draw(st.binary(min_size=1, max_size=2)) + data[begin + 1 :]
        elif change == "insert":
            data = data[:begin] + draw(st.sampled_from(_VALUES)) + data[begin:]
        elif change == "repeat":
            data = data[:end] + data[begin:end] * draw(st.integers(1, 50)) + data[end:]
        elif change == "lines":
            lines = data.splitlines(keepends=True)
            data = b"".join(draw(st.permutations(lines)) if lines else lines)
        elif found := list((_NUMBER if change == "number" else _WORD).finditer(data)):
            place = draw(st.sampled_from(found))
            other = draw(st.sampled_from(found))[0] if change == "word" else draw(st.sampled_from(_VALUES))
            data = data[: place.start()] + other + data[place.end() :]
    return data


def test_there_is_a_sample_of_every_format() -> None:
    assert set(SAMPLES) == {reader.format for reader in READERS}


@pytest.mark.parametrize("format", _FORMATS)
class TestSound:
    def test_is_read_and_recognised_by_its_content_alone(self, format: str) -> None:
        reading = outcome(SAMPLES[format])
        assert reading is not None
        assert (reading.format, reading.ran) == (format, True)

    def test_is_no_other_format(self, format: str) -> None:
        for reader in READERS:
            if reader.format != format:
                reading = outcome(SAMPLES[format], reader.format)
                assert reading is None or not reading.ran, f"{reader.format} believes it"

    @pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
    def test_is_recognised_after_a_byte_order_mark(self, format: str, mark: bytes) -> None:
        reader = recognised(mark + SAMPLES[format])
        assert reader is not None and reader.format == format


@pytest.mark.parametrize("format", _FORMATS)
class TestBroken:
    @pytest.mark.drill
    def test_by_a_cut_at_any_byte_is_never_a_smaller_sound_report(self, format: str) -> None:
        data = SAMPLES[format]
        whole = outcome(data)
        assert whole is not None
        for end in range(len(data)):
            for named in (None, format):
                reading = outcome(data[:end], named)
                if reading is not None and reading.ran and dict(reading.measures) != dict(whole.measures):
                    assert format in OPEN_ENDED, f"cut after {end} of {len(data)} bytes: {reading}"

    @pytest.mark.drill
    def test_by_a_byte_that_changed_anywhere_is_possible_or_refused(self, format: str) -> None:
        data = SAMPLES[format]
        for at, byte in zip(range(0, len(data), 2), cycle((b"\0", b"\xff", b"<", b'"', b"-"))):
            outcome(data[:at] + byte + data[at + 1 :], format)

    @pytest.mark.drill
    @settings(max_examples=120, deadline=None)
    @given(st.data())
    def test_in_any_way_is_possible_or_refused(self, format: str, data: st.DataObject) -> None:
        report = data.draw(_mutated(SAMPLES[format]))
        recognised(report)
        outcome(report)
        outcome(report, format)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037", "utf-7"])
    def test_in_another_encoding_is_possible_or_refused(self, format: str, encoding: str) -> None:
        text = SAMPLES[format].decode()
        recognised(text.encode(encoding))
        outcome(text.encode(encoding), format)
        outcome(text.replace("utf-8", encoding).encode(), format)

    def test_twice_in_one_file_counts_no_less_than_once(self, format: str) -> None:
        once, twice = outcome(SAMPLES[format]), outcome(SAMPLES[format] * 2, format)
        assert once is not None
        if twice is not None and twice.ran:
            for name in ("findings.total", "tests.failed", "coverage.lines_total"):
                assert twice.measures.get(name, 0) >= once.measures.get(name, 0)


@pytest.mark.drill
class TestNoise:
    @settings(max_examples=150, deadline=None)
    @given(st.binary(max_size=300), st.sampled_from([None, *_FORMATS]))
    def test_is_possible_or_refused(self, data: bytes, format: str | None) -> None:
        recognised(data)
        outcome(data, format)
