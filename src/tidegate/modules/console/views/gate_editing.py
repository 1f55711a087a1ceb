"""Writing a gate: checked, compared with what is in force, tried on history, and saved with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.domain.errors import Invalid
from tidegate.domain.gate_documents import GateProblem, examine
from tidegate.domain.gate_text import TEMPLATE, editable
from tidegate.domain.records import GateVersion
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.modules.console.forms.gates import GateForm
from tidegate.modules.console.ports import TrialShown
from tidegate.modules.console.service import ConsoleService
from tidegate.modules.console.views.frame import pages
from tidegate.modules.console.views.gates import difference
from tidegate.modules.gates.service import GateService, LintReport, load_gate

_LONGEST_EXCERPT = 160


@dataclass(frozen=True, slots=True)
class PlacedProblem:
    """A problem of a document, and the line of it that it speaks of, empty where it speaks of none."""

    problem: GateProblem
    excerpt: str


@dataclass(frozen=True, slots=True)
class DocumentFindings:
    """What checking or trying a document found; None where it was not asked for."""

    report: LintReport | None = None
    trial: TrialShown | None = None


@pages.get("/register/gate")
@requires(Permission.DECLARE_GATE)
def show_new_gate() -> Response:
    """Show a document to begin a gate with."""
    return _page(_form(document=TEMPLATE), None, DocumentFindings())


@pages.post("/register/gate")
@requires(Permission.DECLARE_GATE)
def register_gate() -> BaseResponse:
    """Check a new gate's document, try it, or put it in force."""
    form = _form()
    draft, _ = examine(form.written())
    return _answer(form, None, draft.name if draft else "")


@pages.get("/gates/<gate>/edit")
@requires(Permission.DECLARE_GATE)
def show_gate_document(gate: str) -> Response:
    """Show a gate's document, to be changed."""
    stored = use(GateService).gate(gate)
    return _page(_form(document=editable(stored.source), based_on=stored.digest), stored, DocumentFindings())


@pages.post("/gates/<gate>/edit")
@requires(Permission.DECLARE_GATE)
def change_gate(gate: str) -> BaseResponse:
    """Check a gate's changed document, try it, or put it in force."""
    return _answer(_form(), use(GateService).gate(gate), gate)


def _form(**written: str) -> GateForm:
    form = GateForm(**written)
    form.offer(one.name for one in use(ConsoleService).environments())
    return form


def _answer(form: GateForm, stored: GateVersion | None, name: str) -> BaseResponse:
    """Do what the button asks for; everything but a gate in force leads back to the form as it was filled."""
    found, act = DocumentFindings(), request.form.get("act", "check")
    if not form.validate_on_submit():
        return _page(form, stored, found, status=form.status)
    gates = use(GateService)
    if act in ("save", "try"):
        report = gates.lint(form.written())
    else:  # what saving would say, without saving
        report = gates.check(form.written(), name=name, condition=form.condition())
    if act == "try" and report.accepted:
        in_force = stored.source if stored else None
        tried = form.attempt(lambda: use(ConsoleService).tried(form.trial(), in_force))
        found = DocumentFindings(trial=tried)
    elif act != "save":
        found = DocumentFindings(report=report)
    elif not report.accepted:
        form.document.errors = [_count(report)]
        found = DocumentFindings(report=report)
    elif form.asks_for_reason():
        made = form.attempt(
            lambda: use(GateService).declare(
                form.written(), name=name, reason=form.reason.data or "", condition=form.condition()
            )
        )
        if made:
            version, _ = made
            address = url_for("console.show_gate_version", gate=version.gate, digest=version.digest)
            return redirect(address, 303)
    return _page(form, stored, found, status=200 if form.fine else form.status)


def _page(
    form: GateForm, stored: GateVersion | None, found: DocumentFindings, *, status: int = 200
) -> Response:
    problems = found.report.problems if found.report else ()
    theirs = None
    if form.stale and stored is not None:
        # Sent once more it replaces what the page shows now.
        read = str(form.based_on.data)
        before = load_gate(use(GateService).version(read).canonical) if read else None
        theirs = difference(before, load_gate(stored.canonical))
        form.based_on.data = stored.digest
    return page(
        "console/gate_form.html",
        status=status,
        form=form,
        stored=stored,
        problems=[PlacedProblem(one, _excerpt(form.written(), one.line)) for one in problems],
        accepted=found.report.accepted if found.report else None,
        trial=found.trial,
        difference=_difference(form.written(), stored) if form.is_submitted() else None,
        theirs=theirs,
    )


def _difference(document: str, stored: GateVersion | None) -> list[str] | None:
    """Return how a document differs from what is in force; None where it cannot be told."""
    if stored is None:
        return None
    try:
        gate = use(GateService).complete(document)
    except Invalid:
        return None
    return difference(load_gate(stored.canonical), gate)


def _excerpt(document: str, line: int | None) -> str:
    lines = document.split("\n")
    return lines[line - 1].strip()[:_LONGEST_EXCERPT] if line and line <= len(lines) else ""


def _count(report: LintReport) -> str:
    errors = sum(problem.level == "error" for problem in report.problems)
    return f"{errors} {'fault keeps' if errors == 1 else 'faults keep'} it from being put in force."
