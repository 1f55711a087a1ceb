"""Trivy's SARIF, which is of several scanners: what it looked for shows in the names of its rules alone."""

from __future__ import annotations

from tidegate.domain.measures import Kind
from tidegate.readers.findings.sarif_shapes import Run
from tidegate.readers.findings.sarif_tools import short_name

RULE_OF_LEAKS = "Secret"
"""What Trivy calls each of its rules that is about a secret."""

# One name a scanner, as in Trivy's JSON. Rules of vulnerabilities have one for each class of package.
_SCANNERS = {
    "Misconfiguration": ("trivy-misconfig", Kind.SAST),
    RULE_OF_LEAKS: ("trivy-secret", Kind.SECRETS),
    "License": ("trivy-license", Kind.ANALYSIS),
}


def scanner_of(run: Run) -> tuple[str, Kind] | None:
    """Name the scanner that alone has rules in a run of Trivy; None where there may be vulnerabilities."""
    driver = run.tool.driver if run.tool else None
    if driver is None or short_name(driver.name or "") != "trivy":
        return None
    scanners = {_SCANNERS.get(rule.name or "") for rule in driver.rules or ()}
    if None in scanners or not scanners:
        return None
    return scanners.pop() if len(scanners) == 1 else ("trivy-other", Kind.ANALYSIS)


def why_silent(run: Run) -> str | None:
    """Say why a run of Trivy that lists nothing shows nothing: `trivy config` and others write the same."""
    driver = run.tool.driver if run.tool else None
    if run.results or driver is None or short_name(driver.name or "") != "trivy":
        return None
    return (
        "Trivy found nothing, and its SARIF does not say what it looked for (`trivy config` and `--scanners"
        " secret` write the same): submit its JSON, with `--format json --list-all-pkgs=false`."
    )
