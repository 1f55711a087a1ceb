"""The tools that `tidegate init` knows: how a project shows that it uses one, and what writes its report."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from tidegate.domain.measures import Kind

_PYTHON = ("pyproject.toml", "setup.py", "setup.cfg", "requirements*.txt", "tox.ini", "conftest.py")
_NODE = ("package.json",)
_GO = ("go.mod",)
_RUST = ("Cargo.toml",)
_MAVEN = ("pom.xml",)
_GRADLE = ("build.gradle", "build.gradle.kts")
_DOTNET = ("*.csproj", "*.sln", "*/*.csproj", "*/*/*.csproj")
_RUBY = ("Gemfile",)
_TESTS = {"test", "tests"}
_MODULE = re.compile(r"(?!setup\.py|conftest\.py|test_|noxfile\.py)[A-Za-z_]\w*\.py", re.ASCII)


@dataclass(frozen=True, slots=True)
class KnownTool:
    """A tool, the words that name it in a project's files, and the command that writes its report.

    `signs` are file names that only its users have; `words` stand in manifests such as `pyproject.toml`,
    `package.json` or `pom.xml`. `of` are patterns of the files that projects of its ecosystem have; a tool
    for all of them has none.
    """

    kind: Kind
    name: str
    command: str
    words: tuple[str, ...]
    signs: tuple[str, ...] = ()
    of: tuple[str, ...] = ()


# In the order in which a first gate names them; of a kind the first of the project's ecosystem is proposed
# where none is in use, else the first of all.
KNOWN_TOOLS = (
    KnownTool(
        Kind.TESTS, "pytest", "pytest --junit-xml=reports/junit.xml", ("pytest",), ("conftest.py",), _PYTHON
    ),
    KnownTool(Kind.TESTS, "jest", "npx jest --json --outputFile=reports/jest.json", ('"jest"',), of=_NODE),
    KnownTool(
        Kind.TESTS,
        "vitest",
        "npx vitest run --reporter=junit --outputFile=reports/junit.xml",
        ('"vitest"',),
        of=_NODE,
    ),
    KnownTool(
        Kind.TESTS, "Maven Surefire", "mvn test  # writes target/surefire-reports", (), ("pom.xml",), _MAVEN
    ),
    KnownTool(Kind.TESTS, "Gradle", "gradle test  # writes build/test-results/test", (), _GRADLE, _GRADLE),
    KnownTool(Kind.TESTS, "go test", "go test -json ./... > reports/go-test.json", (), ("go.mod",), _GO),
    KnownTool(
        Kind.TESTS,
        "cargo nextest",
        "cargo nextest run --profile ci  # with junit.path in this profile of .config/nextest.toml",
        (),
        (".config/nextest.toml",),
        _RUST,
    ),
    KnownTool(
        Kind.TESTS, "dotnet test", "dotnet test --logger trx --results-directory reports", (), of=_DOTNET
    ),
    KnownTool(
        Kind.TESTS,
        "RSpec",
        "bundle exec rspec --format RspecJunitFormatter --out reports/junit.xml",
        ("rspec", "rspec-rails"),
        (".rspec",),
        _RUBY,
    ),
    KnownTool(
        Kind.COVERAGE,
        "coverage.py",
        "coverage run -m pytest && coverage xml -o reports/coverage.xml",
        ("pytest-cov", "coverage"),
        (".coveragerc",),
        _PYTHON,
    ),
    KnownTool(
        Kind.COVERAGE, "JaCoCo", "mvn jacoco:report  # writes target/site/jacoco", ("jacoco",), of=_MAVEN
    ),
    KnownTool(
        Kind.COVERAGE,
        "c8",
        "npx c8 --reporter=lcovonly --reports-dir=reports npm test",
        ('"c8"',),
        of=_NODE,
    ),
    KnownTool(Kind.COVERAGE, "go test", "go test -coverprofile=reports/cover.out ./...", (), of=_GO),
    KnownTool(
        Kind.COVERAGE,
        "cargo llvm-cov",
        "cargo llvm-cov --lcov --output-path reports/lcov.info",
        ("cargo-llvm-cov",),
        of=_RUST,
    ),
    KnownTool(
        Kind.COVERAGE,
        "coverlet",
        'dotnet test --collect "XPlat Code Coverage" --results-directory reports',
        (),
        of=_DOTNET,
    ),
    KnownTool(
        Kind.COVERAGE,
        "SimpleCov",
        "bundle exec rspec  # with SimpleCov started, writes coverage/.resultset.json",
        ("simplecov",),
        of=_RUBY,
    ),
    KnownTool(
        Kind.LINT,
        "ruff",
        "ruff check --output-format=sarif --output-file=reports/ruff.sarif",
        ("ruff",),
        ("ruff.toml", ".ruff.toml"),
        _PYTHON,
    ),
    KnownTool(
        Kind.LINT,
        "flake8",
        "flake8 --benchmark --count > reports/flake8.txt",
        ("flake8",),
        (".flake8",),
        _PYTHON,
    ),
    KnownTool(
        Kind.LINT,
        "pylint",
        "pylint --output-format=json2:reports/pylint.json src",
        ("pylint",),
        (".pylintrc",),
        _PYTHON,
    ),
    KnownTool(
        Kind.LINT,
        "eslint",
        "npx eslint . --format json --output-file reports/eslint.json",
        ('"eslint"',),
        ("eslint.config.js", "eslint.config.mjs", ".eslintrc.json"),
        _NODE,
    ),
    KnownTool(
        Kind.LINT,
        "golangci-lint",
        "golangci-lint run --output.json.path reports/golangci-lint.json ./...",
        ("golangci-lint",),
        (".golangci.yml", ".golangci.yaml"),
        _GO,
    ),
    KnownTool(
        Kind.LINT,
        "clippy",
        "cargo clippy --message-format=json | clippy-sarif > reports/clippy.sarif",
        ("clippy",),
        ("clippy.toml",),
        _RUST,
    ),
    KnownTool(
        Kind.LINT,
        "rubocop",
        "bundle exec rubocop --require code_scanning --format CodeScanning::SarifFormatter"
        " --out reports/rubocop.sarif",
        ("rubocop",),
        (".rubocop.yml",),
        _RUBY,
    ),
    KnownTool(Kind.TYPES, "mypy", "mypy > reports/mypy.txt", ("mypy",), ("mypy.ini", ".mypy.ini"), _PYTHON),
    KnownTool(
        Kind.TYPES,
        "tsc",
        "npx tsc --noEmit --pretty false --diagnostics > reports/tsc.txt",
        (),
        ("tsconfig.json",),
        _NODE,
    ),
    KnownTool(
        Kind.SAST,
        "bandit",
        "bandit -q -r src -f json -o reports/bandit.json",
        ("bandit",),
        (".bandit",),
        _PYTHON,
    ),
    KnownTool(Kind.SAST, "gosec", "gosec -fmt json -out reports/gosec.json ./...", ("gosec",), of=_GO),
    KnownTool(
        Kind.SAST,
        "spotbugs",
        "mvn spotbugs:spotbugs  # writes target/spotbugsXml.xml",
        ("spotbugs",),
        of=_MAVEN,
    ),
    KnownTool(Kind.SAST, "semgrep", "semgrep scan --json --output reports/semgrep.json", ("semgrep",)),
    KnownTool(
        Kind.SECRETS,
        "gitleaks",
        "gitleaks git --report-format sarif --report-path reports/gitleaks.sarif",
        ("gitleaks",),
        (".gitleaks.toml",),
    ),
    KnownTool(
        Kind.SECRETS,
        "detect-secrets",
        "detect-secrets scan > reports/detect-secrets.json",
        ("detect-secrets",),
        (".secrets.baseline",),
    ),
    KnownTool(
        Kind.DEPENDENCIES,
        "pip-audit",
        "pip-audit -f json -o reports/pip-audit.json",
        ("pip-audit", "pip_audit"),
        of=_PYTHON,
    ),
    KnownTool(
        Kind.DEPENDENCIES, "safety", "safety scan --save-as json reports/safety.json", ("safety",), of=_PYTHON
    ),
    KnownTool(
        Kind.DEPENDENCIES,
        "npm-audit",
        "npm audit --json > reports/npm-audit.json",
        ("npm audit",),
        of=_NODE,
    ),
    KnownTool(
        Kind.DEPENDENCIES,
        "osv-scanner",
        "osv-scanner scan source --format json --output-file reports/osv.json .",
        ("osv-scanner",),
        of=(*_GO, *_RUST, *_MAVEN, *_GRADLE, *_DOTNET, *_RUBY),
    ),
    KnownTool(Kind.DEPENDENCIES, "trivy", "trivy fs --format json --output reports/trivy.json .", ("trivy",)),
)


def known_tools(folder: Path) -> tuple[KnownTool, ...]:
    """Return all tools, with the commands that name the Python sources of a folder as they are there."""
    sources = _python_sources(folder)
    return tuple(replace(tool, command=tool.command.replace(" src", f" {sources}")) for tool in KNOWN_TOOLS)


def _python_sources(folder: Path) -> str:
    """Name `src`, else the packages of a folder, else its modules; `src` where there are none either."""
    if (folder / "src").is_dir():
        return "src"
    packages = sorted(one.parent.name for one in folder.glob("*/__init__.py"))
    modules = sorted(one.name for one in folder.glob("*.py"))
    found = [one for one in packages if one.isidentifier() and one not in _TESTS]
    return " ".join(found or [one for one in modules if _MODULE.fullmatch(one)]) or "src"


def fitting(folder: Path) -> list[KnownTool]:
    """Return the tools of the ecosystems whose files lie in a folder."""
    patterns = {pattern for tool in KNOWN_TOOLS for pattern in tool.of}
    here = {pattern for pattern in patterns if next(folder.glob(pattern), None) is not None}
    return [tool for tool in known_tools(folder) if not here.isdisjoint(tool.of)]


def fitting_first(folder: Path) -> list[KnownTool]:
    """Return all tools: those that fit a folder, those for any ecosystem, then the others."""
    fit = fitting(folder)
    return sorted(
        known_tools(folder), key=lambda tool: 0 if tool in fit or not fit else 1 if not tool.of else 2
    )


MANIFESTS = (
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
    "noxfile.py",
    "requirements.txt",
    "requirements-dev.txt",
    "requirements_dev.txt",
    "dev-requirements.txt",
    ".pre-commit-config.yaml",
    "package.json",
    "Gemfile",
    "Cargo.toml",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "Makefile",
    ".gitlab-ci.yml",
)
"""Files in a project's root that name the tools it uses; workflows below .github are read as well."""
