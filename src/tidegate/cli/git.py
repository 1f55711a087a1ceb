"""Which commit is meant: the one checked out, read from `.git` itself, or one that was written down."""

from __future__ import annotations

import os
import re
import subprocess  # nosec B404  # asks git alone, with arguments of our own
from pathlib import Path

from tidegate.domain.errors import Invalid

UNKNOWN = "unknown"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHORT = re.compile(r"[0-9a-f]{4,63}")
_MAX_LINKS = 5
_PATIENCE = 10  # seconds for git to answer


def head_revision(folder: Path) -> str:
    """Return the commit checked out in the folder or in one above it; `unknown` where that cannot be read.

    git itself is not asked: it need not be there.
    """
    try:
        for place in (folder, *folder.parents):
            if (place / ".git").exists():
                return _resolve(_git_folder(place / ".git"), "HEAD")
    except (OSError, UnicodeDecodeError):
        return UNKNOWN
    return UNKNOWN


def full_revision(written: str, folder: Path) -> str:
    """Return the whole hash of a commit that was written down; git completes a short one in its checkout.

    Raises `Invalid` for what is no hash, as the server does, and for a short one that no commit here, or
    more than one, begins with.
    """
    lower = written.strip().lower()
    if _COMMIT.fullmatch(lower):
        return lower
    if not _SHORT.fullmatch(lower):
        raise Invalid(
            f"{written!r} is not the hash of a commit. Give what `git rev-parse NAME` prints of a branch or "
            "tag; without the option the commit counts that is checked out."
        )
    found = _completed(lower, folder)
    if found is None:
        raise Invalid(
            f"{written!r} is a shortened hash, and there is not exactly one commit here that begins so. Give "
            f"all 40 digits: `git rev-parse {lower}` prints them where the commit is."
        )
    return found


def _completed(short: str, folder: Path) -> str | None:
    """Ask git for the one commit that begins so; None where there is none, or no git."""
    found = (_answer(folder, "rev-parse", "--verify", "--quiet", short + "^{commit}") or "").strip()
    return found if found.startswith(short) and _COMMIT.fullmatch(found) else None


def is_missing(commit: str, folder: Path) -> bool:
    """Tell whether git knows for sure that a whole hash names no commit of the checkout around a folder.

    Outside of a checkout, and where git does not answer, nothing is sure. Nothing is fetched for it.
    """
    if not any((place / ".git").exists() for place in (folder, *folder.parents)):
        return False
    found = _answer(folder, "cat-file", "--batch-check", given=commit + "\n")
    return found is not None and not found.startswith(f"{commit} commit ")


def differs_from(commit: str, folder: Path) -> bool:
    """Tell whether a commit is the one checked out around a folder and its tracked files are not as in it.

    Where git is not there or does not answer, nobody knows, and nothing is said.
    """
    if commit == UNKNOWN or commit != head_revision(folder):
        return False
    status = ("-c", "core.fsmonitor=false", "status", "--porcelain", "--untracked-files=no")
    return bool((_answer(folder, "--no-optional-locks", *status) or "").strip())


def _answer(folder: Path, *arguments: str, given: str = "") -> str | None:
    """Ask git in a folder; None where it is not there, does not answer in time, or says no."""
    try:
        done = subprocess.run(  # nosec B603, B607  # no shell; arguments of our own and hexadecimal digits
            ["git", *arguments],
            cwd=folder,
            input=given,
            env={**os.environ, "GIT_NO_LAZY_FETCH": "1"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


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
