"""A verdict in plain words: first what would be sent to the model, then what it wrote."""

from __future__ import annotations

import msgspec
from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.explanations import ExplanationFailed
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.modules.console.views.frame import pages
from tidegate.modules.explanations.service import ExplanationService


@pages.get("/verdicts/<verdict_id>/explanation")
@requires(Permission.READ, inside=True)
def show_question(verdict_id: str) -> Response:
    """Show what would be sent, and where to, before anything is."""
    question = use(ExplanationService).question(verdict_id)
    sent = msgspec.json.format(question.body, indent=2).decode()
    return page("console/explanation_question.html", question=question, sent=sent)


@pages.post("/verdicts/<verdict_id>/explanation")
@requires(Permission.READ, inside=True)
def explain_verdict(verdict_id: str) -> Response:
    """Send it, and show what came back beside the text that is written by rule."""
    service = use(ExplanationService)
    question = service.question(verdict_id)
    explanation, fault = None, ""
    try:
        explanation = service.explain(question)
    except ExplanationFailed as failed:
        fault = str(failed)
    return page("console/explanation.html", question=question, explanation=explanation, fault=fault)
