"""Tests of Dockerfiles: what the last stage says, and health checks that tell nothing."""

from __future__ import annotations

import pytest

from tidegate.domain.repository_facts import RepositoryRule
from tidegate.repositories.dockerfile import read_dockerfile

BUILT = """\
ARG VERSION=3.11
FROM python:${VERSION}-slim AS builder
RUN apt-get update && \\
    apt-get install --yes gcc
FROM python:${VERSION}-slim
COPY --from=builder /venv /venv
EXPOSE 8000/tcp
USER appuser
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-m", "app.check"]
"""


def rules(text: str) -> list[RepositoryRule]:
    return [one.rule for one in read_dockerfile("Dockerfile", text).findings]


def values(text: str) -> dict[str, object]:
    return {one.field: one.value for one in read_dockerfile("Dockerfile", text).facts}


class TestFacts:
    def test_are_those_of_the_last_stage_with_their_lines(self) -> None:
        read = read_dockerfile("Dockerfile", BUILT)
        assert {one.field: (one.value, one.place.line) for one in read.facts} == {
            "image.base": ("python:3.11-slim", 5),
            "image.user": ("appuser", 8),
            "image.port": (8000, 7),
            "image.healthcheck": ("python -m app.check", 9),
        }
        assert not read.findings

    def test_of_a_stage_made_from_another_are_those_of_both(self) -> None:
        text = "FROM debian AS base\nUSER app\nHEALTHCHECK NONE\nFROM base\nEXPOSE 80 443"
        assert values(text) == {
            "image.base": "debian",
            "image.user": "app",
            "image.port": "443, 80",
            "image.healthcheck": "none",
        }

    @pytest.mark.parametrize("text", ["", "RUN true", "nonsense"])
    def test_of_what_is_no_dockerfile_are_none_and_it_is_said(self, text: str) -> None:
        assert rules(text) == [RepositoryRule.UNREADABLE]


class TestHealthCheck:
    @pytest.mark.parametrize(
        ("base", "before", "check", "found"),
        [
            ("python:3.11-slim", "", "curl -f http://x", [RepositoryRule.HEALTH_CHECK_COMMAND_MISSING]),
            ("alpine:3", "", "curl -f http://x", [RepositoryRule.HEALTH_CHECK_COMMAND_MISSING]),
            ("alpine:3", "", "wget -q http://x", []),
            ("python:3.11", "", "curl -f http://x", []),
            ("python:3.11-slim", "RUN apt-get install -y curl", "curl -f http://x", []),
            ("python:3.11-slim", "RUN ./install.sh", "curl -f http://x", []),
            ("python:3.11-slim", "COPY --from=tools /usr/bin/curl /usr/bin/", "curl -f http://x", []),
            ("python:3.11", "", "curl http://x || true", [RepositoryRule.HEALTH_CHECK_CANNOT_FAIL]),
            ("python:3.11", "", "curl -f http://x || exit 1", []),
            ("python:3.11", "", "echo 'not closed", []),
            ("python:3.11", "", '["curl", "not closed', []),
        ],
    )
    def test_is_judged_by_what_it_runs(
        self, base: str, before: str, check: str, found: list[RepositoryRule]
    ) -> None:
        assert rules(f"FROM {base}\n{before}\nHEALTHCHECK CMD {check}\n") == found
