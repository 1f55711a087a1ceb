"""What PMD's XML and its JSON share: how bad a priority is, and what shows that something was not checked."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.domain.findings import Severity
from tidegate.readers.severity_counts import RATED_FOLLOWS

SEVERITIES: Mapping[str, Severity] = {
    "1": Severity.HIGH,
    "2": Severity.HIGH,
    "3": Severity.MEDIUM,
    "4": Severity.MEDIUM,
    "5": Severity.LOW,
}
FOLLOWS: Mapping[str, str] = {
    **RATED_FOLLOWS,
    "findings.critical": "Always 0 while everything is rated.",
    "findings.high": "Violations with `priority` 1 or 2.",
    "findings.medium": "Violations with `priority` 3 or 4.",
    "findings.low": "Violations with `priority` 5.",
    "findings.info": "Always 0 while everything is rated.",
    "findings.unrated": "Violations with any other `priority`, or none; then no severity is measured.",
}
NOTES: tuple[str, ...] = (
    "Priorities are rated as in PMD's own SARIF: 1 and 2 are errors, 3 and 4 warnings, 5 is a note.",
    "PMD lists files with violations alone, so a clean report lists nothing; it writes the same where it is"
    " given no file, which `pmd check` says in its log and by its exit code.",
    "Suppressed violations stand in the report with `--show-suppressed` alone.",
)


class PmdErrors:
    """The files that were not processed and the rules that could not be used; never what is said of them.

    A parser's message quotes the source.
    """

    def __init__(self) -> None:
        self._files = self._rules = 0
        self._first_file = self._first_rule = ""

    def add_file(self, name: str | None) -> None:
        """Take a file that was not processed."""
        self._files += 1
        self._first_file = self._first_file or name or ""

    def add_rule(self, name: str | None) -> None:
        """Take a rule that could not be used."""
        self._rules += 1
        self._first_rule = self._first_rule or name or ""

    def why_not(self, tool: str, version: str) -> str | None:
        """Say what shows that the tool did not do its work, if anything does."""
        if self._files:
            return (
                f"{tool} could not process {self._files} file(s), the first is"
                f" {self._first_file[:200] or 'not named'}: repair or exclude what it names and run it again."
            )
        if self._rules:
            return (
                f"{tool} could not use {self._rules} rule(s), the first is"
                f" {self._first_rule[:200] or 'not named'}: repair the rule set and run it again."
            )
        if not version:
            return "The report names no version of PMD, which PMD always writes: the report was edited."
        return None
