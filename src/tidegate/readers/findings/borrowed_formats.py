"""Formats that many linters borrow: whose a finding is by its rule, and what was not checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from tidegate.domain.measures import Kind
from tidegate.readers.findings.eslint_words import is_of_checked_file
from tidegate.readers.findings.sarif_tools import kind_of_tool, not_checked_rule
from tidegate.readers.findings.secret_words import first_line, secret_message, without_secret

# What a rule is called in a report, and whose it then is; the group is the rule as the tool's other formats
# write it. RuboCop's formatter puts Checkstyle's package before its own names, which hold a slash.
OWNERS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), tool)
    for pattern, tool in (
        (r"com\.puppycrawl\.tools\.checkstyle\.(\w+(?:/\w+)+)", "rubocop"),
        (r"(com\.puppycrawl\.tools\.checkstyle\.[\w.$#]+)", "checkstyle"),
        (r"eslint\.rules\.(@secretlint/.+)", "secretlint"),
        (r"eslint\.rules\.(.+)", "eslint"),
        (r"stylelint\.rules\.(.+)", "stylelint"),
        (r"swiftlint\.rules\.(.+)", "swiftlint"),
        (r"detekt\.(.+)", "detekt"),
        (r"ShellCheck\.(SC\d{4})", "shellcheck"),
        (r"(DL[134]\d{3})", "hadolint"),
        (r"(standard:[a-z][\w-]*)", "ktlint"),
        (r"(org\.scalastyle\.[\w.]+)", "scalastyle"),
        (r"PHP-CS-Fixer\.(.+)", "php-cs-fixer"),
        (r"((?:Generic|PEAR|PSR1|PSR2|PSR12|Squiz|Zend|MySource|WordPress)(?:\.\w+){2,3})", "phpcs"),
        (r"(Internal\.(?:Exception|NoCodeFound|Tokenizer|ParseError|LineEndings)[\w.]*)", "phpcs"),
        (r"jshint\.(.+)", "jshint"),
        (r"net\.csslint\.(.+)", "csslint"),
    )
)
# How rules look that a tool reports beside its own: those of add-ons, and of tools inside it.
_GUESTS: Mapping[str, re.Pattern[str]] = {
    "checkstyle": re.compile(r"(?:[a-z]\w*\.)+[A-Z]\w*"),
    "hadolint": re.compile(r"SC\d{4}"),
    "phpcs": re.compile(r"[A-Z]\w+(?:\.\w+){2,3}"),
    "ktlint": re.compile(r"[a-z][\w-]*:[a-z][\w-]*"),
}
# Texts by which linters say in a finding without a rule that a file could not be parsed.
_UNPARSED = re.compile(
    r"Parsing error\b|File ignored |Not a valid Kotlin file|.{0,300}:\d+:\d+:\s"
    r"|.{0,200}\b(?:syntax|parse) ?error\b",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST = 300


@lru_cache(maxsize=4096)
def owner_of(rule: str) -> tuple[str, str]:
    """Tell whose a rule is, and what the tool itself calls it; the first is empty where that is not sure."""
    for pattern, tool in OWNERS if len(rule) <= _LONGEST else ():
        if found := pattern.fullmatch(rule):
            return tool, found[1]
    return "", rule


@lru_cache(maxsize=4096)
def _hosts(rule: str) -> frozenset[str]:
    """Name the tools that may report this rule beside their own."""
    if len(rule) > _LONGEST:
        return frozenset()
    return frozenset(tool for tool, pattern in _GUESTS.items() if pattern.fullmatch(rule))


@lru_cache(maxsize=4096)
def _says_not_checked(tool: str, rule: str) -> bool:
    """Tell whether a tool uses a rule to say that it could not check a file."""
    says_so = not_checked_rule(tool)
    return says_so is not None and says_so(rule)


def words(tool: str, rule: str, message: str) -> str:
    """Write a message without what it copies of the source, as those about a file that was not parsed do."""
    if tool == "secretlint":
        return secret_message(rule)
    if not rule or (tool and _says_not_checked(tool, rule)):
        return first_line(message)
    return without_secret(message)


class BorrowedRun:
    """Whose the findings of one report are, and what they say of files that were not checked."""

    def __init__(self) -> None:
        self._owners: Counter[str] = Counter()
        self._hosts = frozenset(_GUESTS)
        self._strangers = 0
        self._without_rule = 0
        self._not_checked = 0
        self._first = ""

    def add(self, tool: str, rule: str, message: str, path: str) -> None:
        """Take one finding, with its owner where that is known."""
        if not rule:
            self._without_rule += not is_of_checked_file(message)
            if _UNPARSED.match(message):
                self._not_parsed(path)
            return
        if not tool:
            self._strangers += 1
            self._hosts &= _hosts(rule)
            return
        self._owners[tool] += 1
        if _says_not_checked(tool, rule):
            self._not_parsed(path)

    def _not_parsed(self, path: str) -> None:
        self._not_checked += 1
        self._first = self._first or path

    @property
    def tool(self) -> str:
        """Name the tool that wrote the report; empty where nothing tells, or several are in it."""
        if len(self._owners) != 1:
            return ""
        (tool,) = self._owners
        return "" if self._strangers and tool not in self._hosts else tool

    @property
    def kind(self) -> Kind:
        """Say what the report is evidence of; `analysis` where its tool is not known."""
        return kind_of_tool(self.tool) if self.tool else Kind.ANALYSIS

    def why_not_checked(self) -> str | None:
        """Say which findings show that files were not checked."""
        name = self.tool or "the tool"
        if self._not_checked:
            where = self._first or "unnamed"
            return (
                f"{self._not_checked} finding(s) say that {name} could not parse or process a file, the"
                f" first is"
                f" {where}: repair or exclude it and run the tool again."
            )
        if self._without_rule and self.tool:
            return (
                f"{self._without_rule} finding(s) name no rule, by which {name} says that it could not"
                f" check a"
                " file: repair or exclude what they name."
            )
        return None
