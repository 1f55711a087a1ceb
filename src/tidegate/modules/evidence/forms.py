"""How a form of reports is read into what the service takes: a slot for each file, and its details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from tidegate.kernel.http.parsing import decode_json
from tidegate.kernel.http.problems import Fault, ProblemError, escape, faults_of
from tidegate.kernel.http.report_forms import ReportForm
from tidegate.modules.evidence.ports import IncomingReport
from tidegate.modules.evidence.schemas import SLOT, ReportDetailsSchema

_DETAILS = ReportDetailsSchema()


def incoming(form: ReportForm) -> list[IncomingReport]:
    """Return the form's reports, each with what its details say; answers every fault at once with 422."""
    details = _details(form.details)
    faults: list[Fault] = []
    reports = []
    for number, source in enumerate(form.reports):
        for detail in _wrong_slot(source.name):
            faults.append(Fault("body", f"/report/{number}", f"The filename is no slot: {detail}"))
        place = f"/details/{escape(source.name)}/"
        said = _said_of(source.name, details.pop(source.name, {}), faults)
        reports.append(IncomingReport(source, source.name, said.get("format"), said.get("taken_at"), place))
    faults += [
        Fault("body", f"/details/{escape(name)}", "No file of this name is in the form.") for name in details
    ]
    if faults:
        raise ProblemError(
            "invalid",
            f"The form has {len(faults)} {'fault' if len(faults) == 1 else 'faults'}.",
            faults=faults,
        )
    return reports


def _details(text: bytes | None) -> dict[str, Any]:
    if text is None:
        return {}
    details = decode_json(text, what="The part `details`")
    if not isinstance(details, dict):
        fault = Fault("body", "/details", "Not a JSON object of slots, each with its format or time.")
        raise ProblemError("invalid", "The form has a fault.", faults=[fault])
    return details


def _said_of(slot: str, given: Any, faults: list[Fault]) -> Mapping[str, Any]:
    try:
        said: Mapping[str, Any] = _DETAILS.load(given)
    except ValidationError as error:
        faults += faults_of({"json": {"details": {slot: error.messages}}})
        return {}
    return said


def _wrong_slot(name: str) -> list[str]:
    try:
        SLOT(name)
    except ValidationError as error:
        return [str(message) for message in error.messages]
    return []
