"""What the tools that write SARIF look for, by their names."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.domain.measures import Kind
from tidegate.domain.tools import canonical_tool

_TOOLS: Mapping[Kind, str] = {
    Kind.LINT: """
        actionlint ansible-lint biome black checkstyle clang-tidy clippy cppcheck csslint detekt eslint flake8
        golangci-lint hadolint inspectcode isort jshint ktlint markdownlint oclint oxlint php-cs-fixer phpcs
        phpmd phpstan pmd prettier psalm
        pycodestyle pydocstyle pyflakes pylint qodana rubocop ruff rust-clippy scalastyle shellcheck sqlfluff
        standard staticcheck stylelint swiftlint tflint yamllint
    """,
    Kind.TYPES: "mypy pyre pyrefly pyright pytype ty tsc",
    Kind.DEPENDENCIES: """
        black-duck cargo-audit cargo-deny dependabot dependency-check govulncheck grype nancy npm-audit
        osv-scanner owasp-dependency-check pip-audit safety snyk snyk-container snyk-open-source trivy
    """,
    Kind.SAST: """
        appscan bandit bearer binskim brakeman checkmarx checkmarx-one checkov clj-holmes
        codeql codeql-command-line-toolchain codesonar contrast-scan coverity devskim
        dockle find-security-bugs flawfinder fortify fortify-sca gosec horusec infer insider kics
        klocwork
        kube-linter kubesec lgtm.com mobsfscan nodejsscan njsscan opengrep poutine prisma-cloud progpilot
        pvs-studio scorecard security-code-scan semgrep semgrep-code semgrep-oss semgrep-pro snyk-code
        snyk-iac
        snykcode sobelow sonarqube spotbugs template-analyzer templateanalyzer terrascan tfsec
        veracode veracode-pipeline-scan wpscan zizmor
    """,
    Kind.SECRETS: "credscan detect-secrets gitleaks secretlint trufflehog",
}
KIND_OF_TOOL: Mapping[str, Kind] = {name: kind for kind, names in _TOOLS.items() for name in names.split()}
TOOLS = tuple(f"{kind}/{name}" for name, kind in KIND_OF_TOOL.items() if canonical_tool(name) == name)
"""The same as a gate's `needs` name them."""

_BORROWERS = (
    "checkstyle csslint detekt eslint hadolint jshint ktlint php-cs-fixer phpcs rubocop scalastyle secretlint"
    " shellcheck stylelint swiftlint"
).split()
BORROWERS = tuple(f"{KIND_OF_TOOL[name]}/{name}" for name in _BORROWERS)
"""Linters that are told by their rules' names in formats that many borrow (`findings.borrowed_formats`)."""
