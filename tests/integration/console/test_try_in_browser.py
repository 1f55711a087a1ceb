""" "Try it" in a real Chromium: an operation is sent with a token that one click makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from scripts.serve import running
from tests.support.browser import axe_source, chromium, faults_of

# All of them, so that the server and the browser are started in one run alone.
pytestmark = pytest.mark.drill

PASSWORD = "seven moored boats at dawn"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve Tidegate with an administrator; returns its address."""
    with running({"ADMIN_INITIAL_PASSWORD": PASSWORD}) as address:
        yield address


def enter(page: Page, url: str) -> None:
    """Sign in on the way to the page."""
    page.goto(f"{url}/sign-in?next=/docs/try")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/docs/try")


class TestTry:
    def test_sends_an_operation_with_a_token_of_one_click(self, url: str, tmp_path: Path) -> None:
        said: list[str] = []
        with chromium() as browser:
            page = browser.new_page()
            # A breach of the page's policy stands in the console as well.
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            enter(page, url)
            page.get_by_role("button", name="Make a token for 15 minutes").click()
            token = page.locator("pre.command").inner_text()
            operation = page.locator("#operations-identity-identity_show_caller")
            operation.locator(".opblock-summary-control").click()
            operation.get_by_role("button", name="Execute").click()
            answer = operation.locator(".live-responses-table .response").first
            answer.wait_for()

            assert answer.locator(".response-col_status").inner_text().strip() == "200"
            assert '"name": "admin"' in answer.inner_text()
            assert token.startswith("tdg_") and token not in page.url
            assert page.evaluate("localStorage.length + sessionStorage.length") == 0
            page.screenshot(path=str(tmp_path / "try.png"))
        assert said == []

    def test_says_what_to_do_without_javascript(self, url: str) -> None:
        with chromium() as browser:
            page = browser.new_page(java_script_enabled=False)
            enter(page, url)
            assert "send it with curl" in page.locator("main").inner_text()
            page.get_by_role("button", name="Make a token for 15 minutes").click()
            assert page.locator("pre.command").inner_text().startswith("tdg_")

    @pytest.mark.parametrize("look", ["light", "dark"])
    def test_has_no_fault_of_ours_that_axe_finds(self, url: str, look: str) -> None:
        axe = axe_source()
        with chromium() as browser:
            page = browser.new_page(bypass_csp=True, color_scheme="dark" if look == "dark" else "light")
            # What is not ours stays away.
            page.route("**/swagger-ui*", lambda route: route.abort())
            enter(page, url)
            faults = faults_of(page, axe)
            page.get_by_role("button", name="Make a token for 15 minutes").click()
            faults += faults_of(page, axe)
        assert faults == []
