"""Reports of a format cut off at random bytes: never a smaller report that looks whole.

`python -m tests.fuzz.truncations FORMAT COUNT` prints how many cuts were tried, and ends with 1 and the cut
that was believed where there is one.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.integration.corpus.conftest import OWN, own_reports
from tests.integration.corpus.manifest import evidence_folder, reader_name, rows
from tests.integration.readers.checks import OPEN_ENDED, outcome
from tests.support.report_samples import SAMPLES
from tidegate.domain.measures import Value

LARGEST = 256 * 1024  # bytes of a report that is cut: thousands of cuts are to end within minutes


@dataclass(frozen=True, slots=True)
class Believed:
    """A cut report that was taken for a whole one, and says something else than that."""

    report: str
    end: int
    size: int

    def __str__(self) -> str:
        return f"{self.report}: the first {self.end} of {self.size} bytes are believed"


def reports_of(format: str) -> dict[str, bytes]:
    """Give the reports there are of a format: the sample, our own, and real ones where they are here."""
    found = {"sample": SAMPLES[format]}
    found |= {str(path.relative_to(OWN)): path.read_bytes() for path in own_reports(format)}
    folder = evidence_folder()
    if (folder / "MANIFEST.csv").is_file():
        paths = [Path(folder, row["path"]) for row in rows() if reader_name(row["format"]) == format]
        found |= {path.name: path.read_bytes() for path in paths}
    return {name: data for name, data in found.items() if 1 < len(data) <= LARGEST}


def believed(format: str, reports: dict[str, bytes], count: int, seed: int) -> Iterator[Believed]:
    """Cut reports at so many random bytes, the same ones for the same seed."""
    chosen = random.Random(seed)  # nosec B311  # not for secrets: the cuts are to be the same again
    whole: dict[str, dict[str, Value]] = {}
    for name, data in reports.items():
        reading = outcome(data, format)
        if reading is not None and reading.ran:
            whole[name] = dict(reading.measures)
    for _ in range(count if whole else 0):
        name = chosen.choice(sorted(whole))
        end = chosen.randrange(len(reports[name]))
        reading = outcome(reports[name][:end], format)
        if reading is not None and reading.ran and dict(reading.measures) != whole[name]:
            yield Believed(name, end, len(reports[name]))


def main(arguments: Sequence[str]) -> int:
    """Try the cuts of a format, and print what was believed first."""
    format, count = arguments[0], int(arguments[1])
    if format in OPEN_ENDED:
        print(f"{format}: reports have neither an end nor a total, and cuts cannot be told")
        return 0
    for found in believed(format, reports_of(format), count, seed=1):
        print(found)
        return 1
    print(f"{format}: {count} cuts")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
