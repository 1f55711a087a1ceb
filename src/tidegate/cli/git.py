"""Which commit is checked out, read from `.git` itself: starting git would take longer than the check."""

from __future__ import annotations

import re
from pathlib import Path

UNKNOWN = "unknown"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MAX_LINKS = 5


def head_revision(folder: Path) -> str:
    """Return the commit checked out in the folder or in one above it; `unknown` where that cannot be read."""
    try:
        for place in (folder, *folder.parents):
            if (place / ".git").exists():
                return _resolve(_git_folder(place / ".git"), "HEAD")
    except (OSError, UnicodeDecodeError):
        return UNKNOWN
    return UNKNOWN


def _git_folder(git: Path) -> Path:
    """Follow the file that stands in the place of `.git` in a worktree or submodule."""
    if git.is_dir():
        return git
    return git.parent / git.read_text("utf-8").removeprefix("gitdir:").strip()


def _resolve(git: Path, name: str) -> str:
    common = git / "commondir"
    shared = git / common.read_text("utf-8").strip() if common.is_file() else git
    for _ in range(_MAX_LINKS):
        places = [folder / name for folder in (git, shared) if (folder / name).is_file()]
        text = places[0].read_text("utf-8").strip() if places else _packed(shared, name)
        if not text.startswith("ref:"):
            return text if _COMMIT.fullmatch(text) else UNKNOWN
        name = text.removeprefix("ref:").strip()
    return UNKNOWN


def _packed(git: Path, name: str) -> str:
    packed = git / "packed-refs"
    if packed.is_file():
        for line in packed.read_text("utf-8").splitlines():
            commit, _, ref = line.partition(" ")
            if ref == name:
                return commit
    return UNKNOWN
