"""The commit that a build was made from, as SLSA provenance names it among what it was made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_GIT = re.compile(r"git\+|git:|git@|ssh://git@|[^@#?]*\.git(?:[@#?/]|$)")
_PROTOCOL = re.compile(r"^(?:[a-z0-9+.-]+://)?(?:[^/@]*@)?", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://|git@", re.IGNORECASE)  # no folder, and no word of a builder's
_REVISION = re.compile(r"[@#?].*", re.DOTALL)

# What of a build's parameters names its source, in the build types that are in use.
_NAMING = (
    ("workflow", "repository"),
    ("buildConfigSource", "repository"),
    ("configSource", "uri"),
    ("source", "uri"),
    ("source", ""),
)
# Where they name the pipeline instead, and where a repository may be built in that is not the source.
_NAMES_PIPELINE = ("tekton.dev",)
_MAY_BE_LOCAL = ("mobyproject.org/buildkit", "github.com/moby/buildkit")


def commit_in(uri: str | None, digests: Mapping[str, str] | None) -> str | None:
    """Return the commit by which a dependency is named; None for what is no git repository."""
    named = (digests or {}).get("gitCommit")
    if named is None and _GIT.match(uri or "") is not None:
        named = (digests or {}).get("sha1")  # as SLSA 0.2 writes a commit
    return named if named is not None and _COMMIT.fullmatch(named) else None


def source_commit(build_type: str, found: Iterable[tuple[str, str]], named: Iterable[str]) -> str | None:
    """Choose the source's commit of those by which dependencies are named, given as `(URI, commit)`.

    The only one is the source's, unless the build was told to take another repository, which then has none;
    of several it is that of the repository that the build was told to take. None where that does not tell
    one: to guess would let provenance of a program pass for its library's.
    """
    pairs = set(found)
    commits = {commit for _, commit in pairs}
    names = set(named)
    wanted = {_repository(uri) for uri in names}
    told = any(_ELSEWHERE.match(uri) for uri in names)
    if told or len(commits) > 1 or any(part in build_type for part in _MAY_BE_LOCAL):
        commits = {commit for uri, commit in pairs if _repository(uri) in wanted}
    return commits.pop() if len(commits) == 1 else None


def naming_uris(build_type: str, parameters: object) -> Iterator[str]:
    """Give the URIs by which a build's parameters name its source."""
    for first, second in () if any(part in build_type for part in _NAMES_PIPELINE) else _NAMING:
        value = member(parameters, first)
        value = member(value, second) if second else value
        if isinstance(value, str) and value:
            yield value


def member(value: object, name: str) -> object:
    """Return what stands under a name, None where nothing does."""
    return value.get(name) if isinstance(value, dict) else None


def _repository(uri: str) -> str:
    """Write a repository in one way: without protocol, user, revision and `.git`."""
    # `git@host:team/project` is `https://host/team/project`; a port stays.
    path = re.sub(r":(?=\D)", "/", _REVISION.sub("", _PROTOCOL.sub("", uri)), count=1)
    return path.rstrip("/").removesuffix(".git").casefold()
