"""Passkeys in a real Chromium, whose virtual authenticator stands for a device of a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from scripts.serve import free_port, running
from tests.support.browser import axe_source, chromium, faults_of

# All of them, so that the server and the browser are started in one run alone.
pytestmark = pytest.mark.drill

PASSWORD = "seven moored boats at dawn"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's data folder, whose database tests let time go by in."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def url(data: Path) -> Iterator[str]:
    """Serve Tidegate under a name, which passkeys need; returns its address."""
    port = free_port()
    address = f"http://localhost:{port}"
    settings = {"PORT": str(port), "PUBLIC_URL": address, "DATA_DIR": str(data)}
    with running({**settings, "ADMIN_INITIAL_PASSWORD": PASSWORD}):
        yield address


def new_page(browser: Browser) -> Page:
    """Open a page whose browser has a device that verifies its person."""
    page = browser.new_page()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    return page


def enter(page: Page, url: str) -> None:
    """Sign in with the password."""
    page.goto(f"{url}/sign-in?next=/account")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/account")


class TestPasskey:
    def test_is_added_and_signs_in_and_is_gone_once_removed(self, url: str, tmp_path: Path) -> None:
        said: list[str] = []
        with chromium() as browser:
            page = new_page(browser)
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            enter(page, url)
            page.get_by_role("button", name="Add a passkey").click()
            page.get_by_label("What to call it").fill("Laptop")
            page.screenshot(path=str(tmp_path / "new.png"))
            page.get_by_role("button", name="Add a passkey").click()
            page.wait_for_url("**/account")
            assert page.get_by_label("Name of the passkey Laptop").input_value() == "Laptop"
            page.screenshot(path=str(tmp_path / "account.png"), full_page=True)

            page.get_by_role("button", name="Sign out").click()
            page.goto(f"{url}/sign-in?next=/account")
            page.screenshot(path=str(tmp_path / "sign-in.png"))
            page.get_by_role("button", name="Sign in with a passkey").click()
            page.get_by_role("button", name="Use a passkey").click()
            page.wait_for_url("**/account")
            assert page.locator("h1").inner_text() == "admin"

            page.get_by_role("button", name="Remove the passkey Laptop").click()
            page.wait_for_url("**/account")
            page.get_by_role("button", name="Sign out").click()
            page.get_by_role("button", name="Sign in with a passkey").click()
            page.get_by_role("button", name="Use a passkey").click()
            page.get_by_role("alert").wait_for()
            assert "The passkey was not accepted." in page.get_by_role("alert").inner_text()
        # The browser itself notes that a form was answered with 401, which was asked for.
        assert [one for one in said if "401" not in one] == []

    def test_proves_again_who_it_is_and_nothing_is_lost(self, url: str, data: Path) -> None:
        with chromium() as browser:
            page = new_page(browser)
            enter(page, url)
            page.get_by_role("button", name="Add a passkey").click()
            page.get_by_label("What to call it").fill("Phone")
            page.get_by_role("button", name="Add a passkey").click()
            page.wait_for_url("**/account")
            with closing(sqlite3.connect(data / "tidegate.sqlite3", timeout=10)) as connection, connection:
                connection.execute("UPDATE sessions SET fresh_at = '2020-01-01 00:00:00.000000'")
            page.get_by_label("Name", exact=True).fill("deploy")
            page.get_by_role("button", name="Make a token").click()
            page.get_by_role("button", name="Use a passkey").click()
            page.get_by_text("tdg_").first.wait_for()
            page.goto(f"{url}/account")
            assert page.get_by_text("deploy", exact=False).count() >= 1
            page.get_by_role("button", name="Remove the passkey Phone").click()
            page.wait_for_url("**/account")

    def test_says_what_is_wrong_where_there_is_none(self, url: str) -> None:
        with chromium() as browser:
            page = new_page(browser)
            page.goto(f"{url}/sign-in")
            page.get_by_role("button", name="Sign in with a passkey").click()
            refuse = "() => Promise.reject(new DOMException('', 'NotAllowedError'))"
            page.evaluate(f"() => {{ navigator.credentials.get = {refuse} }}")
            page.get_by_role("button", name="Use a passkey").click()
            page.get_by_text("The browser gave no passkey").wait_for()

    def test_works_at_the_public_address_alone_and_says_so(self, url: str) -> None:
        with chromium() as browser:
            page = new_page(browser)
            page.goto(url.replace("localhost", "127.0.0.1") + "/sign-in")
            page.get_by_role("button", name="Sign in with a passkey").click()
            page.get_by_role("button", name="Use a passkey").click()
            page.get_by_text(f"Passkeys work at {url} alone").wait_for()

    @pytest.mark.parametrize("look", ["light", "dark"])
    def test_pages_have_no_fault_that_axe_finds(self, url: str, look: str) -> None:
        axe = axe_source()
        with chromium() as browser:
            page = browser.new_page(bypass_csp=True, color_scheme="dark" if look == "dark" else "light")
            page.goto(f"{url}/sign-in")
            faults = faults_of(page, axe)
            page.get_by_role("button", name="Sign in with a passkey").click()
            faults += faults_of(page, axe)
            enter(page, url)
            page.get_by_role("button", name="Add a passkey").click()
            faults += faults_of(page, axe)
        assert faults == []

    def test_is_not_needed_without_javascript(self, url: str) -> None:
        with chromium() as browser:
            page = browser.new_page(java_script_enabled=False)
            page.goto(f"{url}/sign-in")
            page.get_by_role("button", name="Sign in with a passkey").click()
            assert "A passkey needs JavaScript" in page.content()
            page.get_by_role("link", name="Sign in in another way").click()
            enter(page, url)
            assert page.locator("h1").inner_text() == "admin"
