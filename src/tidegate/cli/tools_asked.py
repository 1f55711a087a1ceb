"""Of which tools the rules of a server's gates speak, in reports that several tools share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tidegate.cli.client import NotReached, Refused, Server
from tidegate.domain.asked_items import ReportSummary, counts_items, tools_asked
from tidegate.domain.evidence import ToolRun
from tidegate.domain.gate_documents import InvalidGate, restore
from tidegate.domain.measures import Kind
from tidegate.domain.shown_verdicts import ShownVerdict

AskedByDigest = Mapping[str, Mapping[str, frozenset[str]]]


def asked_of(
    server: Server, verdicts: Sequence[ShownVerdict], evidence: Iterable[Mapping[str, Any]]
) -> AskedByDigest:
    """Name, by report and rule, the tools that a rule asks, given the evidence as the server lists it.

    Gates are fetched only where a rule does not hold and a report is shared. Where they cannot be had,
    nothing is named, and a rule is shown with all that its reports list.
    """
    shared = {str(one["digest"]): one["runs"] for one in evidence if one.get("runs")}
    wanted = dict.fromkeys(
        verdict.gate_digest
        for verdict in verdicts
        if not verdict.passed or any(counts_items(rule) for rule in verdict.rules)
    )
    if not shared or not wanted:
        return {}
    try:
        gates = [restore(server.get("gate-versions", digest)["gate"]) for digest in wanted]
        runs = {
            digest: [ToolRun(Kind(one["kind"]), str(one["tool"])) for one in listed]
            for digest, listed in shared.items()
        }
    except (Refused, NotReached, InvalidGate, KeyError, TypeError, ValueError):
        return {}
    asked: dict[str, dict[str, frozenset[str]]] = {digest: {} for digest in runs}
    for gate in gates:
        for digest, listed in runs.items():
            for rule, tools in tools_asked(gate, listed).items():
                # Gates may have a rule of one name each: what any of them asks is shown.
                asked[digest][rule] = asked[digest].get(rule, frozenset()) | tools
    return asked


def with_tools(summary: ReportSummary, asked: AskedByDigest) -> ReportSummary:
    """Note in a report of which of its tools each rule speaks."""
    return replace(summary, asked=asked.get(summary.digest, {}))
