"""pip-audit's JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, refusal, source
from tidegate.readers.supply_chain.pip_audit import READER

SOUND = {"name": "flask", "version": "3.1", "vulns": []}
SKIPPED = {"name": "mine", "skip_reason": "not on the index"}
ILL = {
    "name": "aiohttp",
    "version": "3.6.2",
    "vulns": [
        {"id": "PYSEC-1", "fix_versions": ["3.7"], "description": "x"},
        {"id": "PYSEC-2", "fix_versions": []},
    ],
}


@pytest.mark.parametrize(
    "wrap", [list, lambda listed: {"dependencies": listed, "fixes": []}], ids=["list", "object"]
)
class TestBothLayouts:
    def test_counts_without_any_severity(self, wrap: Any) -> None:
        reading, findings = read(READER, wrap([SOUND, ILL, SKIPPED]))
        assert reading.ran
        assert reading.measures == {
            "findings.total": 2,
            "findings.unrated": 2,
            "dependencies.total": 3,
            "dependencies.skipped": 1,
            "dependencies.vulnerable": 1,
        }
        assert [(each.rule, each.path, each.severity) for each in findings] == [
            ("PYSEC-1", "aiohttp", "unrated"),
            ("PYSEC-2", "aiohttp", "unrated"),
        ]

    def test_a_sound_report_gives_no_severity_either(self, wrap: Any) -> None:
        assert "findings.high" not in measure(READER, wrap([SOUND])).measures

    def test_nothing_listed_means_not_run(self, wrap: Any) -> None:
        assert "audited none" in (measure(READER, wrap([])).why_not or "")

    def test_everything_skipped_means_not_run(self, wrap: Any) -> None:
        reading = measure(READER, wrap([SKIPPED, SKIPPED]))
        assert not reading.ran and "all 2 dependencies" in (reading.why_not or "")

    def test_what_was_skipped_was_not_audited_whatever_it_lists(self, wrap: Any) -> None:
        reading = measure(READER, wrap([SKIPPED | {"vulns": []}]))
        assert not reading.ran and reading.measures["dependencies.skipped"] == 1

    def test_is_known_by_its_content(self, wrap: Any) -> None:
        assert READER.sniff(source(wrap([SKIPPED])))
        assert READER.sniff(source(wrap([ILL])))


class TestOthers:
    def test_an_empty_object_layout_is_known_and_an_empty_list_is_not(self) -> None:
        assert READER.sniff(source({"dependencies": []}))
        assert not READER.sniff(source([]))

    @pytest.mark.parametrize(
        "report", [{}, {"dependencies": [], "components": []}, [{"name": "x"}], [{"vulns": []}]]
    )
    def test_claims_no_other_report(self, report: Any) -> None:
        assert not READER.sniff(source(report))

    def test_a_dependency_without_a_name_is_unreadable(self) -> None:
        assert "`$.dependencies[0]`" in refusal(READER, {"dependencies": [{"vulns": []}]})

    def test_a_fix_or_a_new_version_does_not_make_a_new_finding(self) -> None:
        _, (one, _) = read(READER, [ILL])
        _, (two, _) = read(READER, [ILL | {"version": "3.6.3"}])
        assert one.fingerprint == two.fingerprint


class TestAliases:
    def test_one_vulnerability_under_two_names_is_one_finding(self) -> None:
        pysec = {"id": "PYSEC-2023-1", "aliases": ["CVE-2023-9"], "fix_versions": []}
        ghsa = {"id": "GHSA-x", "aliases": ["CVE-2023-9"], "fix_versions": []}
        other = {"id": "PYSEC-2023-2", "fix_versions": []}
        packages = [{"name": "a", "version": "1", "vulns": [pysec, ghsa, other]}]
        reading, findings = read(READER, {"dependencies": packages, "fixes": []})
        assert [each.rule for each in findings] == ["GHSA-x", "PYSEC-2023-2"]
        assert reading.measures["findings.total"] == 2

    def test_the_same_one_in_two_packages_is_two(self) -> None:
        listed = [{"name": name, "version": "1", "vulns": [{"id": "CVE-1"}]} for name in ("a", "b")]
        assert measure(READER, {"dependencies": listed}).measures["findings.total"] == 2
