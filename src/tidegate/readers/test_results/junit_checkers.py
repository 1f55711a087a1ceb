"""Linters, type checkers and scanners that write JUnit XML too, and how their reports are recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.domain.measures import Kind
from tidegate.readers.xml import Attributes


@dataclass(frozen=True, slots=True)
class Checker:
    """A tool that checks code and runs no test; `remake` tells what writes a report of its findings.

    `counts` is true where each failing case of its JUnit is exactly one finding.
    """

    tool: str
    kind: Kind
    remake: str
    counts: bool = False


_ALL = (
    Checker("ruff", Kind.LINT, "`ruff check --output-format sarif -o ruff.sarif`", counts=True),
    Checker(
        "eslint", Kind.LINT, "`eslint -f @microsoft/eslint-formatter-sarif -o eslint.sarif`", counts=True
    ),
    Checker("mypy", Kind.TYPES, "`mypy . > mypy.txt`"),
    Checker("flake8", Kind.LINT, "`flake8 --benchmark --count > flake8.txt`"),
    Checker("pylint", Kind.LINT, "`pylint --output-format=json2:pylint.json .`"),
    Checker("bandit", Kind.SAST, "`bandit -r . -f json -o bandit.json`"),
    Checker("semgrep", Kind.SAST, "`semgrep scan --sarif --output semgrep.sarif`"),
    Checker(
        "trivy", Kind.DEPENDENCIES, "`trivy fs --format json --list-all-pkgs=false --output trivy.json .`"
    ),
    Checker("checkov", Kind.SAST, "`checkov -d . -o sarif`"),
    Checker("ansible-lint", Kind.LINT, "`ansible-lint --sarif-file ansible-lint.sarif`"),
    Checker("golangci-lint", Kind.LINT, "`golangci-lint run --output.sarif.path golangci.sarif`"),
    Checker("hadolint", Kind.LINT, "`hadolint -f sarif Dockerfile > hadolint.sarif`"),
    Checker("tflint", Kind.LINT, "`tflint --format sarif > tflint.sarif`"),
    Checker("tfsec", Kind.SAST, "`tfsec --format sarif --out tfsec.sarif`"),
    Checker("terrascan", Kind.SAST, "`terrascan scan -o sarif > terrascan.sarif`"),
    Checker("kics", Kind.SAST, "`kics scan --report-formats sarif`"),
    Checker("gitleaks", Kind.SECRETS, "`gitleaks detect -f sarif -r gitleaks.sarif`"),
    Checker("cfn-lint", Kind.LINT, "`cfn-lint --format sarif > cfn-lint.sarif`"),
    Checker("rubocop", Kind.LINT, "`rubocop --format RuboCop::Formatter::SarifFormatter -o rubocop.sarif`"),
    Checker("detekt", Kind.LINT, "`detekt --report sarif:detekt.sarif`"),
    Checker("ktlint", Kind.LINT, "`ktlint --reporter=sarif,output=ktlint.sarif`"),
    Checker("swiftlint", Kind.LINT, "`swiftlint lint --reporter sarif > swiftlint.sarif`"),
    Checker("clang-tidy", Kind.LINT, "`clang-tidy-sarif < clang-tidy.txt > clang-tidy.sarif`"),
    Checker("cppcheck", Kind.LINT, "`cppcheck --output-format=sarif --output-file=cppcheck.sarif .`"),
    Checker("shellcheck", Kind.LINT, "`shellcheck -f json *.sh | shellcheck-sarif > shellcheck.sarif`"),
    Checker("stylelint", Kind.LINT, "`stylelint -f stylelint-sarif-formatter -o stylelint.sarif`"),
    Checker(
        "markdownlint",
        Kind.LINT,
        "`markdownlint-cli2 '**/*.md'` with the output formatter `markdownlint-cli2-formatter-sarif`",
    ),
    Checker("spectral", Kind.LINT, "`spectral lint -f sarif -o spectral.sarif openapi.yaml`"),
    Checker("biome", Kind.LINT, "`biome check --reporter=sarif > biome.sarif`"),
    Checker("psalm", Kind.TYPES, "`psalm --report=psalm.sarif`"),
    Checker("phpstan", Kind.TYPES, "`phpstan analyse --error-format=sarif > phpstan.sarif`"),
    Checker("dependency-check", Kind.DEPENDENCIES, "`dependency-check --format SARIF`"),
)
_NO_SARIF = {
    Kind.LINT: (
        *("black", "isort", "pycodestyle", "pydocstyle", "pyflakes", "pep8", "yamllint", "jshint", "jslint"),
        *("tslint", "csslint", "htmlhint", "coffeelint", "oxlint", "prettier", "commitlint"),
        *("phpcs", "phpmd", "php-cs-fixer", "puppet-lint", "checkstyle", "pmd", "spotbugs", "scalastyle"),
        *("sqlfluff", "djlint", "codespell", "actionlint", "golint", "govet", "staticcheck", "clippy"),
        *("kube-score", "kube-linter", "kubeconform", "kubeval", "popeye", "conftest", "datree"),
        *("luacheck", "cpplint", "protolint", "editorconfig-checker", "proselint"),
    ),
    Kind.TYPES: ("pyright", "basedpyright", "pyrefly", "pytype", "tsc", "ty"),
    Kind.SAST: ("gosec", "brakeman", "kubescape", "snyk", "nuclei", "codeql"),
    Kind.SECRETS: ("detect-secrets", "secretlint", "trufflehog"),
    Kind.DEPENDENCIES: ("grype", "osv-scanner", "npm-audit"),
}


def _unlisted(name: str, kind: Kind) -> Checker:
    return Checker(name, kind, f"a converter of {name}'s output to SARIF")


_BY_NAME = {checker.tool: checker for checker in _ALL} | {
    name: _unlisted(name, kind) for kind, names in _NO_SARIF.items() for name in names
}
_BY_NAME |= {
    alias: _BY_NAME[name]
    for alias, name in {
        "markdownlint-cli": "markdownlint",
        "markdownlint-cli2": "markdownlint",
        "golangci": "golangci-lint",
        "php-codesniffer": "phpcs",
        "htmlhint-tests": "htmlhint",
        "cloudformation-lint": "cfn-lint",
        "terrascan-policy-suites": "terrascan",
        "owasp-dependency-check": "dependency-check",
        "cargo-clippy": "clippy",
        "go-vet": "govet",
        "flake-8-flake8": "flake8",
        "mypy-status": "mypy",
        "ruff-format": "ruff",
        "black-format": "black",
        "stylelint-rules": "stylelint",
        "swiftlint-swiftlint": "swiftlint",
    }.items()
}
# Words beside a tool's name: `Semgrep results`, `org.eslint`, `PHP_CodeSniffer 3.7.2`.
_BESIDE = frozenset(
    "analysis check checks com error errors findings issue issues junit lint linter net org oss output pro"
    " problems report result results rules scan scanner scanning style success suite summary violations"
    " warnings".split()
)
_WORD = re.compile(r"[a-z0-9]+")
_FIRST_WORDS = _BESIDE | {name.partition("-")[0] for name in _BY_NAME}
_SOME_LINTER = re.compile(r"[a-z0-9]*lint(?:er)?")
_VERSION = re.compile(r"v?\d+[a-z0-9]*")

# Cases of scanners whose suites carry the name of what was scanned.
_CASES = (
    (
        re.compile(r"\[(?:NONE|UNKNOWN|LOW|MEDIUM|HIGH|CRITICAL)\] ?\[?(?:CKV|BC_)|\[?CKV2?_[A-Z]+_\d"),
        "checkov",
    ),
    (re.compile(r"\[(?:UNKNOWN|LOW|MEDIUM|HIGH|CRITICAL)\] [A-Z]{2,}[\w-]*\d[\w-]*$"), "trivy"),
)
_GO_PLACE = re.compile(r".+\.go:\d+:\d+")
# Names of whole reports that a test runner gave. Below them suites are called as the tests' authors like;
# pytest's plugins add cases of checkers.
RUNNERS = {
    "pytest tests": "pytest",
    "jest tests": "jest",
    "vitest tests": "vitest",
    "Mocha Tests": "mocha",
    "nose2-junit": "nose2",
}


def checker_of_suite(attributes: Attributes) -> Checker | None:
    """Tell whose a suite or a whole report is by its name and package; None where it may be tests."""
    return _named(attributes.get("package", "")) or _named(attributes.get("name", ""))


def checker_of_case(attributes: Attributes) -> Checker | None:
    """Tell whose a case is that a checker makes up; None where it may be a test."""
    name, group = attributes.get("name", ""), attributes.get("classname", "")
    if group == "Formatting Test":
        return _BY_NAME["swiftlint"]
    if _GO_PLACE.fullmatch(group):
        return _BY_NAME["golangci-lint"]
    found = next((tool for pattern, tool in _CASES if pattern.match(name)), None)
    return _BY_NAME[found] if found else _named(group) or _named(name)


def why_no_tests(tools: Iterable[Checker]) -> str:
    """Say that a report is the checkers' own, and how to send what they found."""
    each = list(tools)
    names = " and ".join(checker.tool for checker in each)
    remake = " and ".join(f"what {checker.remake} writes" for checker in each)
    return (
        f"{names} wrote this JUnit report, which is no evidence of tests and does not list findings one by"
        f" one. Send {remake}."
    )


def _named(text: str) -> Checker | None:
    """Find the checker that a name consists of, with nothing but usual words and versions beside it."""
    if not text:
        return None
    text = text.lower()
    first = _WORD.search(text)
    if first is None or len(text) > 60 or "/" in text:
        return None
    if first[0] not in _FIRST_WORDS and not first[0].endswith(("lint", "linter")):
        return None
    words = _WORD.findall(text)
    while len(words) > 1 and (words[-1] in _BESIDE or _VERSION.fullmatch(words[-1])):
        if "-".join(words) in _BY_NAME:
            break
        words.pop()
    while len(words) > 1 and words[0] in _BESIDE and "-".join(words) not in _BY_NAME:
        words.pop(0)
    name = "-".join(words)
    if name not in _BY_NAME and _SOME_LINTER.fullmatch(name):
        return _unlisted(name, Kind.LINT)
    return _BY_NAME.get(name)
