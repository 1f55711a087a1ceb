"""What pylint's text and JSON share: severities, and which messages say that a file was not checked."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.domain.findings import Finding, Severity

_SEVERITIES: Mapping[str, Severity] = {
    "F": Severity.CRITICAL,
    "E": Severity.HIGH,
    "W": Severity.MEDIUM,
    "R": Severity.LOW,
    "C": Severity.LOW,
    "I": Severity.INFO,
}
_SYNTAX_ERROR = "E0001"

FOLLOWS: Mapping[str, str] = {
    "findings.critical": "Fatal messages (F).",
    "findings.high": "Errors (E).",
    "findings.medium": "Warnings (W).",
    "findings.low": "Refactoring (R) and convention (C) messages.",
    "findings.info": "Informational messages (I).",
    "findings.unrated": "Messages of any other category; then no severity is measured.",
}
NOTES: tuple[str, ...] = (
    "A fatal message (F) or a syntax error (E0001) says that pylint could not process a file: the messages "
    "count, but the tool did not do its work. That holds for F0401 of old pylint too.",
    "Of a message of several lines only the first one counts in the fingerprint: the rest is copied code.",
)


def pylint_finding(code: str, message: str, path: str, line: int | None) -> Finding:
    """Make a finding of a message; its code's first letter gives the severity."""
    text = message.split("\n", 1)[0].strip()
    return Finding("pylint", code, text, _SEVERITIES.get(code[:1], Severity.UNRATED), path, line)


def says_not_checked(code: str) -> bool:
    """Tell whether a message says that a file could not be processed."""
    return code.startswith("F") or code == _SYNTAX_ERROR


def why_not_checked(messages: int) -> str | None:
    """Say why pylint did not do its work, given the number of messages that say so."""
    if not messages:
        return None
    return (
        f"{messages} messages (fatal, or E0001) say that pylint could not process a file: it was not checked."
    )
