"""The running API against its own document: `make schemathesis` is this file, on both databases."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import URL

from scripts import run_schemathesis
from scripts.serve import bearer, running
from tests.support.stock import make_stock

_CONFIG = Path(__file__).with_name("schemathesis.toml")


class TestTheRunningApi:
    def test_keeps_its_document(self, database_url: URL, tmp_path: Path) -> None:
        shown = database_url.set(drivername=database_url.get_backend_name())
        with running({"DATABASE_URL": shown.render_as_string(hide_password=False)}) as url:
            names = asdict(make_stock(lambda method, path, body: _send(url + path, method, body)))
            names["any_version"] = "*"
            config = run_schemathesis.write_config(_CONFIG, names, tmp_path / "schemathesis.toml")
            assert run_schemathesis.ask(url, config) == 0


def _send(url: str, method: str, body: Any) -> dict[str, Any]:
    payload = {"data": body} if isinstance(body, bytes) else {"json": body}
    answer = requests.request(method, url, timeout=30, headers=bearer(), **payload)
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found
