"""What linters and scanners quote of a secret is kept by no reader, and shown by none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.reading import READERS, items, read
from tidegate.readers.findings.secret_words import without_secret
from tidegate.readers.test_results.junit import READER as JUNIT

SECRET = "hunter2:two"
PASSWORD = f"Possible hardcoded password: '{SECRET}'"
ENTROPY = f'Found a string with entropy 4.21 : "{SECRET}"'
BABEL = f'Parsing error: /a.js: Missing semicolon. (1:5)\n\n> 1 | let p = "{SECRET}" x'
DOCKERFILE = f"Dockerfile:3:1:\n  |\n3 | PASSWORD {SECRET}\n  | ^\nunexpected 'P'\n"


def sarif(tool: str, rule: str, text: str = PASSWORD, **more: Any) -> dict[str, Any]:
    result = {"ruleId": rule, "message": {"text": text}} | more
    return {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool}}, "results": [result]}]}


def noted(text: str, **more: Any) -> dict[str, Any]:
    """Make a SARIF log whose tool says something of its own run."""
    note = {"level": "error", "message": {"text": text}} | more
    call = {"executionSuccessful": False, "toolExecutionNotifications": [note]}
    return {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "S"}}, "results": [], "invocations": [call]}],
    }


def bandit() -> dict[str, Any]:
    counts = {"SEVERITY.HIGH": 0, "SEVERITY.MEDIUM": 0, "SEVERITY.LOW": 1}
    issue = {"test_id": "B105", "issue_text": PASSWORD, "filename": "a.py", "issue_severity": "LOW"}
    return {"errors": [], "metrics": {"_totals": counts, "a.py": counts}, "results": [issue]}


def eslint(text: str, rule: str | None = "no-secrets/no-secrets", fatal: bool = False) -> list[Any]:
    message = {"ruleId": rule, "severity": 2, "message": text, "fatal": fatal}
    return [{"filePath": "a.js", "messages": [message], "errorCount": 1, "warningCount": 0}]


def checkstyle(text: str, source: str) -> str:
    text = text.replace("&", "&amp;").replace('"', "&quot;").replace("\n", "&#10;").replace(">", "&gt;")
    error = f'<error severity="error" message="{text}" source="{source}"/>'
    return f'<checkstyle version="4.3"><file name="a.js">{error}</file></checkstyle>'


def issue(text: str, name: str) -> dict[str, Any]:
    return {"description": text, "check_name": name, "fingerprint": "f", "location": {"path": "a.py"}}


REPORTS = {
    "bandit": ("bandit", bandit()),
    "flake8": ("flake8", f"a.py:1:1: S105 {PASSWORD}\n"),
    "ruff": (
        "ruff-json",
        [{"code": "S105", "message": PASSWORD.replace("'", '"'), "filename": "a.py"}],
    ),
    "ruff's text": ("ruff-text", f"a.py:1:1: S105 {PASSWORD}\nFound 1 error.\n"),
    "ruff's list for GitLab": ("gitlab-codequality", [issue(f"S105: {PASSWORD}", "S105")]),
    "eslint": ("eslint-json", eslint(ENTROPY)),
    "eslint's parser": ("eslint-json", eslint(BABEL, None, fatal=True)),
    "eslint's parser, in GitLab's list": ("gitlab-codequality", [issue(BABEL, "")]),
    "hadolint": (
        "hadolint",
        [{"code": "DL1000", "message": DOCKERFILE, "file": "Dockerfile", "level": "error", "line": 3}],
    ),
    "hadolint's SARIF": ("sarif", sarif("Hadolint", "DL1000", DOCKERFILE)),
    "hadolint's checkstyle": ("checkstyle", checkstyle(DOCKERFILE, "DL1000")),
    "hadolint's list for GitLab": ("gitlab-codequality", [issue(DOCKERFILE, "DL1000")]),
    "eslint's checkstyle": ("checkstyle", checkstyle(ENTROPY, "eslint.rules.no-secrets/no-secrets")),
    "secretlint's checkstyle": ("checkstyle", checkstyle(f"found {SECRET}", "eslint.rules.@secretlint/aws")),
    "eslint's parser, in checkstyle": ("checkstyle", checkstyle(BABEL, "")),
    "bandit's SARIF": ("sarif", sarif("Bandit", "B105")),
    "ruff's SARIF": ("sarif", sarif("ruff", "S105")),
    "gitleaks' SARIF": ("sarif", sarif("gitleaks", "aws", f"aws found {SECRET}")),
    "trivy's SARIF": (
        "sarif",
        {
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {"name": "Trivy", "rules": [{"id": "pat", "name": "Secret"}, {"id": "CVE"}]}
                    },
                    "results": [{"ruleId": "pat", "message": {"text": f"Match: {SECRET}"}}],
                }
            ],
        },
    ),
    "a SARIF rule about secrets": ("sarif", sarif("Noseyparker", "np.token.1", f"found {SECRET}")),
    "what a SARIF log says of its run": ("sarif", noted(f"Timeout at `p = '{SECRET}'`")),
    "how a SARIF log says it": ("sarif", noted("x", descriptor={"id": f"at p = {SECRET}"})),
}


@pytest.mark.parametrize("what", REPORTS)
def test_is_neither_kept_nor_told(what: str) -> None:
    format, report = REPORTS[what]
    reader = next(each for each in READERS if each.format == format)
    reading, findings = read(reader, report if isinstance(report, str) else json.dumps(report))
    assert "hunter2" not in repr((reading, findings, [each.key for each in findings]))
    assert reading.measures["findings.total"] == len(findings)


@pytest.mark.parametrize("name", ["@secretlint/aws", "S105"])
def test_nor_is_it_of_a_junit_report(name: str) -> None:
    suite = '<testsuite package="org.eslint" name="a">'
    case = f'<testcase name="org.eslint.{name}"><failure message="{PASSWORD}"/></testcase>'
    (found,) = items(JUNIT, f"{suite}{case}</testsuite>")
    assert "hunter2" not in repr(found)


def test_nor_is_a_hash_of_it() -> None:
    fingerprints = {"matchBasedId/v1": "abcdef", "commitSha": "0a1b2c3d4e5f67"}
    (finding,) = read(_sarif(), sarif("gitleaks", "aws", partialFingerprints=fingerprints))[1]
    assert (finding.stable, finding.message) == ("", "A secret of the kind aws in commit 0a1b2c3d4e5f")


def test_a_reason_names_the_notification_its_file_and_known_words() -> None:
    place = {"physicalLocation": {"artifactLocation": {"uri": "src/a.py"}}}
    report = noted("Timed out in f", descriptor={"id": "py/extraction"}, locations=[place])
    reason = read(_sarif(), report)[0].why_not or ""
    assert reason.endswith("was not successful (py/extraction, Timed out, src/a.py).")


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (PASSWORD, "Possible hardcoded password"),
        ('Possible hardcoded password assigned to: "token"', None),
        ("Argument `password` is unused: remove it", None),
        ('Found a string that matches "AWS: key" : "AKIA"', 'Found a string that matches "AWS'),
    ],
)
def test_a_message_ends_where_it_begins_to_quote(message: str, kept: str | None) -> None:
    assert without_secret(message) == (kept or message)


def _sarif() -> Any:
    return next(each for each in READERS if each.format == "sarif")
