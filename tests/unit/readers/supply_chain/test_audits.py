"""What reports of vulnerable packages have in common: severities, names of packages, declared totals."""

from __future__ import annotations

import pytest

from tidegate.domain.findings import Severity
from tidegate.readers.severity_counts import SeverityCounts
from tidegate.readers.supply_chain.audits import (
    Audit,
    fewer_than_declared,
    own_words,
    package_in,
    severity_of,
)


@pytest.mark.parametrize(
    ("word", "scores", "severity"),
    [
        ("Critical", (), "critical"),
        (" HIGH ", (1.0,), "high"),
        ("moderate", (), "medium"),
        ("Negligible", (), "info"),
        ("none", (), "info"),
        ("Unknown", (), "unrated"),
        ("Unknown", (9.8,), "critical"),
        (None, (None, 4.0), "medium"),
        ("0.0", (), "unrated"),
        ("", (-1.0,), "unrated"),
        ("", (10.1, 3.0), "low"),
        ("", (float("nan"),), "unrated"),
        ("", (float("inf"),), "unrated"),
        ("", (0.0,), "info"),
    ],
)
def test_rates_by_the_word_then_by_the_first_possible_score(
    word: str | None, scores: tuple[float | None, ...], severity: str
) -> None:
    assert severity_of(word, *scores) == severity


@pytest.mark.parametrize(
    ("purl", "name"),
    [
        ("pkg:maven/org.harbour/chains@2.1?type=jar", "org.harbour/chains"),
        ("pkg:npm/%40harbour/chains@1.0.0", "@harbour/chains"),
        ("pkg:pypi/chains", "chains"),
        ("cpe:2.3:a:x:y", ""),
        (None, ""),
    ],
)
def test_takes_the_package_out_of_its_url(purl: str | None, name: str) -> None:
    assert package_in(purl) == name


class TestAudit:
    def test_counts_a_package_once_and_a_suppressed_finding_not_at_all(self) -> None:
        audit = Audit("scanner")
        audit.add("CVE-1", "chains", Severity.HIGH, of=("1",))
        audit.add("CVE-2", "chains", Severity.LOW, of=("1",))
        audit.add("CVE-2", "chains", Severity.LOW, of=("2",))
        finding = audit.add("CVE-3", "rope", Severity.LOW, suppressed=True)
        assert finding.suppressed and finding.message == "rope is affected by CVE-3"
        measures = audit.measures(tells_suppressed=True)
        assert (measures["findings.total"], measures["findings.suppressed"]) == (3, 1)
        assert measures["dependencies.vulnerable"] == 2 and "dependencies.total" not in measures

    def test_tells_how_many_packages_were_looked_at_where_it_is_known(self) -> None:
        measures = Audit("scanner", looked_at=7).measures(tells_suppressed=False)
        assert measures["dependencies.total"] == 7 and "findings.suppressed" not in measures

    def test_names_what_has_no_name(self) -> None:
        finding = Audit("scanner").add("", "", Severity.UNRATED)
        assert finding.message == "A package is affected by an unnamed vulnerability"


def test_more_listed_than_declared_is_no_fault_and_less_is() -> None:
    counts = SeverityCounts()
    counts.add_several(Severity.HIGH, 2)
    assert fewer_than_declared({Severity.HIGH: 1, Severity.LOW: 0}, counts, "scanner") is None
    said = fewer_than_declared({Severity.HIGH: 2, Severity.LOW: 1}, counts, "scanner")
    assert said is not None and "counted 1 low problem(s) and lists 0" in said


class TestOwnWords:
    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("https://me:s3cret@npm.example/audits\n failed", "https://npm.example/audits failed"),
            ("//token@host/a and https://x:y@z:1/b", "//host/a and https://z:1/b"),
            ("https://npm.example/@scope/name", "https://npm.example/@scope/name"),
            ("a" * 1000, "a" * 300),
        ],
    )
    def test_are_one_short_line_without_a_password(self, said: str, shown: str) -> None:
        assert own_words(said) == shown
