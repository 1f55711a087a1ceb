"""Which reports are meant: files, folders, patterns and `format:path`, as they stand on the command line."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tidegate.domain.errors import Invalid
from tidegate.readers.detect import instead_of

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Named:
    """A file to read. `format` is None where its content decides; `found` where nobody named it itself."""

    path: str
    format: str | None = None
    found: bool = False


def expand(arguments: Sequence[str], formats: Sequence[str], ignore: Sequence[str] = ()) -> list[Named]:
    """Make files of what was written: each once, those of folders and patterns in the order of their names.

    What exists under the very name that was written is taken as that; only then a prefix `format:` is
    looked for, and then a pattern (`*`, `?`, `[…]`, and `**` for folders of any depth). Raises `Invalid`
    where nothing is found, or a format is not known.
    """
    files: dict[str, Named] = {}
    for argument in arguments:
        for named in _expand_one(argument, formats):
            if _ignored(named.path, ignore):
                continue
            known = files.get(named.path)
            files[named.path] = named if known is None else _merge(known, named)
    return list(files.values())


def _merge(one: Named, other: Named) -> Named:
    """Make one of a file that was meant twice: it counts as named, and as the format that was said."""
    if one.format and other.format and one.format != other.format:
        raise Invalid(f"{one.path}: named both as {one.format} and as {other.format}. Which of them is it?")
    return Named(one.path, one.format or other.format, one.found and other.found)


def _expand_one(argument: str, formats: Sequence[str]) -> Iterable[Named]:
    if argument == STDIN or os.path.lexists(argument):
        return _files(argument, None, argument)
    format, colon, path = argument.partition(":")
    if colon and (format in formats or path == STDIN or os.path.lexists(path)):
        if format not in formats:
            raise Invalid(f"{argument}: there is no report format {format!r}. {instead_of(format, formats)}")
        return _files(path, format, argument)
    return _files(argument, None, argument)


def _files(path: str, format: str | None, argument: str) -> Iterable[Named]:
    if path == STDIN:
        return [Named(path, format)]
    if os.path.isdir(path):
        return list(_walk(path, format))
    if os.path.lexists(path):
        return [Named(_slashes(path), format)]
    matched = sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) else []
    if not matched:
        what = "nothing matches this pattern" if glob.has_magic(path) else "there is no such file or folder"
        raise Invalid(
            f"{argument}: {what}. Has the tool written its report, and is this the folder it ran in?"
        )
    return [named for match in matched for named in _matched(match, format, recursive="**" in path)]


def _matched(match: str, format: str | None, *, recursive: bool) -> Iterable[Named]:
    """Take what a pattern matched; `**` has gone through the folders itself."""
    if os.path.isdir(match):
        return [] if recursive else list(_walk(match, format))
    return [Named(_slashes(match), format, found=True)]


def _walk(folder: str, format: str | None) -> Iterator[Named]:
    """Go through a folder; what is hidden (`.git`, `.coverage`) is no report."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield Named(_slashes(os.path.join(place, name)), format, found=True)


def _ignored(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether a pattern fits the whole path or one name in it."""
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in (path, *path.split("/")))


def _slashes(path: str) -> str:
    """Write a path the same on every system: it names the slot, and verdicts do not depend on the system."""
    return Path(path).as_posix()
