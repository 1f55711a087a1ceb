"""Tools by their names: the ones that they give themselves in reports, and the one that a gate asks for."""

from __future__ import annotations

# What else a tool calls itself in its own reports, after `canonical_tool` has written it in one way.
_ALIASES = {
    "semgrep-oss": "semgrep",
    "semgrep-pro": "semgrep",
    "semgrep-code": "semgrep",
    "semgrep-community-edition": "semgrep",
    "opengrep-oss": "opengrep",
    "codeql-command-line-toolchain": "codeql",
    "github-codeql": "codeql",
    "aqua-trivy": "trivy",
    "aquasecurity-trivy": "trivy",
    "trivy-misconfig": "trivy",
    "trivy-secret": "trivy",
    "anchore-grype": "grype",
    "anchore-syft": "syft",
    "npm/cli": "npm",  # as npm names itself in SPDX
    "owasp-dependency-check": "dependency-check",
    "owasp-zap": "zap",
    "prisma-cloud-checkov": "checkov",
    "coveragepy": "coverage.py",
    "pytest-cov": "coverage.py",
    "jest-tests": "jest",
    "mocha-tests": "mocha",
    "pytest-tests": "pytest",
}


def canonical_tool(name: str) -> str:
    """Write a tool's name in one way: letters folded, `-` between words, one name for each tool.

    `Semgrep OSS`, `semgrep` and `semgrep_oss` are the same tool under three names.
    """
    plain = "-".join(name.casefold().replace("_", " ").replace("-", " ").split())
    return _ALIASES.get(plain, plain)
