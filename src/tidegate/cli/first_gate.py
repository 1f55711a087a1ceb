"""The first gate of a project: rules that its reports pass today, so that it can only get better."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidegate.cli.project import Project
from tidegate.domain.measures import Kind, Value, combine

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:/@+=-]*")  # what stands in a list of YAML as it is
_USUAL_COVERAGE = 0.8
_MOST_COVERAGE = 0.95  # a first gate that asks for every line is the first to be switched off


@dataclass(frozen=True, slots=True)
class FirstRule:
    """One rule of the gate that is proposed; `measured` tells what today's reports say, or None."""

    id: str
    title: str
    that: str
    need: str
    measured: str | None


def first_rules(project: Project) -> list[FirstRule]:
    """Propose a rule for every kind of evidence that is there, or whose tool the project uses."""
    kinds = {one.evidence.kind for one in project.reports} | {tool.kind for tool in project.tools}
    return [_rule(kind, project) for kind in _PROPOSED if kind in kinds]


_PROPOSED = (
    Kind.TESTS,
    Kind.COVERAGE,
    Kind.LINT,
    Kind.TYPES,
    Kind.SAST,
    Kind.SECRETS,
    Kind.DEPENDENCIES,
    Kind.PROVENANCE,
)


def gate_text(project: Project, rules: Sequence[FirstRule]) -> str:
    """Write the gate as YAML, with a comment where a bound was taken from today's reports."""
    return "\n".join(_lines(project, rules)) + "\n"


def _lines(project: Project, rules: Sequence[FirstRule]) -> Iterator[str]:
    yield "# What a release of this project must show. After a change: tidegate gate lint tidegate.yml"
    yield "name: production"
    yield f"title: What {project.name} must show before it ships"
    yield "rules:"
    for rule in rules:
        yield f"  - id: {rule.id}"
        yield f"    title: {rule.title}"
        if rule.measured is not None:
            yield f"    # today: {rule.measured}"
        yield f"    that: {rule.that}"
        yield f"    needs: [{rule.need}]"
        yield "    max_age: 24h"
        yield ""


def _rule(kind: Kind, project: Project) -> FirstRule:
    reports = [
        (kind, {**one.evidence.measures, "tool.ran": True})
        for one in project.reports
        if one.evidence.kind is kind
    ]
    measured = combine(reports) if reports else {}
    match kind:
        case Kind.TESTS:
            return _tests(measured)
        case Kind.COVERAGE:
            return _coverage(measured)
        case Kind.LINT:
            return _findings("lint-clean", "The linter finds nothing", kind, measured)
        case Kind.TYPES:
            return _findings("types-clean", "The type checker finds nothing", kind, measured)
        case Kind.SAST:
            return _findings("security-clean", "Static analysis finds nothing", kind, measured)
        case Kind.SECRETS:
            return _secrets(measured)
        case Kind.PROVENANCE:
            return _provenance(project, measured)
        case _:
            return _dependencies(measured)


def _tests(measured: dict[str, Value]) -> FirstRule:
    that = "tests.failed == 0 && tests.errors == 0 && tests.passed >= 1"
    today = None
    if measured:
        today = f"{measured.get('tests.passed')} passed, {measured.get('tests.failed')} failed"
    return FirstRule("tests-pass", "Tests ran, and none failed", that, str(Kind.TESTS), today)


def _coverage(measured: dict[str, Value]) -> FirstRule:
    rate = measured.get("coverage.line_rate")
    bound, today = _USUAL_COVERAGE, None
    if isinstance(rate, float):
        bound, today = min(math.floor(rate * 100) / 100, _MOST_COVERAGE), f"coverage.line_rate is {rate:.4f}"
    title = f"At least {round(bound * 100)} of 100 lines are covered"
    return FirstRule("coverage", title, f"coverage.line_rate >= {bound}", str(Kind.COVERAGE), today)


def _findings(id: str, title: str, kind: Kind, measured: dict[str, Value]) -> FirstRule:
    total = measured.get("findings.total")
    if not isinstance(total, int):
        return FirstRule(id, title, "findings.total == 0", str(kind), None)
    if total == 0:
        return FirstRule(id, title, "findings.total == 0", str(kind), "none")
    more = f"{title.removesuffix('nothing')}no more than {total} {'problem' if total == 1 else 'problems'}"
    return FirstRule(id, more, f"findings.total <= {total}", str(kind), f"{total}; lower it as you fix them")


def _secrets(measured: dict[str, Value]) -> FirstRule:
    """Ask for none, however many there are: a secret that was seen is to be revoked, not put up with."""
    total = measured.get("findings.total")
    today = f"{total}; revoke them, and take them out" if total else None if total is None else "none"
    return FirstRule(
        "no-secrets", "No secret lies in the sources", "findings.total == 0", str(Kind.SECRETS), today
    )


def _provenance(project: Project, measured: dict[str, Value]) -> FirstRule:
    """Ask for the builder whose provenance is there; of several builders none is chosen."""
    builders = {one.evidence.tool for one in project.reports if one.evidence.kind is Kind.PROVENANCE}
    need = str(Kind.PROVENANCE)
    if len(builders) == 1 and _PLAIN.fullmatch(builder := builders.pop()):
        need = f"{need}/{builder}"
    return FirstRule(
        "built-by-a-known-builder",
        "A builder that is known made the artifacts from this commit",
        "provenance.subjects >= 1",
        need,
        f"provenance.subjects is {measured.get('provenance.subjects')}",
    )


def _dependencies(measured: dict[str, Value]) -> FirstRule:
    """Ask for what the reports that are there tell: not every scanner counts packages, or those left out."""
    counted = "dependencies.vulnerable"
    if measured and counted not in measured:
        counted = "findings.total"
    that, title = f"{counted} == 0", "No dependency has a known vulnerability"
    if not measured or "dependencies.skipped" in measured:
        that, title = f"{that} && dependencies.skipped == 0", f"{title}, and none was left out"
    today = f"{measured.get(counted)} vulnerable" if measured else None
    return FirstRule("dependencies-safe", title, that, str(Kind.DEPENDENCIES), today)
