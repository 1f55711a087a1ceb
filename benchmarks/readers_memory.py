"""Memory of the readers that stream: by how much more rows raise the peak of a process that reads a report.

Each report is recognised and read, with its findings or cases, in a process of its own: once with a thousand
rows and once with as many as the format may come to.
"""

from __future__ import annotations

import os
import subprocess  # nosec B404  # starts this very interpreter to measure its memory
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Row

_FEW, _LINES, _TESTS = 1_000, 200_000, 1_000_000
_MOST_MIB = 8.0
_PEAK = """
import re, sys
from pathlib import Path
from tidegate.readers.base import Limits, Source
from tidegate.readers.detect import drain, find_reader, start
source = Source.of_path(Path(sys.argv[1]))
reader = find_reader(source)
reading = drain(start(reader, source, Limits(max_bytes=1 << 30), items=True), None)
assert (reader.format, reading.ran) == (sys.argv[2], True), (reader.format, reading.why_not)
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@dataclass(frozen=True, slots=True)
class _Streamed:
    """A format with what its reports begin and end with, a row by its number, and how many there may be."""

    format: str
    row: Callable[[int], str]
    begin: str = ""
    end: Callable[[int], str] = lambda _: ""
    most: int = _LINES


_GO = '"Package":"example.com/harbour"'
_STREAMED = (
    _Streamed(
        "junit",
        lambda n: f'<testcase classname="tests.test_{n // 50}" name="test_{n}" time="0.01"/>\n',
        '<testsuites><testsuite name="s">\n',
        lambda _: "</testsuite></testsuites>",
        _TESTS,
    ),
    _Streamed(
        "nunit",
        lambda n: f'<test-case name="T{n}" classname="N.C{n // 50}" result="Passed" duration="0.01"/>\n',
        '<test-run><test-suite type="Assembly" name="a.dll" result="Passed">\n',
        lambda _: "</test-suite></test-run>",
        _TESTS,
    ),
    _Streamed(
        "xunitnet",
        lambda n: f'<test name="N.C.T{n}" type="N.C" result="Pass" time="0.01"/>\n',
        '<assemblies><assembly name="a.dll"><collection name="c">\n',
        lambda _: "</collection></assembly></assemblies>",
        _TESTS,
    ),
    _Streamed(
        "tap",
        lambda n: f"ok {n + 1} - the berth of ship {n} is free\n  ---\n  duration_ms: 1.5\n  ...\n",
        "TAP version 13\n",
        lambda count: f"1..{count}\n",
        _TESTS,
    ),
    _Streamed(
        "go-test",
        lambda n: (
            f'{{"Action":"run",{_GO},"Test":"Test{n}"}}\n'
            f'{{"Action":"pass",{_GO},"Test":"Test{n}","Elapsed":0.01}}\n'
        ),
        f'{{"Action":"start",{_GO}}}\n',
        lambda _: f'{{"Action":"pass",{_GO},"Elapsed":9}}\n',
        _TESTS,
    ),
    _Streamed(
        "checkstyle",
        lambda n: (
            f'<file name="src/a{n}.java">'
            f'<error line="{n}" severity="error" message="m" source="R"/></file>\n'
        ),
        '<checkstyle version="10.0">\n',
        lambda _: "</checkstyle>",
    ),
    _Streamed("flake8", lambda n: f"src/a{n}.py:{n + 1}:1: F401 'os' imported but unused\n"),
    _Streamed(
        "mypy-text",
        lambda n: f'src/a{n}.py:{n + 1}: error: Name "x{n}" is not defined  [name-defined]\n',
        end=lambda count: f"Found {count} errors in {count} files (checked {count} source files)\n",
    ),
    _Streamed(
        "mypy-json",
        lambda n: (
            f'{{"file": "a{n}.py", "line": {n + 1}, "column": 4, "message": "Name x{n}", "hint": null,'
            ' "code": "name-defined", "severity": "error"}\n'
        ),
    ),
    _Streamed(
        "pylint-text",
        lambda n: f"src/a{n}.py:{n + 1}:0: W0611: Unused import os (unused-import)\n",
        "************* Module a\n",
        lambda _: "\n" + "-" * 18 + "\nYour code has been rated at 8.31/10\n\n",
    ),
    _Streamed("tsc", lambda n: f"src/a{n}.ts({n + 1},7): error TS2322: Type 'A{n}' is not assignable.\n"),
)


def peak_growth() -> list[Row]:
    """Say for each format that streams by how many MiB its largest report raises the peak."""
    with TemporaryDirectory() as folder:
        return [_growth(each, Path(folder) / "report") for each in _STREAMED]


ROWS: tuple[Callable[[], list[Row]], ...] = (peak_growth,)


def _growth(streamed: _Streamed, path: Path) -> Row:
    few, most = (_peak(streamed, count, path) for count in (_FEW, streamed.most))
    growth = max(0.0, most - few)
    name = f"{streamed.format}, {_FEW:,} to {streamed.most:,} rows"
    target = f"grows by at most {_MOST_MIB:g} MiB"
    return Row(name, growth, "MiB", "peak with the few", few, growth / few, target, growth <= _MOST_MIB)


def _peak(streamed: _Streamed, count: int, path: Path) -> float:
    """Give the peak resident memory, in MiB, of a process that reads a report of so many rows."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(_report(streamed, count))
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(  # nosec B603  # this interpreter, code of this file
        [sys.executable, "-c", _PEAK, str(path), streamed.format],
        capture_output=True,
        check=True,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src")},
        text=True,
        timeout=600,
    )
    return int(done.stdout) / 1024


def _report(streamed: _Streamed, count: int) -> Iterator[str]:
    yield streamed.begin
    yield from map(streamed.row, range(count))
    yield streamed.end(count)
