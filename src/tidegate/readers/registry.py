"""The formats that Tidegate reads, in the order in which a report is tried against them.

A reader is imported when a report may be its own: what tells that is here, and costs nothing to load.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from tidegate.domain.measures import Kind
from tidegate.domain.tools import canonical_tool
from tidegate.readers.base import Reader, Source
from tidegate.readers.findings.tool_kinds import BORROWERS, TOOLS


@dataclass(frozen=True, slots=True)
class Registered:
    """A format, and what can be told of it without its reader.

    `module` lies below `tidegate.readers` and holds the `READER`. `tools` are those that its reports may come
    from, as a gate's `needs` name them. One of `marks` stands in the first 64 KiB of every report in the
    format, or in the keys of a longer JSON object; a format without any is of lines that may be anything.
    """

    format: str
    module: str
    tools: tuple[str, ...]
    marks: tuple[bytes, ...] = ()

    def may_be(self, source: Source) -> bool:
        """Tell whether the reader is worth asking about a report."""
        return not self.marks or any(mark in source.head for mark in self.marks)

    def reader(self) -> Reader:
        """Import the reader, the first time that it is asked for."""
        reader: Reader = importlib.import_module(f"tidegate.readers.{self.module}").READER
        return reader


_BOM_TOOLS = tuple(
    f"sbom/{name}"
    for name in (
        "cdxgen cyclonedx cyclonedx-bom cyclonedx-gomod cyclonedx-gradle-plugin cyclonedx-maven-plugin"
        " cyclonedx-npm cyclonedx-py grype syft trivy"
    ).split()
)
_GITLAB_ANALYZERS = tuple(
    f"{kind}/{name}"
    for kind, names in (
        ("sast", "bandit brakeman flawfinder gosec kics kubesec semgrep sobelow spotbugs"),
        ("secrets", "gitleaks"),
        ("dependencies", "gemnasium grype trivy"),
    )
    for name in names.split()
)
_SPDX_TOOLS = tuple(
    f"sbom/{name}"
    for name in (
        "cdxgen github.com-dependency-graph microsoft.sbomtool npm reuse sbom-tool spdx spdx-sbom-generator"
        " syft tern trivy"
    ).split()
)

# One row a format. Text formats come last: they go by their lines, the others by their structure.
REGISTRY: tuple[Registered, ...] = (
    # Test results
    Registered(
        "junit",
        "test_results.junit",
        ("tests/pytest", "tests/jest", "tests/mocha", "tests/nose2", "tests/junit"),
        (b"testsuite",),
    ),
    Registered("trx", "test_results.trx", ("tests/dotnet-test", "tests/jest"), (b"<TestRun",)),
    Registered(
        "nunit",
        "test_results.nunit",
        ("tests/nunit", "tests/pester", "tests/jest"),
        (b"<test-run", b"<test-results", b"<test-suite"),
    ),
    Registered("xunitnet", "test_results.xunitnet", ("tests/xunit.net",), (b"<assembl",)),
    Registered("googletest", "test_results.googletest", ("tests/googletest",), (b'"testsuites"',)),
    Registered("catch2", "test_results.catch2", ("tests/catch2",), (b'"catch2-version"',)),
    Registered("catch2-xml", "test_results.catch2_xml", ("tests/catch2",), (b"<Catch",)),
    Registered(
        "ctrf",
        "test_results.ctrf",
        ("tests/cypress", "tests/jest", "tests/mocha", "tests/playwright", "tests/vitest"),
        (b'"reportFormat"', b'"summary"'),
    ),
    Registered("jest", "test_results.jest", ("tests/jest", "tests/vitest"), (b'"numTotalTests"',)),
    Registered("mocha", "test_results.mocha", ("tests/mocha",), (b'"passes"',)),
    Registered("playwright", "test_results.playwright", ("tests/playwright",), (b'"suites"',)),
    Registered(
        "cucumber",
        "test_results.cucumber",
        ("tests/behave", "tests/cucumber"),
        (b'"elements"', b'"uri"'),
    ),
    Registered("go-test", "test_results.go_test", ("tests/go",), (b'"Action"',)),
    # Coverage
    Registered(
        "cobertura",
        "coverage.cobertura",
        ("coverage/cobertura", "coverage/gcovr", "coverage/coverage.py"),
        (b"coverage",),
    ),
    Registered("clover", "coverage.clover", ("coverage/clover",), (b"coverage",)),
    Registered("opencover", "coverage.opencover", ("coverage/opencover",), (b"CoverageSession",)),
    Registered("jacoco", "coverage.jacoco", ("coverage/jacoco",), (b"report",)),
    Registered("coveragepy", "coverage.coveragepy", ("coverage/coverage.py",), (b'"meta"', b"!coverage.py:")),
    Registered("istanbul", "coverage.istanbul", ("coverage/istanbul",), (b'"statementMap"', b'"pct"')),
    Registered("simplecov", "coverage.simplecov", ("coverage/simplecov",), (b'"coverage"',)),
    Registered(
        "llvm-cov",
        "coverage.llvm_cov",
        ("coverage/llvm-cov",),
        (b"llvm.coverage.json.export", b'"segments"'),
    ),
    Registered("gcovr", "coverage.gcovr", ("coverage/gcovr",), (b'"gcovr/',)),
    # Findings in sources
    Registered("sarif", "findings.sarif", TOOLS, (b'"runs"', b"sarif", b"SARIF")),
    Registered("bandit", "findings.bandit", ("sast/bandit",), (b'"metrics"',)),
    Registered("semgrep", "findings.semgrep", ("sast/semgrep",), (b'"results"',)),
    Registered("gitlab-security", "findings.gitlab_security", _GITLAB_ANALYZERS, (b'"vulnerabilities"',)),
    Registered("gosec", "findings.gosec", ("sast/gosec",), (b'"Stats"', b'"Golang errors"')),
    Registered("spotbugs", "findings.spotbugs", ("sast/spotbugs",), (b"BugCollection",)),
    Registered(
        "gitleaks", "findings.gitleaks", ("secrets/gitleaks",), (b'"RuleID"', b'"offender"', b'"leaks"')
    ),
    Registered(
        "detect-secrets", "findings.detect_secrets", ("secrets/detect-secrets",), (b'"plugins_used"',)
    ),
    Registered("tfsec", "findings.tfsec", ("sast/tfsec",), (b'"rule_id"',)),
    Registered(
        "trufflehog", "findings.trufflehog", ("secrets/trufflehog",), (b'"SourceMetadata"', b'"trufflehog"')
    ),
    Registered("pylint-json", "findings.pylint_json", ("lint/pylint",), (b'"message-id"', b'"messages"')),
    Registered("ruff-json", "findings.ruff", ("lint/ruff",), (b'"code"',)),
    Registered("mypy-json", "findings.mypy_json", ("types/mypy",), (b'"severity"',)),
    Registered("eslint-json", "findings.eslint", ("lint/eslint",), (b'"filePath"', b'"rulesMeta"')),
    Registered("hadolint", "findings.hadolint", ("lint/hadolint",), (b'"level"',)),
    Registered(
        "checkstyle", "findings.checkstyle", (*BORROWERS, "analysis/checkstyle-xml"), (b"<checkstyle",)
    ),
    Registered(
        "gitlab-codequality",
        "findings.gitlab_codequality",
        (*TOOLS, "analysis/gitlab-codequality"),
        (b'"description"',),
    ),
    Registered("golangci-lint", "findings.golangci", ("lint/golangci-lint",), (b'"Issues"',)),
    Registered("pmd", "findings.pmd", ("lint/pmd", "lint/phpmd", "lint/oclint"), (b"<pmd",)),
    Registered("pmd-json", "findings.pmd_json", ("lint/pmd",), (b'"pmdVersion"', b'"formatVersion"')),
    Registered("pyright", "findings.pyright", ("types/pyright",), (b'"generalDiagnostics"',)),
    # What a release is made of
    Registered(
        "safety",
        "supply_chain.safety",
        ("dependencies/safety",),
        (b'"reason"', b'"report_meta"', b'"scan_results"', b'"scan_type"'),
    ),
    Registered(
        "pip-audit",
        "supply_chain.pip_audit",
        ("dependencies/pip-audit",),
        (b'"dependencies"', b'"vulns"', b'"skip_reason"'),
    ),
    Registered(
        "trivy",
        "supply_chain.trivy",
        ("dependencies/trivy", "sast/trivy", "secrets/trivy"),
        (b'"SchemaVersion"', b'"Target"'),
    ),
    Registered("grype", "supply_chain.grype", ("dependencies/grype",), (b'"matches"',)),
    Registered(
        "yarn-audit",
        "supply_chain.yarn_audit",
        ("dependencies/yarn-audit",),
        (b'"auditAdvisory"', b'"auditSummary"', b"/docs/cli/audit", b'"Tree Versions"', b'"advisories"'),
    ),
    Registered(
        "npm-audit",
        "supply_chain.npm_audit",
        ("dependencies/npm-audit",),
        (b'"auditReportVersion"', b'"advisories"', b'"moderate"', b'"summary"', b'"ERR_PNPM'),
    ),
    Registered("osv-scanner", "supply_chain.osv_scanner", ("dependencies/osv-scanner",), (b'"results"',)),
    Registered(
        "dependency-check-json",
        "supply_chain.dependency_check_json",
        ("dependencies/dependency-check",),
        (b'"reportSchema"',),
    ),
    Registered(
        "dependency-check-xml",
        "supply_chain.dependency_check_xml",
        ("dependencies/dependency-check",),
        (b"<analysis",),
    ),
    Registered("cyclonedx", "supply_chain.cyclonedx", _BOM_TOOLS, (b"CycloneDX", b"cyclonedx.org")),
    Registered("cyclonedx-xml", "supply_chain.cyclonedx_xml", _BOM_TOOLS, (b"<bom", b":bom")),
    Registered("spdx-json", "supply_chain.spdx_json", _SPDX_TOOLS, (b'"spdxVersion"', b'"SPDXID"')),
    Registered("spdx-xml", "supply_chain.spdx_xml", _SPDX_TOOLS, (b"<spdxVersion>", b"<SPDXID>")),
    Registered("spdx3", "supply_chain.spdx3", _SPDX_TOOLS, (b"spdx.org/rdf/3", b'"spdxId"')),
    Registered("openvex", "supply_chain.openvex", ("dependencies/openvex",), (b"openvex",)),
    Registered(
        "provenance",
        "supply_chain.provenance",
        (),  # its tools are builders, each named by a URI
        (b'"payload', b'"dsseEnvelope"', b'"predicateType"', b"in-toto.io", b"sigstore.bundle"),
    ),
    # Lines
    Registered("spdx-tv", "supply_chain.spdx_tv", _SPDX_TOOLS, (b"SPDXVersion:",)),
    Registered("gocover", "coverage.gocover", ("coverage/go",), (b"mode:",)),
    Registered("lcov", "coverage.lcov", ("coverage/lcov", "coverage/gcovr"), (b"TN:", b"SF:")),
    Registered("tap", "test_results.tap", ("tests/tap",), (b"ok", b"1..", b"TAP ", b"ail out!")),
    Registered("pylint-text", "findings.pylint_text", ("lint/pylint",)),
    Registered("mypy-text", "findings.mypy_text", ("types/mypy",)),
    Registered("tsc", "findings.tsc", ("types/tsc",), (b" TS", b"Instantiations:")),
    Registered(
        "ruff-text",
        "findings.ruff_text",
        ("lint/ruff",),
        (b"Found ", b"[*]", b"-->", b"invalid-syntax"),
    ),
    Registered("flake8", "findings.flake8", ("lint/flake8", "lint/ruff")),
)

FORMATS: tuple[str, ...] = tuple(row.format for row in REGISTRY)


def all_readers() -> tuple[Reader, ...]:
    """Import every reader; to know a report's format, `detect.find_reader` imports the few that it may be."""
    return tuple(row.reader() for row in REGISTRY)


def reader_of(format: str) -> Reader | None:
    """Import the reader of a format; None where there is none."""
    return next((row.reader() for row in REGISTRY if row.format == format), None)


def known_tools() -> dict[Kind, frozenset[str]]:
    """Return the tools whose reports can be read, by what their reports are evidence of."""
    names: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for row in REGISTRY:
        for tool in row.tools:
            kind, _, name = tool.partition("/")
            names[Kind(kind)].add(canonical_tool(name))
    return {kind: frozenset(known) for kind, known in names.items()}
