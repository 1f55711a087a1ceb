"""What is known of tools that write SARIF: what they look for, and how they say that they did not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tidegate.domain.measures import Kind
from tidegate.domain.tools import canonical_tool
from tidegate.readers.findings.eslint_words import IGNORED
from tidegate.readers.findings.pylint_words import says_not_checked
from tidegate.readers.findings.ruff import NOT_CHECKED
from tidegate.readers.findings.tool_kinds import KIND_OF_TOOL

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
    "biome": lambda rule: rule == "parse" or rule.startswith("internalError/"),
    "jshint": lambda rule: rule in {"E041", "E042", "E043"},
    "hadolint": lambda rule: rule == "DL1000",
    "shellcheck": lambda rule: rule in {"SC1072", "SC1073"},
    "golangci-lint": lambda rule: rule == "typecheck",
    "rubocop": lambda rule: rule == "Lint/Syntax",
    "stylelint": lambda rule: rule == "CssSyntaxError",
    "clang-tidy": lambda rule: rule == "clang-diagnostic-error",
    "actionlint": lambda rule: rule == "syntax-check",
    "checkstyle": lambda rule: rule.endswith((".TreeWalker", ".Checker")),
    "phpcs": lambda rule: rule.startswith(
        ("Internal.Exception", "Internal.Tokenizer", "Internal.ParseError")
    ),
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


_NAME = re.compile(r"[A-Za-z][\w./:-]{0,80}")  # of a notification's descriptor: no sentence


def warns_of_work_undone(tool: str, name: str, text: str) -> bool:
    """Tell whether a warning of a tool about its own run means that something was not looked at.

    All that Semgrep warns of is that: it writes what stopped it (time, memory, syntax) as warnings.
    """
    short = short_name(tool)
    if short.startswith(("semgrep", "opengrep")) or (short == "eslint" and text.startswith(IGNORED)):
        return True
    return bool(_NOT_DONE.search(f"{name} {text}"))


def safe_words(name: str, text: str) -> str:
    """Say what a tool tells of its own run in words that hold nothing of the source, which it may quote."""
    found = _NOT_DONE.search(text)
    said = [name] if _NAME.fullmatch(name) else []
    return ", ".join([*said, found[0]] if found else said)
