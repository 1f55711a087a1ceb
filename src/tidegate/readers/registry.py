"""The formats that Tidegate reads, in the order in which a report is tried against them."""

from __future__ import annotations

from tidegate.domain.measures import Kind
from tidegate.domain.tools import canonical_tool
from tidegate.readers import (
    bandit,
    cobertura,
    coveragepy,
    cyclonedx,
    flake8,
    jacoco,
    junit,
    lcov,
    mypy_json,
    mypy_text,
    pip_audit,
    pylint_json,
    pylint_text,
    ruff,
    safety,
    sarif,
)
from tidegate.readers.base import Reader
from tidegate.readers.supply_chain import provenance

# One line a reader. Text formats come last: they go by their lines, the others by their structure.
READERS: tuple[Reader, ...] = (
    junit.READER,
    cobertura.READER,
    jacoco.READER,
    sarif.READER,
    bandit.READER,
    safety.READER,
    pip_audit.READER,
    coveragepy.READER,
    cyclonedx.READER,
    provenance.READER,
    pylint_json.READER,
    ruff.READER,
    mypy_json.READER,
    lcov.READER,
    pylint_text.READER,
    mypy_text.READER,
    flake8.READER,
)


def known_tools() -> dict[Kind, frozenset[str]]:
    """Return the tools whose reports can be read, by what their reports are evidence of."""
    names: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for reader in READERS:
        for tool in reader.tools:
            kind, _, name = tool.partition("/")
            names[Kind(kind)].add(canonical_tool(name))
    return {kind: frozenset(known) for kind, known in names.items()}
