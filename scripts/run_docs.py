"""`make docs`: runs the commands that README, CONTRIBUTING and docs/ show, as tests.

Sybil finds every block fenced as `bash`, `sh` or `console`. pytest runs them in the order of the page, in a
copy of the repository, unless a comment right above says why not. In a `console` block the commands start
with `$ `.

    <!-- not run: why -->            the block is skipped, and pytest prints the reason
    <!-- run: server -->             a server is there; http://127.0.0.1:8000 is replaced by its address
    <!-- run: exits 1 -->            the last command must exit with this code; else 0 is expected
    <!-- run: server, exits 1 -->    both
    <!-- run: engine -->             it takes a container engine, so `make image-test` runs it
    <!-- run: systemd -->            it takes a machine with systemd, which `make image-test` makes
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess  # nosec B404  # runs the commands of this repository's own documents
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import SkipTest

from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer

from scripts.serve import running

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", "docs/*.md", "docs/*/*.md")
SERVER = "http://127.0.0.1:8000"
LIMIT = 180  # seconds for one block

# What only `make image-test` has, and why a block that needs it is skipped here.
ELSEWHERE = {
    "engine": "it takes a container engine, `make image-test` runs it",
    "systemd": "it takes a machine with systemd, `make image-test` runs it",
}

_FENCED = FencedCodeBlockLexer(r"(?:bash|sh|console)\b[^\n]*")
# The comment with the empty lines after it: where it ends, the block that it speaks of begins.
_COMMENT = re.compile(r"^ *<!-- (?P<verb>not run|run): (?P<rest>.+?) -->\s*\n", re.MULTILINE)
_EXITS = re.compile(r"exits (\d+)")


class BadPage(Exception):
    """A block without a command, or a comment that the convention does not know."""


@dataclass(frozen=True, slots=True)
class PageBlock:
    """Commands of a page: where they stand, what they need, what must come of them."""

    page: str
    line: int
    script: str
    why_not: str = ""
    server: bool = False
    exits: int = 0
    place: str = ""


def blocks(page: str, text: str) -> list[PageBlock]:
    """Return the blocks of a page that are commands; raises `BadPage` for an unknown comment."""
    return [region.parsed for region in parse(Document(text, page))]


def parse(document: Document) -> Iterator[Region]:
    """Find the blocks of a page for Sybil; raises `BadPage`."""
    fenced = {region.start: region for region in _FENCED(document)}
    comments = {comment.end(): comment for comment in _COMMENT.finditer(document.text)}
    for end in comments.keys() - fenced.keys():
        raise BadPage(f"{_place(document, end)}: the comment stands above a block that never runs")
    for start, region in fenced.items():
        block = _block(document, region, comments.get(start))
        yield Region(start, region.end, block, run_example)


def _place(document: Document, position: int) -> str:
    return f"{document.path}:{document.text.count(chr(10), 0, position) + 1}"


def _block(document: Document, region: Region, comment: re.Match[str] | None) -> PageBlock:
    place = _place(document, region.start)
    lines = str(region.lexemes["source"]).splitlines()
    if str(region.lexemes["language"]).startswith("console"):
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    page, _, line = place.rpartition(":")
    script = "\n".join(lines)
    if not script.strip():
        raise BadPage(f"{place}: no command in this block; in a console block they start with `$ `")
    if comment is None:
        return PageBlock(page, int(line), script)
    if comment["verb"] == "not run":
        return PageBlock(page, int(line), script, why_not=comment["rest"])
    needs: dict[str, Any] = {}
    for need in (part.strip() for part in comment["rest"].split(",")):
        if code := _EXITS.fullmatch(need):
            needs["exits"] = int(code[1])
        elif need == "server":
            needs["server"] = True
        elif need in ELSEWHERE:
            needs |= {"place": need, "why_not": ELSEWHERE[need]}
        else:
            known = ", ".join(f"`{name}`" for name in ("server", "exits N", *ELSEWHERE))
            raise BadPage(f"{place}: `{need}` is not known; there are {known}")
    return PageBlock(page, int(line), script, **needs)


def blocks_for(place: str, root: Path = ROOT) -> list[PageBlock]:
    """List the blocks of all pages that need something which `make docs` has not, in the pages' order."""
    found = [page for pattern in PAGES for page in sorted(root.glob(pattern))]
    return [
        block
        for page in found
        for block in blocks(page.relative_to(root).as_posix(), page.read_text("utf-8"))
        if block.place == place
    ]


def copy(root: Path, to: Path) -> None:
    """Copy what git tracks or would track, so that a page finds what a fresh clone has, and nothing else."""
    listed = subprocess.run(  # nosec B603 B607  # no shell
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, to / name)
    subprocess.run(  # nosec B603 B607  # no shell; a clone is a repository too
        ["git", "init", "--quiet", str(to)], check=True
    )


def run_block(
    block: PageBlock,
    folder: Path,
    server: str | None,
    given: Mapping[str, str] = os.environ,
    limit: float = LIMIT,
) -> str:
    """Run a block; return what is wrong, or nothing."""
    script = block.script.replace(SERVER, server) if server else block.script
    environment = {
        **given,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{given['PATH']}",
        "COLUMNS": "120",
        **({"TIDEGATE_URL": server} if server else {}),
    }
    try:
        done = subprocess.run(  # nosec B603 B607  # what runs is this repository's own documents
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            env=environment,
            check=False,
            timeout=limit,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return f"no end within {limit:g} s"
    if done.returncode != block.exits:
        return f"exit code {done.returncode}, {block.exits} is expected\n{done.stdout[-3000:]}"
    return ""


def run_example(example: Example) -> str:
    """Run a block as a test, in its page's copy and with its page's server; return what is wrong."""
    block, page = example.parsed, example.namespace
    if block.why_not:
        raise SkipTest(block.why_not)
    if block.server and "server" not in page:
        page["server"] = page["stack"].enter_context(running())
    return run_block(block, page["folder"], page["server"] if block.server else None)


def open_page(page: dict[str, Any]) -> None:
    """Give a page a fresh copy of the repository that pytest runs in."""
    page["stack"] = ExitStack()
    page["folder"] = Path(page["stack"].enter_context(tempfile.TemporaryDirectory(prefix="tidegate-docs-")))
    copy(Path.cwd(), page["folder"])


def close_page(page: dict[str, Any]) -> None:
    """Stop the page's server and remove its copy."""
    page["stack"].close()


# A plugin of pytest: `-p scripts.run_docs`.
pytest_collect_file = Sybil(
    [parse], path=str(Path.cwd()), patterns=PAGES, setup=open_page, teardown=close_page
).pytest()
