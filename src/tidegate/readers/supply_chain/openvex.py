"""OpenVEX: what an author says of known vulnerabilities in products; no scan, and no bill of materials."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import load
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import SeverityCounts
from tidegate.readers.supply_chain.aliases import best_name
from tidegate.readers.supply_chain.spdx_parts import Named

FORMAT = "openvex"
_REMAKE = "`vexctl create` or `vexctl merge`"
_CONTEXT = "https://openvex.dev/ns"
_STATUS = Literal["not_affected", "affected", "fixed", "under_investigation"]
_JUSTIFICATION = Literal[
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
]


class _VexVulnerability(msgspec.Struct):
    name: Named
    aliases: list[str] | None = None


class _Subcomponent(msgspec.Struct, gc=False):
    id: str | None = msgspec.field(name="@id", default=None)
    identifiers: dict[str, str] | None = None


class _Product(_Subcomponent):
    subcomponents: list[_Subcomponent | str] | None = None


class _OpenVexStatement(msgspec.Struct):
    vulnerability: _VexVulnerability | Named
    status: _STATUS
    products: list[_Product | str] | None = None
    justification: _JUSTIFICATION | None = None
    impact_statement: str | None = None
    timestamp: object = None
    last_updated: object = None


class _VexDocument(msgspec.Struct):
    context: Named = msgspec.field(name="@context")
    author: Named
    timestamp: Named
    statements: list[_OpenVexStatement]
    last_updated: object = None


class _Latest:
    """What was said last of a vulnerability in a product."""

    __slots__ = ("at", "is_open")

    def __init__(self, at: datetime | None, is_open: bool) -> None:
        self.at, self.is_open = at, is_open

    def hear(self, at: datetime | None, is_open: bool) -> None:
        """Take what is said later for the truth, and the worse of what is said at one time."""
        if at is None or self.at is None or at == self.at:
            self.is_open |= is_open
        elif at > self.at:
            self.at, self.is_open = at, is_open


def _sniff(source: Source) -> bool:
    return preview(source).keys.get("@context", "").startswith(_CONTEXT)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    document = load(source, limits, _VexDocument, remake=_REMAKE)
    if not document.context.startswith(_CONTEXT):
        raise Unreadable(f"The `@context` is none of OpenVEX ({_CONTEXT}). Write it again with {_REMAKE}.")
    latest: dict[tuple[str, str], _Latest] = {}
    for index, statement in enumerate(document.statements):
        _check(index, statement)
        at = own_time(statement.last_updated) or own_time(statement.timestamp) or own_time(document.timestamp)
        for key in _subjects(statement):
            is_open = _is_open(statement)
            latest.setdefault(key, _Latest(at, is_open)).hear(at, is_open)
    counts = SeverityCounts()
    for (name, product), said in latest.items():
        counts.add(Severity.UNRATED, not said.is_open)
        if items:
            path = _without_version(product)
            text = f"{path or 'A product'} is affected by {name}"
            yield Finding(FORMAT, name, text, Severity.UNRATED, path, None, not said.is_open)
    measures = counts.measures(rates=False)
    why_not = None
    if not document.statements:
        why_not = f"The document makes no statement: write one with {_REMAKE}, or leave it out."
        measures = {}
    made_at = own_time(document.last_updated) or own_time(document.timestamp)
    return Reading(
        FORMAT,
        Kind.ANALYSIS,  # what somebody says, and no scan: it answers no need for `dependencies`
        FORMAT,
        measures,
        ran=why_not is None,
        why_not=why_not,
        made_at=made_at,
    )


def _check(index: int, statement: _OpenVexStatement) -> None:
    if statement.status == "not_affected" and not (
        statement.justification or (statement.impact_statement or "").strip()
    ):
        raise Unreadable(
            f"At `$.statements[{index}]`: not_affected is said without a justification, which OpenVEX"
            f" requires. Add one with {_REMAKE} (`--justification`)."
        )


def _is_open(statement: _OpenVexStatement) -> bool:
    if statement.status == "not_affected":
        return statement.justification is None
    return statement.status != "fixed"


def _subjects(statement: _OpenVexStatement) -> Iterator[tuple[str, str]]:
    """Give the vulnerability with each product that a statement is about, or with its subcomponents."""
    vulnerability = statement.vulnerability
    if isinstance(vulnerability, str):
        name = vulnerability
    else:
        name = best_name((vulnerability.name, *(vulnerability.aliases or ())))
    for product in statement.products or ("",):
        inner = [] if isinstance(product, str) else product.subcomponents or []
        for part in inner or [product]:
            yield name, part if isinstance(part, str) else _name(part)


def _name(part: _Subcomponent) -> str:
    return part.id or next(iter((part.identifiers or {}).values()), "")


def _without_version(name: str) -> str:
    """Take the version from a package URL: it changes while the problem stays the same."""
    if not name.startswith("pkg:"):
        return name
    name = name.partition("?")[0].partition("#")[0]
    before, at, after = name.rpartition("@")
    return before if at and "/" not in after and not before.endswith("/") else name


READER = Reader(
    format=FORMAT,
    title="OpenVEX JSON",
    kind=Kind.ANALYSIS,
    source="https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md",
    follows={
        "findings.total": (
            "Pairs of a vulnerability and a product of which the last statement says affected or"
            " under_investigation, or not_affected without a justification."
        ),
        "findings.unrated": "All of them: the format gives no severity.",
        "findings.suppressed": "Pairs of which it says fixed, or not_affected with a justification.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "It speaks of the vulnerabilities that its author knew, and no scan stands behind it: it answers"
            " no need for `dependencies`. Submit the scanner's report, and name `dependencies/openvex` in a"
            " rule of its own where what is open there must block."
        ),
        (
            "It suppresses no finding of another report: let the scanner apply it (`grype --vex`,"
            " `trivy --vex`) and submit what that leaves."
        ),
        (
            "Of several statements about one vulnerability in one product the latest counts, and the worse of"
            " those of one time."
        ),
        (
            "An impact statement in words does not settle a finding, a justification of the standard does;"
            " not_affected with neither is refused."
        ),
        "Where a statement names subcomponents, these are what is affected, not the product around them.",
    ),
)
