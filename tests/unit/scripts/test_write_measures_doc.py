"""The page about measures is complete."""

from __future__ import annotations

from scripts.write_measures_doc import render
from tidegate.domain.measures import BY_NAME, MEASURES
from tidegate.readers.registry import READERS


class TestThePage:
    def test_tells_of_every_measure_and_every_format(self) -> None:
        page = render(MEASURES, READERS)
        assert [m.name for m in MEASURES if f"| `{m.name}` |" not in page] == []
        assert [r.format for r in READERS if f"### {r.format}\n" not in page] == []

    def test_tells_how_a_rate_is_made(self) -> None:
        assert "`tests.passed` / `tests.total`" in render([BY_NAME["tests.pass_rate"]], [])

    def test_speaks_of_declared_measures_only(self) -> None:
        assert {name for reader in READERS for name in reader.follows} <= set(BY_NAME)
