"""The reports that an output tells of beside the verdict, and where its gate's rules stand."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.domain.asked_items import ReportSummary
from tidegate.domain.shown_verdicts import ShownFault, ShownRule, ShownVerdict


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What an output may tell beside the verdict: the reports, and where the gate's rules stand.

    `ignored` names files that are no reports, with what is to be said of those that are tools' logs.
    `on_server` tells that the reports are kept by a server, where leaving a file out takes nothing back.
    """

    reports: Sequence[ReportSummary] = ()
    ignored: Mapping[str, str] = field(default_factory=dict)
    gate_path: str | None = None
    rule_lines: Mapping[str, int] = field(default_factory=dict)
    unasked: Sequence[str] = ()
    on_server: bool = False

    def advice_on(self, fault: ShownFault, verdict: ShownVerdict) -> str:
        """Say how a report that cannot be read stops counting; of a verdict of the past nothing."""
        if not self.on_server:
            return fault.advice
        if fault.state != "unreadable" or verdict.recorded:
            return ""
        command = submit_command(fault.slot, verdict)
        return f"It counts until a report that can be read takes its place: {command}"

    def names_of(self, rule: ShownRule) -> list[str]:
        """Name the reports that a rule speaks of: by their paths, or by digest where they are not at hand."""
        paths: dict[str, list[str]] = {}
        for one in self.reports:
            paths.setdefault(one.digest, []).append(one.path)
        return [name for digest in rule.evidence for name in paths.get(digest, [digest[:19]])]


def name_unasked(path: str, what: str, unreadable: str | None) -> str:
    """Name a report that no rule speaks of; where it cannot be read nothing else would say so."""
    if unreadable is None:
        return f"{path} ({what})"
    return f"{path} ({what}: {unreadable.removeprefix(f'{path}: ').rstrip('.')})"


def submit_command(slot: str, verdict: ShownVerdict) -> str:
    """Write the command that puts another report into a slot."""
    return (
        f"tidegate submit {shlex.quote(slot)} --component {shlex.quote(verdict.component)} "
        f"--revision {shlex.quote(verdict.revision)}"
    )
