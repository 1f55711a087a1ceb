"""OWASP Dependency-Check's JSON report."""

from __future__ import annotations

import msgspec

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode_each, load
from tidegate.readers.own_times import own_time
from tidegate.readers.supply_chain.dependency_check import (
    NOTES,
    Dependency,
    DependencyCheck,
    Rating,
    follows,
)

FORMAT = "dependency-check-json"
_REMAKE = "`dependency-check --scan . --format JSON --out dependency-check.json`"


class _OldScore(msgspec.Struct, gc=False):
    score: float | None = None
    severity: str | None = None


class _NewScore(msgspec.Struct, rename="camel", gc=False):
    base_score: float | None = None
    base_severity: str | None = None


class _CheckedVulnerability(msgspec.Struct):
    name: str
    severity: str | None = None
    cvssv2: _OldScore | None = None
    cvssv3: _NewScore | None = None
    cvssv4: _NewScore | None = None

    def rating(self) -> Rating:
        """Bring it into the common form."""
        newer = self.cvssv4 if self.cvssv4 and self.cvssv4.base_score is not None else self.cvssv3
        newer = newer or _NewScore()
        older = self.cvssv2 or _OldScore()
        return Rating(
            self.name,
            self.severity,
            (newer.base_severity, newer.base_score),
            (older.severity, older.score),
        )


class _DependencyCheckIdentifier(msgspec.Struct, gc=False):
    id: str = ""


class _CheckedDependency(msgspec.Struct, rename="camel"):
    file_name: str
    packages: list[_DependencyCheckIdentifier] | None = None
    vulnerabilities: list[_CheckedVulnerability] | None = None
    suppressed_vulnerabilities: list[_CheckedVulnerability] | None = None


class _AnalysisFault(msgspec.Struct, gc=False):
    message: str = ""


class _AnalysisException(msgspec.Struct, gc=False):
    exception: _AnalysisFault | None = None


class _DataSource(msgspec.Struct, gc=False):
    name: str = ""
    timestamp: object = None


class _ScanInfo(msgspec.Struct, rename="camel"):
    engine_version: str = ""
    data_source: list[_DataSource] | None = None
    analysis_exceptions: list[_AnalysisException] | None = None


class _ProjectInfo(msgspec.Struct, rename="camel"):
    report_date: object = None


class _CheckReport(msgspec.Struct, rename="camel"):
    report_schema: str
    scan_info: _ScanInfo
    dependencies: list[msgspec.Raw]
    project_info: _ProjectInfo | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("reportSchema") and (seen.has("scanInfo") or seen.has("dependencies"))


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _CheckReport, remake=_REMAKE)
    check = DependencyCheck(FORMAT, _REMAKE, version=report.scan_info.engine_version)
    for part in decode_each(report.dependencies, _CheckedDependency, remake=_REMAKE, at="$.dependencies"):
        check.dependencies += 1
        purl = next((each.id for each in part.packages or () if each.id.startswith("pkg:")), "")
        dependency = Dependency(part.file_name, purl)
        listed = (part.vulnerabilities, False), (part.suppressed_vulnerabilities, True)
        for vulnerabilities, suppressed in listed:
            for each in vulnerabilities or ():
                finding = check.add(dependency, each.rating(), suppressed=suppressed)
                if items:
                    yield finding
    for each_fault in report.scan_info.analysis_exceptions or ():
        check.faults.append(each_fault.exception.message if each_fault.exception else "")
    for each_source in report.scan_info.data_source or ():
        check.source(each_source.name, each_source.timestamp)
    check.made_at = own_time(report.project_info.report_date) if report.project_info else None
    return check.reading()


READER = Reader(
    format=FORMAT,
    title="OWASP Dependency-Check JSON",
    kind=Kind.DEPENDENCIES,
    source="https://dependency-check.github.io/DependencyCheck/general/thereport.html",
    follows=follows(
        "Entries of `vulnerabilities` of all dependencies.", "Entries of `suppressedVulnerabilities`."
    ),
    sniff=_sniff,
    read=_read,
    notes=NOTES,
)
