"""Tests of deployments: times, outcomes that may follow each other, and addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tidegate.domain.deployments import (
    Deployment,
    DeploymentOutcome,
    Timing,
    checked_link,
    checked_subject,
    checked_timing,
    finished,
)
from tidegate.domain.errors import Conflict, Invalid

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=5)
RUNNING = Deployment(
    id="1",
    component="harbour",
    environment="production",
    commit=None,
    version="1.0.0",
    outcome=DeploymentOutcome.STARTED,
    started_at=BEFORE,
    ended_at=None,
    url=None,
    edition=1,
    created_at=BEFORE,
    updated_at=BEFORE,
    reported_by="token:cd",
)


class TestWhatIsDeployed:
    def test_is_named_by_version_or_revision(self) -> None:
        assert checked_subject(revision="A" * 40, version=None) == ("a" * 40, None)
        assert checked_subject(revision=None, version="1") == (None, "1")
        with pytest.raises(Invalid, match="name the revision or the version"):
            checked_subject(revision=None, version=None)

    def test_declares_what_is_known(self) -> None:
        assert RUNNING.declares() == {"version": "1.0.0"}
        assert (str(RUNNING.subject), RUNNING.source) == ("harbour/production", "deployment 1")


class TestTiming:
    def test_is_now_where_nothing_is_said(self) -> None:
        nothing = {"started_at": None, "ended_at": None}
        assert checked_timing(DeploymentOutcome.STARTED, **nothing, now=NOW) == Timing(NOW, None)
        assert checked_timing(DeploymentOutcome.FAILED, **nothing, now=NOW) == Timing(NOW, NOW)

    def test_of_a_clock_a_little_ahead_is_now(self) -> None:
        ahead = NOW + timedelta(minutes=1)
        timing = checked_timing(DeploymentOutcome.SUCCEEDED, started_at=BEFORE, ended_at=ahead, now=NOW)
        assert timing == Timing(BEFORE, NOW)

    @pytest.mark.parametrize(
        ("outcome", "started_at", "ended_at", "why"),
        [
            (DeploymentOutcome.STARTED, None, BEFORE, "has no end"),
            (DeploymentOutcome.FAILED, NOW, BEFORE, "before started_at"),
            (DeploymentOutcome.FAILED, NOW.replace(tzinfo=None), None, "no time zone"),
            (DeploymentOutcome.FAILED, None, NOW + timedelta(hours=1), "yet to come"),
        ],
    )
    def test_that_cannot_be_is_refused(
        self, outcome: DeploymentOutcome, started_at: datetime | None, ended_at: datetime | None, why: str
    ) -> None:
        with pytest.raises(Invalid, match=why):
            checked_timing(outcome, started_at=started_at, ended_at=ended_at, now=NOW)


class TestFinished:
    def test_keeps_what_is_not_said_anew(self) -> None:
        ended = finished(
            RUNNING, DeploymentOutcome.SUCCEEDED, ended_at=None, url="https://ci.example.org", now=NOW
        )
        assert (ended.ended_at, ended.url, ended.edition) == (NOW, "https://ci.example.org", 2)
        assert finished(ended, DeploymentOutcome.SUCCEEDED, ended_at=None, url=None, now=NOW) is ended
        other = finished(
            ended, DeploymentOutcome.SUCCEEDED, ended_at=None, url="https://ci.example.org/2", now=NOW
        )
        assert (other.ended_at, other.edition) == (NOW, 3)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (DeploymentOutcome.SUCCEEDED, DeploymentOutcome.FAILED),
            (DeploymentOutcome.FAILED, DeploymentOutcome.SUCCEEDED),
            (DeploymentOutcome.ROLLED_BACK, DeploymentOutcome.SUCCEEDED),
        ],
    )
    def test_refuses_what_cannot_follow(self, before: DeploymentOutcome, after: DeploymentOutcome) -> None:
        known = finished(RUNNING, before, ended_at=None, url=None, now=NOW)
        with pytest.raises(Conflict, match=f"recorded as {before}"):
            finished(known, after, ended_at=None, url=None, now=NOW)


class TestLink:
    def test_may_hold_a_query(self) -> None:
        assert checked_link("https://ci.example.org/?run=1#log") == "https://ci.example.org/?run=1#log"
        assert checked_link(None) is None

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("javascript:alert(1)", "write http:// or https://"),
            ("https://ada:pw@ci.example.org", "user name or a password"),
            ("https://ci.example.org:x", "Port could not be cast"),
            ("https://ci.example.org/a b", "leave out spaces"),
        ],
    )
    def test_refuses_by_name(self, url: str, why: str) -> None:
        with pytest.raises(Invalid, match=why) as caught:
            checked_link(url)
        assert [where for where, _ in caught.value.problems] == ["/url"]
