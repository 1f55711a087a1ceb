"""flake8's text: its default format and its pylint format, which ruff writes as well."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.flake8_writers import writer, writer_of
from tidegate.readers.findings.secret_words import without_secret
from tidegate.readers.lines import looks_like, read_all_lines
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "flake8"

# pylint's lines do not match: it writes a colon after the code, or a comma inside the brackets. Where a
# template of one's own leaves these out its codes tell, a letter and four digits: no plugin has such.
_CODE = r"(?![A-Z]\d{4}\b)[A-Z]+[0-9]+"
_FINDING = re.compile(
    r"(?P<path>(?!::).+?):(?P<line>\d{1,9}):"
    rf"(?:\d+: (?P<code>{_CODE})| \[(?P<other>{_CODE})\]) (?P<message>.*)"
)
_BENCHMARK = re.compile(
    r"(?P<files>\d{1,9}) +total files processed"
    r"|[0-9.e+-]+ +(?:seconds elapsed|total [a-z ]+ processed|[a-z ]+ processed per second)"
)
_STATISTIC = re.compile(r"(?P<count>\d{1,9}) +" rf"(?P<code>{_CODE}) .*")
_COUNT = re.compile(r"\d{1,9}")
_CARET = re.compile(r"\s*\^")
_TELLING_LINES = 2000


class _Flake8Run:
    """What the lines say about the run, besides its findings."""

    def __init__(self, tool: str) -> None:
        self.tool = tool
        self.codes: Counter[str] = Counter()
        self.statistics: Counter[str] = Counter()
        self.declared: int | None = None
        self.files: int | None = None
        self.runs = 0  # as many as tell their number of files
        self.unread: list[int] = []
        self._after_finding = False
        self._below: tuple[int, str] | None = None  # the line below a finding, until the next one is seen

    def finding(self, code: str) -> None:
        """Take a finding."""
        self._settle()
        self.codes[code] += 1
        self._after_finding = True

    def other(self, number: int, line: str) -> None:
        """Take a line that is no finding: a total, a source line with its caret, or a stranger."""
        if self._below and _CARET.fullmatch(line):
            self._below = None  # what --show-source writes below a finding: the source line and a caret
        elif self._after_finding:
            self._after_finding = False
            self._below = (number, line)
        else:
            self._settle()
            self._judge(number, line)

    def _judge(self, number: int, line: str) -> None:
        if not self._total(line):
            self.unread.append(number)

    def _total(self, line: str) -> bool:
        if not line or line.isspace():
            return True
        if match := _BENCHMARK.fullmatch(line):
            if match["files"]:
                self.files = (self.files or 0) + int(match["files"])
                self.runs += 1
        elif match := _STATISTIC.fullmatch(line):
            self.statistics[match["code"]] += int(match["count"])
        elif _COUNT.fullmatch(line):
            self.declared = (self.declared or 0) + int(line)
        else:
            return False
        return True

    def _settle(self) -> None:
        if self._below:
            self._judge(*self._below)
        self._below = None
        self._after_finding = False

    def why_not(self) -> str | None:
        """Say how the report shows that flake8 did not do its work, if it does."""
        self._settle()
        total = self.codes.total()
        unchecked = sum(count for code, count in self.codes.items() if code.startswith("E9"))
        if self.unread:
            others = f" (nor are {len(self.unread) - 1} others)" if len(self.unread) > 1 else ""
            return f"Line {self.unread[0]} is not {self.tool}'s{others}: {self.tool} may have failed."
        if unchecked:
            return f"{unchecked} findings (E9xx) say that a file could not be read or parsed."
        if self.runs > 1:
            return (
                f"The file holds {self.runs} runs: flake8 adds to the file of --output-file. Write it anew "
                "with `flake8 --benchmark --count > flake8.txt`."
            )
        if self.declared is not None and self.declared != total:
            return f"flake8 counted {self.declared} findings, but {total} are listed."
        if self.statistics and self.statistics != self.codes:
            return "flake8's statistics do not agree with the findings listed."
        if not total and self.declared is None and self.files is None:
            return "flake8's own totals are cut off: neither a number of findings nor one of files is there."
        if self.files == 0:
            return "flake8 says that it processed no file."
        return None


def _sniff(source: Source) -> bool:
    return looks_like(source, lambda line: _FINDING.fullmatch(line) or _BENCHMARK.fullmatch(line))


def _writers(source: Source, limits: Limits) -> Iterator[str]:
    """Tell of the first lines who may have written each; totals are flake8's alone."""
    for _, line in islice(read_all_lines(source, limits), _TELLING_LINES):
        if match := _FINDING.fullmatch(line):
            yield writer_of(match["code"] or match["other"], match["message"])
        elif _BENCHMARK.fullmatch(line) or _COUNT.fullmatch(line):
            yield "flake8"


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = _Flake8Run(writer(_writers(source, limits)))
    counts = SeverityCounts()
    for number, line in read_all_lines(source, limits):
        match = _FINDING.fullmatch(line)
        if match is None:
            run.other(number, line)
            continue
        code = match["code"] or match["other"]
        text = without_secret(match["message"])
        finding = Finding(run.tool, code, text, Severity.UNRATED, match["path"], int(match["line"]))
        run.finding(code)
        counts.add(finding.severity)
        if items:
            yield finding
    why_not = run.why_not()
    if not counts.total and run.unread:
        raise Unreadable(
            f"{source.name}, line {run.unread[0]}: this is no line that flake8 writes, and no finding is "
            "listed: flake8 may have failed. Keep its standard output alone, and look at what it says."
        )
    return Reading(
        FORMAT,
        Kind.LINT,
        run.tool,
        counts.measures(rates=False, tells_suppressed=False),
        ran=why_not is None,
        why_not=why_not,
    )


READER = Reader(
    format=FORMAT,
    title="flake8 text (default and pylint format)",
    kind=Kind.LINT,
    source="https://flake8.pycqa.org/en/latest/internal/formatters.html",
    follows={
        "tool.ran": (
            "False where a line is not flake8's, an E9xx finding says that a file was not checked, `--count` "
            "or `--statistics` differs from the findings listed, or `--benchmark` tells of no file or is cut "
            "off."
        ),
        "findings.total": "Lines `path:line:column: CODE text` or `path:line: [CODE] text`.",
        "findings.unrated": "All of them: flake8 gives no severity, and its code letters name plugins.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "flake8 writes nothing when it finds nothing, and an empty file may as well come from a run that "
        "never started: it is unreadable, also when the format is named. Run `flake8 --benchmark --count`: "
        "it ends every report with the number of files and findings.",
        "The number that `--count` writes alone is no format by content: name it, as in `flake8:path`.",
        "No severity is derived from the letter of a code: E501 (a long line) and E902 (a file that could "
        "not be opened) share one.",
        "Without `--count` a report cut off within the message of a finding, or after it, looks " "complete.",
        "ruff writes both formats too (`--output-format pylint`, or `concise` with `--quiet`). Whose a report"
        " is follows from rules that ruff alone has, from its texts of flake8's rules, which begin with a"
        " capital or a backtick, and from flake8's totals; where nothing tells, its tool is `flake8 or ruff`,"
        " which meets `lint` and neither `lint/flake8` nor `lint/ruff`.",
        "With `--show-source` the source line and the caret below a finding are passed over.",
    ),
)
