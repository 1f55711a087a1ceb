"""Blocks of a TAP report: whatever is taken together gives what it gives line by line."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from tests.support.reading import measure, refusal, run
from tests.support.report_samples import SAMPLES
from tidegate.readers.base import Item, Limits, Reading, Source, Unreadable
from tidegate.readers.test_results import tap_blocks
from tidegate.readers.test_results.tap import READER

PLAIN = "".join(f"ok {number} - a ship\n" for number in range(1, 31))
BLOCK = "  ---\n  duration_ms: 5\n  message: no\n  ...\n"
REPORTS = [
    SAMPLES["tap"].decode(),
    f"1..30\n{PLAIN}",
    f"{PLAIN}1..30\n",
    f"{PLAIN}1..30",
    f"{PLAIN}",
    f"{PLAIN}{BLOCK}ok 31\n1..31\n",
    f"{PLAIN}    not ok 1\nok 31 - out\n1..31\n",
    f"{PLAIN}not ok 31 - no\n{BLOCK}1..31\n",
    f"{PLAIN}ok 31 - out {{\n    not ok 1\n}}\n1..31\n",
    f"ok 1 - a {{\n{PLAIN[15:]}1..30\n",
    f"{PLAIN}1..30\nok 31\n",
    f"{PLAIN}{PLAIN}1..60\n",
    f"ok 2\nok 1\n{PLAIN[30:]}1..30\n",
    f"{PLAIN}Bail out! no\n{PLAIN}1..60\n",
    f"{PLAIN}ok 31 # SKIP\nok 32 \\# SKIP\nok 33 é\n1..33\n",
    f"{PLAIN}ok 0031\nok\nok 33\n1..33\n",
    f"{PLAIN}{'w' * 200}\nok 31\n1..31\n",
    f"{'w' * 200}\nok 1\n1..1\n",
]


@pytest.fixture(params=[16, 40, 100])
def _small_blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tap_blocks, "_BLOCK", request.param)
    yield


def both(report: str, limits: Limits | None = None) -> list[tuple[list[Item], Reading]]:
    return [run(READER, report, items, limits) for items in (False, True)]


WHOLE = [both(report) for report in REPORTS]


@pytest.mark.usefixtures("_small_blocks")
class TestSmallBlocks:
    @pytest.mark.parametrize("index", range(len(REPORTS)))
    def test_give_what_one_large_block_gives(self, index: int) -> None:
        assert both(REPORTS[index]) == WHOLE[index]

    def test_are_refused_as_one_is(self) -> None:
        assert "line 31: the text is not UTF-8" in refusal(READER, PLAIN.encode() + b"\xff\n")
        assert "line 32: the text holds a NUL" in refusal(READER, PLAIN.encode() + b"ok 31\nok\0\n")
        assert "more than 20 lines" in refusal(READER, PLAIN, Limits(max_items=20))
        assert "longer than 50 bytes" in refusal(READER, PLAIN, Limits(max_bytes=50))


def test_a_long_run_of_plain_points_is_counted() -> None:
    report = "1..9000\n" + "".join(f"ok {number}\n" for number in range(1, 9001))
    reading = measure(READER, report)
    assert (reading.ran, reading.measures["tests.passed"]) == (True, 9000)


def test_a_number_that_is_out_of_order_is_not_passed_over() -> None:
    report = "1..9000\n" + "".join(f"ok {number}\n" for number in range(1, 9001))
    assert "stands at two" in (measure(READER, report.replace("ok 8000\n", "ok 7999\n")).why_not or "")


def test_a_report_that_grew_beyond_the_limit_is_refused() -> None:
    source = Source("grown", b"", 1, lambda: io.BytesIO(PLAIN.encode() * 9000))
    with pytest.raises(Unreadable, match="longer than"):
        for _ in tap_blocks.blocks(source, Limits(max_bytes=100_000)):
            continue
