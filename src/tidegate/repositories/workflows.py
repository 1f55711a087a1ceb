"""Workflows of GitHub Actions and GitLab CI: gates whose failure is thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tidegate.domain.repository_facts import Place, ReadFile, RepositoryFinding, RepositoryRule, unreadable
from tidegate.repositories.shell import ShellCommand, commands_of, excused, logical_lines
from tidegate.repositories.yaml_nodes import NotYaml, entries, get, is_true, items, line_of, parse, text_of

if TYPE_CHECKING:
    import yaml

GATES = frozenset(
    "pytest unittest tox nox coverage flake8 pylint ruff mypy pyright black isort bandit safety pip-audit "
    "semgrep trivy gitleaks eslint prettier tsc jest vitest hadolint actionlint shellcheck tidegate".split()
)
_RUNNERS = {"make", "npm", "yarn", "pnpm", "go", "cargo", "mvn", "gradle", "gradlew"}
_CHECKS = {"test", "lint", "check", "vet", "clippy", "verify", "audit", "ci", "coverage", "types"}


def read_workflow(path: str, text: str) -> ReadFile:
    """Read a workflow of GitHub Actions."""
    try:
        document = parse(text)
    except NotYaml as error:
        return unreadable(path, str(error), error.line)
    found: list[RepositoryFinding] = []
    for name, job in entries(get(document, "jobs")):
        gates = [gate for step in items(get(job, "steps")) for _, gate in _gates_of(get(step, "run"))]
        allowed = get(job, "continue-on-error")
        if gates and allowed is not None and is_true(allowed):
            found.append(_continued(path, allowed, gates[0], f"the job {name}"))
        for step in items(get(job, "steps")):
            found += _step(path, step, judged="tidegate" in gates)
    return ReadFile(findings=tuple(found))


def read_gitlab(path: str, text: str) -> ReadFile:
    """Read a pipeline of GitLab CI."""
    try:
        document = parse(text)
    except NotYaml as error:
        return unreadable(path, str(error), error.line)
    found: list[RepositoryFinding] = []
    for name, job in entries(document):
        script = get(job, "script")
        lines = [*items(script)] or ([script] if script is not None else [])
        gates = [gate for one in lines for _, gate in _gates_of(one)]
        allowed = get(job, "allow_failure")
        if gates and allowed is not None and is_true(allowed):
            found.append(_continued(path, allowed, gates[0], f"the job {name}"))
        for one in lines:
            found += _excused(path, one, judged="tidegate" in gates)
    return ReadFile(findings=tuple(found))


def _step(path: str, step: yaml.Node, *, judged: bool) -> Iterator[RepositoryFinding]:
    """Find what a step throws away; where Tidegate judges the reports later, tools may go on after errors."""
    run, allowed = get(step, "run"), get(step, "continue-on-error")
    gates = [gate for _, gate in _gates_of(run)]
    if gates and allowed is not None and is_true(allowed) and (not judged or "tidegate" in gates):
        yield _continued(path, allowed, gates[0], "the step")
    yield from _excused(path, run, judged=judged)


def _excused(path: str, script: yaml.Node | None, *, judged: bool) -> Iterator[RepositoryFinding]:
    if script is None:
        return
    for number, commands in _lines(script):
        for one in filter(_is_gate, excused(commands)):
            if judged and one.name != "tidegate":
                continue
            message = (
                f"What {_gate(one)} finds is thrown away by `||`: the pipeline goes on whatever it says. "
                "Leave out what comes after it."
            )
            place = Place(path, line_of(script) + number)
            yield RepositoryFinding(RepositoryRule.GATE_NEUTRALISED, place, message)


def _continued(path: str, node: yaml.Node, gate: str, what: str) -> RepositoryFinding:
    message = f"What {gate} finds does not stop the pipeline: {what} goes on after errors. Take that out."
    return RepositoryFinding(RepositoryRule.GATE_NEUTRALISED, Place(path, line_of(node)), message)


def _gates_of(script: yaml.Node | None) -> Iterator[tuple[int, str]]:
    if script is not None:
        for number, commands in _lines(script):
            yield from ((number, _gate(one)) for one in commands if _is_gate(one))


def _lines(script: yaml.Node) -> Iterator[tuple[int, tuple[ShellCommand, ...]]]:
    for number, line in logical_lines(text_of(script) or ""):
        try:
            yield number, commands_of(line)
        except ValueError:  # a text over several lines, which runs nothing by itself
            continue


def _is_gate(command: ShellCommand) -> bool:
    return command.name in GATES or (command.name in _RUNNERS and bool(_CHECKS & set(command.words)))


def _gate(command: ShellCommand) -> str:
    more = sorted(_CHECKS & set(command.words)) if command.name in _RUNNERS else []
    return " ".join([command.name, *more[:1]])
