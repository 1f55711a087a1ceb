"""How fast and how small the XML readers are, against junitparser, bare expat and pycobertura.

Inputs are generated into a temporary folder. Times are medians over rounds in which ours and the peer
take turns; peak memory is that of a process of its own that reads the file and does nothing else.
"""

from __future__ import annotations

import statistics
import subprocess  # nosec B404  # starts this very interpreter to measure its memory
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from xml.parsers import expat

from benchmarks.table import Row
from tidegate.readers.base import Limits, Reader, Reading, Source
from tidegate.readers.coverage import cobertura
from tidegate.readers.test_results import junit
from tidegate.readers.xml import CHUNK_BYTES

_ROUNDS = 7
_MIB = 1024 * 1024
_LIMITS = Limits(max_bytes=1024 * _MIB)
_PEAK = """
import sys
from pathlib import Path
from tidegate.readers.base import Limits, Source
from tidegate.readers.test_results.junit import READER
list(READER.read(Source.of_path(Path(sys.argv[1])), Limits(max_bytes=1 << 30), False))
# Not getrusage: its peak is handed down from the process that started this one.
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


def write_junit(path: Path, cases: int) -> None:
    """Write a JUnit report as pytest does: one case in a thousand fails, one in a hundred is skipped."""
    failed, skipped = len(range(0, cases, 1000)), len(range(1, cases, 100))
    with path.open("w", encoding="utf-8") as stream:
        stream.write('<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">')
        stream.write(
            f'<testsuite name="pytest" errors="0" failures="{failed}" skipped="{skipped}" tests="{cases}"'
            ' time="9.5">\n'
        )
        for number in range(cases):
            name = (
                f'classname="tests.unit.part_{number // 1000}.test_module_{number // 50}"'
                f' name="test_{number}"'
            )
            inside = "</testcase>"
            if number % 1000 == 0:
                inside = (
                    '<failure message="assert 1 == 2">def test():\n&gt; assert 1 == 2\nE  1 !='
                    " 2</failure></testcase>"
                )
            elif number % 100 == 1:
                inside = '<skipped type="pytest.skip" message="no">test_a.py:1: no</skipped></testcase>'
            stream.write(f'<testcase {name} time="0.{number % 1000:03}">{inside}\n')
        stream.write("</testsuite></testsuites>\n")


def write_cobertura(path: Path, lines: int) -> None:
    """Write a Cobertura report as coverage.py does: 500 lines a file, one in ten not covered."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write(f'<?xml version="1.0" ?><coverage version="7.13" line-rate="0.9" lines-valid="{lines}">')
        stream.write('<sources><source>/src</source></sources><packages><package name="p"><classes>\n')
        for start in range(0, lines, 500):
            stream.write(
                f'<class name="m{start}.py" filename="p/m{start}.py" line-rate="0.9"><methods/><lines>\n'
            )
            for number in range(1, 501):
                condition = ' branch="true" condition-coverage="50% (1/2)"' if number % 20 == 0 else ""
                stream.write(f'<line number="{number}" hits="{int(number % 10 > 0)}"{condition}/>\n')
            stream.write("</lines></class>\n")
        stream.write("</classes></package></packages></coverage>\n")


def _read(reader: Reader, path: Path) -> Reading:
    stream = reader.read(Source.of_path(path), _LIMITS, False)
    while True:
        try:
            next(stream)
        except StopIteration as stop:
            reading = stop.value
            if not isinstance(reading, Reading) or not reading.ran:
                raise RuntimeError(f"the benchmark's input was not read: {reading}") from None
            return reading


def _bare_expat(path: Path) -> None:
    def start(name: str, attributes: dict[str, str]) -> None:
        pass

    def end(name: str) -> None:
        pass

    def text(data: str) -> None:
        pass

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _junitparser(path: Path) -> tuple[int, ...]:
    from junitparser import JUnitXml

    suites = JUnitXml.fromfile(str(path))
    suites.update_statistics()
    return suites.tests, suites.failures, suites.errors, suites.skipped


def _pycobertura_show(path: Path) -> dict[str, list[object]]:
    from pycobertura import Cobertura
    from pycobertura.reporters import TextReporter

    # All that `pycobertura show` does before it lays the table out as text: parse, then statements, misses,
    # rate and missed lines of every file, and the totals.
    summary: dict[str, list[object]] = TextReporter(Cobertura(str(path))).get_summary_lines()
    return summary


def _pycobertura_total(path: Path) -> tuple[int, int]:
    # The least that counts lines with its library; `line_rate()` alone believes what the root declares.
    from pycobertura import Cobertura

    report = Cobertura(str(path))
    return report.total_statements(), report.total_misses()


_RUNS: Mapping[str, Callable[[Path], object]] = {
    "junit": lambda path: _read(junit.READER, path),
    "expat": _bare_expat,
    "junitparser": _junitparser,
    "cobertura": lambda path: _read(cobertura.READER, path),
    "pycobertura show": _pycobertura_show,
    "pycobertura total": _pycobertura_total,
}


def _seconds(name: str, path: Path) -> float:
    """Run one reader in a process of its own, so that no other slows it: seconds of processor time."""
    command = [sys.executable, "-m", "benchmarks.readers_xml", name, str(path)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True
    )  # nosec B603  # fixed arguments
    return float(done.stdout)


def _run(name: str, path: Path) -> None:
    """Print the shorter of two runs: the first also warms up."""
    times = []
    for _ in range(2):
        began = time.process_time()
        _RUNS[name](path)
        times.append(time.process_time() - began)
    print(min(times))


def _medians(ours: str, peer: str, path: Path) -> tuple[float, float, float]:
    """Time both in turns: the medians in seconds, and the median over the rounds of ours over the peer's.

    Ratios within a round, because other work on the machine must not decide the result.
    """
    pairs = [(_seconds(ours, path), _seconds(peer, path)) for _ in range(_ROUNDS)]
    ratio = statistics.median(mine / other for mine, other in pairs)
    ours_median, peer_median = (statistics.median(times) for times in zip(*pairs, strict=True))
    return ours_median, peer_median, ratio


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        yield Path(folder)


def junit_speed() -> list[Row]:
    """JUnit XML of 100,000 cases to measures, against junitparser and bare expat with empty handlers."""
    with _folder() as folder:
        path = folder / "junit.xml"
        write_junit(path, 100_000)
        ours, bare, slower = _medians("junit", "expat", path)
        again, parser, share = _medians("junit", "junitparser", path)
    name = "JUnit XML, 100,000 cases to measures"
    return [
        Row(name, again, "s", "junitparser", parser, 1 / share, ">= 3x faster", 1 / share >= 3),
        Row(name, ours, "s", "bare expat", bare, slower, "<= 1.5x its time", slower <= 1.5),
    ]


def _peak(path: Path) -> float:
    """Read a file in a process of its own: its peak memory in MiB, the median of five."""
    command = [sys.executable, "-c", _PEAK, str(path)]
    peaks = []
    for _ in range(5):
        done = subprocess.run(
            command, capture_output=True, text=True, check=True
        )  # nosec B603  # fixed arguments
        peaks.append(int(done.stdout) / 1024)
    return statistics.median(peaks)


def junit_memory() -> list[Row]:
    """Peak memory of a million cases, against that of 10,000."""
    with _folder() as folder:
        small, large = folder / "small.xml", folder / "large.xml"
        write_junit(small, 10_000)
        write_junit(large, 1_000_000)
        peer, ours = _peak(small), _peak(large)
    name = "JUnit XML, 1,000,000 cases, peak RSS"
    return [Row(name, ours, "MiB", "10,000 cases", peer, ours / peer, "within 5 MiB", ours - peer <= 5)]


def cobertura_speed() -> list[Row]:
    """Cobertura of 200,000 lines to measures, against pycobertura's summary of every file and its totals."""
    name = "Cobertura, 200,000 lines to measures"
    peers = {
        "pycobertura show": "`pycobertura show` up to its table, not printed",
        "pycobertura total": "pycobertura's library: parse, statements and misses in total",
    }
    rows = []
    with _folder() as folder:
        path = folder / "cobertura.xml"
        write_cobertura(path, 200_000)
        for peer, peer_name in peers.items():
            ours, theirs, share = _medians("cobertura", peer, path)
            rows.append(
                Row(name, ours, "s", peer_name, theirs, 1 / share, ">= 2.5x faster", 1 / share >= 2.5)
            )
    return rows


ROWS: tuple[Callable[[], list[Row]], ...] = (junit_speed, junit_memory, cobertura_speed)

if __name__ == "__main__":
    _run(sys.argv[1], Path(sys.argv[2]))
