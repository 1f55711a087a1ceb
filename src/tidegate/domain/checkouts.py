"""Paths without the folder that sources were checked out into: by their text, or by comparison."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import unquote

_CI_FOLDERS = (
    r"/(?:home|Users)/runner/work/[^/]+/[^/]+|/__w/[^/]+/[^/]+|[A-Z]:/a/[^/]+/[^/]+"  # GitHub
    r"|/github/workspace|/builds/[^/]+/[^/]+"  # GitLab
    r"|/home/vsts/work/\d+/s|(?:/[\w.-]+)*/_work/\d+/s|[A-Z]:/a/\d+/s"  # Azure
    r"|/home/circleci/project|/var/(?:lib/)?jenkins(?:_home)?/workspace/[^/]+"
    r"|/opt/atlassian/pipelines/agent/build|/codebuild/output/src\d+/src/[^/]+(?:/[^/]+){2}"
    r"|/drone/src|/bitrise/src|/buildkite/builds/[^/]+/[^/]+/[^/]+"
)
_CONTAINER_FOLDERS = r"|/workspaces/[^/]+|/workspace|/usr/src/app|/app|/code|/repo|/project"
_CHECKOUT = re.compile(rf"^(?:{_CI_FOLDERS}{_CONTAINER_FOLDERS})/", re.IGNORECASE)
_CHECKOUT_INSIDE = re.compile(rf"(?<![\w/.-])(?:{_CI_FOLDERS})/", re.IGNORECASE)
_DRIVE = re.compile(r"^/?([A-Za-z]):(?=/)")
_ABSOLUTE = re.compile(r"^(?:/|[A-Za-z]:/)")
# Folders under which machines keep what belongs to one of many: what follows tells checkouts apart.
_SHARED_TOPS = frozenset(
    "home users tmp var private builds mnt opt srv root data work workspace c: d:".split()
)
_MOST_PAIRS = 100  # of one problem in files of one name; more say nothing that these do not


@lru_cache(maxsize=4096)
def place(path: str) -> str:
    """Write a path in one way: no `file://`, slashes, no `./`, an upper-case drive."""
    if path.startswith("file:"):
        path = unquote(path.removeprefix("file:"))
        path = path if path.startswith("///") else path.removeprefix("//")
    path = path.replace("\\", "/")
    if not path:
        return ""
    path = posixpath.normpath(path)
    path = "/" + path.lstrip("/") if path.startswith("//") else path
    return _DRIVE.sub(lambda found: found[1].upper() + ":", "" if path == "." else path)


@lru_cache(maxsize=4096)
def in_checkout(path: str) -> str:
    """Write a path (as `place` does) as it stands in its repository, as far as its text alone can tell."""
    return _CHECKOUT.sub("", path)


def without_checkouts(text: str) -> str:
    """Leave out of a text where CI systems check sources out."""
    return _CHECKOUT_INSIDE.sub("", text) if "/" in text else text


def is_absolute(path: str) -> bool:
    """Tell whether a path (as `place` writes it) begins at the root of a machine or disk."""
    return _ABSOLUTE.match(path) is not None


def is_unknown(path: str) -> bool:
    """Tell whether a path is absolute and its text does not say where the repository begins."""
    return is_absolute(in_checkout(path))


Segments: TypeAlias = "tuple[str, ...]"


@dataclass(frozen=True, slots=True)
class Checkouts:
    """Which folder of one set of reports stands for which folder of another."""

    folders: Mapping[Segments, Segments] = field(default_factory=dict)

    def translate(self, path: str) -> str:
        """Write a path of the one set as the other has it."""
        parts = _segments(path)
        for prefix, other in self.folders.items():
            if parts[: len(prefix)] == prefix and (bool(prefix) or not is_absolute(path)):
                return "/".join((*other, *parts[len(prefix) :]))
        return path

    @classmethod
    def between(cls, here: Mapping[str, Iterable[str]], there: Mapping[str, Iterable[str]]) -> Checkouts:
        """Learn it from where the same problems are, named by their keys: from the paths of each problem.

        The ends that two paths share are in the repository, what is before them is where it was checked out.
        A pair of folders is believed where at least a folder and a file agree, and several files where that
        could be a file that moved inside one checkout; folders inside others that are believed are not.
        """
        votes: dict[tuple[Segments, Segments], set[Segments]] = {}
        for name in here.keys() & there.keys():
            for one, other in _pairs(here[name], there[name]):
                shared = _shared_end(one, other)
                if shared is not None:
                    end = len(shared)
                    ours, theirs = _segments(one)[:-end], _segments(other)[:-end]
                    votes.setdefault((ours, theirs), set()).add(shared)
        folders: dict[Segments, Segments] = {}
        ranked = sorted(votes.items(), key=lambda vote: (-len(vote[1]), -max(map(len, vote[1])), vote[0]))
        for (ours, theirs), ends in ranked:
            if _believed(ours, theirs, ends) and not any(
                _nested(ours, known) or (theirs != other and _nested(theirs, other))
                for known, other in folders.items()
            ):
                folders[ours] = theirs
        return cls(folders)


def _pairs(here: Iterable[str], there: Iterable[str]) -> Iterable[tuple[str, str]]:
    by_file: dict[str, list[str]] = {}
    for path in sorted(set(there)):
        by_file.setdefault(posixpath.basename(path), []).append(path)
    met: dict[str, int] = {}
    for path in sorted(set(here)):
        name = posixpath.basename(path)
        met[name] = met.get(name, 0) + 1
        if met[name] <= _MOST_PAIRS:
            yield from ((path, other) for other in by_file.get(name, ())[:_MOST_PAIRS])


def _shared_end(one: str, other: str) -> Segments | None:
    """Return the end that two paths share; None where they cannot be one file of two checkouts."""
    if one == other or not (is_unknown(one) or is_unknown(other)):
        return None
    ours, theirs = _segments(one), _segments(other)
    length = 0
    for a, b in zip(reversed(ours), reversed(theirs), strict=False):
        if a != b:
            break
        length += 1
    for path, parts in ((one, ours), (other, theirs)):
        if not is_absolute(path) and length < len(parts):
            return None  # a path in the repository is one to its first folder
    return ours[-length:] if length else None


def _believed(ours: Segments, theirs: Segments, ends: set[Segments]) -> bool:
    if len(ends) > 1:
        return True
    if max(map(len, ends)) < 2:
        return False
    same = 0
    for a, b in zip(ours, theirs, strict=False):
        if a != b:
            break
        same += 1
    # `/home/ann` and `/home/ben` are two checkouts, `/home/ann/shop/tests` and `/home/ann/shop/app` one.
    return all(part.casefold() in _SHARED_TOPS for part in ours[:same] if part)


def _nested(one: Segments, other: Segments) -> bool:
    shorter = min(len(one), len(other))
    return bool(shorter) and one[:shorter] == other[:shorter]


def _segments(path: str) -> Segments:
    return tuple(path.split("/")) if path else ()
