"""Asks a running API whatever its document allows and forbids, with what schemathesis.toml says."""

from __future__ import annotations

import os
import subprocess  # nosec B404  # runs schemathesis of the lock
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from scripts.serve import TOKEN


def ask(url: str, config: Path, extra: Sequence[str] = ()) -> int:
    """Run schemathesis against a server; returns its exit code."""
    tool = str(Path(sys.executable).parent / "schemathesis")
    command = [
        tool,
        f"--config-file={config}",
        "run",
        f"{url}/openapi.json",
        f"--url={url}",
        *_token(),
        *extra,
    ]
    return subprocess.run(command, check=False).returncode  # nosec B603  # no shell


def _token() -> list[str]:
    return [f"--header=Authorization: Bearer {os.environ[TOKEN]}"] if TOKEN in os.environ else []


def write_config(template: Path, names: Mapping[str, str], to: Path) -> Path:
    """Write a configuration that knows these names as its dictionaries."""
    entries = "".join(
        f"\n[dictionaries.{name}]\nvalues = [{msgspec.json.encode(value).decode()}]\n"
        for name, value in names.items()
    )
    to.write_text(template.read_text("utf-8") + entries, "utf-8")
    return to
