"""detect-secrets' baseline, which is also what its scans write."""

from __future__ import annotations

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.findings.secret_words import secret_message
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, load
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "detect-secrets"
_REMAKE = "`detect-secrets scan > .secrets.baseline`"


class _DetectedSecret(msgspec.Struct, gc=False):
    """Where a secret may be; `hashed_secret` is never read: a short secret can be guessed from it."""

    type: str
    line_number: int | None = None
    is_secret: bool | None = None


class _DetectPlugin(msgspec.Struct, gc=False):
    """One detector; only that it is listed matters."""


class _SecretsBaseline(msgspec.Struct):
    plugins_used: list[_DetectPlugin]
    results: dict[str, list[_DetectedSecret]]
    version: str = ""
    generated_at: object = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("plugins_used", "results") or seen.has("plugins_used", "filters_used")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _SecretsBaseline, remake=_REMAKE)
    counts = SeverityCounts()
    for path, secrets in report.results.items():
        for secret in secrets:
            audited_as_none = secret.is_secret is False
            counts.add(Severity.UNRATED, audited_as_none)
            if items:
                rule = cut(secret.type, limits)
                yield Finding(
                    "detect-secrets",
                    rule,
                    secret_message(rule),
                    Severity.UNRATED,
                    cut(path, limits),
                    secret.line_number or None,
                    audited_as_none,
                )
    why_not = None
    if not report.plugins_used:
        why_not = "detect-secrets used no plugin, so it looked for nothing: scan with its plugins on."
    return Reading(
        FORMAT,
        Kind.SECRETS,
        "detect-secrets",
        counts.measures(rates=False),
        cut(report.version, limits),
        ran=why_not is None,
        why_not=why_not,
        made_at=own_time(report.generated_at),
    )


READER = Reader(
    format=FORMAT,
    title="detect-secrets baseline JSON",
    kind=Kind.SECRETS,
    source="https://github.com/Yelp/detect-secrets/blob/master/docs/design.md",
    follows={
        "tool.ran": "False where `plugins_used` is empty.",
        "findings.total": "Entries of `results` that no audit has called no secret.",
        "findings.unrated": (
            "The same: detect-secrets rates nothing, so no measure of a severity is given either."
        ),
        "findings.suppressed": "Entries with `is_secret` false, as `detect-secrets audit` writes it.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "An entry that nobody has audited is a finding, as one that was audited as a secret is.",
        "`is_verified` does not change what counts: false says that nobody could or would try the secret.",
        (
            "Neither `hashed_secret` nor anything made of it is kept: a hash of a short secret can be guessed"
            " back."
        ),
        (
            "A report does not say which files were scanned: one without results counts as a run that found"
            " nothing."
        ),
    ),
)
