"""TruffleHog's JSON lines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.findings import Severity
from tidegate.readers.findings.trufflehog import READER

SECRET = "hunter2-hunter2"
COMMIT = "d54ce70d0cf883054ed256db46406a5df551f000"


def secret(**more: Any) -> str:
    place = {"commit": COMMIT, "file": "src/a.py", "email": SECRET, "repository": "r", "line": 4}
    made = {
        "SourceMetadata": {"Data": {"Git": place}},
        "SourceID": 1,
        "DetectorType": 2,
        "DetectorName": "AWS",
        "DecoderName": "PLAIN",
        "Verified": False,
        "Raw": SECRET,
        "RawV2": SECRET,
        "Redacted": SECRET,
        "ExtraData": {"a": SECRET},
    }
    return json.dumps(made | more) + "\n"


def log(msg: str = "running source", level: str = "info-0", **more: Any) -> str:
    made = {"level": level, "ts": "2026-01-02T03:04:05Z", "logger": "trufflehog", "msg": msg}
    return json.dumps(made | more) + "\n"


def finished(chunks: int = 3, verified: int = 0, unverified: int = 0) -> str:
    counts = {"chunks": chunks, "bytes": 9, "verified_secrets": verified, "unverified_secrets": unverified}
    return log("finished scanning", **counts)


class TestFindings:
    def test_have_rule_and_place_and_nothing_of_the_secret(self) -> None:
        reading, (finding,) = read(READER, secret())
        assert (reading.ran, reading.kind, reading.tool) == (True, "secrets", "trufflehog")
        assert (finding.rule, finding.path, finding.line) == ("AWS", "src/a.py", 4)
        assert finding.severity is Severity.UNRATED and SECRET not in repr((reading, finding))
        assert finding.message == f"A secret of the kind AWS in commit {COMMIT[:12]}"

    @pytest.mark.parametrize(
        "metadata", [None, {}, {"Data": None}, {"Data": {}}, {"Data": {"S3": {"bucket": "b"}}}]
    )
    def test_of_no_file_have_none(self, metadata: object) -> None:
        _, (finding,) = read(READER, secret(SourceMetadata=metadata))
        assert (finding.path, finding.line) == ("", None)

    def test_count_whether_or_not_they_are_verified(self) -> None:
        reading = measure(READER, secret(Verified=True) + "\n" + secret())
        assert reading.measures == {"findings.total": 2, "findings.unrated": 2}

    def test_none_are_a_clean_run_where_the_log_says_that_it_finished(self) -> None:
        reading = measure(READER, log() + finished())
        assert reading.ran and reading.measures["findings.total"] == 0


class TestNotRun:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (secret() + log("x", "error"), "1 error(s) or warning(s)"),
            (secret() + log("x", "fatal") + log("y", "warn"), "2 error(s) or warning(s)"),
            (secret() + log("x", ""), "1 error(s) or warning(s)"),
            (log() + finished(chunks=0), "scanned nothing"),
            (secret() + finished(verified=1, unverified=2), "counted 3 secrets and lists 1"),
        ],
    )
    def test_where_the_log_shows_it(self, text: str, words: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran and words in (reading.why_not or "")

    def test_a_log_that_agrees_is_no_reason(self) -> None:
        assert measure(READER, log("x", "debug") + secret() + finished(unverified=1)).ran


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "lists nothing"),
            (log(), "lists nothing"),
            (secret()[:-30], "line 1: this is no secret"),
            (secret() + '{"a": 1}', "line 2: this is no secret"),
            (secret() + "words", "line 2: this is no secret"),
            (secret(SourceMetadata={"Data": {"Git": {"line": SECRET}}}), "line 1: this is no secret"),
            ('{"DetectorName": "A", "DetectorName": "B"}', "line 1: The key `DetectorName` stands twice"),
            ("[" * 5000, "line 1: this is no secret"),
        ],
    )
    def test_what_does_not_show_that_it_ran_or_is_no_line_of_it(self, text: str, words: str) -> None:
        message = refusal(READER, text)
        assert words in message and SECRET not in message


class TestSniff:
    def test_knows_its_lines(self) -> None:
        assert recognises(READER, secret() * 2) and recognises(READER, log() + secret())

    @pytest.mark.parametrize("other", [[], {}, {"DetectorName": "A"}, {"logger": "other", "level": "info"}])
    def test_claims_no_other_report(self, other: object) -> None:
        assert not recognises(READER, other)
