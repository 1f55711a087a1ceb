"""Shell commands as far as it matters: which are run, and whether their failure is thrown away."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_HARMLESS = {"true", ":", "echo", "printf"}
_BETWEEN = {"&&", "||", ";", "|", "&"}
_PREFIXES = {"sudo", "exec", "time", "env", "uv", "run", "poetry", "pipenv", "python", "python3", "-m", "npx"}


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A command and its words; `before` is the operator that stands before it, "" for the first."""

    before: str
    words: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The words up to the first that is no prefix such as `sudo` or `python -m`, without folders."""
        for place, word in enumerate(self.words):
            if word not in _PREFIXES and "=" not in word:
                return tuple(one.rpartition("/")[2] for one in self.words[: place + 1])
        return tuple(self.words)

    @property
    def name(self) -> str:
        """What is run."""
        return self.names[-1] if self.names else ""

    @property
    def never_fails(self) -> bool:
        """Whether it always ends with 0."""
        return self.name in _HARMLESS or self.words[:2] == ("exit", "0")


def commands_of(line: str) -> tuple[ShellCommand, ...]:
    """Split a line into its commands; raises `ValueError` for quotes that are not closed."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;")
    lexer.whitespace_split = True
    found: list[ShellCommand] = []
    before = ""
    words: list[str] = []
    for token in lexer:
        if token in _BETWEEN:
            found.append(ShellCommand(before, tuple(words)))
            before, words = token, []
        else:
            words.append(token)
    found.append(ShellCommand(before, tuple(words)))
    return tuple(one for one in found if one.words)


def cannot_fail(commands: tuple[ShellCommand, ...]) -> bool:
    """Tell whether a line ends with 0 whatever its commands say: what comes last never fails.

    After `&&` it is not reached where something failed.
    """
    return bool(commands) and commands[-1].never_fails and commands[-1].before != "&&"


def excused(commands: tuple[ShellCommand, ...]) -> Iterator[ShellCommand]:
    """Go through the commands whose failure `|| true`, or the like, throws away."""
    if any(one.words[0] == "exit" and one.words[1:] != ("0",) for one in commands):
        return  # it says by itself how it ended
    for one, after in zip(commands, commands[1:], strict=False):
        if after.before == "||" and after.never_fails:
            yield one


def logical_lines(script: str) -> Iterator[tuple[int, str]]:
    """Go through the lines of a script with what `\\` continues joined; numbered from 0."""
    held, first = "", 0
    for number, line in enumerate(script.splitlines()):
        first = first if held else number
        if line.rstrip().endswith("\\"):
            held += line.rstrip()[:-1] + " "
            continue
        yield first, held + line
        held = ""
    if held:
        yield first, held
