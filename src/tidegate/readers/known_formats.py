"""Formats that are recognised and not read yet: what each is called, how it is known, which command helps.

One row a format. A reader for one of them takes its row away.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.readers.base import Source
from tidegate.readers.beginnings import (
    Beginning,
    Sign,
    first_line,
    json_list,
    json_object,
    json_text,
    lines,
    magic,
    xml,
)


@dataclass(frozen=True, slots=True)
class KnownFormat:
    """A format by its name.

    `command` is what to do instead, in words that follow "Instead,". `endings` are of file names that only
    this format has: they name a file in which nothing can be seen. `report` is false for data that a report
    is made of, and for documents that are no report: in a folder they are passed over. So is a file beside
    which the same run has written one that is read: `beside` are its names, `{stem}` is the file's own. `log`
    is what a tool says while it works: a file that is called a log is passed over, in words.
    """

    name: str
    signs: tuple[Sign, ...]
    command: str
    endings: tuple[str, ...] = ()
    report: bool = True
    beside: tuple[str, ...] = ()
    log: bool = False


_JUNIT = "let the test runner write JUnit XML, such as `pytest --junitxml=junit.xml`"
_DOTNET_COVERAGE = '`dotnet test --collect "XPlat Code Coverage"`, which writes Cobertura'
_OSV = "`osv-scanner scan source --format sarif --output-file osv.sarif .`"
_SARIF = "let the tool write SARIF 2.1.0"
_RUFF = "`ruff check --output-format sarif --output-file ruff.sarif`"
_ESLINT = "`npx eslint . --format json --output-file eslint.json`"
_SEMGREP = "`semgrep scan --json --output semgrep.json`"
_GITLEAKS = "`gitleaks git --report-format sarif --report-path gitleaks.sarif`"
_TRIVY = "`trivy fs --format json --output trivy.json .` (for an image: `trivy image …`)"
_GRYPE = "`grype . -o json --file grype.json`"
_NPM = "`npm audit --json > npm-audit.json`"
_CYCLONEDX = "`syft scan . -o cyclonedx-json=bom.json`"
_SPDX = "`syft convert SBOM -o cyclonedx-json=bom.json`"
_BANDIT = "`bandit -r src -f json -o bandit.json`"
_PIP_AUDIT = "`pip-audit -f json -o pip-audit.json`"
_SAFETY = "`safety check --save-json safety.json`"
_COVERAGE_XML = "`coverage xml -o coverage.xml`"
_LEAVE = "leave it out: no format of it is read"
_SAME_RUN = ("{stem}.json", "{stem}.sarif")

KNOWN_FORMATS: tuple[KnownFormat, ...] = (
    # A log may hold the words of any tool, so it is recognised first
    KnownFormat(
        "build log",
        (
            first_line(
                r"Started by |\[Pipeline\] |\[INFO\] Scanning for projects|Running with gitlab-runner"
            ),
            lines(r"##\[(?:group|section)\]|\[Pipeline\] |\[INFO\] BUILD |BUILD (?:SUCCESSFUL|FAILED) in "),
            lines(r"Finished: (?:SUCCESS|FAILURE|UNSTABLE|ABORTED)"),
        ),
        "submit the reports that the build wrote, such as `target/surefire-reports/*.xml`",
        report=False,
        log=True,
    ),
    # Tests
    KnownFormat(
        "CTRF's conformance suite",
        (json_text("target", "ctrf.schema.json"),),
        "leave it out: it is no report",
        report=False,
    ),
    KnownFormat(
        "Mochawesome's JSON",
        (json_object("stats", "results", "meta"),),
        "`npx mocha --reporter json --reporter-option output=mocha.json`",
    ),
    KnownFormat(
        "Cucumber messages",
        (json_object("meta", inner=("protocolVersion",)),),
        "`npx cucumber-js --format junit:junit.xml`",
    ),
    KnownFormat(
        "go test's text",
        (
            lines(
                r"(?:ok|FAIL|---)\s+\S+\s+(?:\d+\.\d+s|\(cached\)|\[no test files\])|--- (?:PASS|FAIL): ",
            ),
        ),
        "`gotestsum --junitfile junit.xml ./...`",
    ),
    KnownFormat(
        "pytest's JSON or text",
        (
            json_object("exitcode", "summary"),
            json_object("$report_type"),
            lines(r"=+ test session starts =+|=+ .*\b(?:passed|failed|error)\b.* in \d+"),
        ),
        "`pytest --junitxml=junit.xml`",
    ),
    KnownFormat("unittest's text", (lines(r"Ran \d+ tests? in \d"),), "`pytest --junitxml=junit.xml`"),
    KnownFormat("Robot Framework's output", (xml("robot"),), "`robot --xunit junit.xml tests`"),
    KnownFormat("TestNG results", (xml("testng-results"),), "submit the folder `junitreports` beside it"),
    KnownFormat("CTest's Test.xml", (xml("Site"),), "`ctest --output-junit junit.xml`"),
    KnownFormat(
        "Boost.Test XML", (xml("TestLog"), xml("TestResult")), "`--log_format=JUNIT --log_sink=junit.xml`"
    ),
    KnownFormat("doctest XML", (xml("doctest"),), "`--reporters=junit --out=junit.xml`"),
    KnownFormat("Qt Test XML", (xml("TestCase"),), "`-o junit.xml,junitxml`"),
    KnownFormat("SonarQube test executions", (xml("testExecutions"),), _JUNIT),
    KnownFormat(
        "Allure results",
        (json_object("uuid", "historyId"), json_object("uuid", "status", "labels"), xml("test-suite")),
        _JUNIT,
    ),
    KnownFormat(
        "RSpec's JSON",
        (json_object("examples", "summary_line"),),
        "`rspec --format RspecJunitFormatter --out junit.xml`",
    ),
    KnownFormat(
        "Newman's JSON",
        (json_object("collection", "run"),),
        "`newman run COLLECTION -r junit --reporter-junit-export junit.xml`",
    ),
    KnownFormat(
        "k6's summary", (json_object("metrics", "root_group"),), "write JUnit XML in `handleSummary` (jUnit)"
    ),
    KnownFormat(
        "cargo test's JSON",
        (json_object("type", "event"), lines(r"running \d+ tests?$")),
        "`cargo nextest run --profile ci`, with `junit.path` in its profile",
    ),
    KnownFormat(
        "Surefire's text summary",
        (lines(r"Test set: \S"),),
        "submit the `TEST-*.xml` beside it",
        beside=("TEST-{stem}.xml",),
    ),
    # Coverage
    KnownFormat("SonarQube coverage", (xml("coverage", child="file"),), "let the tool write Cobertura"),
    KnownFormat(
        "Visual Studio coverage",
        (xml("CoverageDSPriv"), xml("results", child="modules")),
        "`dotnet-coverage merge -f cobertura -o coverage.xml FILE`",
    ),
    KnownFormat("dotCover's report", (xml("Root", attribute="CoveragePercent"),), _DOTNET_COVERAGE),
    KnownFormat(
        "gcov's JSON or text",
        (
            json_object("gcc_version", "files"),
            lines(r"\s+-:\s+0:Source:"),
        ),
        "`gcovr --cobertura coverage.xml`",
        (".gcov",),
    ),
    KnownFormat(
        "coverage.py's data file",
        (magic(b"SQLite format 3\0", b"coverage_schema"), magic(b"!coverage.py:")),
        f"{_COVERAGE_XML} where it lies",
        report=False,
    ),
    KnownFormat(
        "Go's coverage data",
        (magic(b"\0cvm"), magic(b"\0cwm")),
        "`go tool covdata textfmt -i=DIR -o=cover.out`",
        report=False,
    ),
    KnownFormat("coverage.py's table", (lines(r"Name +Stmts +Miss"),), _COVERAGE_XML),
    KnownFormat(
        "JaCoCo execution data",
        (magic(b"\x01\xc0\xc0"),),
        "`java -jar jacococli.jar report FILE --classfiles target/classes --xml jacoco.xml`",
        report=False,
    ),
    KnownFormat(
        "JaCoCo CSV",
        (first_line(r"GROUP,PACKAGE,CLASS,"),),
        "submit the `jacoco.xml` beside it",
        beside=("jacoco.xml", "{stem}.xml"),
    ),
    KnownFormat(
        "Scoverage XML",
        (xml("scoverage"),),
        "submit the `cobertura.xml` beside it",
        beside=("cobertura.xml", "../cobertura.xml"),
    ),
    KnownFormat(
        "Xcode coverage JSON", (json_object("lineCoverage", "targets"),), "`slather coverage --cobertura-xml`"
    ),
    # Linters
    KnownFormat("ESLint's text", (lines(r"\s+\d+:\d+\s+(?:error|warning)\s+\S"),), _ESLINT),
    KnownFormat("CPD XML", (xml("pmd-cpd"),), _LEAVE),
    KnownFormat("Android Lint XML", (xml("issues", child="issue"),), "set `sarifReport = true` in `lint`"),
    KnownFormat(
        "ShellCheck JSON",
        (json_list("file", "endLine", "fix"), json_object("comments")),
        "`shellcheck -f json1 FILE | shellcheck-sarif > shellcheck.sarif`",
    ),
    KnownFormat(
        "ruff's messages for a CI system",
        (
            lines(r"##vso\[task\.logissue|::(?:error|warning) title=[Rr]uff"),
            json_object("source", "diagnostics"),
        ),
        _RUFF,
    ),
    KnownFormat(
        "Code Climate's issues in a row",
        (json_object("check_name", "categories"), json_object("check_name", "description", "location")),
        "let the tool write GitLab's list, such as `hadolint -f gitlab_codeclimate Dockerfile >"
        " codequality.json`",
    ),
    KnownFormat(
        "RuboCop JSON",
        (json_object("metadata", "files", inner=("offenses",)),),
        _SARIF + " (gem code-scanning-rubocop)",
    ),
    KnownFormat(
        "cargo's JSON messages",
        (json_text("reason", "compiler-"), json_text("reason", "build-")),
        "`cargo clippy --message-format=json | clippy-sarif > clippy.sarif`",
    ),
    KnownFormat("textlint's or secretlint's JSON", (json_list("filePath", "messages"),), _SARIF),
    KnownFormat("stylelint JSON", (json_list("source", "warnings"),), _SARIF),
    KnownFormat("PHPStan JSON", (json_object("totals", "files", "errors"),), _SARIF),
    KnownFormat(
        "black's or isort's text", (lines(r"(?:would reformat \S|ERROR: .*isort|All done! )"),), _RUFF
    ),
    # Security and dependencies
    KnownFormat(
        "gitleaks's log",
        (lines(r".*INF\b.*(?:\d commits scanned|scanned ~\d|no leaks found)|.*WRN\b.*leaks found: \d"),),
        _GITLEAKS,
        beside=_SAME_RUN,
        log=True,
    ),
    KnownFormat(
        "Trivy's log or table",
        (
            lines(
                r".*INFO\b.*(?:Vulnerability|Misconfiguration|Secret) scanning is enabled"
                r"|Total: \d+ \((?:UNKNOWN|LOW|MEDIUM|HIGH|CRITICAL): \d"
            ),
        ),
        _TRIVY,
        beside=_SAME_RUN,
        log=True,
    ),
    KnownFormat(
        "Trivy's report of a cluster",
        (json_object("ClusterName"),),
        "scan what is released: `trivy image --format json --output trivy.json IMAGE`",
    ),
    KnownFormat(
        "composer audit JSON", (json_object("advisories", "abandoned"), json_object("advisories")), _OSV
    ),
    KnownFormat("cargo audit JSON", (json_object("database", "lockfile"),), _OSV),
    KnownFormat(
        "Bandit's text, CSV or YAML",
        (
            lines(
                r"Run started:\s?\d{4}|filename,test_name,test_id,|\s*test_id: B\d{3}|generated_at: '?\d{4}-"
            ),
        ),
        _BANDIT,
    ),
    KnownFormat(
        "Safety's text",
        (
            lines(
                r"\s*Safety .{0,40}is scanning|\s*(?:REPORT|Safety) v?\d.*Safety|-> Vulnerability found in "
            ),
        ),
        _SAFETY,
    ),
    KnownFormat(
        "pip-audit's text",
        (
            lines(
                r"No known vulnerabilities found|Found \d+ known vulnerabilit|Name +Version +ID +Fix Versions"
            ),
        ),
        _PIP_AUDIT,
    ),
    KnownFormat(
        "Snyk JSON",
        (json_object("vulnerabilities", "packageManager"), json_object("ok", "dependencyCount")),
        "`snyk test --sarif-file-output=snyk.sarif`",
    ),
    KnownFormat(
        "Checkov JSON",
        (json_object("check_type", "results"), json_list("check_type", "results")),
        "`checkov -d . -o sarif --output-file-path .`",
    ),
    KnownFormat("KICS JSON", (json_object("kics_version"),), "`kics scan -p . --report-formats sarif -o .`"),
    KnownFormat("Brakeman JSON", (json_object("scan_info", "warnings"),), "`brakeman -o brakeman.sarif`"),
    KnownFormat(
        "govulncheck JSON",
        (json_object("config", inner=("scanner_name", "protocol_version")),),
        "`govulncheck -format sarif ./... > govulncheck.sarif`",
    ),
    KnownFormat(
        "OpenSSF Scorecard JSON", (json_object("scorecard", "checks"),), "`scorecard --format sarif`"
    ),
    KnownFormat(
        "ZAP's report",
        (xml("OWASPZAPReport"), json_object("@programName", "site"), json_object("@version", "site")),
        "ZAP's template `sarif-json`",
    ),
    KnownFormat("Nessus report", (xml("NessusClientData_v2"),), _LEAVE, (".nessus",)),
    KnownFormat("Nmap XML", (xml("nmaprun"),), _LEAVE),
    KnownFormat("Burp report", (xml("issues", attribute="burpVersion"),), _LEAVE),
    KnownFormat("Veracode report", (xml("detailedreport"),), _LEAVE),
    KnownFormat("Checkmarx report", (xml("CxXMLResults"),), _LEAVE),
    KnownFormat("Dependency-Track findings", (json_object("meta", "project", "findings"),), _LEAVE),
    # Bills of materials and statements
    KnownFormat(
        "CycloneDX protobuf",
        (magic(b"\x0a\x031."),),
        "`cyclonedx convert --input-format protobuf --input-file bom.cdx --output-file bom.json`",
        (".cdx", ".cdx.bin", ".cdx.pb"),
    ),
    KnownFormat("SPDX YAML", (lines(r"spdxVersion:\s|SPDXID:\s"),), _SPDX),
    KnownFormat("SPDX RDF", (xml("RDF", value="spdx.org"),), _SPDX),
    KnownFormat("SPDX XML of a version before 2.2", (xml("Document", child="Document"),), _SPDX),
    KnownFormat("Syft JSON", (json_object("artifacts", "artifactRelationships"),), _CYCLONEDX),
    KnownFormat("SWID tag", (xml("SoftwareIdentity"),), _CYCLONEDX),
    KnownFormat("CSAF", (json_object("document", inner=("csaf_version",)),), _LEAVE),
    KnownFormat(
        "CDEvents event",
        (json_object("context", "subject", inner=("specversion", "version", "type", "chainId")),)
        + (json_text("type", "dev.cdevents."),),
        _LEAVE,
    ),
    KnownFormat(
        "CloudEvents event",
        (json_object("specversion", "type", "source", "id"),),
        "submit the report inside it",
    ),
    KnownFormat(
        "GitHub webhook payload",
        (
            json_object("sender", "repository"),
            json_object("action", "sender"),
            json_object("sender", "organization"),
            json_object("sender", "installation"),
            json_object("sender", "enterprise"),
            json_object("ref", "before", "after"),
        ),
        _LEAVE,
    ),
)


# What to run where a file shows nothing but the tool's name in its own: clean runs often write such files.
_COMMANDS: tuple[tuple[str, str], ...] = (
    ("ruff", _RUFF),
    ("flake8", "`flake8 --benchmark --count > flake8.txt`"),
    ("pylint", "`pylint --output-format=json2 src > pylint.json`"),
    ("mypy", "`mypy src > mypy.txt`"),
    ("eslint", _ESLINT),
    ("bandit", _BANDIT),
    ("pip-audit", _PIP_AUDIT),
    ("pip_audit", _PIP_AUDIT),
    ("safety", _SAFETY),
    ("gitleaks", _GITLEAKS),
    ("semgrep", _SEMGREP),
    ("trivy", _TRIVY),
    ("grype", _GRYPE),
    ("hadolint", "`hadolint -f sarif Dockerfile > hadolint.sarif`"),
    ("tsc", "`npx tsc --noEmit --pretty false --diagnostics > tsc.txt`"),
    ("npm", _NPM),
    ("lcov", "`lcov --capture --directory . --output-file lcov.info`"),
    ("jacoco", "`mvn jacoco:report`, which writes target/site/jacoco/jacoco.xml"),
    ("coverage", _COVERAGE_XML),
    ("cobertura", _COVERAGE_XML),
    ("bom", _CYCLONEDX),
    ("pytest", "`pytest --junitxml=junit.xml`"),
    ("junit", "`pytest --junitxml=junit.xml`, or the JUnit reporter of your test runner"),
)


def command_for(file_name: str) -> str | None:
    """Return the command that writes a report which shows that its tool ran, by the tool in a file's name."""
    name = file_name.casefold()
    return next((command for word, command in _COMMANDS if word in name), None)


def format_named(word: str) -> KnownFormat | None:
    """Return the format that a person means by a word, such as `robot` or `eslint`."""
    wanted = set(word.casefold().replace("-", " ").replace("_", " ").split()) - {
        "json",
        "xml",
        "text",
        "report",
    }
    for each in KNOWN_FORMATS:
        if wanted and wanted <= set(each.name.casefold().replace("'s", "").replace("-", " ").split()):
            return each
    return None


def known_format(source: Source) -> KnownFormat | None:
    """Name the format of a report that no reader knows: by how it begins, else by how its name ends."""
    beginning = Beginning.of(source)
    for each in KNOWN_FORMATS:
        if any(sign(beginning) for sign in each.signs):
            return each
    return next((each for each in KNOWN_FORMATS if beginning.name.endswith(each.endings or ("\0",))), None)
