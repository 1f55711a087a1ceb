"""Writes the files that a new report format begins with: `make new-format NAME=trivy-json KIND=sast`."""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from tidegate.domain.measures import BY_NAME, Kind
from tidegate.readers.known_formats import format_named
from tidegate.readers.registry import FORMATS

ROOT = Path(__file__).parents[1]
TEMPLATES = Path(__file__).with_name("templates")

NAME = re.compile(r"[a-z][a-z0-9]{0,19}(?:-[a-z0-9]{1,10}){0,2}")
SHAPE = re.compile(r"-(?:json|text|xml)$")
ADDED = re.compile(r"^## \[Unreleased\]\n\n### Added\n\n", re.MULTILINE)

# The template counts findings; what counts otherwise has a reader to start from.
KINDS = sorted(BY_NAME["findings.total"].kinds)
INSTEAD = {Kind.TESTS: "test_results/junit.py", Kind.COVERAGE: "coverage/lcov.py"}
SUPPLY_CHAIN = {Kind.DEPENDENCIES, Kind.SBOM}


class FormatRefused(Exception):
    """The files cannot be written; says what is wrong and what to do."""


def write(name: str, kind: str, root: Path = ROOT) -> list[str]:
    """Write the files of a format below `root` and return what is to be done next; all of them or none."""
    _check_name(name)
    evidence = _kind(kind)
    module = name.replace("-", "_")
    tool = SHAPE.sub("", name)
    prefix = "".join(part.capitalize() for part in name.split("-"))  # no two classes share a name
    package = "supply_chain" if evidence in SUPPLY_CHAIN else "findings"
    words = {"name": name, "tool": tool, "kind": evidence.name, "evidence": evidence.value, "prefix": prefix}
    words["imports"] = "\n".join(
        sorted(
            [
                f"from tidegate.readers.{package}.{module} import READER",
                "from tidegate.readers.base import Limits",
            ]
        )
    )
    files = {
        root / f"src/tidegate/readers/{package}/{module}.py": _filled("reader.py.txt", words),
        root / f"tests/unit/readers/{package}/test_{module}.py": _filled("test_reader.py.txt", words),
        root / f"tests/corpus/{name}/README.md": _filled("corpus.md.txt", words),
    }
    for path in files:
        if path.exists():
            there = path.relative_to(root).as_posix()
            raise FormatRefused(f"{there} is there already. Choose another NAME, or remove the file.")
    changelog = _changelog(root, f"- Reports of {tool} can be read (`{name}`).\n")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (root / "CHANGELOG.md").write_text(changelog, "utf-8")
    return _next(name, f"{package}.{module}", [path.relative_to(root).as_posix() for path in files])


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise FormatRefused(
            f"{name!r} is no name of a format: lower case letters and digits, with up to two hyphens and no "
            "word of Python, as in make new-format NAME=trivy-json KIND=sast"
        )
    if name in FORMATS:
        raise FormatRefused(f"The format {name} is read already: src/tidegate/readers/registry.py lists it.")


def _kind(kind: str) -> Kind:
    if kind in KINDS:
        return Kind(kind)
    if kind in INSTEAD:
        near = INSTEAD[Kind(kind)]
        raise FormatRefused(
            f"The template counts findings, and {kind} has none: start from src/tidegate/readers/{near}."
        )
    raise FormatRefused(f"{kind!r} is no kind of evidence. Name one of {', '.join(KINDS)}, as in KIND=lint.")


def _filled(template: str, words: Mapping[str, str]) -> str:
    return Template((TEMPLATES / template).read_text("utf-8")).substitute(words)


def _changelog(root: Path, line: str) -> str:
    text = (root / "CHANGELOG.md").read_text("utf-8")
    found = ADDED.search(text)
    if found is None:
        raise FormatRefused(
            "CHANGELOG.md does not begin with `## [Unreleased]` and `### Added`: put both headings in, "
            "each with an empty line below it."
        )
    return text[: found.end()] + line + text[found.end() :]


def _next(name: str, module: str, files: Sequence[str]) -> list[str]:
    known = format_named(name)
    reader, test, corpus = files
    steps = [
        f"{reader}: do what its TODOs say",
        f"{test}: give `report()` the keys of the real report; it fails while a TODO is left",
        f"{corpus}: says which reports and which expectations to add",
        f"src/tidegate/readers/registry.py: a row for {module}, with its tools and its marks",
        f"tests/support/report_samples/: a small sound report, named {name} with its ending",
        "CHANGELOG.md: say in the new line what users gain",
        f"make generate, then make test ARGS={test} and make test ARGS=tests/integration/corpus",
    ]
    if known is not None:
        steps.insert(4, f"src/tidegate/readers/known_formats.py: take {known.name} out, it is read now")
    return steps


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write the files and print what to do next."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--kind", default=Kind.LINT.value)
    options = parser.parse_args(arguments)
    try:
        steps = write(options.name, options.kind, root)
    except FormatRefused as refused:
        print(refused, file=sys.stderr)
        return 2
    print(f"The files of {options.name} are written. Next:")
    for number, step in enumerate(steps, 1):
        print(f"  {number}. {step}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
