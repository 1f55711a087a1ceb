"""The commands that write what a rule misses, for the tools that are known."""

from __future__ import annotations

import re
from pathlib import Path

from tidegate.cli.tools import fitting_first
from tidegate.domain.shown_verdicts import ShownRule
from tidegate.domain.states import State

_MISSING = re.compile(r"There is no evidence of ([a-z]+)(?:/([^\s]+?))?\.(?:\s|$)")


def commands_for(rule: ShownRule) -> tuple[str, ...]:
    """Name a command for each kind of evidence, or tool, that a rule misses."""
    if State.MISSING not in rule.found:
        return ()
    found: dict[str, None] = {}
    known = fitting_first(Path())
    for kind, name in _MISSING.findall(rule.reason):
        tools = [tool for tool in known if tool.kind == kind and (not name or tool.name == name)]
        found.update({f"for example: {tool.command}": None for tool in tools[:1]})
    return tuple(found)
