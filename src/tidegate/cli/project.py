"""A look at a project for its first gate: the reports that are there, and the tools that it uses."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tidegate.cli.embedded import CheckedReport, open_source, read_one
from tidegate.cli.paths import Named
from tidegate.cli.tools import MANIFESTS, KnownTool, fitting, fitting_first, known_tools
from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.detect import find_reader
from tidegate.readers.known_formats import known_format
from tidegate.readers.other_files import REPORT_ENDINGS, instead_of_log, looks_like_report

_MOST_FILES = 20_000
_MOST_MANIFEST = 1024 * 1024
_NOT_OURS = {"node_modules", "venv", "site-packages", "vendor", "tests", "test", "testdata", "fixtures"}
_REPORT_FOLDERS = {"reports", "report", "results", "test-results"}
_SHARED_FORMATS = {"sarif", "junit", "checkstyle", "gitlab-codequality", "gitlab-security"}
_ENDINGS = (*REPORT_ENDINGS, ".out", ".log")


@dataclass(frozen=True, slots=True)
class Project:
    """What was found in a folder: its name, the readable reports, and the tools that its files name.

    `known` are all tools, those of its ecosystems first, and `fitting` are these alone. `passed_over` says of
    files that are reports of a tool, or its log, why they ask for nothing. `second_formats` are those of them
    that say again what a report says.
    """

    name: str
    reports: tuple[CheckedReport, ...]
    passed_over: tuple[str, ...]
    second_formats: tuple[str, ...]
    tools: tuple[KnownTool, ...]
    known: tuple[KnownTool, ...]
    fitting: tuple[KnownTool, ...]
    on_github: bool
    on_gitlab: bool


def survey(folder: Path, limits: Limits, now: datetime) -> Project:
    """Find reports and tools; what cannot be read as a report is passed over, since nobody named it."""
    texts = [_text(path) for path in _manifests(folder)]
    passed_over: list[str] = []
    found = tuple(_reports(folder, limits, now, passed_over))
    second = _second_formats(found)
    return Project(
        name=_name(folder),
        reports=tuple(one for one in found if one.path not in second),
        passed_over=(*passed_over, *second.values()),
        second_formats=tuple(second),
        tools=tuple(tool for tool in known_tools(folder) if _uses(tool, folder, texts)),
        known=tuple(fitting_first(folder)),
        fitting=tuple(fitting(folder)),
        on_github=(folder / ".github" / "workflows").is_dir(),
        on_gitlab=(folder / ".gitlab-ci.yml").is_file(),
    )


def _name(folder: Path) -> str:
    """Make a component's name of the folder's: lower-case letters, digits, `.`, `_` and `-`."""
    return re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-._") or "component"


def _reports(folder: Path, limits: Limits, now: datetime, passed_over: list[str]) -> Iterator[CheckedReport]:
    for path in _candidates(folder):
        source, taken_at = open_source(path, limits, now)
        try:
            reader = find_reader(source)
        except Unreadable as error:
            if said := instead_of_log(source) or (str(error) if _blocks(source) else ""):
                passed_over.append(said)
            continue
        checked = read_one(source, Named(path, reader.format), taken_at, limits, keep=0)
        # Signed provenance has not run for want of a key alone, which `tidegate check` is given.
        signed = checked.report.reading is not None and checked.report.reading.signed is not None
        if checked.evidence.unreadable is None and (checked.evidence.ran or signed):
            yield checked
        else:
            why = checked.evidence.unreadable or checked.evidence.why_not or "its tool did not do its work"
            passed_over.append(f"{path}: {why.removeprefix(f'{path}: ')}")


def _second_formats(reports: Sequence[CheckedReport]) -> dict[str, str]:
    """Say of reports that tell in another format what one of the same run tells: findings would count twice.

    Formats of one run list the same number of findings. The tool's own format is the one that counts.
    """
    first: dict[tuple[str, ...], CheckedReport] = {}
    second: dict[str, str] = {}
    for one in sorted(reports, key=lambda each: each.evidence.format in _SHARED_FORMATS):
        found = one.evidence
        total = found.measures.get("findings.total")
        if not total or found.runs:
            continue
        known = first.setdefault((str(found.kind), found.tool.casefold(), str(total)), one)
        if known.evidence.format != found.format:
            second[one.path] = (
                f"{one.path}: {known.path} tells of the same {total} finding(s) of {found.tool}, which would"
                " count twice"
            )
    return second


def _blocks(source: Source) -> bool:
    """Tell whether an unknown file is a tool's report, or would block as one among reports."""
    known = known_format(source)
    among_reports = Path(source.name).parent.name.casefold() in _REPORT_FOLDERS
    return (known is not None and known.report) or (among_reports and looks_like_report(source))


def _candidates(folder: Path) -> Sequence[str]:
    """Return the files that may be reports, without sources, fixtures and what others installed."""
    found: list[str] = []
    seen = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_OURS)
        for name in sorted(files):
            seen += 1
            if seen > _MOST_FILES:
                return found
            if name.lower().endswith(_ENDINGS) and not name.startswith("."):
                found.append(Path(os.path.relpath(os.path.join(place, name), folder)).as_posix())
    return found


def _manifests(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in MANIFESTS)
    yield from sorted((folder / ".github" / "workflows").glob("*.y*ml"))


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return stream.read(_MOST_MANIFEST)
    except OSError:
        return ""  # not there, or not to be read: it names no tool


def _uses(tool: KnownTool, folder: Path, texts: Sequence[str]) -> bool:
    if any((folder / sign).exists() for sign in tool.signs):
        return True
    return any(_names(word, text) for word in tool.words for text in texts)


def _names(word: str, text: str) -> bool:
    """Tell whether a text holds a word of its own: `ruff`, not `scruffy`."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None
