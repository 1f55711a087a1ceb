"""Which formats are read, which tools they come from, and that a reader is imported when it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.reading import READERS
from tests.support.report_samples import SAMPLES
from tidegate.domain.gate_documents import examine
from tidegate.domain.measures import BY_NAME, Kind
from tidegate.domain.tools import canonical_tool
from tidegate.readers.base import Source
from tidegate.readers.encodings import in_utf8
from tidegate.readers.registry import FORMATS, REGISTRY, Registered, known_tools

CORPUS = Path(__file__).parents[2] / "corpus"
SAMPLES_FOLDER = Path(__file__).parents[2] / "support" / "report_samples"

# Names the readers that are imported once a report's format is found.
_IMPORTED = """
import sys
from pathlib import Path
from tidegate.readers.base import Source
from tidegate.readers.detect import find_reader
from tidegate.readers.registry import REGISTRY
find_reader(Source.of_path(Path(sys.argv[1])))
print(*(row.format for row in REGISTRY if "tidegate.readers." + row.module in sys.modules))
"""


def test_a_row_is_of_the_reader_that_it_names() -> None:
    assert [row.reader().format for row in REGISTRY] == list(FORMATS)
    assert len(set(FORMATS)) == len(FORMATS)


@pytest.mark.parametrize("row", REGISTRY, ids=lambda row: row.format)
def test_a_reader_is_asked_about_every_report_that_it_recognises(row: Registered) -> None:
    for data in [
        SAMPLES[row.format],
        *(path.read_bytes() for path in sorted((CORPUS / row.format).glob("*"))),
    ]:
        source = in_utf8(Source.of_bytes(data))
        assert row.may_be(source) or not row.reader().sniff(source)


def test_no_reader_is_imported_before_a_report_may_be_its_own() -> None:
    report = Path(SAMPLES_FOLDER, "bandit.json")
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED, str(report)], check=True, capture_output=True, text=True
    )
    assert set(done.stdout.split()) == {"bandit"}


def test_every_kind_has_a_tool() -> None:
    assert all(known_tools()[kind] for kind in Kind if kind not in (Kind.ANALYSIS, Kind.PROVENANCE))


def test_tools_are_those_that_the_readers_name() -> None:
    known = known_tools()
    assert {"pytest", "jest"} <= known[Kind.TESTS]
    assert {"flake8", "ruff", "eslint"} <= known[Kind.LINT]
    assert {"bandit", "semgrep", "codeql"} <= known[Kind.SAST]


def test_they_are_written_as_a_gate_asks_for_them() -> None:
    for row in REGISTRY:
        assert row.tools or row.format == "provenance"  # whose tools are builders, each named by a URI
        for tool in row.tools:
            assert canonical_tool(tool.partition("/")[2]) in known_tools()[Kind(tool.partition("/")[0])]
            rules = [{"id": "r", "that": "tool.ran", "needs": [tool]}]
            assert examine({"name": "g", "rules": rules})[1] == ()


def test_they_tell_of_declared_measures_only() -> None:
    assert {name for reader in READERS for name in reader.follows} <= set(BY_NAME)
