"""Tests of the generated files: what is committed is what the code says, and the check can go red."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from scripts import write_openapi, write_settings_doc
from scripts.generated import main


class TestMain:
    def test_writes_and_then_finds_no_difference(self, tmp_path: Path) -> None:
        documents = {tmp_path / "docs/a.md": "one\ntwo\n"}

        assert main(documents, [], remedy="make docs") == 0
        assert main(documents, ["--check"], remedy="make docs") == 0

    @pytest.mark.parametrize("there", ["one\n", "one\ntwo\nthree", None])
    def test_goes_red_with_the_difference_and_the_remedy(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str | None
    ) -> None:
        path = tmp_path / "a.md"
        if there is not None:
            path.write_text(there)

        assert main({path: "one\ntwo\n"}, ["--check"], remedy="make docs") == 1
        said = capsys.readouterr().out
        assert "+two" in said or "-three" in said
        assert "Fix them with: make docs" in said

    def test_refuses_what_it_does_not_know(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main({}, ["--chek"], remedy="make docs") == 2
        assert "usage: make docs [--check]" in capsys.readouterr().err


@pytest.mark.parametrize("script", ["conformance", "measures_doc", "openapi", "settings_doc"])
def test_what_is_committed_is_what_the_code_says(script: str, tmp_path: Path) -> None:
    module = import_module(f"scripts.write_{script}")
    given = [write_openapi.plain_app(tmp_path)] if script == "openapi" else []
    assert main(module.documents(*given), ["--check"], remedy=module.__name__) == 0


class TestSettingsDocuments:
    @pytest.mark.requirement("S4-10")
    def test_name_every_variable(self) -> None:
        page, example = write_settings_doc.settings_page(), write_settings_doc.env_example()

        for names in write_settings_doc._groups().values():
            for variable, _ in names:
                assert f"`{variable.name}`" in page
                assert f"# {variable.name}=" in example
                assert all(f"`{alias}`" in page for alias in variable.aliases)
