"""The configuration that schemathesis gets."""

from __future__ import annotations

import tomllib
from pathlib import Path

from scripts.run_schemathesis import write_config


def test_knows_the_names_of_what_was_made(tmp_path: Path) -> None:
    template = tmp_path / "template.toml"
    template.write_text("seed = 1\n")
    names = {"component": "harbour", "any": '"*"'}
    written = write_config(template, names, tmp_path / "config.toml")
    assert tomllib.loads(written.read_text()) == {
        "seed": 1,
        "dictionaries": {"component": {"values": ["harbour"]}, "any": {"values": ['"*"']}},
    }
