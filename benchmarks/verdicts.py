"""What an explained verdict of 20 rules costs, beside one bare evaluation of the same CEL expressions."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from benchmarks.table import Row, seconds_of
from tidegate.domain.evidence import Evidence, Subject
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.gates import Gate, Rule
from tidegate.domain.inheritance import complete
from tidegate.domain.judging import judge
from tidegate.domain.measures import Kind, combine

MOST = 25.0
"""How many times a bare evaluation a verdict may take: it explains, and the evaluation does not."""

MOST_CANONICAL = 35.0

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


def verdict_beside_bare_evaluation() -> Row:
    """Measure judging, with every explanation as a document, beside its expressions' evaluation alone."""
    gate, evidence = twenty_rules(), ordinary_evidence()
    return _row(
        "verdicts of 20 rules, explained",
        lambda: judge(gate, evidence, (), _AT, _SUBJECT).to_document(),
        _bare_evaluation(gate, evidence),
        MOST,
    )


def canonical_verdict_beside_bare_evaluation() -> Row:
    """Measure the same with the canonical bytes that are stored."""
    gate, evidence = twenty_rules(), ordinary_evidence()
    return _row(
        "the same as canonical bytes",
        lambda: judge(gate, evidence, (), _AT, _SUBJECT).canonical(),
        _bare_evaluation(gate, evidence),
        MOST_CANONICAL,
    )


def _row(name: str, ours: Callable[[], object], bare: Callable[[], object], most: float) -> Row:
    """Measure both in turn, round by round, so that a busy machine slows both."""
    ours()
    bare()
    rates, peers, ratios = [], [], []
    for _ in range(ROUNDS):
        rates.append(VERDICTS / seconds_of(lambda: [ours() for _ in range(VERDICTS)]))
        peers.append(VERDICTS / seconds_of(lambda: [bare() for _ in range(VERDICTS)]))
        ratios.append(peers[-1] / rates[-1])
    ratio = statistics.median(ratios)
    return Row(
        name,
        statistics.median(rates),
        "1/s",
        "bare CEL evaluation of the 20 expressions",
        statistics.median(peers),
        ratio,
        f"<= {most:g} times its time",
        ratio <= most,
    )


def _bare_evaluation(gate: Gate, evidence: list[Evidence]) -> Callable[[], object]:
    """Return the peer: each expression evaluated by the CEL library on values that are there already."""
    values = {
        rule.id: {
            name: value
            for name, value in _values_of(rule, evidence).items()
            if name in rule.expression.measures
        }
        for rule in gate.rules
    }
    programs = [(rule.expression.program, values[rule.id]) for rule in gate.rules]
    return lambda: [program.eval(data=given).value() for program, given in programs]


def _values_of(rule: Rule, evidence: list[Evidence]) -> dict[str, bool | int | float]:
    speaking = [one for one in evidence if any(need.met_by(one) for need in rule.needs)]
    measured = [(one.kind, {**one.measures, "tool.ran": True}) for one in speaking if one.kind is not None]
    return dict(combine(measured, rule.expression.wanted))


ROWS = (verdict_beside_bare_evaluation, canonical_verdict_beside_bare_evaluation)
"""The functions that `make bench` calls, one row each."""
