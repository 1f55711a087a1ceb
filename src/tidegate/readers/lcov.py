"""LCOV tracefiles: coverage as lcov, gcovr, istanbul, coverage.py, simplecov and llvm-cov write it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

from tidegate.domain.measures import Kind, Value
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.union import FileUnion, Union, counted

_LONGEST_LINE = 1024 * 1024
_GCOVR = "GCOVR_report"
_TOTALS = {"LF": "lines", "BRF": "branches", "FNF": "functions"}


class _Bad(Exception):
    """A record that cannot be understood."""


@dataclass(slots=True)
class _Record:
    """What one `SF` ... `end_of_record` lists and declares."""

    file: FileUnion
    name: str
    listed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_TOTALS, 0))
    declared: dict[str, int] = field(default_factory=dict)
    calls: dict[str, bool] = field(default_factory=dict)
    functions: dict[Hashable, str] = field(default_factory=dict)


class _Tracefile:
    """The lines, branches and functions of one tracefile, each counted once."""

    def __init__(self) -> None:
        self.union = Union()
        self.branches: dict[tuple[str, int, str], bool] = {}
        self.record: _Record | None = None
        self.gcovr = False
        self.seen: set[str] = set()
        self.shortfall: str | None = None
        self._on: dict[str, Callable[[_Record, str], None]] = {
            "DA": self._line,
            "BRDA": self._branch,
            "FN": self._function,
            "FNDA": self._call,
            "FNL": self._numbered,
            "FNA": self._alias,
            "LF": lambda record, value: self._declares(record, "LF", value),
            "BRF": lambda record, value: self._declares(record, "BRF", value),
            "FNF": lambda record, value: self._declares(record, "FNF", value),
        }

    def take(self, text: str) -> None:
        """Take one line of the file."""
        key, colon, value = text.partition(":")
        if key == "end_of_record" and not colon:
            self._ends()
        elif key == "SF" and colon:
            self._begins(value)
        elif key == "TN" and colon:
            self.gcovr = self.gcovr or value.strip() == _GCOVR
        elif action := self._on.get(key) if colon else None:
            if self.record is None:
                raise _Bad(f"a {key} record outside SF ... end_of_record")
            action(self.record, value)
        elif not text.startswith("#") and not (key.isascii() and key.isalpha() and key.isupper()):
            raise _Bad("this is no LCOV record")

    def _begins(self, name: str) -> None:
        if self.record is not None:
            raise _Bad("a file begins before the one before it ended")
        self.record = _Record(self.union.file(name), name)

    def _ends(self) -> None:
        record, self.record = self.record, None
        if record is None:
            raise _Bad("end_of_record without a file")
        for key, name in record.functions.items():
            record.file.add_function(key, record.calls.get(name, False))
        for total, what in _TOTALS.items():
            declared = record.declared.get(total, 0)
            # gcovr counts each copy of a templated line or constructor, and lists the line once.
            if declared > record.listed[total] and not self.gcovr and self.shortfall is None:
                self.shortfall = (
                    f"The file {record.name[:60]!r} declares {declared} {what} but lists"
                    f" {record.listed[total]}: records are missing."
                )

    def _line(self, record: _Record, value: str) -> None:
        number, _, rest = value.partition(",")
        line, hits = _number(number), _number(rest.partition(",")[0])
        record.file.add_lines((line,), (line,) if hits > 0 else ())
        record.listed["LF"] += 1

    def _branch(self, record: _Record, value: str) -> None:
        self.seen.add("branches")
        place, _, taken = value.rpartition(",")
        number, _, which = place.partition(",")
        key = (record.name, _number(number), which)
        covered = taken != "-" and _number(taken) > 0
        self.branches[key] = covered or self.branches.get(key, False)
        record.listed["BRF"] += 1

    def _function(self, record: _Record, value: str) -> None:
        self.seen.add("functions")
        number, _, name = value.partition(",")
        end, comma, rest = name.partition(",")
        name = rest if comma and end.isdigit() else name  # lcov 2 puts the last line between them
        record.functions[(_number(number), name)] = name
        record.listed["FNF"] += 1

    def _call(self, record: _Record, value: str) -> None:
        calls, _, name = value.partition(",")
        record.calls[name] = _number(calls) > 0 or record.calls.get(name, False)

    def _numbered(self, record: _Record, value: str) -> None:
        self.seen.add("functions")
        index, _, lines = value.partition(",")
        record.functions[(_number(lines.partition(",")[0]), "#")] = f"#{index}"
        record.listed["FNF"] += 1

    def _alias(self, record: _Record, value: str) -> None:
        index, _, rest = value.partition(",")
        self._call(record, f"{rest.partition(',')[0]},#{index}")

    def _declares(self, record: _Record, total: str, value: str) -> None:
        self.seen.add(_TOTALS[total])
        record.declared[total] = record.declared.get(total, 0) + _number(value)

    def measures(self) -> dict[str, Value]:
        """Give the values; branches and functions are left out where no record speaks of them."""
        values = counted("lines", self.union.lines()) | {"coverage.files": len(self.union.files)}
        if "branches" in self.seen:
            values |= counted("branches", (sum(self.branches.values()), len(self.branches)))
        if "functions" in self.seen:
            values |= counted("functions", self.union.functions())
        return values

    def why_not(self) -> str | None:
        """Tell why this file measures nothing or lacks records; None where it is whole."""
        if not self.union.lines()[1]:
            return self.shortfall or "The report lists no line: no coverage was measured."
        return self.shortfall


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _Bad(f"{text[:60]!r} is not a whole number") from None


def _lines(source: Source, limits: Limits) -> Iterator[tuple[int, str]]:
    """Read numbered lines within the limits; raises `Unreadable` for what is no text."""
    if source.size > limits.max_bytes:
        raise Unreadable(_too_much(f"{limits.max_bytes} bytes"))
    read = 0
    with source.open() as stream:
        for number, raw in enumerate(iter(lambda: stream.readline(_LONGEST_LINE), b""), 1):
            read += len(raw)
            if read > limits.max_bytes:
                raise Unreadable(_too_much(f"{limits.max_bytes} bytes"))
            if number > limits.max_items:
                raise Unreadable(_too_much(f"{limits.max_items} lines"))
            if len(raw) == _LONGEST_LINE:
                raise Unreadable(_sentence(number, f"a line of more than {_LONGEST_LINE} bytes"))
            if b"\0" in raw:
                raise Unreadable(_sentence(number, "a NUL byte; LCOV is text in UTF-8"))
            raw = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            # Names are only compared: bytes that are not UTF-8 are kept apart, not refused.
            yield number, raw.decode("utf-8", "surrogateescape").strip()
    if not read:
        raise Unreadable(
            "The report is empty: the tool wrote nothing. Look at the log of the step that should have"
            " made it."
        )


def _too_much(limit: str) -> str:
    return f"The report is over the limit of {limit}. Raise the limit only if you trust the report."


def _sentence(line: int, what: str) -> str:
    return f"Line {line}: {what}. Make the report again, or name its true format."


def _sniff(source: Source) -> bool:
    for line in source.head.removeprefix(b"\xef\xbb\xbf").splitlines():
        if line.strip() and not line.startswith(b"#"):
            return line.startswith((b"TN:", b"SF:"))
    return False


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()
    tracefile = _Tracefile()
    for number, text in _lines(source, limits):
        if text:
            try:
                tracefile.take(text)
            except _Bad as bad:
                raise Unreadable(_sentence(number, str(bad))) from None
    if tracefile.record is not None:
        raise Unreadable(
            f"The report ends inside the record of {tracefile.record.name[:60]!r}: the tool was stopped or"
            " the file was cut. Make the report again."
        )
    why_not = tracefile.why_not()
    tool = "gcovr" if tracefile.gcovr else "lcov"
    return Reading("lcov", Kind.COVERAGE, tool, tracefile.measures(), ran=why_not is None, why_not=why_not)


READER = Reader(
    format="lcov",
    title="LCOV tracefile",
    kind=Kind.COVERAGE,
    source="https://github.com/linux-test-project/lcov/blob/master/man/geninfo.1",
    follows={
        "coverage.lines_total": "distinct `DA` line numbers of each file, over all its records",
        "coverage.lines_covered": "lines of which any `DA` record has hits above 0",
        "coverage.branches_total": (
            "distinct `BRDA` branches of each file; not measured where no record speaks of branches"
        ),
        "coverage.branches_covered": "branches of which any `BRDA` record was taken",
        "coverage.functions_total": (
            "distinct `FN` (or `FNL`) functions of each file by line and name; not measured where "
            "no record speaks of functions"
        ),
        "coverage.functions_covered": "functions of which any `FNDA` (or `FNA`) record has calls",
        "coverage.files": "distinct `SF` names",
    },
    sniff=_sniff,
    read=_read,
    tools=("coverage/lcov", "coverage/gcovr"),
    notes=(
        "A tracefile cut off between two records cannot be told from a whole one: it does not count them.",
        (
            "Lines are counted from `DA` records: a file that stands in several records (one a test) counts"
            " once."
        ),
        (
            "A record that declares more (`LF`, `BRF`, `FNF`) than it lists has lost records, except gcovr's:"
            " it counts each copy of a line (19) and lists the line once (17)."
        ),
        (
            "A line is covered by its hits alone, not by a taken branch on a line without hits, as one peer"
            " has it."
        ),
        (
            "Unknown records in capitals are passed over, so that later versions can be read; anything else"
            " is refused."
        ),
    ),
)
