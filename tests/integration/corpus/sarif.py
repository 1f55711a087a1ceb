"""Agreement of SARIF reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.json_rows import Got, fields, refused_as_expected, same
from tidegate.readers.base import Reading, Unreadable

DIFFERS = {
    "sarif/defectdojo__SuppressionTestCurrent.sarif": "the peer lists suppressed results as findings",
    "sarif/defectdojo__appendix_k.sarif": "the peer lists suppressed results as findings",
    "sarif/defectdojo__mobsfscan.json": "the peer counts locations (18), here one result is one finding (9)",
    "sarif/jenkinsci-analysis-model__security-scan.sarif": "the peer merges equal results, here all count",
    "sarif/ericsson-codechecker__Baseline.sarif": "the peer counts a result whose baselineState is absent",
}
NOT_RUN = {
    "sarif/defectdojo__appendix_k.sarif": "error(s) of its own run",
    "sarif/defectdojo__no_runs.sarif": "lists no run",
    "sarif/defectdojo__spotbugs.sarif": "not successful",
    "sarif/ericsson-codechecker__Catastrophic_configuration_error.sarif": "not successful",
    "sarif/ericsson-codechecker__Catastrophic_execution_error.sarif": "not successful",
    "sarif/ericsson-codechecker__Empty_runs.sarif": "lists no run",
    "sarif/ericsson-codechecker__No_runs.sarif": "lists no run",
    "sarif/ericsson-codechecker__Notifications.sarif": "not successful",
    "sarif/ericsson-codechecker__One_run_no_results.sarif": "has no `results`",
    "sarif/github-codeql-action__tool-names.sarif": "has no `results`",
    "sarif/microsoft-sarif-sdk__SARIF1009.IndexPropertiesMustBeConsistentWithArrays_Invalid.sarif": (
        "not successful"
    ),
    "sarif/microsoft-sarif-sdk__SARIF2015.EnquoteDynamicMessageContent_Invalid.sarif": "has no `results`",
}
"""Reports that say themselves that their tool did not do its work, and the words for it."""


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare the number of results and their severities with what the peer, or the plain recount, says."""
    if isinstance(got, Unreadable):
        return refused_as_expected(row)
    said = _numbers(row)
    if "findings" in said:
        return same(got, "findings.total", said["findings"].split(" ")[0]) and _severities_agree(got, said)
    listed = int(got.measures["findings.total"]) + int(got.measures["findings.suppressed"])
    if listed != int(said["results"]):
        return False
    if got.measures["findings.suppressed"] or "error" not in said:
        return True
    return all(same(got, f"findings.{ours}", said.get(theirs, "0")) for ours, theirs in LEVELS.items())


def _numbers(row: dict[str, str]) -> dict[str, str]:
    """Take the recount where the expected words speak of something else than this file's results."""
    text = row["expected"]
    about_rules = text.startswith(("sarif multitool validate", "schema valid", "valid but"))
    return fields(row["recount"] if about_rules else text)


def _severities_agree(got: Reading, said: dict[str, str]) -> bool:
    """The peer calls level `note` Info and low scores Low: both are compared as one."""
    if not any(name in said for name in ("Critical", "High", "Medium", "Low", "Info")):
        return True
    low = int(got.measures["findings.low"]) + int(got.measures["findings.info"])
    worse = all(
        same(got, f"findings.{name.lower()}", said.get(name, "0")) for name in ("Critical", "High", "Medium")
    )
    return worse and low == int(said.get("Low", "0")) + int(said.get("Info", "0"))


LEVELS = {"high": "error", "medium": "warning", "low": "note"}
