"""Writing to people: what a terminal can show, nothing that it would obey, and files in the place of one."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tidegate.cli.lazy import NotDone

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

GOOD, BAD, ODD, EXCUSED = "green", "bold red", "bold magenta", "yellow"
"""Styles: what is well, what is not, what could not be judged, and what is excused."""

_SHORT = 12
_GAP = 2  # spaces between two columns of a list
_PLAIN = str.maketrans({"…": "...", "→": "->", "×": "x", "≥": ">=", "≤": "<=", "–": "-", "—": "-", "·": "-"})
_COMMAND = re.compile(r"(^|\s)(?:::|##\[)")


class Terminal:
    """Standard output for people; `plain` makes any text safe to print there."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._encoding = console.encoding or "ascii"
        self._unicode = self._encoding.lower().replace("-", "").startswith("utf")

    @property
    def width(self) -> int:
        """Return the columns that there are."""
        return self.console.width

    def print(self, *what: RenderableType, style: str | None = None) -> None:
        """Print something; in a file or a CI log no line ends with the spaces that fill up a column."""
        if self.console.is_terminal:
            self.console.print(*what, style=style)
            return
        with self.console.capture() as captured:
            self.console.print(*what, style=style)
        for line in captured.get().removesuffix("\n").split("\n"):
            self.console.file.write(line.rstrip() + "\n")

    def plain(self, text: str) -> str:
        """Return a text on one line, without what a terminal or a CI log would obey or cannot show.

        Reports hold what others wrote: control characters are shown as codes, and what GitHub's log would
        take for a command (`::…` or `##[…` after a space) is broken up.
        """
        line = _COMMAND.sub(r"\1: :", " ".join(text.split()))
        printable = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in line)
        if self._unicode:
            return printable
        return printable.translate(_PLAIN).encode(self._encoding, "backslashreplace").decode(self._encoding)


class Block:
    """Lines of a label and a text, the text kept to its own column however often it wraps."""

    def __init__(self, terminal: Terminal) -> None:
        from rich.table import Table

        self._terminal = terminal
        self._table = Table.grid(padding=(0, 1, 0, 0), expand=True)
        self._table.add_column(width=1)
        self._table.add_column(style="dim", no_wrap=True)
        self._table.add_column(ratio=1, overflow="fold")

    def add(self, label: str, text: str, style: str = "") -> None:
        """Add a line."""
        from rich.text import Text

        self._table.add_row("", self._terminal.plain(label), Text(self._terminal.plain(text), style))

    def print(self) -> None:
        """Print what was added."""
        self._terminal.print(self._table)


def shown_commit(terminal: Terminal, commit: str) -> str:
    """Write a commit short for people; programs get all of it."""
    return commit[:_SHORT] if terminal.console.is_terminal else commit


def print_rows(terminal: Terminal, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a list: a row on one line, its columns two spaces apart and no value cut or broken.

    Programs read whole lines, whatever COLUMNS says. On a terminal that is too narrow a row goes on, a little
    further in, between two values: all rows and the titles between the same, so that columns stay columns.
    """
    cells = [list(map(terminal.plain, row)) for row in (titles, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    room = terminal.width if terminal.console.is_terminal else sys.maxsize
    for row in cells:
        click.echo("\n".join(_lines_of(row, widths, room)))


def _lines_of(row: Sequence[str], widths: Sequence[int], room: int) -> list[str]:
    lines, used = [""], 0
    for value, width in zip(row, widths, strict=True):
        if used and used + width > room:
            lines.append(" " * _GAP)
            used = _GAP
        lines[-1] += value.ljust(width + _GAP)
        used += width + _GAP
    return [line.rstrip() for line in lines]


def open_terminal() -> Terminal:
    """Open standard output for a person, as wide as it is or as `COLUMNS` says."""
    from rich.console import Console

    return Terminal(Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=False))


def write_document(data: bytes, path: str | None) -> None:
    """Write a document for programs to a file, byte for byte, or with a line end to standard output."""
    if path is None:
        # Past the text layer, so that the bytes are the same whatever encoding the terminal has.
        sys.stdout.flush()
        sys.stdout.buffer.write(data if data.endswith(b"\n") else data + b"\n")
        sys.stdout.buffer.flush()
        return
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise NotDone(f"{path}: cannot be written: {error.strerror or error}.") from error


def read_text(path: str, what: str) -> str:
    """Read a file that a person wrote; what cannot be read is reported by name."""
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise NotDone(f"{path}: the {what} cannot be read: {why}.") from error
