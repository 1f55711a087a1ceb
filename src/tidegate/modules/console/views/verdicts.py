"""Verdicts rule by rule, and the reports that they stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import Response, request
from markupsafe import escape

from tidegate.domain.access import Permission
from tidegate.domain.dsse import MEDIA_TYPE as DSSE
from tidegate.domain.errors import Invalid
from tidegate.domain.findings import Case, Finding, Severity
from tidegate.domain.flags import WRITTEN_EXPLANATIONS
from tidegate.kernel.flags import Flags
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import current_container, use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.attestations.service import AttestationService, SigningOff
from tidegate.modules.console.service import ConsoleService, shown
from tidegate.modules.console.views.frame import attachment, filter_value, next_address, page_request, pages
from tidegate.modules.console.views.named_items import named_items
from tidegate.modules.evidence.service import EvidenceService
from tidegate.modules.verdicts.service import VerdictService
from tidegate.readers.items import ReportItems

MOST_READ, MOST_TEXT = 1_000, 600
ROOM, ROW = 22_000, 70
"""Bytes that the items of one kind may take of a page, and what one takes beside its texts."""
_MOST_REPORTS = 200

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items of a report are wanted: of a severity or outcome, with a text, new to the baseline."""

    show: str | None
    text: str
    new: frozenset[tuple[Severity, str]] | None

    def takes_case(self, case: Case) -> bool:
        """Tell whether a failing case is wanted."""
        return self.new is None and self._shows(case.outcome, case.suite, case.name, case.detail)

    def takes_finding(self, finding: Finding) -> bool:
        """Tell whether a finding is wanted; one that is suppressed counts as new nowhere."""
        is_new = self.new is None or (not finding.suppressed and (finding.severity, finding.key) in self.new)
        return is_new and self._shows(finding.severity, finding.rule, finding.path, finding.message)

    def _shows(self, kind: str, *texts: str) -> bool:
        return self.show in (None, str(kind)) and any(self.text in one.casefold() for one in texts)


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
    verdict = shown(stored)
    by_digest = {one.facts.digest: one for one in reversed(reports.items)}
    return page(
        "console/verdict.html",
        stored=stored,
        verdict=verdict,
        named=named_items(verdict, by_digest),
        before=before,
        changes=changes,
        reports=by_digest,
        explanations=current_container().settings.explanations
        and use(Flags).enabled(WRITTEN_EXPLANATIONS, stored.environment),
        signs=use(AttestationService).signs,
        unsigned=str(SigningOff()),
    )


@pages.get("/verdicts/<verdict_id>/attestation")
@requires(Permission.READ, inside=True)
def download_attestation(verdict_id: str) -> Response:
    """Send a whole verdict in a signed envelope."""
    use(VerdictService).verdict(verdict_id)
    return attachment(use(AttestationService).verdict(verdict_id), f"verdict-{verdict_id}.dsse.json", DSSE)


@pages.get("/verdicts/<verdict_id>/vsa")
@requires(Permission.READ, inside=True)
def download_summary(verdict_id: str) -> Response:
    """Send a passing verdict as a signed SLSA verification summary."""
    use(VerdictService).verdict(verdict_id)
    return attachment(use(AttestationService).summary(verdict_id), f"vsa-{verdict_id}.dsse.json", DSSE)


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
    items, fault = ReportItems((), (), {}), None
    try:
        items = use(EvidenceService).items(evidence_id, most=MOST_READ)
    except Invalid as error:
        fault = str(error)
    new = use(EvidenceService).new_problems(evidence_id)
    wanted = ItemFilter(
        show=filter_value("show"),
        text=(filter_value("text") or "").casefold(),
        new=new if "new" in request.args else None,
    )
    cases = [one for one in items.cases if wanted.takes_case(one)]
    findings = [one for one in items.findings if wanted.takes_finding(one)]
    shown_cases = fitting(cases, lambda one: (one.suite, one.name, one.detail))
    shown_findings = fitting(findings, lambda one: (one.rule, one.path, one.message))
    return page(
        "console/evidence.html",
        stored=stored,
        cases=shown_cases,
        findings=shown_findings,
        hidden=len(cases) - len(shown_cases) + len(findings) - len(shown_findings),
        longest=MOST_TEXT,
        more=items.more,
        new=new,
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
    name = f"{stored.facts.digest.removeprefix('sha256:')}.report"
    response = attachment(stream, name, "application/octet-stream")
    response.call_on_close(stream.close)
    return response


def fitting(items: Sequence[Item], texts_of: Callable[[Item], Iterable[str]]) -> Sequence[Item]:
    """Return the first of these items, as many as a page has room for, and one at least."""
    room = ROOM
    for place, item in enumerate(items):
        room -= ROW + sum(len(escape(text[:MOST_TEXT]).encode()) for text in texts_of(item))
        if room < 0 and place:
            return items[:place]
    return items
