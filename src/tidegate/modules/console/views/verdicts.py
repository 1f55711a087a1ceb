"""Verdicts rule by rule, and the reports that they stand on."""

from __future__ import annotations

from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.errors import Invalid
from tidegate.domain.findings import Severity
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.console.service import ConsoleService, shown
from tidegate.modules.console.views.frame import filter_value, next_address, page_request, pages
from tidegate.modules.evidence.service import EvidenceService
from tidegate.modules.verdicts.service import VerdictService
from tidegate.readers.items import ReportItems

MOST_ITEMS = 100
_MOST_REPORTS = 200


@pages.get("/verdicts")
@requires(Permission.READ, inside=True)
def list_verdicts() -> Response:
    """Show the newest verdicts."""
    component, state = filter_value("component"), filter_value("state")
    found = use(VerdictService).verdicts(page_request(), component=component, commit=None, state=state)
    return page(
        "console/verdicts.html",
        verdicts=found.items,
        next=next_address(found.next_cursor),
        component=component,
        state=state,
    )


@pages.get("/verdicts/<verdict_id>")
@requires(Permission.READ, inside=True)
def show_verdict(verdict_id: str) -> Response:
    """Show a verdict rule by rule, as `tidegate check` tells it."""
    stored = use(VerdictService).verdict(verdict_id)
    before, changes = use(ConsoleService).changes(stored)
    reports = use(EvidenceService).of_revision(
        stored.component, stored.commit, PageRequest(limit=_MOST_REPORTS)
    )
    return page(
        "console/verdict.html",
        stored=stored,
        verdict=shown(stored),
        before=before,
        changes=changes,
        reports={one.facts.digest: one for one in reversed(reports.items)},
    )


@pages.get("/verdicts/<verdict_id>/replay")
@requires(Permission.READ, inside=True)
def replay_verdict(verdict_id: str) -> Response:
    """Show whether a verdict comes out byte for byte as it was."""
    stored = use(VerdictService).verdict(verdict_id)
    try:
        replay, fault = use(VerdictService).replay(verdict_id), None
    except Invalid as error:
        replay, fault = None, str(error)
    return page("console/replay.html", stored=stored, replay=replay, fault=fault)


@pages.get("/evidence/<evidence_id>")
@requires(Permission.READ, inside=True)
def show_evidence(evidence_id: str) -> Response:
    """Show a report: what it measures, and what it names, narrowed to a severity or outcome."""
    stored = use(EvidenceService).evidence(evidence_id)
    wanted = filter_value("show")
    items, fault = ReportItems((), (), {}), None
    try:
        items = use(EvidenceService).items(evidence_id, most=MOST_ITEMS)
    except Invalid as error:
        fault = str(error)
    return page(
        "console/evidence.html",
        stored=stored,
        cases=[one for one in items.cases if wanted in (None, str(one.outcome))],
        findings=[one for one in items.findings if wanted in (None, str(one.severity))],
        more=items.more,
        fault=fault,
        wanted=wanted,
        choices=[*dict.fromkeys(str(one.outcome) for one in items.cases)]
        + [str(one) for one in Severity if any(found.severity is one for found in items.findings)],
    )


@pages.get("/evidence/<evidence_id>/content")
@requires(Permission.READ, inside=True)
def download_evidence(evidence_id: str) -> Response:
    """Send a report's bytes as its tool wrote them; never shown, since a report may hold anything."""
    stored, stream = use(EvidenceService).content(evidence_id)
    response = Response(stream, content_type="application/octet-stream")
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"{stored.facts.digest.removeprefix('sha256:')}.report"
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.call_on_close(stream.close)
    return response
