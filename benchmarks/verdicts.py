"""How many verdicts a second one core gives: a gate of 20 rules, with every explanation written out."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from benchmarks.table import Row
from tidegate.domain.evidence import Evidence, Subject
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.gates import Gate
from tidegate.domain.inheritance import complete
from tidegate.domain.measures import Kind
from tidegate.domain.verdicts import judge

TARGET = 2_000
ROUNDS = 7
VERDICTS = 300

_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
_SUBJECT = Subject("shop", "0f" * 20, "production")
_RULES = (
    ("tests.failed == 0", "tests"),
    ("tests.errors == 0", "tests"),
    ("tests.passed >= 100", "tests"),
    ("tests.pass_rate >= 0.95", "tests"),
    ("tests.skipped <= 10 && tests.flaky == 0", "tests"),
    ("tests.duration < 600.0", "tests"),
    ("coverage.line_rate >= 0.9", "coverage"),
    ("coverage.branch_rate >= 0.8", "coverage"),
    ("coverage.lines_total > 0 && coverage.files > 0", "coverage"),
    ("coverage.line_rate >= 0.95 || coverage.branch_rate >= 0.9", "coverage"),
    ("findings.total == 0", "lint"),
    ("findings.total <= 5", "lint/flake8"),
    ("findings.total == 0", "types"),
    ("findings.high == 0", "sast"),
    ("findings.high == 0 && findings.medium <= 2", "sast/bandit"),
    ("findings.low <= 20", "sast"),
    ("findings.total == 0", "dependencies"),
    ("dependencies.vulnerable == 0", "dependencies"),
    ("dependencies.skipped == 0 && dependencies.total > 0", "dependencies"),
    ("tool.ran", "dependencies"),
)


def twenty_rules() -> Gate:
    """Return a gate of 20 ordinary rules."""
    rules = [
        {"id": f"rule-{number}", "that": that, "needs": [need], "max_age": "24h"}
        for number, (that, need) in enumerate(_RULES)
    ]
    return complete(draft_of({"name": "bench", "rules": rules}))


def ordinary_evidence() -> list[Evidence]:
    """Return six reports, of which tests, coverage and lint fail some rules."""
    values: list[tuple[Kind, str, dict[str, bool | int | float]]] = [
        (
            Kind.TESTS,
            "pytest",
            {"tests.total": 400, "tests.passed": 391, "tests.failed": 3, "tests.errors": 0},
        ),
        (Kind.COVERAGE, "coverage.py", {"coverage.lines_total": 9000, "coverage.lines_covered": 8000}),
        (Kind.LINT, "flake8", {"findings.total": 7}),
        (Kind.TYPES, "mypy", {"findings.total": 0}),
        (Kind.SAST, "bandit", {"findings.total": 2, "findings.high": 0, "findings.medium": 1}),
        (Kind.DEPENDENCIES, "pip-audit", {"findings.total": 0, "dependencies.vulnerable": 0}),
    ]
    more: dict[Kind, dict[str, bool | int | float]] = {
        Kind.TESTS: {"tests.skipped": 6, "tests.flaky": 0, "tests.duration": 81.5, "tests.suites": 12},
        Kind.COVERAGE: {
            "coverage.branches_total": 2000,
            "coverage.branches_covered": 1700,
            "coverage.files": 80,
        },
        Kind.SAST: {"findings.low": 1, "findings.critical": 0, "findings.info": 0, "findings.suppressed": 0},
        Kind.DEPENDENCIES: {"dependencies.total": 60, "dependencies.skipped": 0},
    }
    taken = _AT - timedelta(hours=1)
    return [
        Evidence(f"sha256:{n:064x}", tool, kind, "bench", tool, taken, {**measures, **more.get(kind, {})})
        for n, (kind, tool, measures) in enumerate(values)
    ]


def verdicts_per_second() -> Row:
    """Measure judging with every explanation as a document, as an answer carries it."""
    gate, evidence = twenty_rules(), ordinary_evidence()
    rate = _per_second(lambda: judge(gate, evidence, (), _AT, _SUBJECT).to_document())
    name = "verdicts of 20 rules, explained"
    return Row(name, rate, "1/s", "target", TARGET, rate / TARGET, ">= 2000/s", rate >= TARGET)


def canonical_verdicts_per_second() -> Row:
    """Measure the same with the canonical bytes that are stored; told beside the target, not part of it."""
    gate, evidence = twenty_rules(), ordinary_evidence()
    bare = _per_second(lambda: judge(gate, evidence, (), _AT, _SUBJECT).to_document())
    rate = _per_second(lambda: judge(gate, evidence, (), _AT, _SUBJECT).canonical())
    return Row("the same as canonical bytes", rate, "1/s", "without bytes", bare, rate / bare, "told", True)


def _per_second(work: Callable[[], object]) -> float:
    work()
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(VERDICTS):
            work()
        rates.append(VERDICTS / (time.perf_counter() - start))
    return statistics.median(rates)


ROWS = (verdicts_per_second, canonical_verdicts_per_second)
"""The functions that `make bench` calls, one row each."""
