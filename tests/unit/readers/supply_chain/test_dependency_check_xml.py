"""OWASP Dependency-Check's XML report, of old and new schemas."""

from __future__ import annotations

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.base import Limits
from tidegate.readers.supply_chain.dependency_check_xml import READER

HIGH = "<severity>High</severity>"
PACKAGE = "<package confidence='HIGH'><id>{}</id></package>"


def vulnerability(said: str = HIGH, name: str = "CVE-1", tag: str = "vulnerability") -> str:
    more = "<references><reference><name>a page</name></reference></references>"
    return f"<{tag} source='NVD'><name>{name}</name>{said}{more}</{tag}>"


def dependency(*vulnerabilities: str, file: str = "chains-2.1.jar", inside: str = "") -> str:
    listed = f"<vulnerabilities>{''.join(vulnerabilities)}</vulnerabilities>" if vulnerabilities else ""
    return f"<dependency><fileName>{file}</fileName>{inside}{listed}</dependency>"


def report(*dependencies: str, scan: str = "<engineVersion>6.5.3</engineVersion>") -> str:
    return (
        '<?xml version="1.0"?>\n'
        '<analysis xmlns="https://jeremylong.github.io/DependencyCheck/dependency-check.2.5.xsd">'
        f"<scanInfo>{scan}<dataSource><name>NVD</name></dataSource></scanInfo>"
        "<projectInfo><name>harbour</name><reportDate>2016-11-05T14:52:15.748-0400</reportDate></projectInfo>"
        f"<dependencies>{''.join(dependencies)}</dependencies></analysis>"
    )


class TestFindings:
    def test_counts_vulnerabilities_of_all_dependencies(self) -> None:
        related = (
            "<relatedDependencies><relatedDependency><fileName>other.jar</fileName><identifiers>"
            f"{PACKAGE.format('pkg:maven/org.other/other@1')}</identifiers></relatedDependency>"
            "</relatedDependencies>"
        )
        own = PACKAGE.format("cpe:/a:x") + PACKAGE.format("\n pkg:maven/org.harbour/chains@2.1 \n")
        inside = (
            f"{related}<identifiers><identifiers>{own}{PACKAGE.format('pkg:x/y')}</identifiers></identifiers>"
        )
        listed = [
            dependency(vulnerability(), vulnerability("<severity>LOW</severity>", "CVE-2"), inside=inside),
            dependency(vulnerability(name="CVE-3"), file="rope.jar", inside=related),
            dependency(vulnerability(name="CVE-4", tag="suppressedVulnerability"), file="a b\n c.jar"),
            dependency(file="sound.jar"),
        ]
        reading, findings = read(READER, report(*listed))
        assert (reading.ran, reading.tool, reading.tool_version) == (True, "dependency-check", "6.5.3")
        assert reading.made_at is not None
        assert reading.made_at.isoformat() == "2016-11-05T18:52:15.748000+00:00"
        assert reading.measures == {
            "findings.total": 3,
            "findings.unrated": 0,
            "findings.suppressed": 1,
            "findings.critical": 0,
            "findings.high": 2,
            "findings.medium": 0,
            "findings.low": 1,
            "findings.info": 0,
            "dependencies.total": 4,
            "dependencies.vulnerable": 2,
        }
        assert [(each.rule, each.path, each.suppressed) for each in findings] == [
            ("CVE-1", "org.harbour/chains", False),
            ("CVE-2", "org.harbour/chains", False),
            ("CVE-3", "rope.jar", False),
            ("CVE-4", "a b c.jar", True),
        ]

    @pytest.mark.parametrize(
        ("said", "severity"),
        [
            ("<severity>Moderate</severity><cvssScore>7.5</cvssScore>", "medium"),
            ("<cvssScore>7.5</cvssScore>", "high"),
            ("<severity>0.0</severity><cvssScore>x</cvssScore>", "unrated"),
            ("<cvssV2><score>2.0</score><severity>MEDIUM</severity></cvssV2>", "medium"),
            ("<cvssV2><score>2.0</score></cvssV2>", "low"),
            (
                (
                    "<cvssV2><score>2.0</score><severity>LOW</severity></cvssV2>"
                    "<cvssV3><baseScore>9.8</baseScore><baseSeverity>CRITICAL</baseSeverity></cvssV3>"
                ),
                "critical",
            ),
            ("<cvssV4><baseScore>9.8</baseScore></cvssV4>", "critical"),
            ("<cvssV3><version>3.1</version></cvssV3>", "unrated"),
            ("", "unrated"),
        ],
    )
    def test_rates_by_the_word_then_by_the_newest_score(self, said: str, severity: str) -> None:
        _, (finding,) = read(READER, report(dependency(vulnerability(said))))
        assert finding.severity == severity

    def test_a_report_without_a_finding_is_clean(self) -> None:
        reading = measure(READER, report(dependency()))
        assert reading.ran and reading.measures["findings.high"] == 0

    def test_a_text_without_end_is_cut(self) -> None:
        name = "<a/>x" * 5000
        _, (finding,) = read(READER, report(dependency(vulnerability(name=name))))
        assert 0 < len(finding.rule) < 5000


def evidence(count: int, value: str = "A &amp; B") -> str:
    text = f"<source>file</source>\n<name>harbour</name> <value>{value}</value>"
    each = f'\n  <evidence type="vendor" confidence="HIGH">\n{text}</evidence>'
    return f"<evidenceCollected>{each * count}\n</evidenceCollected>"


class TestEvidence:
    """Most of a report is evidence, of which nothing is read: it is passed over, and changes nothing."""

    @pytest.mark.parametrize(
        "value",
        ["", "plain", "&#169; Harbour", "Häfen", "<![CDATA[<vulnerability>]]>", "<!-- </value> -->", "a > b"],
    )
    def test_is_passed_over_whatever_it_holds(self, value: str) -> None:
        listed = dependency(vulnerability(), inside=evidence(3, value)), dependency(inside=evidence(2, value))
        assert measure(READER, report(*listed)) == measure(
            READER, report(dependency(vulnerability()), dependency())
        )

    @pytest.mark.parametrize("count", [1, 2000])
    def test_counts_towards_the_limit_of_elements(self, count: int) -> None:
        said = report(dependency(vulnerability(), inside=evidence(count)))
        assert measure(READER, said, Limits(max_items=4 * count + 50)).ran
        assert "more than" in refusal(READER, said, Limits(max_items=4 * count + 3))

    @pytest.mark.parametrize("broken", ["\x0b", "&bare;", "<open>", "&"])
    def test_that_is_no_xml_is_refused(self, broken: str) -> None:
        assert "Line " in refusal(READER, report(dependency(inside=evidence(2, broken))))

    def test_that_is_cut_is_refused(self) -> None:
        said = report(dependency(inside=evidence(3000)))
        assert "ends before it is complete" in refusal(READER, said[: len(said) // 2])


class TestNotRun:
    def test_nothing_was_looked_at(self) -> None:
        assert "lists no dependency" in (measure(READER, report()).why_not or "")

    def test_the_analysis_had_exceptions(self) -> None:
        cause = "<innerException><message>inner</message></innerException>"
        fault = f"<exception><message>NVD is away</message>{cause}</exception><exception/>"
        scan = f"<analysisExceptions>{fault}</analysisExceptions>"
        reading = measure(READER, report(dependency(), scan=scan))
        assert not reading.ran and "2 exception(s)" in (reading.why_not or "")
        assert (reading.why_not or "").endswith("NVD is away")


class TestRefused:
    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            ("<analysis><scanInfo/></analysis>", "has no <dependencies>"),
            (report(vulnerability()), "a <vulnerability> outside of a <dependency>"),
            (report(dependency())[:-20], "ends before it is complete"),
            ("<report/>", "the root element is <report>"),
            ('<!DOCTYPE analysis [<!ENTITY a "b">]><analysis/>', "declares or uses entities"),
            ("", "is empty"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, broken: str, words: str) -> None:
        assert words in refusal(READER, broken)


class TestSniff:
    @pytest.mark.parametrize(
        "known", [report(), "<analysis><scanInfo/>", "<analysis xmlns='https://x/dependency-check.1.3.xsd'>"]
    )
    def test_knows_its_report(self, known: str) -> None:
        assert recognises(READER, known)

    @pytest.mark.parametrize("other", ["", "{}", "<analysis/>", "<analysis><issue/>", "<scanInfo/>"])
    def test_claims_no_other(self, other: str) -> None:
        assert not recognises(READER, other)


class TestData:
    @pytest.mark.parametrize(
        ("checked", "ran"), [("2016-10-30T14:36:52", True), ("2016-10-20T14:36:52", False)]
    )
    def test_that_were_too_old_when_they_were_searched_show_nothing(self, checked: str, ran: bool) -> None:
        named = {"NVD CVE Checked": checked, "VersionCheckOn": "2016-11-05T00:00:00"}
        scan = "".join(
            f"<dataSource>\n<name>{name}</name><timestamp>{at}</timestamp></dataSource>"
            for name, at in named.items()
        )
        reading = measure(READER, report(dependency(), scan=scan))
        assert reading.ran is ran
        assert ran or "data of NVD that were 16 days old" in (reading.why_not or "")
