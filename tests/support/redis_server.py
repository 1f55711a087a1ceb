"""The Redis of the tests: the one that is named, else the one on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from scripts.serve import free_port, stop

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


@contextmanager
def own_redis(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start a Redis that a test may stop; without the program the test is skipped by name, fails in CI."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("CI needs redis-server")
        pytest.skip("NOT RUN on a Redis of its own: redis-server is not on this machine")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        url = f"redis://127.0.0.1:{port}/0"
        with redis.Redis.from_url(url, socket_connect_timeout=2) as client:
            _wait_for(client)
        yield url, process
    finally:
        stop(process)


def _wait_for(client: redis.Redis, patience: float = 30) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
