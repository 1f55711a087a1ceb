"""The Redis of the tests: the one that is named, else the one on loopback."""

from __future__ import annotations

import os

import pytest
import redis

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


def redis_url() -> str:
    """Return where a Redis answers; without one the test is skipped by name, and fails in CI."""
    try:
        with redis.Redis.from_url(REDIS, socket_connect_timeout=2) as client:
            client.ping()
    except redis.ConnectionError as error:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"CI needs a Redis: {error}")
        pytest.skip(f"NOT RUN on Redis: nothing answers at {REDIS} (TEST_REDIS_URL)")
    return REDIS
