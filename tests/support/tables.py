"""Tables that tests print at the end of a run, also where the run is spread over several processes."""

from __future__ import annotations

from typing import Protocol

import pytest

_LINES = pytest.StashKey[dict[str, list[str]]]()
_KEY = "tidegate_tables"


class _Node(Protocol):
    """A process of pytest-xdist that has ended, with what it hands over."""

    config: pytest.Config
    workeroutput: dict[str, dict[str, list[str]]]


def show(config: pytest.Config, title: str, lines: list[str]) -> None:
    """Have lines printed under a title at the end of the whole run."""
    tables = config.stash.setdefault(_LINES, {})
    tables[title] = lines
    # In a process of pytest-xdist nothing is printed: its output is handed to the one that prints.
    if (output := getattr(config, "workeroutput", None)) is not None:
        output[_KEY] = tables


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: _Node, error: object) -> None:
    """Take over the tables of a process that ends; one that died has none."""
    if error is None:
        node.config.stash.setdefault(_LINES, {}).update(node.workeroutput.get(_KEY, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the tables."""
    for title, lines in config.stash.get(_LINES, {}).items():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.line(line)
