"""Scan a commit: choose the files that say something, read each, and join what they say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tidegate.domain.repository_facts import (
    Place,
    ReadFile,
    RepositoryFact,
    RepositoryFinding,
    RepositoryRule,
    RepositoryScan,
    unreadable,
)
from tidegate.repositories.compose import read_compose
from tidegate.repositories.dockerfile import read_dockerfile
from tidegate.repositories.git import LARGEST_FILE, GitRepository, TrackedFile, ignored
from tidegate.repositories.procfile import read_procfile
from tidegate.repositories.python_source import read_python
from tidegate.repositories.workflows import read_gitlab, read_workflow

_READERS: tuple[tuple[re.Pattern[str], Callable[[str, str], ReadFile]], ...] = (
    (re.compile(r"Dockerfile|Containerfile"), read_dockerfile),
    (re.compile(r"(?:docker-)?compose\.ya?ml"), read_compose),
    (re.compile(r"\.github/workflows/[^/]+\.ya?ml"), read_workflow),
    (re.compile(r"\.gitlab-ci\.yml"), read_gitlab),
    (re.compile(r"Procfile"), read_procfile),
)
# What is never run as the system: tests and examples may well answer literals.
_PYTHON = re.compile(r"(?!(?:.*/)?(?:tests?|examples?|docs)/).*\.py")
_MOST_PYTHON = 5_000
_LOCKS: Mapping[str, tuple[str, ...]] = {
    "pyproject.toml": ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "requirements.txt"),
    "Pipfile": ("Pipfile.lock",),
    "package.json": ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "npm-shrinkwrap.json", "bun.lock"),
}
"""The files that pin what a manifest asks for; one of them is enough."""


def scan(folder: Path) -> RepositoryScan:
    """Read facts and findings from the commit that is checked out; raises `Invalid` where git cannot say.

    What is not committed does not count.
    """
    repository = GitRepository(folder)
    files = {one.path: one for one in repository.files()}
    texts = repository.read([one for one in files.values() if _is_wanted(one)])
    read = [_of_repository(repository), *_of_files(files, texts), _locks(files, texts)]
    said = (fact for one in read for fact in one.facts if fact.field == "procfile.web.workers")
    most = max((fact.value for fact in said if isinstance(fact.value, int)), default=None)
    read += [read_python(path, text, web_workers=most) for path, text in _python(texts)]
    return RepositoryScan(
        repository.commit,
        _each_once(fact for one in read for fact in one.facts),
        tuple(sorted((found for one in read for found in one.findings), key=lambda one: one.place)),
    )


def _is_wanted(file: TrackedFile) -> bool:
    name = file.path.rpartition("/")[2]
    return (
        any(pattern.fullmatch(file.path) for pattern, _ in _READERS)
        or name == ".gitignore"
        or file.path in _LOCKS
        or _PYTHON.fullmatch(file.path) is not None
    )


def _python(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(path, text) for path, text in sorted(texts.items()) if _PYTHON.fullmatch(path)][:_MOST_PYTHON]


def _of_repository(repository: GitRepository) -> ReadFile:
    facts = [RepositoryFact("repository.commit", repository.commit, Place("HEAD"))]
    tag = repository.tag()
    if tag is not None:
        facts.append(RepositoryFact("repository.tag", tag[:1000], Place(f"refs/tags/{tag}")))
    return ReadFile(tuple(facts))


def _of_files(files: Mapping[str, TrackedFile], texts: Mapping[str, str]) -> Iterator[ReadFile]:
    for path, file in sorted(files.items()):
        for pattern, read in _READERS:
            if pattern.fullmatch(path) and path in texts:
                yield read(path, texts[path])
            elif pattern.fullmatch(path):
                yield unreadable(path, f"it has {file.size:,} bytes, {LARGEST_FILE:,} are read")


def _locks(files: Mapping[str, TrackedFile], texts: Mapping[str, str]) -> ReadFile:
    """Say whether what is asked for is pinned by a file that is committed."""
    manifests = [one for one in _LOCKS if one in files]
    if "pyproject.toml" in manifests:
        try:
            project = tomllib.loads(texts.get("pyproject.toml", ""))
        except ValueError as error:
            return unreadable("pyproject.toml", str(error))
        if not ("project" in project or "poetry" in project.get("tool", {})):
            manifests.remove("pyproject.toml")  # settings of tools alone
    if not manifests:
        return ReadFile()
    rules = {path: text for path, text in texts.items() if path.rpartition("/")[2] == ".gitignore"}
    wanted = [lock for one in manifests for lock in _LOCKS[one] if lock not in files]
    excluded = ignored(rules, wanted)
    facts: list[RepositoryFact] = []
    findings: list[RepositoryFinding] = []
    for manifest in manifests:
        there = [lock for lock in _LOCKS[manifest] if lock in files]
        if there:
            facts.append(RepositoryFact("lock.file", there[0], Place(there[0])))
            continue
        findings.append(_unlocked(manifest, excluded))
    facts.append(RepositoryFact("lock.present", not findings, Place(manifests[0])))
    return ReadFile(tuple(facts), tuple(findings))


def _unlocked(manifest: str, excluded: Mapping[str, tuple[str, int]]) -> RepositoryFinding:
    for lock in _LOCKS[manifest]:
        if lock in excluded:
            message = (
                f"{lock} is ignored: builds install other versions. Take this line out, and commit {lock}."
            )
            return RepositoryFinding(RepositoryRule.LOCK_IGNORED, Place(*excluded[lock]), message)
    message = f"No lock file such as {_LOCKS[manifest][0]} is committed: builds install other versions."
    return RepositoryFinding(RepositoryRule.LOCK_MISSING, Place(manifest), message)


def _each_once(facts: Iterator[RepositoryFact]) -> tuple[RepositoryFact, ...]:
    """Keep the first fact of each field: files are read in the order of their names."""
    found: dict[str, RepositoryFact] = {}
    for fact in facts:
        found.setdefault(fact.field, fact)
    return tuple(found[field] for field in sorted(found))
