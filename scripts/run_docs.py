"""`make docs`: runs the commands that README, CONTRIBUTING and docs/ show, in a copy of the repository.

Every block fenced as `bash` or `console` runs, in the order of the page, unless a comment right above it says
why not. In a `console` block the lines that start with `$ ` are the commands, the others what they print.

    <!-- not run: why -->            the block is left out, and the reason is printed
    <!-- run: server -->             a server is there; http://127.0.0.1:8000 is replaced by its address
    <!-- run: exits 1 -->            the last command must exit with this code; else 0 is due
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from scripts.serve import running

ROOT = Path(__file__).resolve().parent.parent
SHOWN_SERVER = "http://127.0.0.1:8000"
LIMIT = 180  # seconds for one block

# What only `make image-test` has, and why a block that needs it is left out here.
ELSEWHERE = {
    "engine": "it takes a container engine, `make image-test` runs it",
    "systemd": "it takes a machine with systemd, `make image-test` runs it",
}

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^\n]*$")
_COMMENT = re.compile(r"^\s*<!-- (?P<verb>not run|run): (?P<rest>.+?) -->\s*$")
_EXITS = re.compile(r"exits (\d+)")


class BadPage(Exception):
    """A comment above a block that the convention does not know."""


@dataclass(frozen=True, slots=True)
class Block:
    """Commands of a page: where they stand, what they need, what must come of them."""

    page: str
    line: int
    script: str
    why_not: str = ""
    server: bool = False
    exits: int = 0
    place: str = ""

    @property
    def left_out(self) -> str:
        """Why `make docs` does not run it; empty where it does."""
        return self.why_not or ELSEWHERE.get(self.place, "")


def blocks(page: str, text: str) -> Iterator[Block]:
    """Yield the blocks of a page that are commands; raises `BadPage` for an unknown comment."""
    lines = text.splitlines()
    number = 0
    comment: re.Match[str] | None = None
    while number < len(lines):
        line = lines[number]
        fence = _FENCE.match(line)
        if fence:
            end = next((at for at in range(number + 1, len(lines)) if lines[at].strip() == "```"), len(lines))
            body = [text.removeprefix(fence["indent"]) for text in lines[number + 1 : end]]
            if fence["language"] in ("bash", "sh", "console"):
                yield _block(page, number + 1, fence["language"], body, comment)
            elif comment:
                raise BadPage(f"{page}:{number}: the comment stands above a block that never runs")
            comment = None
            number = end
        elif line.strip():
            comment = _COMMENT.match(line)
        number += 1


def _block(page: str, line: int, language: str, body: Sequence[str], comment: re.Match[str] | None) -> Block:
    if language == "console":
        body = [text.removeprefix("$ ") for text in body if text.startswith("$ ")]
    script = "\n".join(body)
    if not script.strip():
        raise BadPage(f"{page}:{line}: no command in this block; in a console block they start with `$ `")
    if comment is None:
        return Block(page, line, script)
    if comment["verb"] == "not run":
        return Block(page, line, script, why_not=comment["rest"])
    server, exits, place = False, 0, ""
    for wish in comment["rest"].split(","):
        code = _EXITS.fullmatch(wish.strip())
        if code:
            exits = int(code[1])
        elif wish.strip() == "server":
            server = True
        elif wish.strip() in ELSEWHERE:
            place = wish.strip()
        else:
            known = ", ".join(f"`{name}`" for name in ("server", "exits N", *ELSEWHERE))
            raise BadPage(f"{page}:{line}: `{wish.strip()}` is not known; there are {known}")
    return Block(page, line, script, server=server, exits=exits, place=place)


def blocks_for(place: str, root: Path = ROOT) -> list[Block]:
    """List the blocks of all pages that need something which `make docs` has not, in the pages' order."""
    return [
        block
        for page in pages(root)
        for block in blocks(page.relative_to(root).as_posix(), page.read_text("utf-8"))
        if block.place == place
    ]


def pages(root: Path) -> list[Path]:
    """List the pages whose commands run."""
    return [
        page
        for page in (root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md")))
        if page.is_file()
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
        ["git", "init", "--quiet", str(to)],
        check=True,
    )


def run_block(
    block: Block,
    folder: Path,
    server: str | None,
    given: Mapping[str, str] = os.environ,
    limit: float = LIMIT,
) -> str:
    """Run a block; return what is wrong, or nothing."""
    script = block.script.replace(SHOWN_SERVER, server) if server else block.script
    environment = {
        **given,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{given['PATH']}",
        "COLUMNS": "120",
        **({"TIDEGATE_SERVER": server} if server else {}),
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
        return f"exit code {done.returncode}, {block.exits} is due\n{done.stdout[-3000:]}"
    return ""


Server = Callable[[], AbstractContextManager[str]]


def run_page(page: str, text: str, folder: Path, serve: Server = running) -> list[str]:
    """Run the blocks of one page in order, with one server for all that need it; return what is wrong."""
    found = list(blocks(page, text))
    wrong = []
    needed = any(block.server and not block.left_out for block in found)
    with serve() if needed else nullcontext("") as server:
        for block in found:
            place = f"{block.page}:{block.line}"
            if block.left_out:
                print(f"left out  {place}: {block.left_out}", flush=True)
                continue
            problem = run_block(block, folder, server if block.server else None)
            print(f"{'wrong    ' if problem else 'ran      '} {place}", flush=True)
            if problem:
                wrong.append(f"{place}: {problem}\n    " + block.script.replace("\n", "\n    "))
    return wrong


def main(root: Path = ROOT, serve: Server = running) -> int:
    """Run every page in a fresh copy; return 0 only if every block did what the page says."""
    wrong = []
    ran = 0
    for page in pages(root):
        with tempfile.TemporaryDirectory(prefix="tidegate-docs-") as folder:
            copy(root, Path(folder))
            name = page.relative_to(root).as_posix()
            text = page.read_text("utf-8")
            try:
                ran += sum(not block.left_out for block in blocks(name, text))
                wrong.extend(run_page(name, text, Path(folder), serve))
            except BadPage as bad:
                wrong.append(str(bad))
    for problem in wrong:
        print(problem, file=sys.stderr)
    if not ran:
        print("no page shows a command that runs", file=sys.stderr)
    return 1 if wrong or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
