"""Reports of our own, in every checkout: written by real tools on small sources, and read as they must be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.reading import READERS, read_whole
from tidegate.domain.findings import Finding
from tidegate.domain.measures import Value
from tidegate.readers.base import Item, Limits, Reading, Source, Unreadable

CORPUS = Path(__file__).parents[2] / "corpus"
EXPECTATIONS = CORPUS / "expectations.yml"
CASES = ("clean", "failing", "not-run", "broken")
FORMATS = [reader.format for reader in READERS]

# Paths and names of the machine on which a tool ran, and of where it had its packages from.
OF_A_MACHINE = re.compile(rb"/root\b|/work\b|/home/|/opt/|/Users/|pypi\.org|pythonhosted|pyenv|registry\.npm")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What reading a report must give; `unreadable` is a part of the message where it must be refused."""

    path: str
    case: str
    of: str = ""
    by: str = ""
    cut_from: str = ""
    named: bool = False
    kind: str = ""
    tool: str = ""
    ran: bool = False
    why_not: str = ""
    measures: dict[str, Value] = field(default_factory=dict)
    unreadable: str = ""

    @property
    def format(self) -> str:
        """Name the format: the folder that the report lies in."""
        return self.path.partition("/")[0]

    def source(self) -> Source:
        """Give the report under a name of no folder, so that nothing can be told from its path."""
        return Source.of_bytes((CORPUS / self.path).read_bytes(), "report")


@cache
def document() -> dict[str, Any]:
    """Load what is expected: the file of all formats, and those that lie beside the reports of one."""
    loaded: dict[str, Any] = yaml.safe_load(EXPECTATIONS.read_text("utf-8"))
    for path in sorted(CORPUS.glob("*/expectations.yml")):
        for part, entries in yaml.safe_load(path.read_text("utf-8")).items():
            assert not loaded[part].keys() & entries.keys(), f"{path} says again what another file says"
            loaded[part].update(entries)
    return loaded


def expectations() -> list[Expectation]:
    """Give every expectation; a misspelt key is an error."""
    return [Expectation(path, **entry) for path, entry in document()["reports"].items()]


READABLE = [each for each in expectations() if not each.unreadable]
REFUSED = [each for each in expectations() if each.unreadable]


class TestEveryReport:
    @pytest.mark.parametrize("expected", READABLE, ids=lambda each: each.path)
    def test_is_read_as_expected(self, expected: Expectation) -> None:
        items: list[Item] = []
        format = expected.format if expected.named else None
        reading = read_whole(expected.source(), Limits(), format, items.append)

        assert (reading.format, reading.kind, reading.tool) == (
            expected.format,
            expected.kind,
            expected.tool,
        )
        assert (reading.ran, dict(reading.measures)) == (expected.ran, expected.measures)
        assert expected.why_not in (reading.why_not or "")
        assert bool(expected.why_not) is not reading.ran
        assert len(items) == reading.measures.get("findings.total", reading.measures.get("tests.total", 0))

    @pytest.mark.parametrize("expected", REFUSED, ids=lambda each: each.path)
    def test_is_refused_with_its_reason_where_it_must_not_be_believed(self, expected: Expectation) -> None:
        with pytest.raises(Unreadable, match=re.escape(expected.unreadable)):
            read_whole(expected.source(), Limits())

    @pytest.mark.parametrize(
        "expected", [each for each in READABLE if each.named], ids=lambda each: each.path
    )
    def test_is_refused_without_a_name_where_its_content_does_not_tell(self, expected: Expectation) -> None:
        with pytest.raises(Unreadable, match="the format cannot be recognised"):
            read_whole(expected.source(), Limits())

    @pytest.mark.parametrize(
        "expected", [each for each in expectations() if each.case == "broken"], ids=lambda each: each.path
    )
    def test_that_is_broken_is_the_beginning_of_a_whole_one_and_never_passes(
        self, expected: Expectation
    ) -> None:
        whole = (CORPUS / expected.cut_from).read_bytes()
        broken = (CORPUS / expected.path).read_bytes()
        assert len(broken) < len(whole) and whole.startswith(broken)
        assert expected.unreadable or expected.ran is False


class TestACopyThatIsIncomplete:
    """A tool that was stopped, or a disk that was full, leaves the beginning of a report."""

    # These need not have an end: of LCOV and Go whole records may be missing, of flake8 its totals.
    @pytest.mark.parametrize(
        "expected",
        [each for each in READABLE if each.format not in ("lcov", "flake8", "gocover") and not each.named],
        ids=lambda each: each.path,
    )
    def test_never_says_less_than_the_whole_report(self, expected: Expectation) -> None:
        data = expected.source().head
        for length in range(0, len(data) - 1, max(1, len(data) // 60)):
            try:
                reading = read_whole(Source.of_bytes(data[:length], "report"), Limits())
            except Unreadable:
                continue
            assert not reading.ran or dict(reading.measures) == expected.measures, data[:length]


class TestTheSameRun:
    """One run in two formats: what both can say, both say alike."""

    @pytest.mark.parametrize("case", ["failing", "not-run"])
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("bandit/{}.json", "sarif/bandit-{}.sarif"),
            ("ruff-json/{}.json", "sarif/ruff-{}.sarif"),
            ("mypy-text/{}.txt", "mypy-json/{}.json"),
            ("pylint-json/{}.json", "pylint-json/json2-{}.json"),
            ("pylint-text/{}.txt", "pylint-json/{}.json"),
            ("ruff-json/{}.json", "gitlab-codequality/ruff-{}.json"),
            ("eslint-json/{}.json", "checkstyle/eslint-{}.xml"),
        ],
    )
    def test_finds_the_same(self, one: str, other: str, case: str) -> None:
        readings, places = zip(*(_read(path.format(case)) for path in (one, other)), strict=True)
        assert readings[0].ran is readings[1].ran
        shared = readings[0].measures.keys() & readings[1].measures.keys()
        assert shared and len({tuple(reading.measures[name] for name in shared) for reading in readings}) == 1
        assert places[0] == places[1] != []

    @pytest.mark.parametrize("case", ["clean", "failing"])
    @pytest.mark.parametrize("other", ["lcov/coverage.py-{}.info", "coveragepy/{}.json"])
    def test_covers_the_same(self, other: str, case: str) -> None:
        cobertura, _ = _read(f"cobertura/coverage.py-{case}.xml")
        reading, _ = _read(other.format(case))
        assert cobertura.measures.items() <= reading.measures.items()


def _read(path: str) -> tuple[Reading, list[tuple[str, str, int | None]]]:
    """Read a report, with rule, file and line of each of its findings."""
    places: list[tuple[str, str, int | None]] = []

    def meet(item: Item) -> None:
        assert isinstance(item, Finding)
        places.append((item.rule, Path(item.path).name, item.line))

    return read_whole(Source.of_bytes((CORPUS / path).read_bytes()), Limits(), None, meet), sorted(places)


class TestTheCorpus:
    def test_expects_something_of_every_file(self) -> None:
        # `make new-format` leaves a page in the folder of a format that has no report yet.
        reports = {path for path in CORPUS.glob("*/*") if path.is_file()}
        reports -= {*CORPUS.glob("*/README.md"), *CORPUS.glob("*/expectations.yml")}
        assert {path.relative_to(CORPUS).as_posix() for path in reports} == {
            each.path for each in expectations()
        }

    @pytest.mark.parametrize("format", FORMATS)
    def test_has_every_case_of_a_format_or_says_why_not(self, format: str) -> None:
        there = {each.case for each in expectations() if each.format == format}
        excused = {case for case in CASES if document()["without"].get(f"{format}/{case}")}
        assert there | excused == set(CASES), f"tests/corpus/{format} lacks cases: see CONTRIBUTING.md"
        assert there & excused == set(), "tests/corpus/expectations.yml excuses a case that is there"

    def test_names_formats_and_cases_that_exist(self) -> None:
        assert {each.format for each in expectations()} <= set(FORMATS)
        assert {each.case for each in expectations()} <= set(CASES)
        assert {name.partition("/")[0] for name in document()["without"]} <= set(FORMATS)

    def test_says_of_every_whole_report_which_tool_wrote_it(self) -> None:
        written = [each for each in expectations() if not each.cut_from]
        assert {each.by for each in written} == set(document()["tools"])
        assert all(each.of for each in written)
        assert all(tool["version"] and tool["command"] for tool in document()["tools"].values())

    def test_names_no_machine_that_it_was_made_on(self) -> None:
        files = [path for path in CORPUS.rglob("*") if path.is_file()]
        assert [str(path) for path in files if OF_A_MACHINE.search(path.read_bytes())] == []

    def test_stays_small(self) -> None:
        assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 700_000
