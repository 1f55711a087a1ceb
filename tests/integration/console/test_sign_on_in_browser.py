"""Single sign-on in a real Chromium: to a provider on another site and back, with real cookies."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scripts.serve import free_port, running
from tests.support.browser import axe_source, chromium, faults_of
from tests.support.provider import CLIENT, HERE, SECRET, Provider, provider_process

# All of them, so that the server and the browser are started in one run alone.
pytestmark = pytest.mark.drill

PASSWORD = "seven moored boats at dawn"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A provider before which stands ada of the crew."""
    with provider_process() as started:
        started.person("248", "ada", groups=["harbour-crew"])
        yield started


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's data folder, whose database tests let time go by in."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def url(provider: Provider, data: Path) -> Iterator[str]:
    """Serve Tidegate on another site than the provider, where subject 248 is admin; returns its address."""
    port = free_port()
    address = f"http://localhost:{port}"
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(data),
        "PUBLIC_URL": address,
        "ADMIN_INITIAL_PASSWORD": PASSWORD,
        "OUTGOING_ALLOW": HERE,
        "OIDC_ISSUER": provider.url,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_NAME": "Pier",
        "OIDC_GROUPS": "harbour-crew=crew",
        "OAUTH_CLIENT_ID": CLIENT,
        "OAUTH_CLIENT_SECRET": SECRET,
        "OAUTH_URL": provider.url,
        "OAUTH_API_URL": f"{provider.url}/api",
        "OAUTH_GROUPS": "acme=crew",
    }
    with running(settings):
        link = ("user", "link", "admin", "--issuer", provider.url, "--subject", "248")
        environment = {**os.environ, **settings}
        subprocess.run((sys.executable, "-m", "tidegate", *link), env=environment, check=True)
        yield address


def grow_stale(data: Path) -> None:
    """Have everybody signed in long ago."""
    with closing(sqlite3.connect(data / "tidegate.sqlite3", timeout=10)) as connection, connection:
        connection.execute("UPDATE sessions SET fresh_at = '2020-01-01 00:00:00.000000'")


class TestProof:
    @pytest.mark.parametrize("look", ["light", "dark", "forced"])
    def test_at_the_provider_leads_back_to_what_was_filled_in(
        self, url: str, provider: Provider, data: Path, look: str
    ) -> None:
        provider.person("248", "ada", groups=["harbour-crew"])
        axe, faults = axe_source(), []
        with chromium() as browser:
            page = browser.new_page(
                bypass_csp=True,
                viewport={"width": 390, "height": 800},
                color_scheme="dark" if look == "dark" else "light",
                forced_colors="active" if look == "forced" else "none",
            )
            page.goto(f"{url}/account")
            page.get_by_role("link", name="Sign in with Pier").click()
            page.wait_for_url("**/account")
            grow_stale(data)
            page.get_by_label("Name", exact=True).fill(f"deploy-{look}")
            page.get_by_role("button", name="Make a token").click()
            assert page.locator("h1").inner_text() == "Is it you?"
            faults += [("proof", *fault) for fault in faults_of(page, axe)]
            page.get_by_role("link", name="Sign in anew with Pier").click()
            page.wait_for_url("**/proof")
            assert f"deploy-{look}" in page.locator("main").inner_text()
            faults += [("done", *fault) for fault in faults_of(page, axe)]
            main = page.locator("main").bounding_box()
            assert main is not None and main["x"] + main["width"] <= 391
            page.get_by_role("button", name="Go on").click()
            assert "tdg_" in page.locator("main").inner_text()
        assert faults == []

    def test_at_the_provider_needs_no_javascript(self, url: str, provider: Provider, data: Path) -> None:
        with chromium() as browser:
            page = browser.new_page(java_script_enabled=False)
            page.goto(f"{url}/account")
            page.get_by_role("link", name="Sign in with Pier").click()
            grow_stale(data)
            page.get_by_role("link", name="Change the password").click()
            page.get_by_role("link", name="Sign in anew with Pier").click()
            page.get_by_role("button", name="Go on").click()
            assert page.url == f"{url}/account/password"
            assert page.get_by_label("New password").count() == 1


class TestSingleSignOn:
    @pytest.mark.requirement("S2-6")
    @pytest.mark.parametrize("way", ["Pier", "GitHub"])
    def test_leads_to_the_provider_and_back_to_the_page_that_was_asked_for(
        self, url: str, provider: Provider, way: str, tmp_path: Path
    ) -> None:
        provider.person("248", "ada", groups=["harbour-crew", "acme"])
        with chromium() as browser:
            page = browser.new_page()
            page.goto(f"{url}/account")
            page.screenshot(path=str(tmp_path / "sign-in.png"))
            page.get_by_role("link", name=f"Sign in with {way}").click()
            page.wait_for_url("**/account")
            assert page.locator("h1").inner_text() == "admin"
            page.get_by_role("button", name="Sign out").click()
            page.wait_for_url("**/sign-in")

    def test_refuses_who_is_in_no_group_with_a_page_that_says_so(self, url: str, provider: Provider) -> None:
        provider.person("249", "eve", groups=["others"])
        with chromium() as browser:
            page = browser.new_page()
            page.goto(f"{url}/sign-in")
            page.get_by_role("link", name="Sign in with Pier").click()
            assert "Only members of certain groups" in page.get_by_role("alert").inner_text()

    @pytest.mark.parametrize("look", ["light", "dark", "forced"])
    def test_page_has_no_fault_that_axe_finds(self, url: str, look: str) -> None:
        axe = axe_source()
        with chromium() as browser:
            page = browser.new_page(
                bypass_csp=True,
                color_scheme="dark" if look == "dark" else "light",
                forced_colors="active" if look == "forced" else "none",
            )
            page.goto(f"{url}/sign-in")
            assert faults_of(page, axe) == []
