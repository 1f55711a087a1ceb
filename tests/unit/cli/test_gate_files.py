"""Gates in files: what is sent of them to a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tidegate.cli.gate_files import documents_for_server
from tidegate.domain.gate_yaml import read_yaml

_RULE = {"id": "a", "that": "tests.failed == 0", "needs": ["tests"], "max_age": "1h"}


def sent(folder: Path, text: str, name: str = "base") -> str:
    (folder / "floor.yml").write_text(json.dumps({"name": name, "rules": [_RULE]}))
    (folder / "gate.yml").write_text(text)
    return documents_for_server(str(folder / "gate.yml"))[-1][2]


class TestDocumentsForServer:
    @pytest.mark.parametrize(
        ("extends", "as_sent"),
        [
            ("floor  # below", "base  # below"),
            ("'floor'", "base"),
            (">-\n  floor", "base\n"),
            ("|-  # below\n  floor\n\n# why", "base\n\n\n# why"),
            ("\n  floor", "\n  base"),
        ],
    )
    def test_name_the_floor_as_the_server_does(self, tmp_path: Path, extends: str, as_sent: str) -> None:
        text = "name: g\nextends: {}\nrules: []\n"
        assert sent(tmp_path, text.format(extends)) == text.format(as_sent)

    def test_stay_json(self, tmp_path: Path) -> None:
        found = sent(tmp_path, json.dumps({"name": "g", "extends": "floor", "rules": []}))
        assert json.loads(found)["extends"] == "base"

    def test_keep_a_floor_that_is_called_as_yaml_calls_nothing(self, tmp_path: Path) -> None:
        found = sent(tmp_path, "name: g\nextends: floor\nrules: []\n", name="null")
        assert read_yaml(found).value == {"name": "g", "extends": "null", "rules": []}
