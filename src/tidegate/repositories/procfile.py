"""Procfiles: which command runs each kind of process, with how many workers."""

from __future__ import annotations

import re
import shlex

from tidegate.domain.repository_facts import Place, ReadFile, RepositoryFact

_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(.+)")
_WORKERS = ("-w", "--workers")


def read_procfile(path: str, text: str) -> ReadFile:
    """Read a Procfile."""
    facts: list[RepositoryFact] = []
    for number, line in enumerate(text.splitlines(), start=1):
        found = _LINE.fullmatch(line.strip())
        name = found[1].lower() if found else ""
        if found is None or not name[0].isalpha():
            continue
        place = Place(path, number)
        facts.append(RepositoryFact(f"procfile.{name}", found[2][:1000], place))
        workers = workers_of(found[2])
        if workers is not None:
            facts.append(RepositoryFact(f"procfile.{name}.workers", workers, place))
    return ReadFile(tuple(facts))


def workers_of(command: str) -> int | None:
    """Return how many workers a command of gunicorn or the like starts, None where it does not say."""
    try:
        words = shlex.split(command.replace("=", " "))
    except ValueError:
        return None
    for option, value in zip(words, words[1:], strict=False):
        if option in _WORKERS and value.isdigit() and len(value) < 6:
            return int(value)
    return None
