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
from playwright.sync_api import Error, sync_playwright

from scripts.check_api_clients import NPM, NotHere, npm_packages
from scripts.serve import running
from tests.support.api import junit

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
        (tmp_path / "report.xml").write_bytes(junit())
        refused = {}
        for command in commands(requests.get(f"{url}/docs", timeout=30).text)[7:]:
            status, answer = run(command, url, tmp_path)
            # What is not there or has changed meanwhile is no fault of the command.
            if status >= 400 and status not in (404, 409, 412, 428):
                refused[command] = answer
            if status == 404:
                assert "Nothing answers at this address" not in answer, command
        assert refused == {}


class TestAccessibility:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_finds_no_fault(self, url: str, scheme: str) -> None:
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        if browser is None:
            pytest.skip("NOT RUN: neither chromium nor google-chrome is on this machine")
        try:
            axe = npm_packages(shutil.which) / "axe-core" / "axe.min.js"
        except NotHere as why:
            pytest.skip(f"NOT RUN: axe-core, {why} ({NPM})")
        with sync_playwright() as playwright:
            try:
                chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            except Error as why:
                pytest.skip(f"NOT RUN: {browser} does not start: {why}")
            # The page's own policy lets no script run, which is a promise of its own.
            page = chromium.new_page(bypass_csp=True, color_scheme="dark" if scheme == "dark" else "light")
            faults = []
            for path in ("/docs", "/problems", "/problems/invalid"):
                page.goto(url + path)
                page.evaluate(axe.read_text("utf-8"))
                found = page.evaluate("async () => (await axe.run()).violations")
                faults += [(path, one["id"], one["nodes"][0]["html"][:200]) for one in found]
            chromium.close()
        assert faults == []
