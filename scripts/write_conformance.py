"""Write docs/conformance.md from the requirement marks of the tests; `--check` only compares it."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts.generated import main

ROOT = Path(__file__).resolve().parent.parent
STATES = ("shown by test", "shown in part", "shipped, not exercised here", "deviates", "not yet")
_KEYS = ("shipped", "deviates", "lacks")

_HEAD = """\
# Conformance

What five deployment documents ask for, line by line, and what shows that Tidegate does it. A line counts as
shown only if a test carries its number, and in part where something that it asks for is missing; the tests
run in every `make ci`, those in `tests/integration/image` where a container engine answers. This page is
made from `docs/conformance.yml` and the tests' marks by `scripts/write_conformance.py`.
"""


class BadMark(Exception):
    """A mark or a line that names what does not exist, or says too much or too little."""


@dataclass(frozen=True, slots=True)
class Line:
    """One demand: its number, our wording, and what is said of it (`key` is one of `_KEYS` or empty)."""

    number: str
    asks: str
    key: str
    why: str


def read_lines(text: str) -> dict[str, Line]:
    """Read the demands; raises `BadMark` where a line says more or less than one thing."""
    found = {}
    for number, entry in yaml.safe_load(text)["lines"].items():
        keys = set(entry) - {"asks"}
        if not all(entry.values()) or "asks" not in entry or len(keys) > 1 or not keys <= set(_KEYS):
            raise BadMark(f"{number}: say what it asks and at most one of {', '.join(_KEYS)}, with words")
        key = next(iter(keys), "")
        found[number] = Line(number, entry["asks"], key, entry.get(key, ""))
    return found


def marks(file: Path, root: Path) -> Iterator[tuple[str, str]]:
    """Yield (requirement, test) for every test of a file that carries marks, also through class or module."""
    tree = ast.parse(file.read_text("utf-8"), str(file))
    everywhere = [
        number
        for statement in tree.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark"
        for number in _numbers(statement.value)
    ]
    yield from _marks_in(tree.body, file.relative_to(root).as_posix(), everywhere)


def _marks_in(body: Sequence[ast.stmt], place: str, inherited: Sequence[str]) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            own = [number for decorator in node.decorator_list for number in _numbers(decorator)]
            test, numbers = f"{place}::{node.name}", [*inherited, *own]
            if isinstance(node, ast.ClassDef):
                yield from _marks_in(node.body, test, numbers)
            elif node.name.startswith("test_"):
                yield from ((number, test) for number in numbers)
            elif own:
                raise BadMark(f"{test} carries a requirement and is no test")


def _numbers(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("mark.requirement"):
            yield from (str(ast.literal_eval(argument)) for argument in call.args)


def shown(tests: Path, root: Path, known: Mapping[str, Line]) -> dict[str, list[str]]:
    """Return the tests that show each demand; a number that does not exist raises `BadMark`."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(tests.rglob("test_*.py")):
        for number, test in marks(file, root):
            if number not in known:
                raise BadMark(f"{test}: there is no requirement {number!r} in docs/conformance.yml")
            found[number].append(test)
    return dict(found)


def page(declared: Mapping[str, Any], lines: Mapping[str, Line], tests: Mapping[str, list[str]]) -> str:
    """Return the page: a count of states, a table per document, the decisions."""
    rows = {number: _judged(line, tests.get(number, [])) for number, line in lines.items()}
    counts = {state: sum(row[0] == state for row in rows.values()) for state in STATES}
    parts = [_HEAD, "\n| state | lines |\n| --- | --- |\n"]
    parts.extend(f"| {state} | {count} |\n" for state, count in counts.items())
    for group, title in declared["groups"].items():
        parts.append(f"\n## {group}: {title}\n\n| line | what it asks | state | shown by, or why not |\n")
        parts.append("| --- | --- | --- | --- |\n")
        for number, line in lines.items():
            if number.startswith(f"{group}-"):
                parts.append(f"| {number} | {line.asks} | {rows[number][0]} | {rows[number][1]} |\n")
    parts.append(
        "\n## Where the documents disagree, or ask for what ended\n\n| asked | why not |\n| --- | --- |\n"
    )
    parts.extend(f"| {entry['asks']} | {entry['deviates']} |\n" for entry in declared["decisions"])
    return "".join(parts)


def _judged(line: Line, tests: Sequence[str]) -> tuple[str, str]:
    if line.key == "deviates":
        return "deviates", line.why
    if not tests:
        if line.key == "shipped":
            return "shipped, not exercised here", line.why
        return "not yet", f"missing: {line.why}" if line.why else "no test shows it"
    by = f"`{min(tests)}`" + (f" and {len(tests) - 1} more" if len(tests) > 1 else "")
    return ("shown in part", f"{by}; missing: {line.why}") if line.key == "lacks" else ("shown by test", by)


def documents(root: Path = ROOT) -> dict[Path, str]:
    """Return what the page has to hold."""
    text = (root / "docs/conformance.yml").read_text("utf-8")
    lines = read_lines(text)
    tests = shown(root / "tests", root, lines)
    return {root / "docs/conformance.md": page(yaml.safe_load(text), lines, tests)}


if __name__ == "__main__":
    try:
        made = documents()
    except BadMark as bad:
        sys.exit(str(bad))
    sys.exit(main(made, sys.argv[1:], remedy="python -m scripts.write_conformance"))
