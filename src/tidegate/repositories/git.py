"""A commit of a repository as git has it: its files, its tags, and what it ignores; nothing of it is run."""

from __future__ import annotations

import os
import subprocess  # nosec B404  # asks git alone, with arguments of our own
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidegate.domain.errors import Invalid

PATIENCE = 60.0
"""Seconds for git to answer one question."""
MOST_FILES = 200_000
LARGEST_FILE, MOST_BYTES = 1024 * 1024, 64 * 1024 * 1024
"""Bytes of a file that is read, and of all of them."""
# No hook, no file monitor and no fetch of what a partial clone lacks: what is scanned may be a stranger's.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.devnull)
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
_KEPT = {"GIT_SSL_CAINFO", "GIT_SSL_CAPATH"}  # whom a company's hosts are trusted by
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class TrackedFile:
    """A file of a commit; `size` is in bytes."""

    path: str
    digest: str
    size: int


class GitRepository:
    """The commit that is checked out in a folder, or the HEAD of a bare repository.

    Of a folder inside of a working tree only what is in it counts. Raises `Invalid` where git cannot say.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise Invalid(f"{folder} is no folder. Name a clone, a folder in one, or a bare repository.")
        self._folder = folder
        self.commit = self._ask("rev-parse", "--verify", "HEAD^{commit}").strip()

    def files(self) -> tuple[TrackedFile, ...]:
        """Return the files below the folder, links and submodules left out."""
        listed = self._ask("ls-tree", "-r", "-l", "-z", "HEAD").split("\0")
        if len(listed) > MOST_FILES:
            raise Invalid(f"{self._folder} has more than {MOST_FILES:,} files: name a folder in it.")
        found = []
        for entry in filter(None, listed):
            facts, _, path = entry.partition("\t")
            mode, kind, digest, size = facts.split()
            if kind == "blob" and mode != "120000":
                found.append(TrackedFile(path, digest, int(size)))
        return tuple(found)

    def read(self, files: Sequence[TrackedFile]) -> Mapping[str, str]:
        """Return the texts of files by their paths; those that are too large, or more than fit, are left out.

        What is no UTF-8 is read with replacements.
        """
        chosen, total = [], 0
        for one in files:
            if one.size <= LARGEST_FILE and total + one.size <= MOST_BYTES:
                chosen.append(one)
                total += one.size
        asked = "".join(f"{one.digest}\n" for one in chosen).encode()
        data = self._run(("cat-file", "--batch"), input=asked) if chosen else b""
        texts, at = {}, 0
        for one in chosen:
            begin = data.index(b"\n", at) + 1
            texts[one.path] = data[begin : begin + one.size].decode("utf-8", "replace")
            at = begin + one.size + 1
        return texts

    def tag(self) -> str | None:
        """Return the nearest tag from which the commit follows, None where there is none."""
        try:
            return self._ask("describe", "--tags", "--abbrev=0", "HEAD").strip() or None
        except Invalid:
            return None

    def _ask(self, *arguments: str) -> str:
        return self._run(arguments).decode("utf-8", "replace")

    def _run(self, arguments: Sequence[str], input: bytes = b"") -> bytes:
        return run_git(("-C", str(self._folder), *arguments), str(self._folder), input=input)


def ignored(ignore_files: Mapping[str, str], names: Iterable[str]) -> Mapping[str, tuple[str, int]]:
    """Return which names are ignored, each with the file and line that says so; git itself reads the rules.

    `ignore_files` are the texts of `.gitignore` files by their paths.
    """
    wanted = list(names)
    if not (ignore_files and wanted):
        return {}
    with tempfile.TemporaryDirectory(prefix="tidegate-ignored-") as name:
        folder = Path(name)
        run_git(("init", "--quiet", "--template=", name), name)
        for path, text in ignore_files.items():
            place = folder / path
            if folder in place.resolve().parents:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, "utf-8")
        asked = ("-C", name, "check-ignore", "--no-index", "--verbose", "-z", "--stdin")
        answer = run_git(asked, name, input="\0".join(wanted).encode(), accepted=(0, 1)).decode().split("\0")
    found = {}
    for source, line, pattern, path in zip(*(iter(answer),) * 4, strict=False):
        if not pattern.startswith("!"):
            found[path] = (source, int(line))
    return found


def run_git(
    arguments: Sequence[str],
    place: str,
    *,
    input: bytes = b"",
    accepted: tuple[int, ...] = (0,),
    more: Mapping[str, str] = _NOTHING,
    patience: float | None = None,
    prepare: Callable[[], None] | None = None,
) -> bytes:
    """Run git and return what it writes; `place` names in errors what was asked about.

    `more` are further variables, `prepare` is done in the new process. Raises `Invalid` where git is away,
    ends otherwise than `accepted`, or takes longer than `patience` seconds.
    """
    limit = PATIENCE if patience is None else patience
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name[:4] != "GIT_"}
    try:
        done = subprocess.run(  # nosec B603 B607  # no shell; git from the path, as everywhere
            ["git", *_SAFE, *arguments],
            input=input,
            capture_output=True,
            timeout=limit,
            check=False,
            env={**kept, **_ENVIRONMENT, **more},
            preexec_fn=prepare,
        )
    except FileNotFoundError:
        raise Invalid("git is not on this machine's PATH: install it.") from None
    except subprocess.TimeoutExpired:
        raise Invalid(f"git took more than {limit:.0f} s to read {place}.") from None
    if done.returncode not in accepted:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
        raise Invalid(
            f"{place} cannot be read as a git repository with a commit: {said or 'git does not say why'}"
        )
    return done.stdout
