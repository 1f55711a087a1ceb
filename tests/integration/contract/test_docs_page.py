"""The docs page of the running server: its commands work as they are, and axe finds no fault in it."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from scripts.serve import running
from tests.support.api import junit
from tests.support.browser import axe_source, chromium, faults_of

ROOT = Path(__file__).resolve().parents[3]
_COMMAND = re.compile(r'<pre class="command".*?><code>(.*?)</code></pre>', re.DOTALL)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve Tidegate."""
    with running() as address:
        yield address


def commands(page: str) -> list[str]:
    """Return the commands of a page, as a click copies them."""
    return [html.unescape(found) for found in _COMMAND.findall(page)]


def run(command: str, url: str, folder: Path) -> tuple[int, str]:
    """Run a command of the page in a shell; returns the HTTP status and what was answered."""
    done = subprocess.run(
        ["sh", "-c", f"{command} --silent --show-error --write-out '\\n%{{http_code}}'"],
        capture_output=True,
        text=True,
        errors="replace",  # a workbook is no text
        cwd=folder,
        env={**os.environ, "TIDEGATE_URL": url},
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    answer, _, status = done.stdout.rpartition("\n")
    return int(status), answer


@pytest.mark.skipif(shutil.which("curl") is None, reason="NOT RUN: curl is not on this machine")
class TestCommands:
    def test_of_the_main_job_come_first_and_do_it(self, url: str, tmp_path: Path) -> None:
        (tmp_path / "report.xml").write_bytes(junit())
        export, *steps = commands(requests.get(f"{url}/docs", timeout=30).text)[:7]

        assert export.startswith("export TIDEGATE_URL=http://")
        answers = [run(step, url, tmp_path) for step in steps]
        assert [status for status, _ in answers] == [201] * 6, answers
        assert '"state":"pass"' in answers[3][1] and '"tag":"prod/v1.0.0"' in answers[5][1]

    def test_of_every_operation_are_understood(self, url: str, tmp_path: Path) -> None:
        for name in ("report.xml", "junit.xml", "coverage.xml"):
            (tmp_path / name).write_bytes(junit())
        (tmp_path / "estate.csv").write_text(
            "component,environment,zone\nharbour,production,north\n", "utf-8"
        )
        refused = {}
        for command in commands(requests.get(f"{url}/docs", timeout=30).text)[7:]:
            status, answer = run(command, url, tmp_path)
            # What is not there or has changed meanwhile is no fault of the command.
            if status >= 400 and status not in (404, 409, 412, 428):
                refused[command] = answer
            if status == 404:
                assert "Nothing answers at this address" not in answer, command
        assert refused == {}


@pytest.mark.drill
class TestAccessibility:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_finds_no_fault(self, url: str, scheme: str) -> None:
        axe, faults = axe_source(), []
        with chromium() as browser:
            # The page's own policy lets no script run, which is a promise of its own.
            page = browser.new_page(bypass_csp=True, color_scheme="dark" if scheme == "dark" else "light")
            for path in ("/docs", "/problems", "/problems/invalid"):
                page.goto(url + path)
                faults += [(path, *fault) for fault in faults_of(page, axe)]
        assert faults == []
