"""What tells a version or a licence, and what only stands in its place."""

from __future__ import annotations

import pytest

from tidegate.readers.supply_chain.placeholders import names_licence, names_version


@pytest.mark.parametrize(
    "text",
    """1.0 v1.2.3+incompatible 1:2.3-4~deb12u1 2024a 1.0.xyz 0.0.0-20210101-abcdef 1.2.3.RELEASE 7ac4bf1
    1.x-dev 0 1.0.0-rc.1 r42 3.12.0b1 20240101""".split() + ["10.0.1 (WinBuild.160101.0800)", " 1.0 "],
)
def test_a_version_is_a_version(text: str) -> None:
    assert names_version(text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "   ",
        "latest",
        "UNKNOWN",
        "unknown-1",
        "*",
        "unspecified",
        "0.0.0-unspecified",
        "NOASSERTION",
    ]
    + [
        "null",
        "none",
        "n/a",
        "-",
        "main",
        "dev-master",
        "(devel)",
        "<unknown>",
        "1.x",
        "1.2.X",
        "1.*",
        "x",
        "X 1",
    ]
    + [
        ">=1.0",
        ">=1, <2",
        "^1.2",
        "~1.2",
        "~> 1.0",
        "==1.0",
        "!=2",
        "[1.0,2.0)",
        "(,1.0]",
        "1.0 - 2.0",
        "1 || 2",
    ]
    + ["${version1}", "{{v1}}", "$(V1)", "%(v1)s", "@V1@", "%V1%", "$V1", "workspace:^1", "file:../lib1"]
    + ["git+https://example.org/a#1", "https://example.org/a-1.0.tgz", "npm:other@1", "TBD 1"],
)
def test_a_placeholder_or_a_range_is_none(text: str | None) -> None:
    assert not names_version(text)


@pytest.mark.parametrize(
    "text",
    [
        "MIT",
        "MIT OR Apache-2.0",
        "(MIT AND BSD-3-Clause)",
        "GPL-2.0 WITH Classpath-exception-2.0",
        "UNLICENSED",
    ]
    + [
        "LicenseRef-house",
        "SEE LICENSE IN LICENSE.txt",
        "Public Domain",
        "0BSD",
        "Apache License, Version 2.0",
    ],
)
def test_a_licence_is_a_licence(text: str) -> None:
    assert names_licence(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "()",
        "NOASSERTION",
        "NONE",
        "UNKNOWN",
        "unknown",
        "Unknown License",
        "LicenseRef-unknown",
        "null",
    ]
    + [
        "LicenseRef-scancode-unknown-license-reference",
        "License: UNKNOWN",
        "not specified",
        "N/A",
        "-",
        "?",
        "Other",
    ]
    + ["MIT AND NOASSERTION", "NOASSERTION OR NONE", "no license", "license", "undefined"],
)
def test_a_placeholder_is_no_licence(text: str) -> None:
    assert not names_licence(text)
