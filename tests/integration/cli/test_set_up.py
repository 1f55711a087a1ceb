"""A first start that knows nobody: what the server prints lets one person in, whichever worker answers."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from scripts.serve import free_port, started, wait_until_ready
from tests.support.forms import BROWSER, forms_of_text

PASSWORD = "seven moored boats at dawn"


class TestFirstStart:
    def test_prints_a_code_that_makes_one_administrator(self, tmp_path: Path) -> None:
        port, log = free_port(), tmp_path / "serve.log"
        settings = {
            "PORT": str(port),
            "DATA_DIR": str(tmp_path / "data"),
            "FLASK_ENV": "development",
            "DATABASE_URL": "",
            "AUTO_MIGRATE": "true",
            "WEB_CONCURRENCY": "2",
            "LOG_LEVEL": "DEBUG",
            "ADMIN_INITIAL_PASSWORD": "",
        }
        url = f"http://127.0.0.1:{port}"
        with started(("tidegate", "serve"), log, settings) as server:
            wait_until_ready(url, server, log)
            (code,) = re.findall(r"enter the code ([0-9A-Z-]{19})", log.read_text())
            assert f"{url}/setup on this machine" in log.read_text()
            browser = requests.Session()
            shown = browser.get(f"{url}/setup", headers=BROWSER, timeout=30)
            ((_, fields),) = forms_of_text(shown.text)
            sent = {**fields, "code": code, "name": "ada", "password": PASSWORD}

            made = browser.post(f"{url}/setup", data=sent, headers=BROWSER, timeout=30, allow_redirects=False)
            people = browser.get(f"{url}/people", headers=BROWSER, timeout=30)
            again = requests.get(f"{url}/setup", headers=BROWSER, timeout=30)

        assert made.status_code == 303
        assert people.status_code == 200 and "ada" in people.text
        assert "There is somebody already" in again.text
        # Printed once; no line of the log about a request holds it, nor the password.
        assert log.read_text().count(code) == 1
        assert PASSWORD not in log.read_text()
