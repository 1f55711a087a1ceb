"""The parts of Safety's JSON reports that are read, of `safety check` and of `safety scan`."""

from __future__ import annotations

from typing import Any

import msgspec


class CvssScore(msgspec.Struct, gc=False):
    """What CVSS says of a vulnerability: a score, a word or both."""

    base_score: float | None = None
    base_severity: str | None = None


class SafetySeverity(msgspec.Struct, gc=False):
    """The ratings of a vulnerability, by version of CVSS."""

    cvssv3: CvssScore | None = None
    cvssv2: CvssScore | None = None


class SafetyIgnore(msgspec.Struct, gc=False):
    """Why a vulnerability is ignored; an empty one, as Safety 3.2 writes it, ignores nothing."""

    code: str | None = None
    reason: str | None = None
    expires: Any = None


class SafetyVulnerability(msgspec.Struct, gc=False):
    """A vulnerability as `safety check` lists it."""

    vulnerability_id: str
    package_name: str
    ignored: bool | SafetyIgnore | None = None
    ignored_reason: str | None = None
    analyzed_version: str | None | msgspec.UnsetType = msgspec.UNSET
    severity: SafetySeverity | None = None


class SafetyPackage(msgspec.Struct, gc=False):
    """A scanned package; only that it is listed matters."""


class SafetyGit(msgspec.Struct, gc=False):
    """The checkout that was looked at."""

    commit: str | None = None


class SafetyCheckMeta(msgspec.Struct, gc=False):
    """What `safety check` says of its run."""

    safety_version: str | None = None
    packages_found: int | None = None
    vulnerabilities_found: int | None = None
    vulnerabilities_ignored: int | None = None
    timestamp: object = None
    git: SafetyGit | None = None


class KnownVulnerability(msgspec.Struct):
    """A vulnerability as `safety scan` lists it."""

    id: str
    ignored: bool | SafetyIgnore | None = None
    ignored_reason: str | None = None
    ignored_code: str | None = None
    severity: SafetySeverity | None = None


class SafetyVulnerabilities(msgspec.Struct):
    """The vulnerabilities of a requirement."""

    known_vulnerabilities: list[KnownVulnerability]


class SafetySpecification(msgspec.Struct):
    """A requirement of a package."""

    vulnerabilities: SafetyVulnerabilities


class SafetyDependency(msgspec.Struct):
    """A package, with each requirement of it."""

    name: str
    specifications: list[SafetySpecification]


class SafetyResults(msgspec.Struct):
    """What was found in a file."""

    dependencies: list[SafetyDependency] = []


class SafetyFile(msgspec.Struct):
    """A file that names packages."""

    results: SafetyResults
    location: str = ""


class SafetyProject(msgspec.Struct):
    """A project with its files."""

    files: list[SafetyFile] = []


class SafetyScanResults(msgspec.Struct):
    """All that `safety scan` found."""

    files: list[SafetyFile] = []
    projects: list[SafetyProject] = []


class SafetyTelemetry(msgspec.Struct, gc=False):
    """What Safety tells of itself."""

    safety_version: str | None = None


class SafetyScanMeta(msgspec.Struct, gc=False):
    """What `safety scan` says of its run."""

    authenticated: bool | None = None
    timestamp: object = None
    telemetry: SafetyTelemetry | None = None


class SafetyReport(msgspec.Struct):
    """Any of the layouts; which one it is shows by what is present."""

    report_meta: SafetyCheckMeta | None = None
    scanned_packages: dict[str, SafetyPackage] | None = None
    vulnerabilities: list[SafetyVulnerability] | None = None
    ignored_vulnerabilities: list[SafetyVulnerability] | None = None
    meta: SafetyScanMeta | None = None
    scan_results: SafetyScanResults | None = None
    error: str | None = None
    skipped: bool | None = None
    reason: str | None = None
