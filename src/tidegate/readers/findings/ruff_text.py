"""ruff's text: concise, full and grouped, with the last line that tells how many errors there are."""

from __future__ import annotations

import re

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.ruff import NOT_CHECKED, why_not_checked
from tidegate.readers.findings.secret_words import without_secret
from tidegate.readers.jsons import cut
from tidegate.readers.lines import read_all_lines
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "ruff-text"
_REMAKE = "`ruff check --output-format concise --output-file ruff.txt`"

# A rule is a code, or a name in words; old versions call a syntax error as Python does.
_RULE = (
    r"(?:(?P<code>[A-Z]{1,8}\d{3,4})|(?P<name>[a-z]+(?:-[a-z]+)+|SyntaxError|panic):) (?:\[\*\] )?"
    r"(?P<message>.*)"
)
_PLACE = r"(?P<path>(?!::)[^\s|].*?):(?:cell \d{1,6}:)?(?P<line>\d{1,9}):\d{1,9}"
_CONCISE = re.compile(rf"{_PLACE}: {_RULE}")
_HEADER = re.compile(_RULE)
_ARROW = re.compile(rf" *--> {_PLACE}")
_GROUP = re.compile(r"(?P<path>\S.*):")
_GROUPED = re.compile(rf"  +(?:cell \d{{1,6}}:)?(?P<line>\d{{1,9}}):\d{{1,9}} +{_RULE}")
_FRAME = re.compile(r" *\d* *\||\d+ +[-+] | +[-+=] ")  # copies of code, below a finding

_FOUND = re.compile(
    r"Found ([1-9]\d{0,8}) errors?(?: \((?P<fixed>\d{1,9}) fixed, (?P<left>\d{1,9}) remaining\))?\."
)
_PASSED = "All checks passed!"
_NO_FILES = re.compile(r"warning: No Python files found")
_FAILED = re.compile(
    r"error: |warning: (?:Failed to lint|Encountered error)"
    r"|ruff failed|  Cause: |Traceback \(most recent|thread '.*' panicked|Usage: ruff"
)
# Lines that ruff alone writes. A code and a text alone are flake8's as well, `All checks passed!` is that of
# ty, dbt and many a script, and the arrow below a heading of their own is rustc's and ty's.
_SIGN = re.compile(
    r"^(?:Found [1-9]\d{0,8} errors?(?: \(\d+ fixed, \d+ remaining\))?\."
    r"|\[\*\] \d+ fixable with.*|(?!::)\S[^\n]{0,500}:\d+:\d+: [A-Z]{1,8}\d{3,4} \[\*\] .*"
    r"|(?!::)\S[^\n]{0,500}:\d+:\d+: invalid-syntax: .*"
    r"|(?:[A-Z]{1,8}\d{3,4}|[a-z]+(?:-[a-z]+)+:) [^\n]{1,500}\n *--> [^\n]{1,500}:\d+:\d+)\r?$",
    re.MULTILINE,
)
_OTHER_BEGINNINGS = (b"{", b"[", b"<", b"\xff\xfe", b"\xfe\xff")


class _RuffRun:
    """What the lines say, in any of the forms."""

    def __init__(self) -> None:
        self.listed = 0
        self.declared = 0
        self.ends = 0
        self.fixed = 0
        self.failed: tuple[int, str] | None = None
        self.not_checked: set[str] = set()
        self._header: re.Match[str] | None = None
        self._group = ""

    def finding(self, line: str) -> tuple[str, str, str, int] | None:
        """Read rule, message, path and line of a finding that is complete with this line."""
        header, self._header = self._header, None
        if _FRAME.match(line):
            return None
        if found := _CONCISE.fullmatch(line):
            return self._add(found, found)
        if header is not None and (place := _ARROW.fullmatch(line)):
            return self._add(header, place)
        if found := _GROUPED.fullmatch(line):
            return self._add(found, found) if self._group else None
        self._header = _HEADER.fullmatch(line)
        return None

    def _add(self, rule: re.Match[str], place: re.Match[str]) -> tuple[str, str, str, int]:
        self.listed += 1
        path = place.groupdict().get("path") or self._group
        code = rule["code"] or rule["name"]
        if code in NOT_CHECKED or code == "SyntaxError":
            self.not_checked.add(path)
        return code, rule["message"], path, int(place["line"])

    def other(self, number: int, line: str) -> None:
        """Take a line that completes no finding; what is not known tells nothing."""
        if found := _FOUND.fullmatch(line):
            self.ends += 1
            self.declared += int(found["left"] or found[1])
            self.fixed += int(found["fixed"] or 0)
        elif line == _PASSED:
            self.ends += 1
        elif self.failed is None and (_FAILED.match(line) or _NO_FILES.match(line)):
            self.failed = number, line
        elif found := _GROUP.fullmatch(line):
            self._group = found["path"]
        elif not line.strip():
            self._group = ""

    def why_not(self) -> str | None:
        """Say how the report shows that ruff did not do its work, if it does."""
        if self.failed is not None:
            number, line = self.failed
            return f"Line {number} says that ruff did not do its work: {line.strip()[:150]}."
        if self.not_checked:
            return why_not_checked("ruff", self.not_checked)
        if not self.ends:
            return (
                "The last line of ruff, `Found ...` or `All checks passed!`, is missing: the report may be"
                " cut"
                f" off. Keep its whole output, without --quiet: {_REMAKE}."
            )
        if self.declared != self.listed:
            return f"ruff counted {self.declared} errors, and {self.listed} are listed: write {_REMAKE}."
        if self.fixed:
            return (
                f"ruff fixed {self.fixed} errors in the files that it checked, so this is not the state of"
                f" the"
                " commit: check without --fix."
            )
        return None


def _sniff(source: Source) -> bool:
    head = source.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(_OTHER_BEGINNINGS) or b"\0" in head:
        return False
    return _SIGN.search(head.decode("utf-8", "replace")) is not None


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = _RuffRun()
    for number, line in read_all_lines(source, limits):
        found = run.finding(line)
        if found is None:
            run.other(number, line)
        elif items:
            rule, message, path, at = found
            rule = "invalid-syntax" if rule == "SyntaxError" else rule
            text = cut(without_secret(message), limits)
            yield Finding("ruff", rule, text, Severity.UNRATED, path, at or None)
    if not run.listed and not run.ends:
        raise Unreadable(
            f"{source.name}: ruff's text holds findings and a last line `Found ...` or `All checks passed!`;"
            f" none is here. Keep its whole standard output: {_REMAKE}."
        )
    counts = SeverityCounts()
    counts.add_several(Severity.UNRATED, run.listed)
    why_not = run.why_not()
    measures = counts.measures(rates=False, tells_suppressed=False)
    return Reading(FORMAT, Kind.LINT, "ruff", measures, ran=why_not is None, why_not=why_not)


READER = Reader(
    format=FORMAT,
    title="ruff text (concise, full and grouped)",
    kind=Kind.LINT,
    source="https://docs.astral.sh/ruff/settings/#output-format",
    follows={
        "tool.ran": (
            "False where a file was not read (E902) or parsed (`invalid-syntax`), where the last line is"
            " missing"
            " or differs from what is listed, where ruff fixed files, or where it says that it failed or"
            " found"
            " no Python files."
        ),
        "findings.total": "Findings of one line, or of a line and the place below it.",
        "findings.unrated": "All of them: ruff's text gives no severity.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "`All checks passed!` alone is no format by content, ty and others write the same: name it, as in"
        " `ruff-text:path`.",
        "`All checks passed!` stands below a run without any Python file too; the warning about that goes to"
        " the standard error and is believed where it is in the report.",
        "What ruff fixed with `--fix` is fixed in the checkout alone: such a report is not of the commit.",
    ),
)
