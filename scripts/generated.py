"""Files that are made from the code: write them, or compare what is there with what it should be."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def main(documents: Mapping[Path, str], arguments: Sequence[str], *, remedy: str) -> int:
    """Write the documents, or with `--check` print how they differ; returns the exit code."""
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write(f"usage: {remedy} [--check]\n")
        return 2
    if not arguments:
        for path, text in documents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return 0
    found = "".join(difference(path, text) for path, text in documents.items())
    if found:
        sys.stdout.write(f"{found}\nThese files differ from what the code says. Fix them with: {remedy}\n")
    return 1 if found else 0


def difference(path: Path, text: str) -> str:
    """Return how a file differs from what it should hold; empty where it does not."""
    there = path.read_text("utf-8") if path.is_file() else ""
    lines = difflib.unified_diff(
        there.splitlines(keepends=True), text.splitlines(keepends=True), f"{path} (there)", f"{path} (due)"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
