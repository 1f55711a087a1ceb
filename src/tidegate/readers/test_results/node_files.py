"""Files that Node's test runner names as tests of their own: those in which no test ran."""

from __future__ import annotations

import re

from tidegate.readers.xml import Attributes

_FILE = re.compile(r"(?:.*[/\\])?[^/\\]*\.[cm]?[jt]sx?")


def is_source_file(name: str) -> bool:
    """Tell whether a test is named as a file of JavaScript or TypeScript is."""
    return _FILE.fullmatch(name) is not None


def is_file_without_tests(case: Attributes) -> bool:
    """Tell whether a case beside all suites is a file that ran to its end and had no test.

    Node writes the type of what it ran as `classname`; since version 24 it also names the file of each test.
    """
    name = case.get("name", "")
    return case.get("classname") == "test" and is_source_file(name) and case.get("file", name).endswith(name)
