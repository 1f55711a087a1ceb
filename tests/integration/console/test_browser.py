"""The pages in a real browser: whole without JavaScript, accessible, quiet, light, at every width."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, ConsoleMessage, Page

from scripts.serve import bearer, running
from tests.support.api import COMMIT, GATE, flake8, junit
from tests.support.browser import axe_source, chromium, faults_of

MOST_BYTES = 60 * 1024
PASSWORD = "seven moored boats at dawn"
PAYLOAD = "<img src=x onerror=alert(1)><script>alert(2)</script>"
TRUSTED = {"issuer": "https://ci.example.org", "claims": {"project": PAYLOAD}, "owner": PAYLOAD}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve Tidegate with a component that was judged, and whose names are hostile."""
    with running({"ADMIN_INITIAL_PASSWORD": PASSWORD}) as address:
        api = f"{address}/api/v1"
        session = requests.Session()
        session.headers.update(bearer())
        for path, body in (
            ("gates/production", {**GATE, "title": PAYLOAD}),
            ("environments/production", {"rank": 3, "gate": "production"}),
            ("environments/staging", {"rank": 1}),
            ("components/harbour", {"title": PAYLOAD, "owner": "port", "description": PAYLOAD}),
        ):
            session.put(f"{api}/{path}", json=body, timeout=30).raise_for_status()
        for path, document in (
            ("users", {"name": "eve", "display_name": PAYLOAD}),
            ("roles", {"user": "eve", "role": "viewer", "owner": PAYLOAD}),
            ("roles", {"group": "port", "role": "viewer"}),
            ("tokens", {"name": "ci-harbour", "role": "viewer", "owner": PAYLOAD}),
            ("publishers", {"name": "ci-other", "provider": "other", "role": "viewer", **TRUSTED}),
        ):
            session.post(f"{api}/{path}", json=document, timeout=30).raise_for_status()
        session.put(f"{api}/groups/port/members/eve", timeout=30).raise_for_status()
        for slot, report in (("junit.xml", junit(failed=3)), (PAYLOAD, flake8("a.py", "b.py"))):
            session.post(
                f"{api}/components/harbour/revisions/{COMMIT}/evidence",
                params={"slot": slot},
                data=report,
                headers={"Content-Type": "application/octet-stream"},
                timeout=30,
            ).raise_for_status()
        yield address


@pytest.fixture(scope="module")
def paths(url: str) -> list[str]:
    """Return a page of every kind."""

    def read(path: str) -> Any:
        return requests.get(f"{url}/api/v1/{path}", headers=bearer(), timeout=30).json()

    verdict = read("verdicts")["items"][0]["id"]
    report = read(f"components/harbour/revisions/{COMMIT}/evidence")
    gate = read("gates/production")["digest"]
    return [
        "/",
        "/components/harbour",
        f"/components/harbour/revisions/{COMMIT}",
        "/verdicts",
        f"/verdicts/{verdict}",
        f"/verdicts/{verdict}/replay",
        *(f"/evidence/{one['id']}" for one in report["items"]),
        "/gates",
        "/gates/production",
        f"/gates/production/versions/{gate}",
        "/audit",
        "/jobs",
        "/system",
        "/search?q=nothing",
        "/account",
        "/account/password",
        "/people",
        "/people/eve",
        "/groups",
        "/groups/port",
        "/tokens",
        "/publishers",
        "/publishers?provider=gitlab",
        "/publishers?provider=other",
        "/setup",
        "/choose-password",
        "/environments",
        "/environments/production/edit",
        "/register/component",
        "/register/environment",
        "/register/gate",
        "/components/harbour/edit",
        "/components/harbour/releases/new",
        "/gates/production/edit",
        "/nowhere",
    ]


def enter(browser: Browser, url: str, **options: Any) -> Page:
    """Open a page and sign in as a person does."""
    page = browser.new_page(**options)
    page.goto(f"{url}/gates")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/gates")
    return page


class TestPages:
    @pytest.mark.parametrize("look", ["light", "dark", "forced"])
    def test_have_no_fault_that_axe_finds(self, url: str, paths: list[str], look: str) -> None:
        axe, faults = axe_source(), []
        with chromium() as browser:
            page = enter(
                browser,
                url,
                bypass_csp=True,
                color_scheme="dark" if look == "dark" else "light",
                forced_colors="active" if look == "forced" else "none",
            )
            for path in paths:
                page.goto(url + path)
                faults += [(path, *fault) for fault in faults_of(page, axe)]
            outside = browser.new_page(bypass_csp=True, color_scheme="dark" if look == "dark" else "light")
            outside.goto(f"{url}/sign-in")
            faults += [("/sign-in", *fault) for fault in faults_of(outside, axe)]
        assert faults == []

    def test_are_quiet_and_run_nothing_that_was_sent_in(self, url: str, paths: list[str]) -> None:
        said: list[str] = []

        def note(message: ConsoleMessage) -> None:
            # The browser itself notes that a page was answered with 404, which was asked for.
            if "404" not in message.text:
                said.append(message.text)

        with chromium() as browser:
            page = enter(browser, url)
            page.on("console", note)
            page.on("dialog", lambda dialog: said.append(f"ran: {dialog.message}"))
            page.on("pageerror", lambda error: said.append(str(error)))
            for path in paths:
                page.goto(url + path)
        assert said == []

    def test_are_whole_without_javascript_at_every_width(self, url: str, paths: list[str]) -> None:
        wide = []
        with chromium() as browser:
            for width in (390, 1280, 2560):
                page = enter(
                    browser, url, java_script_enabled=False, viewport={"width": width, "height": 900}
                )
                for path in paths:
                    page.goto(url + path)
                    assert page.locator("h1").count() == 1, path
                    body = page.locator("body").bounding_box()
                    main = page.locator("main").bounding_box()
                    if body is None or main is None or main["x"] + main["width"] > width + 1:
                        wide.append((path, width))
        assert wide == []

    def test_weigh_little(self, url: str, paths: list[str]) -> None:
        weights = {}
        with chromium() as browser:
            page = enter(browser, url)
            for path in paths:
                answer = page.goto(url + path)
                assert answer is not None
                sheet = page.locator("link[rel=stylesheet]").get_attribute("href")
                style = requests.get(f"{url}{sheet}", timeout=30).content
                weights[path] = len(answer.body()) + len(style)
        print(json.dumps(weights, indent=1))
        assert {path: size for path, size in weights.items() if size > MOST_BYTES} == {}

    def test_can_be_used_with_the_keyboard_alone(self, url: str) -> None:
        with chromium() as browser:
            page = enter(browser, url)
            page.goto(url)
            page.keyboard.press("Tab")
            assert page.locator(":focus").inner_text() == "Skip to the content"
            page.locator("input[name=q]").focus()
            page.keyboard.type("harbour")
            page.keyboard.press("Enter")
            page.wait_for_url("**/components/harbour")
            assert page.locator("h1").count() == 1

    def test_let_somebody_new_in_with_a_code(self) -> None:
        with running({"ADMIN_INITIAL_PASSWORD": PASSWORD}) as own, chromium() as browser:
            page = enter(browser, own, java_script_enabled=False)
            page.goto(f"{own}/people")
            page.get_by_label("Name", exact=True).fill("eve")
            page.get_by_role("button", name="Create").click()
            page.wait_for_url("**/people/eve")
            page.get_by_role("button", name="Make a code for a new password").click()
            code = page.locator(".banner code").inner_text()
            guest = browser.new_page(java_script_enabled=False)
            guest.goto(f"{own}/choose-password")
            guest.get_by_label("Name").fill("eve")
            guest.get_by_label("Code").fill(code)
            guest.get_by_label("Password").fill("nine lanterns on the breakwater")
            guest.get_by_role("button", name="Take this password").click()
            guest.wait_for_url(f"{own}/")
            assert guest.get_by_text("eve").count() >= 1
