"""The running API against its own document: `make schemathesis` is this file, on both databases."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import URL

from scripts import run_schemathesis
from scripts.serve import TOKEN, bearer, new_token, running
from tests.support.stock import make_stock
from tidegate.domain.access import Role

_CONFIG = Path(__file__).with_name("schemathesis.toml")


# What holds whoever asks: no failure of the server, and no answer that the document does not know.
_FOR_EVERYBODY = (
    "--checks=not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance",
    "--phases=coverage",
)
_NOBODY_PROBES = {"SCAN_INTERVAL_MINUTES": "1440"}  # else `/health` says soon, with 503, that no worker does
_FOUND = 'fail-on = ["missing_test_data"]'  # whoever may do little is not told of what is there


@pytest.mark.drill
class TestTheRunningApi:
    def test_keeps_its_document(self, database_url: URL, tmp_path: Path) -> None:
        shown = database_url.set(drivername=database_url.get_backend_name())
        settings = {"DATABASE_URL": shown.render_as_string(hide_password=False), **_NOBODY_PROBES}
        with running(settings) as url:
            names = asdict(make_stock(lambda method, path, body: _send(url + path, method, body)))
            names["any_version"] = "*"
            config = run_schemathesis.write_config(_CONFIG, names, tmp_path / "schemathesis.toml")
            assert run_schemathesis.ask(url, config) == 0

    # On SQLite alone: who may do what is decided before a database is asked for more than the person.
    # The test above asks as an administrator.
    def test_keeps_it_whoever_asks(self, tmp_path: Path) -> None:
        database = {"DATABASE_URL": f"sqlite:///{tmp_path / 'tidegate.db'}"}
        settings = {**database, **_NOBODY_PROBES, "DATA_DIR": str(tmp_path)}
        with running(settings) as url, pytest.MonkeyPatch.context() as patch:
            names = asdict(make_stock(lambda method, path, body: _send(url + path, method, body)))
            names["any_version"] = "*"
            template = tmp_path / "template.toml"
            template.write_text(_CONFIG.read_text("utf-8").replace(_FOUND, "fail-on = []"), "utf-8")
            config = run_schemathesis.write_config(template, names, tmp_path / "schemathesis.toml")
            outcomes = {}
            for role in (Role.VIEWER, Role.SUBMITTER, Role.RELEASE_MANAGER, None):
                if role is None:
                    patch.delenv(TOKEN)
                else:
                    patch.setenv(TOKEN, new_token(f"as-{role}", role, settings))
                outcomes[str(role)] = run_schemathesis.ask(url, config, _FOR_EVERYBODY)
            assert set(outcomes.values()) == {0}, outcomes


def _send(url: str, method: str, body: Any) -> dict[str, Any]:
    payload = {"data": body} if isinstance(body, bytes) else {"json": body}
    answer = requests.request(method, url, timeout=30, headers=bearer(), **payload)
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found
