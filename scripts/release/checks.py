"""What must hold before a version may be released; each refusal says what is wrong and what fixes it."""

from __future__ import annotations

import re
import subprocess  # nosec B404  # runs this repository's own targets
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.git import GitFailed, GitRepository
from scripts.release.changelog import BadChangelog, section
from tidegate.domain.errors import Invalid
from tidegate.domain.versions import Version

BRANCH = "main"
TAGS = "refs/tags/"
_HEADS = "refs/heads/"
_PEELED = "^{}"
_LAST_LINES = 3  # of what a failing check printed
_SHOWN = 5  # files that are named before the rest is counted


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a version may not be released, and what fixes it."""

    wrong: str
    fix: str

    def __str__(self) -> str:
        return f"✗ {self.wrong}\n  To fix it: {self.fix}"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag on the remote: the commit that it names, and whether it is a signed or annotated object."""

    commit: str
    annotated: bool


@dataclass(frozen=True, slots=True)
class Remote:
    """What a remote has: the commits of its branches, and its production tags."""

    name: str
    heads: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, Tag] = field(default_factory=dict)


def ask_remote(repository: GitRepository, name: str) -> Remote:
    """Ask the remote itself, so that nothing old is believed; raises `GitFailed`."""
    listed = repository.ask("ls-remote", name, f"{_HEADS}*", f"{TAGS}prod/*")
    refs = {ref: commit for commit, _, ref in (line.partition("\t") for line in listed.splitlines())}
    heads = {ref.removeprefix(_HEADS): commit for ref, commit in refs.items() if ref.startswith(_HEADS)}
    # An annotated tag is listed twice: as the object that it is, and peeled to the commit that it names.
    tags = {
        ref.removeprefix(TAGS): Tag(refs.get(ref + _PEELED, commit), ref + _PEELED in refs)
        for ref, commit in refs.items()
        if ref.startswith(TAGS) and not ref.endswith(_PEELED)
    }
    return Remote(name, heads, tags)


def versions(tags: Mapping[str, object]) -> list[Version]:
    """Return the versions that tags stand for, lowest first; a tag that stands for none is no release."""
    found = []
    for tag in tags:
        try:
            found.append(Version.of_tag(tag))
        except Invalid:
            continue
    return sorted(found)


def _of_project(text: str) -> str:
    return str(tomllib.loads(text)["project"]["version"])


def _of_package(text: str) -> str:
    found = re.search(r'^__version__ = "([^"]*)"', text, re.MULTILINE)
    if found is None:
        raise LookupError("there is no __version__")
    return found[1]


# The package knows its version without asking how it was installed: /status tells this one.
_VERSIONS = {"pyproject.toml": _of_project, "src/tidegate/__init__.py": _of_package}


def content(repository: GitRepository, commit: str, version: Version) -> Iterator[Refusal]:
    """Refuse a commit whose sources say another version, or whose CHANGELOG.md says nothing of this one."""
    for path, read in _VERSIONS.items():
        try:
            declared = read(repository.ask("show", f"{commit}:{path}"))
        except (GitFailed, tomllib.TOMLDecodeError, LookupError, TypeError) as error:
            yield Refusal(f"The version in {path} cannot be read: {error}", f"say version {version} there")
            continue
        if declared != str(version):
            yield Refusal(
                f"{path} says version {declared}, not {version}.",
                f"say {version} there, write the lock (.tools/bin/uv lock) and the pages (make generate), "
                "commit and push",
            )
    try:
        section(repository.ask("show", f"{commit}:CHANGELOG.md"), str(version))
    except GitFailed:
        yield Refusal("There is no CHANGELOG.md.", f"write one, with a section of {version}")
    except BadChangelog as bad:
        wrong, _, advice = str(bad).partition(". ")
        yield Refusal(f"{wrong}.", f"{advice[:1].lower()}{advice[1:]}; commit and push")


def order(version: Version, others: Mapping[str, object]) -> Iterator[Refusal]:
    """Refuse a version that is not above every other one that was released."""
    released = versions(others)
    if released and version <= released[-1]:
        last = released[-1]
        yield Refusal(
            f"{version} is not above {last}, the last release.",
            f"choose a higher version, such as {last.major}.{last.minor}.{last.patch + 1}",
        )


TARGETS = ("lock", "generated", "format-check", "contracts")
"""The checks of the pipeline that take seconds: better asked before the tag than after it."""


def targets(root: Path) -> Iterator[Refusal]:
    """Refuse sources that the pipeline's quick checks refuse."""
    for target in TARGETS:
        done = subprocess.run(  # nosec B603 B607  # no shell, this repository's own targets
            ["make", "--silent", target], cwd=root, check=False, capture_output=True, text=True
        )
        if done.returncode != 0:
            lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            yield Refusal(
                f"make {target} fails: {' '.join(lines[-_LAST_LINES:])}", f"make {target}, and fix it"
            )


def checkout(repository: GitRepository) -> Iterator[Refusal]:
    """Refuse another branch than main, and changes that are in no commit."""
    branch = repository.answers("symbolic-ref", "--quiet", "--short", "HEAD")
    if branch != BRANCH:
        where = f"on branch {branch}" if branch else "on no branch"
        yield Refusal(f"You are {where}; releases are made from {BRANCH}.", f"git switch {BRANCH}")
    changed = repository.ask("status", "--porcelain").splitlines()
    if changed:
        named = ", ".join(line.split(maxsplit=1)[-1] for line in changed[:_SHOWN])
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        yield Refusal(f"There are changes in no commit: {named}{more}.", "commit them, or git stash -u")


def pushed(repository: GitRepository, commit: str, remote: Remote) -> Iterator[Refusal]:
    """Refuse a commit that is not the head of the remote's main branch."""
    head = remote.heads.get(BRANCH)
    if head is None:
        yield Refusal(f"{remote.name} has no branch {BRANCH}.", f"git push -u {remote.name} {BRANCH}")
    elif head != commit:
        if repository.answers("merge-base", "--is-ancestor", head, commit) is not None:
            yield Refusal(
                f"This commit is not pushed: {remote.name}/{BRANCH} is at {head[:12]}.",
                f"git push {remote.name} {BRANCH}",
            )
        else:
            yield Refusal(
                f"{remote.name}/{BRANCH} is at {head[:12]}, which is not in what you have.",
                f"git pull --rebase {remote.name} {BRANCH}",
            )


def free(repository: GitRepository, version: Version, remote: Remote) -> Iterator[Refusal]:
    """Refuse a tag that is there already."""
    if version.tag in remote.tags:
        yield Refusal(
            f"{version.tag} is on {remote.name} already, at {remote.tags[version.tag].commit[:12]}.",
            "choose a higher version; what was released stays what it is",
        )
    elif repository.answers("rev-parse", "--verify", "--quiet", f"{TAGS}{version.tag}") is not None:
        yield Refusal(
            f"{version.tag} is a tag here that {remote.name} does not have.",
            f"look at it (git show {version.tag}); if nobody needs it: git tag -d {version.tag}",
        )


def tagged(repository: GitRepository, commit: str, version: Version, remote: Remote) -> Iterator[Refusal]:
    """Refuse a pushed tag that is not annotated, names another commit, or one that is not on main."""
    tag = remote.tags.get(version.tag)
    again = f"take the tag back (git push {remote.name} :{TAGS}{version.tag}) and make it again"
    if tag is None:
        yield Refusal(f"{remote.name} has no tag {version.tag}.", f"git push {remote.name} {version.tag}")
        return
    if not tag.annotated:
        yield Refusal(f"{version.tag} is not an annotated tag.", f"{again} with git tag -a")
    if tag.commit != commit:
        yield Refusal(f"{version.tag} names {tag.commit[:12]}, and this is {commit[:12]}.", again)
    head = remote.heads.get(BRANCH)
    if head and repository.answers("cat-file", "-e", head) is None:
        repository.ask("fetch", "--quiet", remote.name, head)  # main went on since this was checked out
    if head is None or repository.answers("merge-base", "--is-ancestor", commit, head) is None:
        yield Refusal(
            f"{commit[:12]} is not on {remote.name}/{BRANCH}.", f"merge it into {BRANCH}, then {again}"
        )
