"""LCOV tracefiles: coverage as lcov, gcovr, istanbul, coverage.py, simplecov and llvm-cov write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tidegate.domain.measures import Kind, Value
from tidegate.domain.source_lines import Counts
from tidegate.readers.base import NO_LINES, LazyLines, Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.coverage.union import FileUnion, Union, counted

_LONGEST_LINE = 1024 * 1024
_GCOVR = "GCOVR_report"
_TOTALS = (("lines", "LF", "LH"), ("branches", "BRF", "BRH"), ("functions", "FNF", "FNH"))
_ABOUT = {key: about for about, *keys in _TOTALS for key in keys}
_WRAPPED = 2**63  # what a counter that fell below zero gives, written without its sign
_AGAIN = "Make the report again, or name its true format"
_OVERFLOWN = (
    "Counters of threads overwrote one another: build with -fprofile-update=atomic, run the tests again and"
    " make the report again"
)


class _Bad(Exception):
    """A record that cannot be understood, and what to do about it."""

    def __init__(self, what: str, todo: str = _AGAIN) -> None:
        self.what, self.todo = what, todo
        super().__init__(what)


@dataclass(slots=True)
class _Record:
    """What one `SF` ... `end_of_record` lists and declares; `mentions` are counted with repetitions."""

    file: FileUnion
    name: str
    lines: dict[int, bool] = field(default_factory=dict)
    branches: dict[int, dict[str, bool]] = field(default_factory=dict)
    calls: dict[str, bool] = field(default_factory=dict)
    functions: dict[tuple[int, str], str] = field(default_factory=dict)
    mentions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_ABOUT, 0))
    declared: dict[str, int] = field(default_factory=dict)

    def count(self, about: str) -> Counts:
        """Count covered and all, each once."""
        if about == "lines":
            return sum(self.lines.values()), len(self.lines)
        if about == "functions":
            return sum(self.calls.get(name, False) for name in self.functions.values()), len(self.functions)
        branches = self.branches.values()
        return sum(sum(taken.values()) for taken in branches), sum(map(len, branches))


class _Tracefile:
    """The lines, branches and functions of one tracefile, each counted once."""

    def __init__(self) -> None:
        self.union = Union()
        self.record: _Record | None = None
        self.gcovr = False
        self.seen: set[str] = set()
        self.contradiction: str | None = None
        self._on: dict[str, Callable[[_Record, str], None]] = {
            "DA": self._line,
            "BRDA": self._branch,
            "FN": self._function,
            "FNDA": self._call,
            "FNL": self._numbered,
            "FNA": self._alias,
            **{key: partial(self._declares, key) for key in _ABOUT},
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
        file = record.file
        file.add_lines(record.lines, (number for number, hit in record.lines.items() if hit))
        for number, branches in record.branches.items():
            file.add_named_branches(number, branches)
        for key, name in record.functions.items():
            file.add_function(key, record.calls.get(name, False))
        for about, total, covered in _TOTALS:
            fault = self._held_against(record, about, total, covered)
            self.contradiction = self.contradiction or fault

    def _held_against(self, record: _Record, about: str, total: str, covered: str) -> str | None:
        """Hold what a record declares against what it lists, which may mention one thing several times."""
        declared, hit = record.declared.get(total), record.declared.get(covered)
        listed_hit, listed = record.count(about)
        begin = f"The file {record.name[:60]!r} declares"
        if declared is not None and hit is not None and hit > declared:
            return (
                f"{begin} {hit} covered of {declared} {about} ({covered}, {total}): it was edited or is"
                " damaged."
            )
        if declared is not None and declared > record.mentions[total]:
            missed = declared - (hit or 0) - (listed - listed_hit)
            if self.gcovr and hit is not None and hit >= listed_hit and missed >= 0:
                # gcovr counts each copy of a templated line or constructor, and lists the line once.
                record.file.add_unlisted(about, (hit - listed_hit, declared - listed))
                return None
            return (
                f"{begin} {declared} {about} but lists {record.mentions[total]} ({total}): records are"
                " missing. The file was cut or filtered after it was made: make it again with the tool"
                " itself."
            )
        if declared is not None and declared < listed:
            return (
                f"{begin} {declared} {about} but lists {listed} ({total}): it was edited, or put together"
                " from several. Merge tracefiles with `lcov -a`."
            )
        least, most = sorted((listed_hit, record.mentions[covered]))
        if hit is not None and not least <= hit <= most:
            return (
                f"{begin} {hit} covered {about} but lists {listed_hit} ({covered}): it was edited or is"
                " damaged. Make it again with the tool itself."
            )
        return None

    def _line(self, record: _Record, value: str) -> None:
        number, _, rest = value.partition(",")
        line, hit = _line_number(number), _hits(rest.partition(",")[0]) > 0
        record.lines[line] = hit or record.lines.get(line, False)
        record.mentions["LF"] += 1
        record.mentions["LH"] += hit

    def _branch(self, record: _Record, value: str) -> None:
        self.seen.add("branches")
        place, _, text = value.rpartition(",")
        number, _, which = place.partition(",")
        taken = text != "-" and _hits(text) > 0
        of_line = record.branches.setdefault(_line_number(number), {})
        of_line[which] = taken or of_line.get(which, False)
        record.mentions["BRF"] += 1
        record.mentions["BRH"] += taken

    def _function(self, record: _Record, value: str) -> None:
        self.seen.add("functions")
        number, _, name = value.partition(",")
        end, comma, rest = name.partition(",")
        name = rest if comma and end.isdigit() else name  # lcov 2 puts the last line between them
        record.functions[(_number(number), name)] = name
        record.mentions["FNF"] += 1

    def _call(self, record: _Record, value: str) -> None:
        calls, _, name = value.partition(",")
        called = _hits(calls) > 0
        record.calls[name] = called or record.calls.get(name, False)
        record.mentions["FNH"] += called

    def _numbered(self, record: _Record, value: str) -> None:
        self.seen.add("functions")
        index, _, lines = value.partition(",")
        record.functions[(_number(lines.partition(",")[0]), "#")] = f"#{index}"
        record.mentions["FNF"] += 1

    def _alias(self, record: _Record, value: str) -> None:
        index, _, rest = value.partition(",")
        self._call(record, f"{rest.partition(',')[0]},#{index}")

    def _declares(self, key: str, record: _Record, value: str) -> None:
        self.seen.add(_ABOUT[key])
        record.declared[key] = record.declared.get(key, 0) + _hits(value)

    def measures(self) -> dict[str, Value]:
        """Give the values; branches and functions are left out where no record speaks of them."""
        values: dict[str, Value] = {"coverage.files": len(self.union.files)}
        for about, _, _ in _TOTALS:
            if about == "lines" or about in self.seen:
                values |= counted(about, self.union.count(about))
        return values

    def why_not(self) -> str | None:
        """Tell why this file measures nothing or contradicts itself; None where it is whole."""
        if not self.union.count("lines")[1]:
            return self.contradiction or "The report lists no line: no coverage was measured."
        return self.contradiction


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise _Bad(f"{text[:60]!r} is not a whole number") from None
    if number < 0:
        raise _Bad(f"{number} is negative", _OVERFLOWN)
    return number


def _hits(text: str) -> int:
    number = _number(text)
    if number >= _WRAPPED:
        raise _Bad(f"{number} is no count: it is what a counter below zero gives", _OVERFLOWN)
    return number


def _line_number(text: str) -> int:
    number = _number(text)
    if number < 1:
        raise _Bad(
            "there is no line 0 in a source file", "Update the tool that wrote it, and make the report again"
        )
    return number


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


def _sentence(line: int, what: str, todo: str = _AGAIN) -> str:
    return f"Line {line}: {what}. {todo}."


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
                raise Unreadable(_sentence(number, bad.what, bad.todo)) from None
    if tracefile.record is not None:
        raise Unreadable(
            f"The report ends inside the record of {tracefile.record.name[:60]!r}: the tool was stopped or"
            " the file was cut. Make the report again."
        )
    why_not = tracefile.why_not()
    return Reading(
        "lcov",
        Kind.COVERAGE,
        "gcovr" if tracefile.gcovr else "lcov",
        tracefile.measures(),
        ran=why_not is None,
        why_not=why_not,
        lines=LazyLines(lambda: tracefile.union.lines("lcov", limits)) if why_not is None else NO_LINES,
    )


READER = Reader(
    format="lcov",
    title="LCOV tracefile",
    kind=Kind.COVERAGE,
    source="https://github.com/linux-test-project/lcov/blob/master/man/geninfo.1",
    follows={
        "coverage.lines_total": (
            "distinct `DA` line numbers of each file, over all its records; of gcovr `LF`, where that is more"
        ),
        "coverage.lines_covered": "lines of which any `DA` record has hits above 0; of gcovr `LH`, likewise",
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
    notes=(
        "A tracefile cut off between two records looks complete: it does not count its records.",
        (
            "Lines are counted from `DA` records: a file that stands in several records (one a test) counts"
            " once."
        ),
        (
            "What a record declares (`LF`, `LH`, `BRF`, `BRH`, `FNF`, `FNH`) has to lie between what it lists"
            " with repetitions and each once. gcovr alone may declare more: it counts each copy of a line"
            " (19) and lists the line once (17), and then its counts are taken."
        ),
        (
            "Refused as numbers that cannot be: line 0, and counts below zero or from 2^63 (a counter below"
            " zero without its sign), which threads without atomic counters write."
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
