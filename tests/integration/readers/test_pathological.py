"""Reports made to hurt: deep, swollen, or larger than allowed; each is refused or read, soon and small."""

from __future__ import annotations

import io
import subprocess  # nosec B404: a process of its own, whose memory can be measured
import sys
import time
from pathlib import Path

import pytest

from tests.integration.readers.checks import BY_FORMAT, outcome
from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.detect import drain, start

_MIB = 1024 * 1024
_DEEP = 100_000
_ROOTS = {"junit": "testsuites", "cobertura": "coverage", "jacoco": "report"}
_JSONS = ["sarif", "bandit", "safety", "pip-audit", "coveragepy", "cyclonedx", "pylint-json", "ruff-json"]
_PEAK = """
import sys
from pathlib import Path
from tidegate.readers.base import Limits, Source
from tidegate.readers.detect import drain, find_reader, start
source = Source.of_path(Path(sys.argv[1]))
reading = drain(start(find_reader(source), source, Limits(), items=True), lambda item: None)
status = Path("/proc/self/status").read_text()
peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
print(reading.measures["tests.total"], peak)
"""


class TestDepth:
    @pytest.mark.parametrize("format", _ROOTS)
    def test_of_xml_is_refused(self, format: str) -> None:
        root = _ROOTS[format]
        assert outcome(f"<{root}>{'<a>' * _DEEP}".encode(), format) is None
        assert outcome(f"<{root}>{'<lines>' * _DEEP}".encode(), format) is None

    @pytest.mark.parametrize("format", [*_JSONS, "mypy-json"])
    @pytest.mark.parametrize("unit", ["[", '{"a":', '[{"runs":', '{"results":['])
    def test_of_json_is_refused(self, format: str, unit: str) -> None:
        assert outcome((unit * _DEEP).encode(), format) is None


class TestEntities:
    @pytest.mark.parametrize("format", _ROOTS)
    def test_that_multiply_are_refused(self, format: str) -> None:
        root = _ROOTS[format]
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        document = f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY l0 "ha">{laughs}]><{root}>&l9;</{root}>'
        assert outcome(document.encode(), format) is None

    @pytest.mark.parametrize("format", _ROOTS)
    def test_of_other_files_are_refused(self, format: str) -> None:
        root = _ROOTS[format]
        document = f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "file:///etc/passwd">]><{root}>&x;</{root}>'
        assert outcome(document.encode(), format) is None


class _Given:
    """How many bytes were read of a file, which may be opened several times."""

    bytes = 0

    def open(self) -> io.BufferedReader:
        return io.BufferedReader(_Endless(self))


class _Endless(io.RawIOBase):
    """Blanks without end."""

    def __init__(self, given: _Given) -> None:
        self._given = given

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # RawIOBase hands a writable buffer over
        view[:] = b" " * len(view)
        self._given.bytes += len(view)
        return len(view)


@pytest.mark.parametrize("format", sorted(BY_FORMAT))
class TestSize:
    def test_that_is_declared_beyond_the_limit_is_refused_unread(self, format: str) -> None:
        given = _Given()
        source = Source("big", b"", 300 * _MIB, given.open)
        with pytest.raises(Unreadable, match="limit|at most"):
            drain(start(BY_FORMAT[format], source, Limits(), items=False), None)
        assert given.bytes == 0

    def test_that_turns_out_beyond_the_limit_is_refused_soon_after_it(self, format: str) -> None:
        given = _Given()
        source = Source("grew", b"", 10, given.open)
        with pytest.raises(Unreadable):
            drain(start(BY_FORMAT[format], source, Limits(max_bytes=_MIB), items=False), None)
        assert given.bytes < 3 * _MIB


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs /proc to measure peak memory")
class TestMemory:
    def test_does_not_grow_with_200_mib_of_output_in_a_case(self, tmp_path: Path) -> None:
        path = tmp_path / "junit.xml"
        with path.open("wb") as stream:
            stream.write(
                b'<testsuite name="s" tests="1"><testcase classname="a" name="b" time="0"><system-out>'
            )
            for _ in range(200):
                stream.write(b"what a program says when nobody stops it\n" * (_MIB // 41))
            stream.write(b"</system-out></testcase></testsuite>")
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, check=True, timeout=60
        )  # nosec B603: fixed arguments
        total, peak = map(int, done.stdout.split())
        assert (total, peak < 64 * 1024) == (1, True), f"peak {peak} KiB"
        assert time.monotonic() - began < 30
