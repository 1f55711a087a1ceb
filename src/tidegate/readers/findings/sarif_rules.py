"""What a SARIF run says of its rules: which one a result breaks, how bad that is, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tidegate.domain.findings import Severity
from tidegate.readers.findings.sarif_shapes import Configuration, Rated, Run, SarifComponent, SarifRule, Text
from tidegate.readers.findings.sarif_tools import short_name
from tidegate.readers.severity_counts import severity_of_score

LEVELS = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.LOW,
    "none": Severity.INFO,
}
_NO_PROBLEM = {"pass", "notapplicable", "informational"}
_PROBLEM = {"error", "warning"}
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\d+)\}")
_NUMBER = re.compile(r"\d{1,2}(?:\.\d+)?")
_WORDS = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "info": Severity.INFO,
    "informational": Severity.INFO,
}
_WORST_LAST = (*reversed(list(LEVELS.values())), Severity.CRITICAL, Severity.UNRATED)
_TAGS = {"CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN"}


def is_counted(result: Rated) -> bool:
    """Tell whether a result says that there is a problem now.

    One of a kind that is none (`pass`) and yet of a level that only problems have contradicts itself.
    """
    if result.baseline_state == "absent":
        return False
    if result.kind is None:
        return True
    return not _is_no_problem(result) or (result.level or "").casefold() in _PROBLEM


def _is_no_problem(result: Rated) -> bool:
    return (result.kind or "").casefold() in _NO_PROBLEM


class Rules:
    """The rules of one run, found as a result names them: by index, by component and index, or by id."""

    def __init__(self, run: Run) -> None:
        tool = run.tool
        driver = (tool.driver if tool else None) or SarifComponent()
        self._driver: Sequence[SarifRule] = driver.rules or ()
        extensions = (tool.extensions if tool else None) or ()
        self._extensions: list[Sequence[SarifRule]] = [extension.rules or () for extension in extensions]
        self._by_id: dict[str, SarifRule] = {}
        for rules in (self._driver, *self._extensions):
            for rule in rules:
                self._by_id.setdefault(rule.id, rule)
        self._severities: dict[tuple[object, ...], Severity] = {}
        self._none = SarifRule()
        self._tags_rate = short_name(driver.name or "") == "trivy"
        self._overrides = self._overridden(run)

    def of(self, result: Rated) -> SarifRule:
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

    def name(self, result: Rated, rule: SarifRule) -> str:
        """Name the rule that a result breaks, as the result does, else as its rule does."""
        return self._name(result) or rule.id

    def all_disabled(self) -> bool:
        """Tell whether every rule that the run describes is switched off: then nothing was looked for."""
        every = [rule for rules in (self._driver, *self._extensions) for rule in rules]
        return bool(every) and not any(self._enabled(rule) for rule in every)

    def severity(self, result: Rated, rule: SarifRule) -> Severity:
        """Rate a result: its or its rule's `security-severity`, else its level, the rule's, or `warning`.

        A result that leaves the decision to a person (`open`, `review`), or is of a kind that nobody knows,
        has no level: it is unrated unless it is scored. Of two scores the worse one counts.
        """
        score = result.properties.security_severity if result.properties else None
        key = (id(rule), result.level, result.kind, None if score is None else str(score))
        if key not in self._severities:
            self._severities[key] = self._rate(rule, result, score)
        return self._severities[key]

    @staticmethod
    def _name(result: Rated) -> str:
        return result.rule_id or (result.rule.id if result.rule else None) or ""

    def _rate(self, rule: SarifRule, result: Rated, score: object) -> Severity:
        own = rule.properties.security_severity if rule.properties else None
        scores = [rated for rated in map(_scored, (score, own)) if rated is not None]
        if not scores and self._tags_rate:
            scores = _tagged(rule)
        if scores:
            return _worst(scores)
        if (result.kind or "fail").casefold() != "fail":
            return Severity.UNRATED
        if result.level is not None:
            return _of_level(result.level)
        return self._default(rule)

    def _default(self, rule: SarifRule) -> Severity:
        """Rate a rule: as the invocations override it, else as it is configured; the worst of several."""
        default = rule.default_configuration.level if rule.default_configuration else None
        overrides = [
            each.level or "warning" for each in self._overrides.get(id(rule), ()) if each.enabled is not False
        ]
        return _worst(map(_of_level, overrides or [default or "warning"]))

    def _enabled(self, rule: SarifRule) -> bool:
        overrides = [each.enabled is not False for each in self._overrides.get(id(rule), ())]
        default = rule.default_configuration is None or rule.default_configuration.enabled is not False
        return any(overrides) if overrides else default

    def _overridden(self, run: Run) -> dict[int, list[Configuration]]:
        found: dict[int, list[Configuration]] = {}
        for call in run.invocations or ():
            for override in call.rule_configuration_overrides or ():
                rule = self.of(Rated(rule=override.descriptor))
                if override.configuration is not None and rule is not self._none:
                    found.setdefault(id(rule), []).append(override.configuration)
        return found


def _of_level(level: str) -> Severity:
    return LEVELS.get(level.casefold(), Severity.UNRATED)


def _worst(severities: Iterable[Severity]) -> Severity:
    return max(severities, key=_WORST_LAST.index)


def _scored(value: object) -> Severity | None:
    """Read a score: a number up to 10 or a word that is known; unrated where there is anything else.

    Tools write 0 where they have no score: it counts as none.
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip().casefold()
        if not _NUMBER.fullmatch(text):
            return _WORDS.get(text, Severity.UNRATED)
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 10:
        return Severity.UNRATED
    return severity_of_score(value) if value > 0 else None


def _tagged(rule: SarifRule) -> list[Severity]:
    """Read Trivy's rating, which it writes among the tags."""
    tags = rule.properties.tags if rule.properties else None
    listed = tags if isinstance(tags, list) else []
    return [
        _WORDS.get(tag.casefold(), Severity.UNRATED)
        for tag in listed
        if isinstance(tag, str) and tag in _TAGS
    ]


def words(message: Text, rule: SarifRule) -> str:
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
