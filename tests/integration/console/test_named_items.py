"""Tests of what a verdict's page names of the reports behind it, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.integration.console.test_pages import PAYLOAD, newest_verdict, page, words
from tests.support.api import OTHER_COMMIT, Api, flake8, junit
from tests.support.people import sign_in
from tidegate.domain.access import Role
from tidegate.modules.console.views import named_items

LINT = {"id": "lint", "that": "findings.total == 0", "needs": ["lint"]}
TESTS = {"id": "tests", "that": "tests.failed == 0", "needs": ["tests"]}


@pytest.fixture
def guarded(api: Api) -> Api:
    """Return an installation whose gate asks for tests and for a linter, and whose caller sees its pages."""
    until = api.clock.now() + timedelta(hours=2)
    sign_in(api.client, api.database.engine, "ada", until, role=Role.ADMINISTRATOR)
    api.set_up()
    api.put("/gates/production", {"name": "production", "rules": [TESTS, LINT]})
    return api


def shown(api: Api) -> str:
    return words(page(api, f"/verdicts/{newest_verdict(api)}"))


def test_names_failing_tests_and_findings_with_their_places(guarded: Api) -> None:
    guarded.submit(junit(failed=2), slot="junit.xml")
    guarded.submit(flake8("a.py", "b.py"), slot="flake8.txt")
    text = shown(guarded)
    assert "Failing t bad0: it leaks t bad1: it leaks" in text
    assert "a.py:3 F401 " in text and "b.py:3 F401 " in text


def test_names_the_first_few_and_counts_the_rest(guarded: Api) -> None:
    guarded.submit(junit(failed=9), slot="junit.xml")
    text = shown(guarded)
    assert "t bad4: it leaks and 4 more" in text
    assert "bad5" not in text


def test_leaves_a_large_report_to_its_link(guarded: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_items, "LARGEST_READ", 50)
    guarded.submit(junit(failed=2), slot="junit.xml")
    text = shown(guarded)
    assert "What fails is named in junit.xml" in text
    assert "bad0" not in text


def test_leaves_reports_beyond_a_few_to_their_links(guarded: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_items, "MOST_READ", 1)
    guarded.submit(junit(failed=1), slot="a.xml")
    guarded.submit(junit(failed=2), slot="b.xml")
    assert "What fails is named in " in shown(guarded)


def test_leads_to_the_findings_that_are_new(guarded: Api) -> None:
    rule = {"id": "new", "that": "findings.new.total == 0", "needs": ["lint"]}
    guarded.put("/gates/production", {"name": "production", "rules": [rule]})
    guarded.submit(flake8("a.py"), commit=OTHER_COMMIT, slot="lint.txt")
    guarded.submit(flake8("a.py", "b.py"), slot="lint.txt", baseline=OTHER_COMMIT)
    whole = page(guarded, f"/verdicts/{newest_verdict(guarded)}")
    assert "New findings are named in lint.txt" in words(whole)
    assert "?new=1" in whole


def test_stays_light_however_long_the_messages_are(guarded: Api) -> None:
    long = PAYLOAD.encode() * 20
    guarded.submit(b"".join(b"%d.py:1:1: F401 %s\n" % (one, long) for one in range(60)), slot="flake8.txt")
    rules = [{**LINT, "id": f"lint-{one}"} for one in range(30)]
    guarded.put("/gates/production", {"name": "production", "rules": rules})
    guarded.submit(flake8("a.py"), slot="other.txt")
    whole = page(guarded, f"/verdicts/{newest_verdict(guarded)}")
    assert whole.count("0.py:1 F401") >= 1
    assert len(whole.encode()) < 60 * 1024


def test_a_report_that_cannot_be_read_again_is_linked(guarded: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded.submit(junit(failed=2), slot="junit.xml")
    monkeypatch.setattr("tidegate.modules.evidence.service.LARGE", 10)
    assert "What fails is named in junit.xml" in shown(guarded)


def test_names_of_a_report_that_tools_share_what_the_rule_asks_of(guarded: Api) -> None:
    packages = {"id": "packages", "that": "findings.high == 0", "needs": ["dependencies/trivy"]}
    guarded.put("/gates/production", {"name": "production", "rules": [packages]})
    results = [
        {"Target": "a.lock", "Vulnerabilities": [{"VulnerabilityID": "CVE-2026-1", "Severity": "HIGH"}]},
        {
            "Target": "Dockerfile",
            "Misconfigurations": [{"ID": "DS002", "Severity": "HIGH", "Status": "FAIL"}],
        },
    ]
    report = json.dumps({"SchemaVersion": 2, "ArtifactName": ".", "Results": results}).encode()
    guarded.submit(report, slot="trivy.json")
    text = shown(guarded)
    assert "affected by CVE-2026-1" in text and "DS002" not in text
