"""The pages in a real browser: whole without JavaScript, accessible, quiet, light, at every width."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser, ConsoleMessage, Page

from scripts.serve import bearer, running
from tests.support.api import COMMIT, GATE, Api, junit
from tests.support.browser import axe_source, chromium, faults_of
from tests.support.stock import AIM, PLAN

MOST_BYTES = 60 * 1024
PASSWORD = "seven moored boats at dawn"
PAYLOAD = "<img src=x onerror=alert(1)><script>alert(2)</script>"
WRITTEN = PAYLOAD.replace("<", "&lt;")
HOSTILE_GATE = {**GATE, "title": PAYLOAD, "rules": [{**GATE["rules"][0], "title": PAYLOAD}]}
HOSTILE_JUNIT = (
    f'<testsuite name="{WRITTEN}" tests="1" failures="1" errors="0">'
    f'<testcase classname="{WRITTEN}" name="{WRITTEN}" file="{WRITTEN}">'
    f'<failure message="{WRITTEN}">{WRITTEN}</failure></testcase></testsuite>'
).encode()
HOSTILE_FLAKE8 = f"{PAYLOAD}.py:3:1: F401 {PAYLOAD}\n".encode()
TRUSTED = {"issuer": "https://ci.example.org", "claims": {"project": PAYLOAD}, "owner": PAYLOAD}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve Tidegate with a component that was judged, and whose names are hostile."""
    with running({"ADMIN_INITIAL_PASSWORD": PASSWORD}) as address:
        api = f"{address}/api/v1"
        session = requests.Session()
        session.headers.update(bearer())
        for path, body in (
            ("gates/production?reason=" + quote(PAYLOAD), HOSTILE_GATE),
            ("environments/production", {"rank": 3, "gate": "production", "description": PAYLOAD}),
            ("environments/staging", {"rank": 1}),
            ("components/harbour", {"title": PAYLOAD, "owner": "port", "description": PAYLOAD}),
            ("components/crane", {"title": PAYLOAD, "owner": PAYLOAD}),
            (f"components/harbour/revisions/{COMMIT}", {"branch": PAYLOAD}),
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
        for component, slot, report in (
            ("harbour", "junit.xml", HOSTILE_JUNIT),
            ("harbour", PAYLOAD, HOSTILE_FLAKE8),
            ("crane", "junit.xml", junit()),
        ):
            session.post(
                f"{api}/components/{component}/revisions/{COMMIT}/evidence",
                params={"slot": slot},
                data=report,
                headers={"Content-Type": "application/octet-stream"},
                timeout=30,
            ).raise_for_status()
        place = f"{api}/components/harbour"
        target = {"base_url": "https://192.0.2.1", "owner": PAYLOAD, "paused": True}
        session.put(f"{place}/targets/production", json=target, timeout=30).raise_for_status()
        for path, said in (
            ("facts/declared", {"facts": {"region": PAYLOAD}, "label": PAYLOAD}),
            ("facts/observed", {"facts": {"region": f"not {PAYLOAD}"}, "label": PAYLOAD}),
        ):
            of_target = {"environment": "production"}
            session.post(f"{place}/{path}", json=said, params=of_target, timeout=30).raise_for_status()
        here = {"environment": "production"}
        sides = {"left": {"side": "declared", **here}, "right": {"side": "observed", **here}}
        session.post(f"{api}/parity-reports", json=sides, timeout=30).raise_for_status()
        plan = {**PLAN, "title": PAYLOAD, "rule": "FREQ=WEEKLY"}
        session.post(f"{api}/maintenance-windows", json=plan, timeout=30).raise_for_status()
        aim = f"{place}/targets/production/objectives/up"
        session.put(aim, json=AIM, timeout=30).raise_for_status()
        session.post(
            f"{place}/deployments",
            json={"environment": "production", "version": "1.0.0", "url": "https://ci.example.org/runs/1"},
            timeout=30,
        ).raise_for_status()
        release = {"version": "1.0.0", "revision": COMMIT, "environment": "production", "notes": PAYLOAD}
        session.post(f"{api}/components/crane/releases", json=release, timeout=30).raise_for_status()
        # Attempts that are refused are in the audit log, in the words of who made them.
        named, stranger = quote(PAYLOAD, safe=""), {"Authorization": PAYLOAD}
        refused = requests.get(f"{api}/users/{named}", headers=stranger, timeout=30)
        assert refused.status_code in (401, 404)
        yield address


BROKEN_NAMES = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll("td.name, td a.whole")) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (const word of node.data.matchAll(/[\\w]+/g)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map(one => Math.round(one.top)));
        if (lines.size > 1) broken.push(word[0]);
      }
    }
  }
  return broken;
}"""
"""Finds the words in cells of names that stand on more than one line."""


@pytest.fixture(scope="module")
def paths(url: str) -> list[str]:
    """Return a page of every kind."""

    def read(path: str) -> Any:
        return requests.get(f"{url}/api/v1/{path}", headers=bearer(), timeout=30).json()

    def write(path: str, **body: Any) -> Any:
        answer = requests.post(f"{url}/api/v1/{path}", json=body, headers=bearer(), timeout=30)
        answer.raise_for_status()
        return answer.json()

    verdict = read("verdicts")["items"][0]["id"]
    report = read(f"components/harbour/revisions/{COMMIT}/evidence")
    gate = read("gates/production")["digest"]
    incident = read("incidents")["items"][0]["id"]
    parity = write("parity-reports", left={"side": "declared"}, right={"side": "observed"})["id"]
    place = {"component": "harbour", "environment": "production", "field": "region"}
    item = write("parity-items", report=parity, **place, assignee="eve", note=PAYLOAD)["item"]["id"]
    write("notification-channels", name="crew", kind="webhook", url="https://hooks.example.org/in")
    write("notification-channels/crew/tests")
    quoted = PAYLOAD.replace('"', '""')
    imported = [
        requests.post(
            f"{url}/api/v1/imports?name={quote(name)}", data=table.encode(), headers=bearer(), timeout=30
        ).json()["id"]
        for name, table in (
            (PAYLOAD, f'component,zone\nharbour,"{quoted}"\n'),
            ("bad.csv", f'component,zone\n"{quoted}",1\n'),
        )
    ]
    return [
        "/channels",
        "/channels/crew",
        "/deliveries",
        "/targets",
        "/components/harbour/targets/production",
        "/components/harbour/deployments",
        "/incidents",
        f"/incidents/{incident}",
        "/maintenance",
        "/components/harbour/targets/production/objectives",
        "/status-pages/production",
        "/environments/production/status",
        "/parity",
        f"/parity/{parity}",
        f"/parity/{parity}/rows/harbour/region?environment=production",
        "/parity/items",
        f"/parity/items/{item}",
        "/inventory/imports",
        *(f"/inventory/imports/{one}" for one in imported),
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
        "/flags",
        "/environments/production/edit",
        "/register/component",
        "/register/environment",
        "/register/gate",
        "/components/harbour/edit",
        "/components/crane/releases/1.0.0",
        "/components/crane/releases/1.0.0/notes",
        "/search?q=crane%20",
        *(f"{path}={quote(PAYLOAD)}" for path in TYPED),
        "/components/harbour/releases/new",
        "/gates/production/edit",
        "/nowhere",
    ]


TYPED = (
    "/?owner",
    "/search?q",
    "/verdicts?component",
    "/audit?subject",
    "/audit?action",
    "/audit?actor",
    "/jobs?task",
    "/incidents?component",
    "/maintenance?component",
    "/deliveries?channel",
    "/tokens?user",
    "/publishers?provider",
    "/components/harbour?measure",
    "/components/harbour/releases/new?revision",
    "/components/harbour/releases/new?version",
)
"""Pages with a parameter whose value they show again."""
NO_PAGES = {
    "begin_sign_on": "leads to a provider: test_sign_on_in_browser.py",
    "finish_sign_on": "leads on, or shows the sign-in page: test_sign_on_in_browser.py",
    "begin_proof": "leads to a provider: test_sign_on_in_browser.py",
    "show_proof": "is shown after a proof at a provider: test_sign_on_in_browser.py",
    "show_no_role": "is shown to others: below",
    "show_sign_in": "is shown to others: below",
    "show_question": "is there with a service alone: test_explanations.py",
    "show_try": "holds Swagger UI: test_try_in_browser.py",
    "follow_verdicts": "a feed",
    "show_badge": "a picture",
    "download_evidence": "a file",
    "download_parity_report": "a file",
    "download_import": "a file",
    "download_template": "a file",
    "export_inventory": "a file",
    "download_attestation": "a file",
    "download_summary": "a file",
}
"""What is not visited here, and why."""


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
    def test_are_all_visited_here(self, paths: list[str], api: Api) -> None:
        app, visited = api.client.application, set()
        addresses = app.url_map.bind("localhost")
        for path in paths:
            if path != "/nowhere":
                endpoint, _ = addresses.match(path.partition("?")[0])
                visited.add(endpoint.partition(".")[2])
        known = {
            rule.endpoint.partition(".")[2]
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and rule.endpoint.startswith("console.")
        }
        assert known - visited == set(NO_PAGES)

    @pytest.mark.drill
    @pytest.mark.parametrize("look", ["light", "dark", "forced"])
    def test_for_others_have_no_fault_that_axe_finds_and_fit_a_phone(self, url: str, look: str) -> None:
        """The page to sign in, and those of somebody without a role, at the width of a telephone."""
        axe, faults = axe_source(), []
        with chromium() as browser:
            admin = enter(browser, url, java_script_enabled=False)
            made = {"name": f"mallory-{look}", "display_name": PAYLOAD}
            requests.post(f"{url}/api/v1/users", json=made, headers=bearer(), timeout=30).raise_for_status()
            admin.goto(f"{url}/people/mallory-{look}")
            admin.get_by_role("button", name="Make a code for a new password").click()
            code = admin.locator(".banner code").inner_text()
            page = browser.new_page(
                bypass_csp=True,
                viewport={"width": 390, "height": 800},
                color_scheme="dark" if look == "dark" else "light",
                forced_colors="active" if look == "forced" else "none",
            )
            page.on("dialog", lambda dialog: faults.append(("ran", dialog.message, "")))
            page.goto(f"{url}/sign-in?next={quote(PAYLOAD)}")
            faults += [("/sign-in", *fault) for fault in faults_of(page, axe)]
            page.goto(f"{url}/choose-password")
            page.get_by_label("Name").fill(f"mallory-{look}")
            page.get_by_label("Code").fill(code)
            page.get_by_label("Password").fill("nine lanterns on the breakwater")
            page.get_by_role("button", name="Take this password").click()
            page.wait_for_url("**/no-role")
            for path in ("/no-role", "/account", "/account/password"):
                page.goto(url + path)
                faults += [(path, *fault) for fault in faults_of(page, axe)]
                main = page.locator("main").bounding_box()
                assert main is not None and main["x"] + main["width"] <= 391, path
                assert page.get_by_role("button", name="Sign out").is_visible(), path
            page.get_by_role("button", name="Sign out").click()
            page.wait_for_url("**/sign-in")
        assert faults == []

    @pytest.mark.drill
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

    @pytest.mark.drill
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

    @pytest.mark.drill
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

    @pytest.mark.drill
    def test_break_no_name_in_a_table_on_a_telephone(self, url: str, paths: list[str]) -> None:
        broken = {}
        with chromium() as browser:
            page = enter(browser, url, viewport={"width": 390, "height": 900})
            for path in paths:
                page.goto(url + path)
                if found := page.evaluate(BROKEN_NAMES):
                    broken[path] = found
        assert broken == {}

    @pytest.mark.drill
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

    @pytest.mark.drill
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

    @pytest.mark.drill
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
            guest.wait_for_url(f"{own}/no-role")
            assert guest.get_by_text("eve").count() >= 1
