"""The tools that `tidegate init` knows: how a project shows that it uses one, and what writes its report."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.domain.measures import Kind


@dataclass(frozen=True, slots=True)
class KnownTool:
    """A tool, the words that name it in a project's files, and the command that writes its report.

    `signs` are file names that only its users have; `words` stand in manifests such as `pyproject.toml`,
    `package.json` or `pom.xml`.
    """

    kind: Kind
    name: str
    command: str
    words: tuple[str, ...]
    signs: tuple[str, ...] = ()


# In the order in which a first gate names them; the first tool of a kind is proposed where none is in use.
KNOWN_TOOLS = (
    KnownTool(Kind.TESTS, "pytest", "pytest --junit-xml=reports/junit.xml", ("pytest",), ("conftest.py",)),
    KnownTool(
        Kind.TESTS,
        "jest",
        "npx jest --json --outputFile=reports/jest.json",
        ('"jest"',),
    ),
    KnownTool(
        Kind.TESTS,
        "vitest",
        "npx vitest run --reporter=junit --outputFile=reports/junit.xml",
        ('"vitest"',),
    ),
    KnownTool(Kind.TESTS, "Maven Surefire", "mvn test  # writes target/surefire-reports", (), ("pom.xml",)),
    KnownTool(
        Kind.TESTS,
        "Gradle",
        "gradle test  # writes build/test-results/test",
        (),
        ("build.gradle", "build.gradle.kts"),
    ),
    KnownTool(
        Kind.TESTS,
        "go test",
        "go test -v ./... 2>&1 | go-junit-report -set-exit-code > reports/junit.xml",
        (),
        ("go.mod",),
    ),
    KnownTool(
        Kind.COVERAGE,
        "coverage.py",
        "coverage run -m pytest && coverage xml -o reports/coverage.xml",
        ("pytest-cov", "coverage"),
        (".coveragerc",),
    ),
    KnownTool(Kind.COVERAGE, "JaCoCo", "mvn jacoco:report  # writes target/site/jacoco", ("jacoco",)),
    KnownTool(
        Kind.LINT,
        "ruff",
        "ruff check --output-format=sarif --output-file=reports/ruff.sarif",
        ("ruff",),
        ("ruff.toml", ".ruff.toml"),
    ),
    KnownTool(
        Kind.LINT,
        "flake8",
        "flake8 --benchmark --count > reports/flake8.txt",
        ("flake8",),
        (".flake8",),
    ),
    KnownTool(
        Kind.LINT,
        "pylint",
        "pylint --output-format=json2:reports/pylint.json src",
        ("pylint",),
        (".pylintrc",),
    ),
    KnownTool(Kind.TYPES, "mypy", "mypy > reports/mypy.txt", ("mypy",), ("mypy.ini", ".mypy.ini")),
    KnownTool(
        Kind.SAST, "bandit", "bandit -q -r src -f json -o reports/bandit.json", ("bandit",), (".bandit",)
    ),
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
    ),
    KnownTool(Kind.DEPENDENCIES, "safety", "safety scan --save-as json reports/safety.json", ("safety",)),
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
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "Makefile",
    ".gitlab-ci.yml",
)
"""Files in a project's root that name the tools it uses; workflows below .github are read as well."""
