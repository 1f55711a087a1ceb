"""Fails the test in whose output, or in whose servers' logs, a secret is found that the run uses.

API tokens and private keys are known by their form. Others are remembered where they are made: the secrets of
the settings of every server that tests start, the passwords of databases, the sessions of people.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path

import pytest

from tidegate.domain.errors import TidegateError
from tidegate.domain.tokens import PATTERN, read_token
from tidegate.settings import read_settings

_TOKEN = re.compile(PATTERN)
_KEYS = ("PRIVATE KEY-----", "AGE-SECRET-KEY-1")
_SHORTEST = 8
_secrets: set[str] = set()
_logs: set[Path] = set()


def remember(*secrets: str) -> None:
    """Look for these from now on; what is shorter than any secret may be would be found everywhere."""
    _secrets.update(secret for secret in secrets if len(secret) >= _SHORTEST)


def remember_settings(variables: Mapping[str, str]) -> None:
    """Look for every secret of the settings that these variables make; what cannot be read has none."""
    try:
        remember(*read_settings(variables).secrets())
    except (TidegateError, OSError):
        return


def watch(log: Path) -> None:
    """Look into a log once the test that runs now has ended."""
    _logs.add(log)


def leaks(texts: Iterable[str]) -> list[str]:
    """Return what was found, with what stands before it and never the secret itself."""
    return [f"{kind}: …{text[max(0, at - 60) : at]}[here]" for text in texts for kind, at in _found(text)]


def _found(text: str) -> Iterable[tuple[str, int]]:
    for match in _TOKEN.finditer(text):
        if read_token(match.group()) is not None:
            yield "an API token", match.start()
    for mark in _KEYS:
        if mark in text:
            yield "a private key", text.index(mark)
    for secret in _secrets:
        if secret in text:
            yield "a secret of the settings, of a database or of a session", text.index(secret)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look once a test has ended; what the test said before counts as well."""
    report = yield
    if report.when != "teardown":
        return report
    # What the libraries log is held to the same once it is rendered: on standard output.
    said = [text for name, text in report.sections if "stdout" in name or "stderr" in name]
    logs = [log.read_text("utf-8", "replace") for log in _logs if log.is_file()]
    _logs.clear()
    if found := leaks([*said, *logs]):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} lets secrets out:\n" + "\n".join(found)
    return report
