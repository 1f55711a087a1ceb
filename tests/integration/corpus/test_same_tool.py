"""One run of a tool, written in several formats, names the same problems in each of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.integration.corpus.conftest import OWN
from tests.integration.corpus.manifest import evidence_folder
from tests.support.reading import read_whole
from tidegate.domain.findings import Finding
from tidegate.readers.base import Item, Limits, Source

TAPPY = "python-tappy__gen-tappy"
JUNITPARSER = "weiwei-junitparser__gen-junitparser"


def one_run(own: tuple[str, ...], real: tuple[str, ...], names: tuple[str, ...]) -> pytest.MarkDecorator:
    """Give the reports of one run: our own, and the real ones of these names where they are here."""
    runs = [tuple(OWN / path for path in own)] if own else []
    for name in names if (evidence_folder() / "MANIFEST.csv").is_file() or not own else ():
        runs.append(tuple(evidence_folder() / path.format(name) for path in real))
    return pytest.mark.parametrize("reports", runs, ids=lambda paths: paths[0].name)


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
    @one_run(
        ("mypy-text/failing.txt", "mypy-json/failing.json"),
        ("mypy-text/{}.mypy.txt", "mypy-json/{}.mypy.jsonl"),
        (TAPPY, JUNITPARSER),
    )
    def test_agree_between_mypy_text_and_json(self, reports: tuple[Path, ...]) -> None:
        self.agree(reports)

    @one_run(
        ("pylint-text/failing.txt", "pylint-json/failing.json", "pylint-json/json2-failing.json"),
        (
            "pylint-text/{}.pylint-parseable.txt",
            "pylint-json/{}.pylint.json",
            "pylint-json/{}.pylint-json2.json",
        ),
        (TAPPY, JUNITPARSER),
    )
    def test_agree_between_pylint_text_and_both_kinds_of_json(self, reports: tuple[Path, ...]) -> None:
        self.agree(reports)

    @one_run((), ("flake8/{}.flake8-pylint-format.txt", "flake8/{}.flake8.txt"), (TAPPY, JUNITPARSER))
    def test_agree_between_the_formats_of_flake8(self, reports: tuple[Path, ...]) -> None:
        """The two runs selected different codes: what the smaller one found, the larger one found too."""
        smaller, larger = (_fingerprints(path) for path in reports)
        assert smaller and smaller <= larger

    @one_run(
        ("ruff-json/failing.json", "sarif/ruff-failing.sarif"),
        ("ruff-json/{}.ruff.json", "sarif/{}.ruff.sarif"),
        (TAPPY,),
    )
    def test_agree_between_ruff_json_and_sarif(self, reports: tuple[Path, ...]) -> None:
        self.agree(reports)

    def agree(self, reports: tuple[Path, ...]) -> None:
        """Hold that every report names the same problems, and names some."""
        first, *others = (_fingerprints(path) for path in reports)
        assert first and all(other == first for other in others)
