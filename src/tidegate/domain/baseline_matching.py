"""What reports hold beyond a baseline: which finding is known, and which is new or has become worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tidegate.domain.checkouts import Checkouts, in_checkout, is_unknown
from tidegate.domain.findings import NO_NAME, Counts, Severity

# What a baseline explains first: where one problem has several severities, the worst one is the new one.
# A finding of unknown severity may be of the worst kind.
_LEAST_FIRST = (
    Severity.INFO,
    Severity.LOW,
    Severity.MEDIUM,
    Severity.HIGH,
    Severity.CRITICAL,
    Severity.UNRATED,
)
_RATED = _LEAST_FIRST[:-1]


@dataclass(slots=True)
class _Problem:
    """One problem of one severity; `left` is how often it is not explained, or not used up, yet."""

    report: int
    severity: Severity
    content: str
    own_name: str
    path: str
    left: int

    @property
    def key(self) -> str:
        """The finding's key, as `Finding.key` writes it."""
        return f"{self.content} {self.own_name} {self.path}"

    @property
    def of_content(self) -> tuple[str, str]:
        return self.content, in_checkout(self.path)


_Name = Callable[[_Problem], tuple[str, str] | None]


def new_measures(reports: Sequence[Counts], baseline: Counts) -> list[dict[str, int]]:
    """Count as `findings.new.*` what each of several reports that count together has beyond a baseline.

    A known finding explains one of the same or a lower severity, in one report: one that has become worse is
    new. One without a severity explains, and is explained by, such alone. Problems are the same where tool,
    rule, message and path are; where the tool gives them a lasting name, that stands for the message. The
    sums over the reports do not depend on their order. Where a new finding is unrated, no severity measure
    is given: it may be of any severity.
    """
    new: list[dict[Severity, int]] = [dict.fromkeys(_LEAST_FIRST, 0) for _ in reports]
    for one in _beyond(reports, baseline):
        new[one.report][one.severity] += one.left
    return [_as_measures(counted) for counted in new]


def new_problems(reports: Sequence[Counts], baseline: Counts) -> list[frozenset[tuple[Severity, str]]]:
    """Name for each of several reports, by severity and key, the problems that `new_measures` counts."""
    new: list[set[tuple[Severity, str]]] = [set() for _ in reports]
    for one in _beyond(reports, baseline):
        new[one.report].add((one.severity, one.key))
    return [frozenset(names) for names in new]


def _beyond(reports: Sequence[Counts], baseline: Counts) -> list[_Problem]:
    """Return the problems of several reports of which the baseline leaves some unexplained."""
    known = list(_problems(-1, baseline))
    current = [one for number, counts in enumerate(reports) for one in _problems(number, counts)]
    current.sort(key=lambda one: _LEAST_FIRST.index(one.severity))
    _explain(current, known, lambda one: one.of_content, lambda one: one.of_content)
    current_left, known_left = _left(current), _left(known)
    if current_left and known_left:
        checkouts = _checkouts(current_left, known_left)
        _explain(
            current_left,
            known_left,
            lambda one: (one.content, in_checkout(checkouts.translate(one.path))),
            lambda one: one.of_content,
        )
        _explain(
            _left(current_left),
            _left(known_left),
            lambda one: _own_name(one, in_checkout(checkouts.translate(one.path))),
            lambda one: _own_name(one, in_checkout(one.path)),
        )
    return _left(current)


def _problems(report: int, counts: Counts) -> Iterable[_Problem]:
    for severity, by_key in counts.items():
        for key, count in by_key.items():
            content, own_name, path = key.split(" ", 2)
            yield _Problem(report, severity, content, own_name, path, count)


def _left(problems: Iterable[_Problem]) -> list[_Problem]:
    return [one for one in problems if one.left]


def _own_name(problem: _Problem, path: str) -> tuple[str, str] | None:
    return None if problem.own_name == NO_NAME else (problem.own_name, path)


def _explain(current: Sequence[_Problem], known: Iterable[_Problem], name: _Name, known_name: _Name) -> None:
    """Use up what is known: for findings of the same severity first, then for milder ones."""
    pools: dict[tuple[str, str], dict[Severity, list[_Problem]]] = {}
    for one in known:
        named = known_name(one)
        if named is not None:
            pools.setdefault(named, {}).setdefault(one.severity, []).append(one)
    for candidates in (lambda severity: (severity,), _worse):
        for one in current:
            named = name(one) if one.left else None
            pool = pools.get(named) if named is not None else None
            for severity in candidates(one.severity) if pool else ():
                _use_up(one, pool.get(severity, []) if pool else [])


def _use_up(one: _Problem, known: list[_Problem]) -> None:
    while one.left and known:
        used = min(one.left, known[-1].left)
        one.left -= used
        known[-1].left -= used
        if not known[-1].left:
            known.pop()


def _worse(severity: Severity) -> tuple[Severity, ...]:
    return () if severity is Severity.UNRATED else _RATED[_RATED.index(severity) + 1 :]


def _checkouts(current: Sequence[_Problem], known: Sequence[_Problem]) -> Checkouts:
    """Learn from what is left which folder of the baseline stands for which of the reports."""
    if not any(is_unknown(one.path) for one in (*current, *known)):
        return Checkouts()
    return Checkouts.between(_paths(current), _paths(known))


def _paths(problems: Iterable[_Problem]) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for one in problems:
        for name in {one.content, one.own_name} - {NO_NAME}:
            paths.setdefault(name, []).append(one.path)
    return paths


def _as_measures(counted: Mapping[Severity, int]) -> dict[str, int]:
    unrated = counted[Severity.UNRATED]
    measures = {"findings.new.total": sum(counted.values()), "findings.new.unrated": unrated}
    if not unrated:
        measures |= {f"findings.new.{severity}": counted[severity] for severity in _RATED}
    return measures
