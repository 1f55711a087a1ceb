"""`tidegate init`: a first gate that fits a project, and the commands that write what is missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from tidegate.cli.first_gate import FirstRule, first_rules, gate_text
from tidegate.cli.gate_files import DEFAULT_GATE, load_gate
from tidegate.cli.lazy import NotDone
from tidegate.cli.options import limit_options, limits_of
from tidegate.cli.project import Project, survey
from tidegate.cli.terminal import read_text
from tidegate.cli.tools import KNOWN_TOOLS, KnownTool
from tidegate.domain.measures import Kind
from tidegate.domain.yaml_parts import declared_part, gate_part
from tidegate.kernel.clock import SystemClock

_GITHUB = """\
      - run: pipx install tidegate
      - run: tidegate check {paths} --component {name} --output markdown --output-file "$GITHUB_STEP_SUMMARY"
        if: always()"""
_GITLAB = """\
gate:
  stage: .post
  script:
    - pipx install tidegate
    - tidegate check {paths} --component {name}"""

_MOST_NAMED = 10  # files that were passed over

_EMPTY_WHEN_CLEAN = {"ruff-json": "ruff"}
"""Formats that hold nothing when their tool finds nothing, and the tool with a better one."""


@click.command()
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False))
@click.option("--force", is_flag=True, help=f"Overwrite the gate in {DEFAULT_GATE}.")
@limit_options
def init(folder: str, force: bool, **limits: Any) -> None:
    """Write a first gate for a project, from the reports and tools that it has.

    The gate is written to tidegate.yml, where `tidegate check` finds it. Its bounds are those of the reports
    that are there today, and a test that fails is never made the rule; for what is missing the command that
    writes it is shown.

    Exit code: 0 the gate is written, 2 it is not.
    """
    place = Path(folder) / DEFAULT_GATE
    beside, has_gate = _declarations(place)
    if has_gate and not force:
        raise NotDone(f"{place} already exists. Overwrite it: tidegate init {folder} --force")
    project = _survey(Path(folder), limits)
    rules = first_rules(project)
    if not rules:
        commands = "\n".join(f"  {tool.command}" for tool in _proposals(project))
        _print_passed_over(project)
        raise NotDone(
            "There is neither a report nor a tool here that Tidegate knows, so there is nothing to ask for. "
            f"Let your tools write their reports, such as\n{commands}\nthen: tidegate init"
        )
    place.write_text(beside + gate_text(project, rules), "utf-8")
    load_gate(str(place))  # what is written is a gate, or this says what is wrong with it
    click.echo(f"Wrote {place} with {len(rules)} {'rule' if len(rules) == 1 else 'rules'}.")
    _print_evidence(project, rules)
    _print_snippet(project)


def _declarations(place: Path) -> tuple[str, bool]:
    """Return what a file declares, as the new gate is to follow it, and whether it holds anything else."""
    if not place.exists():
        return "", False
    text = read_text(str(place), "file")
    declared = declared_part(text)
    if declared is None:
        raise NotDone(
            f"{place}: what it declares cannot be told from its gate, and would be lost: correct the file "
            f"(tidegate gate lint {place}), or move it away."
        )
    return f"{declared.rstrip()}\n---\n" if declared else "", gate_part(text) is not None


def _survey(folder: Path, limits: dict[str, Any]) -> Project:
    before = os.getcwd()
    os.chdir(folder)
    try:
        return survey(Path(), limits_of(limits), SystemClock().now())
    finally:
        os.chdir(before)


def _print_evidence(project: Project, rules: list[FirstRule]) -> None:
    click.echo("\nEvidence that is there:")
    for one in project.reports:
        click.echo(f"  {one.evidence.kind}: {one.path} ({one.evidence.tool or one.evidence.format})")
    if not project.reports:
        click.echo("  none yet")
    there = {str(one.evidence.kind) for one in project.reports}
    _print_passed_over(project)
    missing = [rule for rule in rules if rule.need.partition("/")[0] not in there]
    if missing:
        click.echo("\nMissing, and what writes it (mkdir -p reports):")
        for rule in missing:
            click.echo(f"  {rule.need}: {_tool_for(rule.need, project).command}")
    asked = {rule.need.partition("/")[0] for rule in rules}
    if more := [one for one in _proposals(project) if str(one.kind) not in asked and project.fitting]:
        click.echo("\nNot asked for yet, and what would write it; then: tidegate init --force")
        for proposed in more:
            click.echo(f"  {proposed.kind}: {proposed.command}")
    unproven = [one for one in project.reports if one.evidence.format in _EMPTY_WHEN_CLEAN]
    for one in unproven:
        tool = _EMPTY_WHEN_CLEAN[one.evidence.format]
        click.echo(f"\n{one.path} says nothing once it is clean, and then it is no evidence. Write it with:")
        click.echo(f"  {next(known.command for known in KNOWN_TOOLS if known.name == tool)}")
    if any(one.evidence.kind is Kind.PROVENANCE for one in project.reports):
        click.echo("\nProvenance counts where its builder's public key is named: keep it as builder.pem.")
    click.echo(f"\nThen: tidegate check {_paths(project)}")


def _paths(project: Project) -> str:
    """Return what is to be checked: the folders of the reports, or those in the project's own folder.

    Where a run's second format lies beside a report, the reports are named one by one.
    The key of whoever built it is added where it is needed.
    """
    crowded = {os.path.dirname(path) for path in project.second_formats}
    paths = sorted({_folder_or_file(one.path, crowded) for one in project.reports})
    signed = any(one.evidence.kind is Kind.PROVENANCE for one in project.reports)
    return " ".join(paths or ["reports"]) + (" --provenance-key builder.pem" if signed else "")


def _folder_or_file(path: str, crowded: set[str]) -> str:
    """Return the folder of a report; the report alone where what is to be left out lies beside it."""
    folder = os.path.dirname(path)
    return path if folder in crowded else folder or path


def _tool_for(kind: str, project: Project) -> KnownTool:
    return next(tool for tool in (*project.tools, *project.known) if tool.kind == kind)


def _proposals(project: Project) -> list[KnownTool]:
    """Return a tool of each kind that fits the project; where nothing tells what fits, those of two kinds."""
    kinds: dict[Kind, KnownTool] = {}
    for tool in project.fitting or [one for one in KNOWN_TOOLS if one.kind in (Kind.TESTS, Kind.LINT)]:
        kinds.setdefault(tool.kind, tool)
    return list(kinds.values())


def _print_passed_over(project: Project) -> None:
    if project.passed_over:
        click.echo("\nPassed over:")
    for said in project.passed_over[:_MOST_NAMED]:
        click.echo(f"  {said}")
    if more := len(project.passed_over[_MOST_NAMED:]):
        click.echo(f"  and {more} more")


def _print_snippet(project: Project) -> None:
    """Offer the steps for the pipeline that the project has, GitHub's where it has none."""
    snippet, where = (_GITLAB, ".gitlab-ci.yml") if project.on_gitlab else (_GITHUB, ".github/workflows")
    click.echo(f"\nIn {where}, after the steps that write the reports:")
    click.echo(snippet.format(name=project.name, paths=_paths(project)))
