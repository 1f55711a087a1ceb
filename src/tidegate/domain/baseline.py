"""The baseline file: which findings count as known, written so that equal baselines are equal bytes."""

from __future__ import annotations

import json
import re

from tidegate.domain.canonical import canonical_json
from tidegate.domain.errors import Invalid
from tidegate.domain.findings import Baseline

VERSION = 1
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_REMEDY = "Write it anew with Tidegate, from reports that you accept as known."


def write_baseline(baseline: Baseline) -> bytes:
    """Write a baseline as canonical JSON: `{"findings":{fingerprint:count},"tidegate_baseline":1}`."""
    known = {name: count for name, count in baseline.items() if count > 0}
    return canonical_json({"tidegate_baseline": VERSION, "findings": known})


def read_baseline(data: bytes) -> dict[str, int]:
    """Read what `write_baseline` wrote; raises `Invalid` for anything else, and never guesses."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The baseline file is not JSON. {_REMEDY}") from error
    if not isinstance(document, dict) or "tidegate_baseline" not in document:
        raise Invalid(f"This is not a baseline file: `tidegate_baseline` is missing. {_REMEDY}")
    version = document["tidegate_baseline"]
    if type(version) is not int or version != VERSION:
        raise Invalid(f"The baseline file is of version {version!r}; this Tidegate reads version {VERSION}.")
    findings = document.get("findings")
    if not isinstance(findings, dict):
        raise Invalid(
            f"The baseline file has no `findings`. {_REMEDY}", (("/findings", "must be an object"),)
        )
    problems = tuple(
        (f"/findings/{name}", "must be 32 hexadecimal digits with a count of 1 or more")
        for name, count in findings.items()
        if not _FINGERPRINT.fullmatch(name) or type(count) is not int or count < 1
    )
    if problems:
        raise Invalid(f"{len(problems)} entries of the baseline file are wrong. {_REMEDY}", problems[:10])
    return findings
