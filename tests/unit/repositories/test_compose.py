"""Tests of compose files: ports, volumes and health checks of the services."""

from __future__ import annotations

import pytest

from tidegate.domain.repository_facts import RepositoryRule
from tidegate.repositories.compose import read_compose

WHOLE = """\
x-common: &common
  volumes:
    - data:/app/data
    - {type: volume, source: log, target: /app/log/}
services:
  web:
    <<: *common
    image: ${IMAGE:-shop:latest}
    ports: ["127.0.0.1:${PORT:-8080}:8000/tcp", "${METRICS}"]
    healthcheck:
      test: ["CMD-SHELL", "curl -f http://127.0.0.1:8000/health || exit 1"]
  worker:
    <<: [*common]
    ports:
      - target: 9000
      - "9001"
    healthcheck: {test: curl http://127.0.0.1 || true}
  cache:
    healthcheck: {test: ["NONE"]}
  idle:
    healthcheck: {disable: true, test: "true"}
  plain:
    healthcheck: {test: ["CMD", "redis-cli", "ping"]}
  "no name!": {image: x}
"""


class TestCompose:
    def test_says_what_its_services_have(self) -> None:
        read = read_compose("compose.yml", WHOLE)
        assert {one.field: one.value for one in read.facts} == {
            "compose.web.image": "shop:latest",
            "compose.web.port": 8000,
            "compose.web.volumes": "/app/data, /app/log",
            "compose.web.healthcheck": "curl -f http://127.0.0.1:8000/health || exit 1",
            "compose.worker.port": "9000, 9001",
            "compose.worker.volumes": "/app/data, /app/log",
            "compose.worker.healthcheck": "curl http://127.0.0.1 || true",
            "compose.cache.healthcheck": "none",
            "compose.plain.healthcheck": "redis-cli ping",
        }
        (finding,) = read.findings
        assert (finding.rule, finding.place.line) == (RepositoryRule.HEALTH_CHECK_CANNOT_FAIL, 17)

    @pytest.mark.parametrize(
        "text", ["services: [", "a: &a [*a", "x" * (1024 * 1024 + 1), "a: \x00", "[" * 5_000]
    )
    def test_that_is_no_yaml_says_so(self, text: str) -> None:
        (finding,) = read_compose("compose.yml", text).findings
        assert finding.rule is RepositoryRule.UNREADABLE

    @pytest.mark.parametrize(
        "text", ["", "services: 1", "services: {web: 1}", "- a", "services: {web: {ports: 1}}"]
    )
    def test_of_another_shape_says_nothing(self, text: str) -> None:
        assert not read_compose("compose.yml", text).facts
