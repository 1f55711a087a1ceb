"""What a SARIF run says of its rules: which one a result breaks, how bad that is, and in which words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tidegate.domain.findings import Severity
from tidegate.domain.measures import Kind
from tidegate.readers.sarif_shapes import Component, Rated, Rule, Text, Tool
from tidegate.readers.severity_counts import severity_of_score

LEVELS = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.LOW,
    "none": Severity.INFO,
}
_UNDECIDED = {"open", "review"}
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\d+)\}")

_TOOLS: dict[Kind, list[str]] = {
    Kind.LINT: (
        (
            "actionlint biome black checkstyle clang-tidy detekt eslint flake8 golangci-lint hadolint isort"
            " ktlint markdownlint pycodestyle pydocstyle pyflakes pylint rubocop ruff shellcheck stylelint"
            " yamllint"
        ).split()
    ),
    Kind.TYPES: "mypy pyre pyrefly pyright pytype ty tsc".split(),
    Kind.DEPENDENCIES: (
        (
            "cargo-audit dependabot dependency-check grype govulncheck npm-audit osv-scanner pip-audit safety"
            " snyk-open-source trivy"
        ).split()
    ),
}
KIND_OF_TOOL = {name: kind for kind, names in _TOOLS.items() for name in names}
_SCANNERS = (
    "bandit brakeman checkov codeql devskim gitleaks gosec kics opengrep semgrep snyk-code sonarqube tfsec"
)
TOOLS = tuple(f"{kind}/{name}" for name, kind in KIND_OF_TOOL.items()) + tuple(
    f"{Kind.SAST}/{name}" for name in _SCANNERS.split()
)


def kind_of_tool(name: str) -> Kind:
    """Tell what a driver's report is evidence of, by its name; what is not in the table is `sast`."""
    return KIND_OF_TOOL.get("-".join(name.casefold().split()), Kind.SAST)


class Rules:
    """The rules of one run, found as a result names them: by index, by component and index, or by id."""

    def __init__(self, tool: Tool | None) -> None:
        driver = (tool.driver if tool else None) or Component()
        self._driver: Sequence[Rule] = driver.rules or ()
        extensions = (tool.extensions if tool else None) or ()
        self._extensions: list[Sequence[Rule]] = [extension.rules or () for extension in extensions]
        self._by_id: dict[str, Rule] = {}
        for rules in (self._driver, *self._extensions):
            for rule in rules:
                self._by_id.setdefault(rule.id, rule)
        self._severities: dict[tuple[int, str | None], Severity] = {}
        self._none = Rule()

    def of(self, result: Rated) -> Rule:
        """Find the rule that a result breaks; one without any metadata where the run does not describe it."""
        reference = result.rule
        rules = self._driver
        index = result.rule_index
        if reference is not None:
            index = reference.index if index is None else index
            component = reference.tool_component.index if reference.tool_component else None
            if component is not None and component >= 0:
                rules = self._extensions[component] if component < len(self._extensions) else ()
        if index is not None and 0 <= index < len(rules):
            return rules[index]
        name = self._name(result)
        found = self._by_id.get(name)
        if found is None and "/" in name:
            found = self._by_id.get(name.rpartition("/")[0])  # `CA1000/1` is a part of rule `CA1000`
        return found or self._none

    def name(self, result: Rated, rule: Rule) -> str:
        """Name the rule that a result breaks, as the result does, else as its rule does."""
        return self._name(result) or rule.id

    def severity(self, result: Rated, rule: Rule) -> Severity:
        """Rate a result: the rule's `security-severity`, else the result's level, the rule's, or `warning`.

        A result that leaves the decision to a person (`open`, `review`) has no level: it is unrated unless
        its rule is scored.
        """
        level = result.level
        if (result.kind or "").casefold() in _UNDECIDED:
            level = "undecided"
        key = (id(rule), level)
        if key not in self._severities:
            self._severities[key] = self._rate(rule, level)
        return self._severities[key]

    @staticmethod
    def _name(result: Rated) -> str:
        return result.rule_id or (result.rule.id if result.rule else None) or ""

    @staticmethod
    def _rate(rule: Rule, level: str | None) -> Severity:
        scored = _scored(rule)
        if scored is not None:
            return scored
        if level is None and rule.default_configuration is not None:
            level = rule.default_configuration.level
        return LEVELS.get((level or "warning").casefold(), Severity.UNRATED)


def _scored(rule: Rule) -> Severity | None:
    """Read the rule's score; tools write 0 where they have none, so 0 does not count as one."""
    try:
        score = float(rule.properties.security_severity) if rule.properties else 0.0
    except (TypeError, ValueError):
        return None
    return severity_of_score(score) if score > 0 else None


def words(message: Text, rule: Rule) -> str:
    """Write a message out: its own text, or the one that its rule keeps under its id, placeholders filled."""
    text = message.text if message.text is not None else message.markdown
    if text is None and message.id is not None:
        kept = (rule.message_strings or {}).get(message.id)
        text = (kept.text or kept.markdown) if kept else message.id
    arguments = message.arguments
    if not arguments:
        return text or ""
    return _PLACEHOLDER.sub(lambda found: _fill(found, arguments), text or "")


def _fill(found: re.Match[str], arguments: Sequence[str]) -> str:
    if found[1] is None:
        return found[0][0]
    index = int(found[1]) if len(found[1]) < 4 else len(arguments)
    return arguments[index] if index < len(arguments) else found[0]
