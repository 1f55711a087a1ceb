"""The forms in a real browser, without JavaScript where it can be told: sent, refused, accessible."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page

from scripts.serve import bearer, running
from tests.integration.console.test_browser import PASSWORD, PAYLOAD, enter
from tests.support.api import COMMIT, GATE, OTHER_COMMIT, flake8, junit
from tests.support.browser import axe_source, chromium, faults_of
from tidegate.domain.signing import SigningKey

# All of them, so that the server and the browser are started in one run alone.
pytestmark = pytest.mark.drill


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve Tidegate, which signs, with a good and a bad revision of a component whose title is hostile."""
    variables = {
        "ADMIN_INITIAL_PASSWORD": PASSWORD,
        "SIGNING_KEY": SigningKey.generate().private_pem(),
    }
    with running(variables) as address:
        api = f"{address}/api/v1"
        session = requests.Session()
        session.headers.update(bearer())
        for path, body in (
            ("gates/production", GATE),
            ("environments/production", {"rank": 3, "gate": "production"}),
            ("components/harbour", {"title": PAYLOAD, "owner": "port"}),
        ):
            session.put(f"{api}/{path}", json=body, timeout=30).raise_for_status()
        for commit, slot, report in (
            (COMMIT, "junit.xml", junit()),
            (COMMIT, "flake8.txt", flake8("a.py")),
            (OTHER_COMMIT, "junit.xml", junit(failed=1)),
        ):
            session.post(
                f"{api}/components/harbour/revisions/{commit}/evidence",
                params={"slot": slot},
                data=report,
                headers={"Content-Type": "application/octet-stream"},
                timeout=30,
            ).raise_for_status()
        yield address


def check_gate(page: Page, url: str) -> None:
    """Check a gate with a fault in it."""
    page.goto(f"{url}/gates/production/edit")
    document = page.get_by_label("Document")
    document.fill(document.input_value().replace("tests.failed", "tests.faled") + f"\n# {PAYLOAD}\n")
    page.get_by_role("button", name="Check").click()
    assert "Line " in page.locator(".faultlist").inner_text()


def try_gate(page: Page, url: str) -> None:
    """Try a stricter gate on history."""
    page.goto(f"{url}/gates/production/edit")
    document = page.get_by_label("Document")
    document.fill(document.input_value().replace("tests.failed == 0", "tests.total > 99"))
    page.get_by_role("button", name="Try on history").click()
    assert "It would have stopped 2 of the last 2 revisions" in page.locator("main").inner_text()


def save_without_reason(page: Page, url: str) -> None:
    """Save a gate without saying why."""
    page.goto(f"{url}/gates/production/edit")
    page.get_by_role("button", name="Save and put in force").click()
    assert "Reason is needed" in page.locator("#reason-fault").inner_text()


def refused_release(page: Page, url: str) -> None:
    """Ask for a release that the gate refuses."""
    page.goto(f"{url}/components/harbour/releases/new?revision={OTHER_COMMIT}")
    page.get_by_label("Version").fill("1.0.0")
    page.get_by_label("Notes").fill(PAYLOAD)
    page.get_by_role("button", name="Ask the gate and release").click()
    assert "1 rule blocks it" in page.locator("main").inner_text()


def wrong_component(page: Page, url: str) -> None:
    """Register a component whose name no address should hold."""
    page.goto(f"{url}/register/component")
    page.get_by_label("Name").fill(PAYLOAD)
    page.get_by_label("Title").fill(PAYLOAD)
    page.get_by_label("Owner").fill(PAYLOAD)
    page.get_by_role("button", name="Register").click()
    assert "cannot name a component" in page.locator("#component-fault").inner_text()


def verified_log(page: Page, url: str) -> None:
    """Verify the audit log."""
    page.goto(f"{url}/audit")
    page.get_by_role("button", name="Verify the chain").click()
    assert "is as it was written" in page.locator("main").inner_text()


ANSWERS = (check_gate, try_gate, save_without_reason, refused_release, wrong_component, verified_log)


class TestForms:
    @pytest.mark.parametrize("look", ["light", "dark", "forced"])
    def test_answer_without_a_fault_that_axe_finds(self, url: str, look: str) -> None:
        axe, faults = axe_source(), []
        with chromium() as browser:
            page = enter(
                browser,
                url,
                bypass_csp=True,
                color_scheme="dark" if look == "dark" else "light",
                forced_colors="active" if look == "forced" else "none",
            )
            for answer in ANSWERS:
                answer(page, url)
                faults += [(answer.__name__, *fault) for fault in faults_of(page, axe)]
        assert faults == []

    def test_run_nothing_that_was_typed(self, url: str) -> None:
        said: list[str] = []
        with chromium() as browser:
            page = enter(browser, url)
            page.on("dialog", lambda dialog: said.append(f"ran: {dialog.message}"))
            page.on("pageerror", lambda error: said.append(str(error)))
            for answer in ANSWERS:
                answer(page, url)
        assert said == []

    @pytest.mark.parametrize("width", [390, 2560])
    def test_fit_every_width(self, url: str, width: int) -> None:
        wide = []
        with chromium() as browser:
            page = enter(browser, url, java_script_enabled=False, viewport={"width": width, "height": 900})
            for answer in ANSWERS:
                answer(page, url)
                main = page.locator("main").bounding_box()
                if main is None or main["x"] + main["width"] > width + 1:
                    wide.append(answer.__name__)
        assert wide == []

    @pytest.mark.requirement("S0-2")
    def test_lead_from_nothing_to_a_release_without_javascript(self, url: str) -> None:
        with chromium() as browser:
            page = enter(browser, url, java_script_enabled=False)
            page.goto(f"{url}/register/component")
            page.get_by_label("Name").fill("quay")
            page.get_by_label("Title").fill("Quay")
            page.get_by_label("Owner").fill("land")
            page.get_by_role("button", name="Register").click()
            page.wait_for_url("**/components/quay")
            page.goto(f"{url}/components/harbour")
            page.get_by_role("link", name="Release a revision").click()
            page.get_by_role("link", name=f"Take {COMMIT[:12]}").click()
            page.get_by_label("Version").fill("1.0.0")
            page.get_by_role("button", name="Ask the gate and release").click()
            page.wait_for_url("**/components/harbour/releases/1.0.0")
            page.get_by_role("link", name="Correct the notes").click()
            page.get_by_label("Notes").fill("Boats can be counted.")
            page.get_by_role("button", name="Save").click()
            assert "Boats can be counted." in page.locator("main").inner_text()
            page.get_by_role("link", name="its verdict").click()
            with page.expect_download() as download:
                page.get_by_role("link", name="Download it signed").click()
            assert download.value.suggested_filename.startswith("verdict-")
