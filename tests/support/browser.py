"""A real Chromium, with axe at hand; where there is none, the test says by name what did not run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from scripts.check_api_clients import NPM, NotHere, npm_packages


def not_run(why: str) -> None:
    """Skip by name; a failure where REQUIRE_BROWSER=1 asks for a browser."""
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"NOT RUN: {why}")
    pytest.skip(f"NOT RUN: {why}")


_kept: ExitStack | None = None
_browser: Browser | None = None


@pytest.fixture(scope="module", autouse=True)
def chromium_kept() -> Iterator[None]:
    """Let the tests of a module share one Chromium, from the first that asks to the last.

    Not longer: while Playwright runs, this thread can run no other event loop.
    """
    global _kept, _browser
    try:
        with ExitStack() as _kept:
            yield
    finally:
        _kept = _browser = None


@contextmanager
def chromium() -> Iterator[Browser]:
    """Hand out the Chromium of the module's tests; each page has a context of its own, closed at the end."""
    global _browser
    assert _kept is not None, "the conftest of the folder imports no chromium_kept"
    if _browser is None:
        _browser = _kept.enter_context(_started())
    try:
        yield _browser
    finally:
        for context in _browser.contexts:
            context.close()


@contextmanager
def _started() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        not_run("neither chromium nor google-chrome is on this machine (apt-get install chromium)")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except Error as why:
            not_run(f"{found} does not start: {why}")
        try:
            yield browser
        finally:
            browser.close()


def axe_source() -> str:
    """Return axe-core's script."""
    try:
        return (npm_packages(shutil.which) / "axe-core" / "axe.min.js").read_text("utf-8")
    except NotHere as why:
        not_run(f"axe-core, {why} ({NPM})")
        raise


def faults_of(page: Page, axe: str) -> list[tuple[str, str]]:
    """Return what axe finds on the page: the rule, and the first element that breaks it."""
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run()).violations")
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
