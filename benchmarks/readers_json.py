"""Speed and memory of the JSON readers, beside the libraries that others read these formats with."""

from __future__ import annotations

import json
import os
import subprocess  # nosec B404  # starts this very interpreter
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.table import Row
from tidegate.readers.base import Limits, Reader, Source
from tidegate.readers.findings import bandit, sarif
from tidegate.readers.supply_chain import cyclonedx

REPEATS = 5
HELP = "https://docs.example.org/rules/a-value-is-used-before-it-is-checked.html"


def sarif_speed() -> list[Row]:
    """Read a SARIF log of 100,000 results: measures alone, beside the summary of sarif-tools."""
    from sarif import loader
    from sarif.operations import summary_op
    from sarif.sarif_file import SarifFileSet

    def peer(path: Path) -> None:
        files = SarifFileSet()
        files.add_file(loader.load_sarif_file(str(path)))
        summary_op._generate_summary(files)

    with report_of(_sarif(100_000)) as path:
        ours, theirs = compare(lambda: read_all(sarif.READER, path, items=False), lambda: peer(path))
        return [faster("SARIF, 100,000 results, measures", ours, "sarif-tools summary", theirs, 4)]


def sarif_memory() -> list[Row]:
    """Compare peak memory of reading that log, findings included, with `json.loads` of the same bytes."""
    ours = (
        "from pathlib import Path; from benchmarks.readers_json import read_all; "
        "from tidegate.readers.findings import sarif; read_all(sarif.READER, Path({path!r}), items=True)"
    )
    with report_of(_sarif(100_000)) as path:
        own = median(_peak(ours, path) for _ in range(REPEATS))
        plain = "import json; kept = json.loads(open({path!r}, 'rb').read())"
        loads = median(_peak(plain, path) for _ in range(REPEATS))
    share = own / loads
    target = "at most 0.33 of json.loads"
    return [
        Row("SARIF, 100,000 results, peak", own, "MiB", "json.loads", loads, share, target, share <= 1 / 3)
    ]


def cyclonedx_speed() -> list[Row]:
    """Read an inventory of 20,000 components, beside cyclonedx-python-lib's own parse."""
    from cyclonedx.model.bom import Bom

    def peer(path: Path) -> None:
        Bom.from_json(json.loads(path.read_bytes()))

    with report_of(_cyclonedx(20_000)) as path:
        ours, theirs = compare(lambda: read_all(cyclonedx.READER, path, items=True), lambda: peer(path))
        return [faster("CycloneDX, 20,000 components", ours, "cyclonedx-python-lib", theirs, 100)]


def bandit_speed() -> list[Row]:
    """Read a Bandit report of 50,000 findings, beside `json.loads` and a walk over the results."""

    def peer(path: Path) -> dict[str, int]:
        counts: dict[str, int] = {}
        for issue in json.loads(path.read_bytes())["results"]:
            counts[issue["issue_severity"]] = counts.get(issue["issue_severity"], 0) + 1
        return counts

    with report_of(_bandit(50_000)) as path:
        ours, theirs = compare(lambda: read_all(bandit.READER, path, items=False), lambda: peer(path))
        return [faster("Bandit, 50,000 findings", ours, "json.loads and walk", theirs, 2)]


ROWS: tuple[Callable[[], list[Row]], ...] = (sarif_speed, sarif_memory, cyclonedx_speed, bandit_speed)


def read_all(reader: Reader, path: Path, *, items: bool) -> None:
    """Read a whole report."""
    stream = reader.read(Source.of_path(path), Limits(), items)
    for _ in stream:
        pass


def compare(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Take the medians of both, in turns, so that a busy moment of the machine meets both."""
    own, peer = [], []
    for _ in range(REPEATS):
        own.append(_seconds(ours))
        peer.append(_seconds(theirs))
    return median(own), median(peer)


def _seconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def faster(name: str, ours: float, peer: str, theirs: float, times: float) -> Row:
    """Say how many times a peer's time is ours."""
    ratio = theirs / ours
    return Row(name, ours, "s", peer, theirs, ratio, f"at least {times:g}x faster", ratio >= times)


def _peak(code: str, path: Path) -> float:
    """Run code in a process of its own and give its peak resident memory in MiB.

    VmHWM and not ru_maxrss, which a child inherits from the process that starts it.
    """
    ask = "\nimport re; print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(  # nosec B603  # this interpreter, code of this file
        [sys.executable, "-c", code.format(path=str(path)) + ask],
        capture_output=True,
        check=True,
        cwd=root,
        env=os.environ | {"PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"},
        timeout=120,
    )
    return int(done.stdout) / 1024


@contextmanager
def report_of(parts: Iterator[str]) -> Iterator[Path]:
    """Write a report to a file for as long as the block lasts."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        with path.open("w", encoding="utf-8") as stream:
            stream.writelines(parts)
        yield path


def _sarif(count: int) -> Iterator[str]:
    rules = [{"id": f"R{index:03}", "defaultConfiguration": {"level": "warning"}} for index in range(50)]
    tool = {"driver": {"name": "Scanner", "version": "1.0", "rules": rules}}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    yield f'{{"$schema": "{schema}", "version": "2.1.0", "runs": [{{"tool": {json.dumps(tool)}, "results": ['
    for index in range(count):
        yield (", " if index else "") + json.dumps(_sarif_result(index))
    yield "]}]}"


def _sarif_result(index: int) -> dict[str, object]:
    line = index % 900 + 1
    code = '    value = compute({\'a\': [1, 2], "b": other})\n    return value["key"] if value else None\n'
    region = {
        "startLine": line,
        "startColumn": 5,
        "endLine": line,
        "endColumn": 40,
        "snippet": {"text": code},
    }
    artifact = {
        "uri": f"src/package/module_{index % 1000}.py",
        "uriBaseId": "%SRCROOT%",
        "index": index % 1000,
    }
    return {
        "ruleId": f"R{index % 50:03}",
        "ruleIndex": index % 50,
        "level": ("error", "warning", "note")[index % 3],
        "message": {"text": f'Problem {index}: "value" is used in function_{index} unchecked, see {HELP}'},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": f"{index:032x}:1"},
        "properties": {"tags": ["security", "correctness"], "confidence": "HIGH", "help": HELP},
    }


def _cyclonedx(count: int) -> Iterator[str]:
    yield '{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": ['
    for index in range(count):
        component = {
            "type": "library",
            "bom-ref": f"ref-{index}",
            "name": f"package-{index}",
            "version": f"1.{index}.0",
            "purl": f"pkg:pypi/package-{index}@1.{index}.0",
            "licenses": [{"license": {"id": "MIT"}}],
            "hashes": [{"alg": "SHA-256", "content": f"{index:064x}"}],
        }
        yield (", " if index else "") + json.dumps(component)
    yield "]}"


def _bandit(count: int) -> Iterator[str]:
    totals = {
        "SEVERITY.HIGH": 0,
        "SEVERITY.MEDIUM": 0,
        "SEVERITY.LOW": count,
        "SEVERITY.UNDEFINED": 0,
        "loc": 9,
    }
    metrics = {"_totals": totals, "src/app.py": totals}
    yield f'{{"errors": [], "generated_at": "", "metrics": {json.dumps(metrics)}, "results": ['
    for index in range(count):
        issue = {
            "code": f'{index} def test():\n{index + 1}     assert value["{index}"] == 3\n',
            "col_offset": 4,
            "end_col_offset": 40,
            "filename": f"src/package/module_{index % 500}.py",
            "issue_confidence": "HIGH",
            "issue_cwe": {"id": 703, "link": "https://cwe.mitre.org/data/definitions/703.html"},
            "issue_severity": "LOW",
            "issue_text": "Use of assert detected. The enclosed code will be removed when compiling.",
            "line_number": index,
            "line_range": [index, index + 1],
            "more_info": "https://bandit.readthedocs.io/en/latest/plugins/b101_assert_used.html",
            "test_id": "B101",
            "test_name": "assert_used",
        }
        yield (", " if index else "") + json.dumps(issue)
    yield "]}"


def main() -> None:
    """Print the rows of this file."""
    for rows in ROWS:
        for row in rows():
            state = "met" if row.met else "MISSED"
            print(
                f"{row.name}: {row.measured:.3f} {row.unit}, {row.peer} {row.peer_value:.3f} {row.unit},"
                f" {row.ratio:.2f} ({row.target}: {state})"
            )


if __name__ == "__main__":
    main()
