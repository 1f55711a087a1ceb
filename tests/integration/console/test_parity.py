"""The pages of parity, on both databases: reports, their rows, and what people make of a difference."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.console.test_gate_forms import read
from tests.integration.console.test_pages import PAYLOAD, parsed
from tests.support.api import Api, make_api
from tests.support.forms import BROWSER, fill_in
from tests.support.people import sign_in
from tidegate.domain.access import Role
from tidegate.domain.principals import WORKER
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.parity.service import ParityService

_SIDES = {"left": {"side": "declared"}, "right": {"side": "observed"}}
_FACTS = "/components/harbour/facts"


@pytest.fixture
def manager(api: Api) -> Api:
    """An API with one difference and one match, whose caller is a release manager's browser."""
    prepare(api)
    return api


def prepare(api: Api) -> None:
    api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
    api.put("/environments/production", {"rank": 1})
    here = "?environment=production"
    api.post(f"{_FACTS}/declared{here}", {"facts": {"port": 443, "version": "1.2", "motto": PAYLOAD}})
    api.post(f"{_FACTS}/observed{here}", {"facts": {"port": 8443, "version": "v1.2.0"}})
    sign_in(api.client, api.database.engine, "mia", api.clock.now(), role=Role.RELEASE_MANAGER)


def made(api: Api) -> str:
    report: dict[str, Any] = api.post("/parity-reports", _SIDES).get_json()
    return str(report["id"])


def shown(api: Api, path: str) -> str:
    answer = api.client.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    parsed(answer)
    return read(answer.text)


class TestReports:
    def test_are_made_by_form_and_listed(self, manager: Api) -> None:
        assert "Nothing was compared yet." in shown(manager, "/parity")
        sent = fill_in(
            manager.client,
            "/parity",
            left="declared",
            right="observed",
            left_environment="production",
            right_environment="production",
        )
        assert sent.status_code == 303
        text = shown(manager, sent.headers["Location"])
        assert "declared in production" in text
        assert "mismatch" in text and "8443" in text
        assert "2 of 3" in shown(manager, "/parity")

    def test_that_compare_nothing_are_refused(self, manager: Api) -> None:
        sent = fill_in(manager.client, "/parity", left="declared", right="declared")
        assert sent.status_code == 422
        assert "Both sides are the same" in sent.text

    def test_show_each_value_with_its_source_and_its_age(self, manager: Api) -> None:
        text = shown(manager, f"/parity/{made(manager)}")
        assert text.index("mismatch") < text.index("8443") < text.index("v1.2.0")
        assert "token:tests , seen 2026-11-21 02:30:00 UTC" in text
        only = shown(manager, f"/parity/{made(manager)}?status=match")
        assert "v1.2.0" in only and "8443" not in only

    @pytest.mark.parametrize(
        ("form", "begin"), [("csv", b"Component"), ("json", b'{"report"'), ("xlsx", b"PK")]
    )
    def test_are_downloaded(self, manager: Api, form: str, begin: bytes) -> None:
        answer = manager.client.get(f"/parity/{made(manager)}/content?format={form}", headers=BROWSER)
        assert answer.data.startswith(begin)
        assert answer.headers["Content-Disposition"].startswith("attachment")

    def test_are_downloaded_in_known_forms_alone(self, manager: Api) -> None:
        answer = manager.client.get(f"/parity/{made(manager)}/content?format=pdf", headers=BROWSER)
        assert answer.status_code == 404

    def test_that_wait_or_failed_say_so(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "small", PARITY_MAX_ROWS_AT_ONCE="1", PARITY_MAX_ROWS="1")
        prepare(api)
        path = f"/parity/{made(api)}"
        assert "It waits for the worker" in shown(api, path)
        work = api.client.application.extensions[EXTENSION].work(WORKER)
        work.use(ParityService).compute(path.rpartition("/")[2])
        work.close()
        assert "There is none: There are more than 1 fields" in shown(api, path)
        assert "failed" in shown(api, "/parity")


class TestItems:
    def handle(self, api: Api, **fields: str) -> Any:
        path = f"/parity/{made(api)}/rows/harbour/port?environment=production"
        return fill_in(api.client, path, **fields)

    def test_are_accepted_by_form_and_shown_so(self, manager: Api) -> None:
        until = (manager.clock.now() + timedelta(days=7)).date().isoformat()
        fields = {"state": "accepted", "note": PAYLOAD, "assignee": "mia", "accepted_until": until}
        sent = self.handle(manager, **fields)
        assert sent.status_code == 303, sent.text
        item = shown(manager, sent.headers["Location"])
        assert f"accepted until {until}" in item.replace(" 23:59", "")
        assert "by person:mia" in item
        assert "accepted until" in shown(manager, f"/parity/{made(manager)}")
        assert "mia" in shown(manager, "/parity/items?assignee=mia&state=accepted")
        manager.clock.advance(timedelta(days=8))
        assert "it was accepted until" in self.later(manager, sent.headers["Location"])

    def later(self, api: Api, path: str) -> str:
        sign_in(api.client, api.database.engine, "eve", api.clock.now(), role=Role.RELEASE_MANAGER)
        return shown(api, path)

    def test_are_accepted_with_reason_and_date_alone(self, manager: Api) -> None:
        sent = self.handle(manager, state="accepted")
        assert sent.status_code == 422
        assert "say why it may differ" in read(sent.text)

    def test_are_changed_by_form_unless_somebody_was_faster(self, manager: Api) -> None:
        path = self.handle(manager, state="open", assignee="mia").headers["Location"]
        assert fill_in(manager.client, path, state="resolved", assignee="").status_code == 303
        assert "resolved" in shown(manager, path)
        stale = fill_in(manager.client, path, state="open", version="1")
        assert stale.status_code == 412
        assert fill_in(manager.client, path, state="accepted").status_code == 422

    def test_that_nobody_has_are_none(self, manager: Api) -> None:
        assert "Nobody looks after" in shown(manager, "/parity/items")
