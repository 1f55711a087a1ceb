"""One run of a tool, written in several formats, names the same problems in each of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.integration.corpus.manifest import evidence_folder
from tests.support.reading import read_whole
from tidegate.domain.findings import Finding
from tidegate.readers.base import Item, Limits, Source
from tidegate.readers.registry import READERS

TAPPY = "python-tappy__gen-tappy"
JUNITPARSER = "weiwei-junitparser__gen-junitparser"
BOTH = pytest.mark.parametrize("run", [TAPPY, JUNITPARSER])


def _fingerprints(path: Path) -> Counter[str]:
    if not path.is_file():
        pytest.skip(f"the real report is not here: {path} is missing (TIDEGATE_EVIDENCE)")
    found: Counter[str] = Counter()

    def meet(item: Item) -> None:
        assert isinstance(item, Finding)
        found[item.fingerprint] += 1

    read_whole(Source.of_path(path), Limits(), on_item=meet)
    return found


class TestFingerprintsOfOneRun:
    @BOTH
    def test_agree_between_mypy_text_and_json(self, run: str) -> None:
        folder = evidence_folder()
        text = _fingerprints(folder / f"mypy-text/{run}.mypy.txt")
        assert text == _fingerprints(folder / f"mypy-json/{run}.mypy.jsonl")

    @BOTH
    def test_agree_between_pylint_text_and_both_kinds_of_json(self, run: str) -> None:
        folder = evidence_folder()
        text = _fingerprints(folder / f"pylint-text/{run}.pylint-parseable.txt")
        assert text == _fingerprints(folder / f"pylint-json/{run}.pylint.json")
        assert text == _fingerprints(folder / f"pylint-json/{run}.pylint-json2.json")

    @BOTH
    def test_agree_between_the_formats_of_flake8(self, run: str) -> None:
        """The two runs selected different codes: what the smaller one found, the larger one found too."""
        folder = evidence_folder()
        smaller = _fingerprints(folder / f"flake8/{run}.flake8-pylint-format.txt")
        assert smaller
        assert smaller <= _fingerprints(folder / f"flake8/{run}.flake8.txt")

    def test_agree_between_ruff_json_and_sarif(self) -> None:
        if "sarif" not in {reader.format for reader in READERS}:
            pytest.skip("the reader for SARIF is not registered")
        folder = evidence_folder()
        listed = _fingerprints(folder / f"ruff-json/{TAPPY}.ruff.json")
        assert listed == _fingerprints(folder / f"sarif/{TAPPY}.ruff.sarif")
