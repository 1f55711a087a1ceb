"""Tests of the Procfile: its commands are run as a platform runs them, in a shell and on its $PORT."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
import requests

from tests.integration.quality.tools import BIN, ROOT
from tests.support.process import only, served

COMMANDS = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text("utf-8").splitlines())
SETTINGS = {
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "FLASK_ENV": "production",
    "SECRET_KEY": "Zm9yLXRlc3RzLW9ubHktMjAyNi10aWRlZ2F0ZS1rZXk",
    "TRUSTED_PROXY_HOPS": "1",
}


def shell(part: str) -> tuple[str, ...]:
    """Return what a platform starts."""
    return ("sh", "-c", f"exec {COMMANDS[part]}")


def release(folder: Path) -> None:
    """Do what a platform does before it starts a new version."""
    subprocess.run(shell("release"), cwd=folder, env=only(SETTINGS), check=True, timeout=60)


@pytest.mark.requirement("S4-14")
class TestProcfile:
    def test_serves_on_the_port_of_the_platform(self, tmp_path: Path) -> None:
        release(tmp_path)
        with served(tmp_path, command=shell("web"), **SETTINGS) as server:
            assert requests.get(f"{server.url}/readyz", timeout=10).status_code == 200
            by_name = requests.get(
                f"{server.url}/status", headers={"Host": "tidegate.example.org"}, timeout=10
            )
            assert by_name.json()["environment"] == "production"

    def test_works_in_the_background_until_it_is_told_to_stop(self, tmp_path: Path) -> None:
        release(tmp_path)
        worker = subprocess.Popen(
            shell("worker"), cwd=tmp_path, env=only(SETTINGS), stdout=subprocess.PIPE, text=True
        )
        try:
            assert worker.stdout is not None
            assert any("worker.started" in line for line in worker.stdout)
            worker.send_signal(signal.SIGTERM)
            worker.stdout.read()
            assert worker.wait(20) == 0
        finally:
            stop_worker(worker)


def stop_worker(worker: subprocess.Popen[str]) -> None:
    """End it where it did not end by itself."""
    if worker.poll() is None:
        worker.kill()
        worker.wait()
    if worker.stdout is not None:
        worker.stdout.close()
