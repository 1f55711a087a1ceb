"""What is known of tools that write SARIF: what they look for, and how they say that they did not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tidegate.domain.measures import Kind
from tidegate.domain.tools import canonical_tool
from tidegate.readers.pylint_words import says_not_checked
from tidegate.readers.ruff import NOT_CHECKED

_TOOLS: Mapping[Kind, str] = {
    Kind.LINT: """
        actionlint ansible-lint biome black checkstyle clang-tidy clippy cppcheck detekt eslint flake8
        golangci-lint hadolint inspectcode isort ktlint markdownlint oxlint phpcs phpstan pmd prettier psalm
        pycodestyle pydocstyle pyflakes pylint qodana rubocop ruff rust-clippy shellcheck sqlfluff standard
        staticcheck stylelint swiftlint tflint yamllint
    """,
    Kind.TYPES: "mypy pyre pyrefly pyright pytype ty tsc",
    Kind.DEPENDENCIES: """
        black-duck cargo-audit cargo-deny dependabot dependency-check govulncheck grype nancy npm-audit
        osv-scanner owasp-dependency-check pip-audit safety snyk snyk-container snyk-open-source trivy
    """,
    Kind.SAST: """
        appscan bandit bearer binskim brakeman checkmarx checkmarx-one checkov clj-holmes
        codeql codeql-command-line-toolchain codesonar contrast-scan coverity credscan detect-secrets devskim
        dockle find-security-bugs flawfinder fortify fortify-sca gitleaks gosec horusec infer insider kics
        klocwork
        kube-linter kubesec lgtm.com mobsfscan nodejsscan njsscan opengrep poutine prisma-cloud progpilot
        pvs-studio scorecard security-code-scan semgrep semgrep-code semgrep-oss semgrep-pro snyk-code
        snyk-iac
        snykcode sobelow sonarqube spotbugs template-analyzer templateanalyzer terrascan tfsec trufflehog
        veracode veracode-pipeline-scan wpscan zizmor
    """,
}
KIND_OF_TOOL: Mapping[str, Kind] = {name: kind for kind, names in _TOOLS.items() for name in names.split()}
TOOLS = tuple(f"{kind}/{name}" for name, kind in KIND_OF_TOOL.items() if canonical_tool(name) == name)
"""The same as a gate's `needs` name them."""

_VERSION = re.compile(r"-v?\d+(?:\.\d+)*$")


def short_name(name: str) -> str:
    """Write a driver's name in one way: `CodeQL`, `Snyk Open Source`, `PMD 7.1`."""
    return canonical_tool(_VERSION.sub("", canonical_tool(name)))


def kind_of_tool(name: str) -> Kind:
    """Tell what a driver's report is evidence of, by its name; `analysis` for a tool that is not known."""
    return KIND_OF_TOOL.get(short_name(name), Kind.ANALYSIS)


# Rules that stand for a file which the tool could not read or parse, and so did not check.
_NOT_CHECKED: Mapping[str, Callable[[str], bool]] = {
    "ruff": lambda rule: not rule or rule in NOT_CHECKED,
    "flake8": lambda rule: rule.startswith("E9"),
    "pycodestyle": lambda rule: rule.startswith("E9"),
    "pylint": lambda rule: (
        says_not_checked(rule) or rule in {"astroid-error", "fatal", "parse-error", "syntax-error"}
    ),
    "mypy": lambda rule: rule == "syntax",
    "eslint": lambda rule: not rule,
    "oxlint": lambda rule: not rule,
    "hadolint": lambda rule: rule == "DL1000",
    "shellcheck": lambda rule: rule in {"SC1072", "SC1073"},
    "golangci-lint": lambda rule: rule == "typecheck",
    "rubocop": lambda rule: rule == "Lint/Syntax",
    "stylelint": lambda rule: rule == "CssSyntaxError",
    "clang-tidy": lambda rule: rule == "clang-diagnostic-error",
    "actionlint": lambda rule: rule == "syntax-check",
}


def not_checked_rule(tool: str) -> Callable[[str], bool] | None:
    """Return what tells whether a rule of a tool stands for a file that was not checked."""
    return _NOT_CHECKED.get(short_name(tool))


_NOT_DONE = re.compile(
    r"time(?:d[ -]?)?[ -]?out|out of memory|outofmemory|stack ?overflow|crash|exception"
    r"|(?:syntax|lexical|pars(?:e|ing)|internal|fatal|matching)[ -]?(?:error|failure)|partial[ -]?parsing"
    r"|too ?many ?matches"
    r"|(?:could not|couldn't|cannot|can't|failed to|unable to|did not) (?:be )?"
    r"(?:fully )?"
    r"(?:analy[sz]ed?|checked|check|extract(?:ed)?|open(?:ed)?|parsed?|process(?:ed)?|read|scan(?:ned)?)",
    re.IGNORECASE,
)


def warns_of_work_undone(tool: str, name: str, text: str) -> bool:
    """Tell whether a warning of a tool about its own run means that something was not looked at.

    All that Semgrep warns of is that: it writes what stopped it (time, memory, syntax) as warnings.
    """
    return short_name(tool).startswith(("semgrep", "opengrep")) or bool(_NOT_DONE.search(f"{name} {text}"))
