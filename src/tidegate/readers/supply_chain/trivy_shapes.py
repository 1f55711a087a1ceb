"""The parts of Trivy's JSON report that are read; never the text of a secret."""

from __future__ import annotations

import msgspec

from tidegate.readers.supply_chain.audits import Count


class TrivyPackage(msgspec.Struct, gc=False):
    """A package that was found; only that it is listed matters."""


class TrivyVulnerability(msgspec.Struct, rename="pascal", gc=False):
    """A vulnerability of a package."""

    vulnerability_id: str = msgspec.field(name="VulnerabilityID", default="")
    pkg_name: str = ""
    installed_version: str = ""
    pkg_path: str = ""
    severity: str = ""


class Cause(msgspec.Struct, rename="pascal", gc=False):
    """Where a check failed."""

    start_line: int | None = None


class Misconfiguration(msgspec.Struct, rename="pascal", gc=False):
    """What a check says of a file."""

    id: str = msgspec.field(name="ID", default="")
    title: str = ""
    message: str = ""
    severity: str = ""
    status: str = ""
    cause_metadata: Cause | None = None


class TrivySecret(msgspec.Struct, rename="pascal", gc=False):
    """A secret by its rule and its place; `Match` and `Code` hold its text and are not read."""

    rule_id: str = msgspec.field(name="RuleID", default="")
    title: str = ""
    severity: str = ""
    start_line: int | None = None


class MisconfigurationSummary(msgspec.Struct, rename="pascal", gc=False):
    """What the checks of a file came to."""

    successes: Count = 0
    failures: Count = 0
    exceptions: Count = 0


class Modified(msgspec.Struct, rename="pascal"):
    """A finding that was taken out of the results, and why."""

    type: str
    status: str
    finding: msgspec.Raw


class TrivyResult(msgspec.Struct, rename="pascal"):
    """What one scanner says of one target."""

    target: str
    class_: str = msgspec.field(name="Class", default="")
    packages: list[TrivyPackage] | None = None
    vulnerabilities: list[TrivyVulnerability] | None = None
    misconf_summary: MisconfigurationSummary | None = None
    misconfigurations: list[Misconfiguration] | None = None
    secrets: list[TrivySecret] | None = None
    modified: list[Modified] | None = msgspec.field(name="ExperimentalModifiedFindings", default=None)


class System(msgspec.Struct, gc=False):
    """The distribution of an image."""

    family: str = msgspec.field(name="Family", default="")
    name: str = msgspec.field(name="Name", default="")
    end_of_life: bool = msgspec.field(name="EOSL", default=False)


class TrivyMetadata(msgspec.Struct, rename="pascal"):
    """What was looked at."""

    os: System | None = msgspec.field(name="OS", default=None)
    commit: str | None = None


class TrivyTool(msgspec.Struct, rename="pascal", gc=False):
    """Who wrote the report; newer versions say."""

    version: str = ""


class TrivyReport(msgspec.Struct, rename="pascal"):
    """Schema 2; schema 1 is the list of results alone."""

    schema_version: int | None = None
    created_at: object = None
    trivy: TrivyTool | None = None
    metadata: TrivyMetadata | None = None
    results: list[msgspec.Raw] | None = None
    cluster_name: object = msgspec.UNSET
