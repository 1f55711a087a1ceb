"""Cobertura against the manifest: where our counts differ from a peer's, which files, and why."""

from __future__ import annotations

from tests.integration.corpus.decisions import Decisions, short_name
from tests.integration.corpus.manifest import Outcome, Row, numbers
from tidegate.readers.base import Unreadable

_PEER = "jenkinsci-coverage-model__coverage-model"
_COPIES = "gcovr counts every copy of a line; each line of a file counts once here"
_NO_LINES = "a class without lines is a file of the report all the same"
_METHODS = "the class lists no lines of its own, so its methods' lines count"

DECISIONS = Decisions(
    not_run={
        "5monkeys-cobertura-action__test-missing-lines.xml": "declares a line rate of 0.5125",
        f"{_PEER}-cobertura-cpp.xml": "declares 4 lines but lists 2",
        f"{_PEER}-cobertura-duplicate-classes.xml": "declares a line rate of 0.8301",
        f"{_PEER}-cobertura-duplicate-methods.xml": "declares 53 lines but lists 40",
        f"{_PEER}-cobertura-lots-of-data.xml": "declares a line rate of 0.0702",
        f"{_PEER}-cobertura-merge-a.xml": "declares 4161 lines but lists 22",
        f"{_PEER}-cobertura-merge-b.xml": "declares 544 lines but lists 22",
        f"{_PEER}-cobertura-missing-condition-coverage.xml": "declares 53 lines but lists 40",
        f"{_PEER}-cobertura-python.xml": "declares 2661 lines but lists 19",
        f"{_PEER}-cobertura-same-filename.xml": "declares 12 lines but lists 2",
        f"{_PEER}-empty.xml": "declares 82 lines but lists none",
    },
    differs={
        "5monkeys-cobertura-action__test-missing-lines.xml": ({"files": 8}, _NO_LINES),
        "5monkeys-cobertura-action__test-no-branch.xml": ({"files": 4}, _NO_LINES),
        "gcovr-gcovr__const-functions-gcc-14.cobertura.xml": (
            {"lines": 17, "functions_covered": 4},
            f"{_COPIES}; the destructor's listed lines have no hits",
        ),
        "gcovr-gcovr__virtual-classes-gcc-14-Windows.cobertura.xml": (
            {"lines": 24, "lines_covered": 23, "functions_covered": 4},
            f"{_COPIES}; three methods' listed lines have no hits",
        ),
        f"{_PEER}-cobertura-cpp.xml": (
            {"lines": 2, "lines_covered": 2, "files": 1, "functions": 2},
            _METHODS,
        ),
        f"{_PEER}-cobertura-same-filename.xml": (
            {"lines": 2, "lines_covered": 1, "files": 2, "branches": 10, "branches_covered": 2},
            _METHODS,
        ),
        f"{_PEER}-cobertura.xml": (
            {"lines_covered": 63, "lines_missed": 19, "branches_covered": 0, "branches_missed": 0}
            | {"branches": 0},
            (
                "a line with hits is covered even where none of its branches was taken; the root says that no"
                " branch was counted"
            ),
        ),
        f"{_PEER}-cobertura-missing-condition-coverage.xml": (
            {"missed": 3},
            "the peer's numbers are of line 61 alone, whose branches it makes up",
        ),
        f"{_PEER}-cobertura-ts.xml": (
            {"branches": 41, "branches_covered": 25, "branches_missed": 16},
            "istanbul lists 32 of the branches that it declares, and those at a better rate",
        ),
        f"{_PEER}-cobertura-js.xml": ({"functions": 3}, "the peer's number is in words"),
        f"{_PEER}-cobertura-duplicate-go-init-methods.xml": (
            {"functions": 3},
            "three init functions on three lines; the peer refuses the file in its strict mode",
        ),
    },
)


def agreement(row: Row, outcome: Outcome) -> bool:
    """Tell whether what was read of a file is what the manifest expects or what was decided."""
    if isinstance(outcome, Unreadable):
        return DECISIONS.agree(short_name(row), outcome, {}, {})
    measured = {"files": int(outcome.measures["coverage.files"])}
    for name in ("lines", "branches", "functions"):
        total = int(outcome.measures.get(f"coverage.{name}_total", 0))
        covered = int(outcome.measures.get(f"coverage.{name}_covered", 0))
        measured |= {name: total, f"{name}_covered": covered, f"{name}_missed": total - covered}
    measured |= {"statements": measured["lines"], "missed": measured["lines_missed"]}
    stated = numbers(row["recount"]) | numbers(row["expected"])
    return DECISIONS.agree(
        short_name(row), outcome, {name: stated[name] for name in stated if name in measured}, measured
    )
