"""`make screenshots`: the pictures of the pages that the docs show, of a server with sample releases."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
from playwright.sync_api import Page, sync_playwright

from scripts import make_reports
from scripts.serve import bearer, running

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PASSWORD = "seven moored boats at dawn"  # nosec B105  # of a server that ends with this script
BROKEN, FIXED = "3f9c1e7a52d80b64c1a7e95f02d48b6c7e1350fa", "a84d20e6f7139b5c40de86a1f25c97b3e06d18c4"
REVISIONS = {BROKEN: "broken", FIXED: "fixed"}
RUNNING = {"harbour": "1.4.1", "lighthouse": "2.0.3", "tide-tables": "0.8.9"}
DECLARED = {"harbour": "1.4.1", "lighthouse": "2.0.3", "tide-tables": "0.9.0"}
WIDTH, HEIGHT = 1200, 640


def main() -> int:
    """Take the pictures; returns 1 where there is no browser."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        print("NOT RUN: neither chromium nor google-chrome is on this machine (apt-get install chromium)")
        return 1
    IMAGES.mkdir(exist_ok=True)
    settings = {"ADMIN_INITIAL_PASSWORD": PASSWORD, "OUTGOING_ALLOW": "127.0.0.1/32"}
    with running(settings) as url, answering() as targets, sync_playwright() as playwright:
        pages = {**fill(url), "parity": declare_and_probe(url, targets)}
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(f"{url}/sign-in")
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        for name, path in pages.items():
            page.goto(url + path)
            page.screenshot(path=IMAGES / f"{name}.png")
            print(f"docs/images/{name}.png")
        for name, fill_in in FORMS.items():
            fill_in(page, url)
            page.screenshot(path=IMAGES / f"{name}.png")
            print(f"docs/images/{name}.png")
        browser.close()
    return 0


def change_gate(page: Page, url: str) -> None:
    """Ask for more tests than the last releases had, and try that on history."""
    page.goto(f"{url}/gates/production/edit")
    document = page.get_by_label("Document")
    document.fill(document.input_value().replace("tests.passed >= 10", "tests.passed >= 30"))
    page.get_by_role("button", name="Try on history").click()


def refuse_release(page: Page, url: str) -> None:
    """Ask for a release that the gate refuses."""
    page.goto(f"{url}/components/harbour/releases/new?environment=production&revision={BROKEN}")
    page.get_by_label("Version").fill("1.5.0")
    page.get_by_role("button", name="Ask the gate").click()


FORMS: Mapping[str, Callable[[Page, str], None]] = {"gate-form": change_gate, "release-form": refuse_release}


def fill(url: str) -> dict[str, str]:
    """Submit the reports of the sample project's releases; returns the address of each page to show."""
    api, session = f"{url}/api/v1", requests.Session()
    session.headers.update(bearer())
    for path, file in (("gates/floor", "floor"), ("gates/production", "production")):
        document = (ROOT / "gates" / f"{file}.yml").read_bytes()
        kind = {"Content-Type": "application/yaml"}
        session.put(f"{api}/{path}", data=document, headers=kind, timeout=30).raise_for_status()
    for path, body in (
        ("environments/production", {"rank": 20, "gate": "production"}),
        ("environments/staging", {"rank": 10, "gate": "floor"}),
        ("components/harbour", {"title": "Harbour", "owner": "quay"}),
        ("components/lighthouse", {"title": "Lighthouse", "owner": "coast"}),
        ("components/tide-tables", {"title": "Tide tables", "owner": "coast"}),
    ):
        session.put(f"{api}/{path}", json=body, timeout=30).raise_for_status()
    blocked = ""
    machine = {"name": "ci-harbour", "role": "release-manager"}
    made = session.post(f"{api}/tokens", json=machine, timeout=30)
    made.raise_for_status()
    session.headers["Authorization"] = f"Bearer {made.json()['token']}"
    with tempfile.TemporaryDirectory() as folder:
        for commit, release in REVISIONS.items():
            reports = Path(folder) / release
            make_reports.make(ROOT / "examples" / "harbour" / release, reports)
            for component in ("harbour", "lighthouse") if release == "fixed" else ("harbour",):
                submit(session, f"{api}/components/{component}/revisions/{commit}/evidence", reports)
            if release == "broken":
                newest = session.get(f"{api}/verdicts?limit=1&state=fail", timeout=30).json()
                blocked = newest["items"][0]["id"]
    release_1_4_1 = {
        "version": "1.4.1",
        "revision": FIXED,
        "environment": "production",
        "notes": "Boats moor.",
    }
    session.post(f"{api}/components/harbour/releases", json=release_1_4_1, timeout=30).raise_for_status()
    return {"overview": "/", "verdict": f"/verdicts/{blocked}", "component": "/components/harbour"}


@contextmanager
def answering() -> Iterator[Mapping[str, str]]:
    """Run a service for each target until the block ends; gives the base URL of each."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(service(version)) for name, version in RUNNING.items()}


@contextmanager
def service(version: str) -> Iterator[str]:
    """Run a service on loopback that is well and tells its version."""
    body = json.dumps({"status": "pass", "version": version}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/health+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def declare_and_probe(url: str, targets: Mapping[str, str]) -> str:
    """Declare what should run, look at what does, and compare; returns the address of the report's page."""
    api, session = f"{url}/api/v1", requests.Session()
    session.headers.update(bearer())
    for name, base_url in targets.items():
        target = f"{api}/components/{name}/targets/production"
        declared = {"facts": {"version": DECLARED[name], "health.state": "pass", "http.status": 200}}
        facts = f"{api}/components/{name}/facts/declared?environment=production"
        session.put(target, json={"base_url": base_url}, timeout=30).raise_for_status()
        session.post(facts, json=declared, timeout=30).raise_for_status()
        session.post(f"{target}/probe", timeout=30).raise_for_status()
    sides = {"left": {"side": "declared"}, "right": {"side": "observed"}}
    made = session.post(f"{api}/parity-reports", json=sides, timeout=30)
    made.raise_for_status()
    return f"/parity/{made.json()['id']}"


def submit(session: requests.Session, address: str, reports: Path) -> None:
    """Send every report of a folder."""
    for report in sorted(path for path in reports.iterdir() if path.is_file()):
        kind = {"Content-Type": "application/octet-stream"}
        with report.open("rb") as body:
            sent = session.post(address, params={"slot": report.name}, data=body, headers=kind, timeout=60)
        sent.raise_for_status()


if __name__ == "__main__":
    sys.exit(main())
