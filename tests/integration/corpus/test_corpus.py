"""Every real report: read as expected, or refused clearly; never misread, never a crash, never slow."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.integration.corpus.conftest import Read
from tests.integration.corpus.manifest import reader_name
from tests.support.reading import READERS
from tidegate.readers.base import Reading, Unreadable

FLOOR = Path(__file__).with_name("agreement.json")
READABLE = {reader.format for reader in READERS}

# Files of a format that Tidegate reads, kept by the manifest under the tool or the purpose that made them.
ANY_FORMAT = {"pathological-json", "pathological-xml"}


def _shrunk(floor: dict[str, dict[str, int]], now: dict[str, dict[str, int]]) -> list[str]:
    """Name each format of which fewer files agree than the floor says."""
    missing = {"agree": 0}
    return [
        f"{format}: {now.get(format, missing)['agree']} files agree, {known['agree']} did before"
        for format, known in sorted(floor.items())
        if now.get(format, missing)["agree"] < known["agree"]
    ]


def _agreement(corpus: list[Read]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for read in corpus:
        agrees = read.agrees
        if agrees is None:
            continue
        line = table.setdefault(read.row["format"], {"agree": 0, "files": 0})
        line["files"] += 1
        line["agree"] += agrees
    return table


class TestEveryRealReport:
    def test_is_never_taken_for_another_format(self, every_report: list[Read]) -> None:
        misread = [
            f"{read.row['path']} was read as {read.outcome.format}"
            for read in every_report
            if isinstance(read.outcome, Reading)
            and read.outcome.format != reader_name(read.row["format"])
            and read.row["format"] not in ANY_FORMAT
        ]
        assert misread == []

    def test_is_refused_clearly_where_its_format_is_not_read(self, corpus: list[Read]) -> None:
        unread = [r for r in corpus if reader_name(r.row["format"]) not in READABLE | ANY_FORMAT]
        assert [r.row["path"] for r in unread if not isinstance(r.outcome, Unreadable)] == []
        assert [str(r.outcome) for r in unread if "." not in str(r.outcome) or len(str(r.outcome)) < 40] == []

    def test_is_read_or_refused_within_seconds(self, every_report: list[Read]) -> None:
        assert [(r.row["path"], r.seconds) for r in every_report if r.seconds > 5] == []

    def test_hostile_ones_are_refused_or_hold_nothing(self, corpus: list[Read]) -> None:
        hostile = [r for r in corpus if r.row["format"] in ANY_FORMAT]
        assert [r.row["path"] for r in hostile if not isinstance(r.outcome, Unreadable)] == []

    def test_agrees_with_what_is_known_of_it_at_least_as_often_as_before(
        self, corpus: list[Read], show_table: Callable[[list[str]], None]
    ) -> None:
        now = _agreement(corpus)
        lines = [f"{name:18} {line['agree']:4} of {line['files']:4}" for name, line in sorted(now.items())]
        differing = [f"  differs: {read.row['path']}" for read in corpus if read.agrees is False]
        refused = Counter(
            r.row["format"] for r in corpus if r.agrees is None and isinstance(r.outcome, Unreadable)
        )
        lines += [f"{name:18} {count:4} refused, nothing compared" for name, count in sorted(refused.items())]
        show_table(lines + differing)

        assert _shrunk(json.loads(FLOOR.read_text(encoding="utf-8")), now) == []


class TestTheFloor:
    def test_tells_when_fewer_files_agree(self) -> None:
        floor = {"flake8": {"agree": 8, "files": 8}, "lcov": {"agree": 1, "files": 2}}
        now = {"flake8": {"agree": 7, "files": 8}}
        assert _shrunk(floor, now) == [
            "flake8: 7 files agree, 8 did before",
            "lcov: 0 files agree, 1 did before",
        ]

    def test_accepts_more(self) -> None:
        assert _shrunk({"lcov": {"agree": 1, "files": 2}}, {"lcov": {"agree": 2, "files": 2}}) == []
