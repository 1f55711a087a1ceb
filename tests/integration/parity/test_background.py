"""Parity in the background: what is too much for a request, who sees what, and how long reports are kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.parity.test_api import report, rows, tell
from tests.support.access import headers_of, let_in
from tests.support.api import Api, make_api
from tidegate.domain.access import Binding, Role
from tidegate.domain.principals import WORKER
from tidegate.domain.tokens import write_token
from tidegate.kernel.container import Work
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.parity import service as parity_service
from tidegate.modules.parity import tasks
from tidegate.modules.parity.service import ParityService

_SIDES = {"left": {"side": "declared"}, "right": {"side": "observed"}}


@pytest.fixture
def estate(database: Database, tmp_path: Path) -> Api:
    api = make_api(database, tmp_path / "api", PARITY_MAX_ROWS_AT_ONCE="3", PARITY_MAX_ROWS="9")
    for name in ("harbour", "shop"):
        api.put(f"/components/{name}", {"title": name, "owner": "port"})
        tell(api, "declared", name, license="MIT", owner="port", port=1)
    return api


def as_worker(api: Api) -> Work:
    work: Work = api.client.application.extensions[EXTENSION].work(WORKER)
    return work


def waiting(api: Api, **more: Any) -> dict[str, Any]:
    answer = api.post("/parity-reports", {**_SIDES, **more})
    assert (answer.status_code, answer.get_json()["state"]) == (202, "waiting")
    made: dict[str, Any] = answer.get_json()
    return made


def shop_keeper(api: Api) -> dict[str, str]:
    """The headers of somebody who sees the component `shop` alone."""
    token = write_token(2**71, 7)
    let_in(api.database.engine, token, name="keeper", binding=Binding(Role.RELEASE_MANAGER, component="shop"))
    return headers_of(token)


class TestLargeReports:
    def test_wait_for_the_worker_and_are_computed_once(self, estate: Api) -> None:
        made = waiting(estate)
        assert estate.get(f"/parity-reports/{made['id']}/rows").status_code == 409
        work = as_worker(estate)
        assert "6 of 6 fields differ" in tasks.compute(work, {"report": made["id"]})
        assert "waits no longer" in tasks.compute(work, {"report": made["id"]})
        work.close()
        assert len(rows(estate, made)) == 6
        assert estate.get(f"/parity-reports/{made['id']}").get_json()["state"] == "done"

    def test_that_are_too_large_fail_and_say_so(self, estate: Api) -> None:
        tell(estate, "observed", "shop", a=1, b=1, c=1, d=1)
        made = waiting(estate)
        work = as_worker(estate)
        assert "raise PARITY_MAX_ROWS" in tasks.compute(work, {"report": made["id"]})
        work.close()
        failed = estate.get(f"/parity-reports/{made['id']}").get_json()
        assert (failed["state"], failed["counts"]) == ("failed", None)
        assert "more than 9 fields" in failed["failure"]
        assert estate.get(f"/parity-reports/{made['id']}/content").status_code == 409

    def test_hold_what_who_asked_may_see(self, estate: Api) -> None:
        tell(estate, "declared", "shop", a=1)
        answer = estate.post("/parity-reports", _SIDES, headers=shop_keeper(estate))
        work = as_worker(estate)
        tasks.compute(work, {"report": answer.get_json()["id"]})
        work.close()
        assert {row["component"] for row in rows(estate, answer.get_json())} == {"shop"}


class TestPages:
    def test_lead_through_every_chunk(self, estate: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tidegate.modules.parity.row_store.ROWS_AT_ONCE", 2)
        monkeypatch.setattr(parity_service, "_MOST_CHUNKS", 1)
        made = report(estate, component="harbour")
        found, cursor = [], ""
        for _ in range(10):
            page = estate.get(f"/parity-reports/{made['id']}/rows?limit=2{cursor}").get_json()
            found += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert [row["field"] for row in found] == ["license", "owner", "port"]

    def test_refuse_a_cursor_of_another_list(self, estate: Api) -> None:
        made = report(estate, component="harbour")
        assert estate.get(f"/parity-reports/{made['id']}/rows?cursor=WyJzaG9wIl0").status_code == 422


class TestOthers:
    def test_see_reports_of_their_components_and_their_own(self, estate: Api) -> None:
        keeper = shop_keeper(estate)
        all_of_it, harbour, shop = (
            waiting(estate),
            report(estate, component="harbour"),
            report(estate, component="shop"),
        )
        own = estate.post("/parity-reports", _SIDES, headers=keeper).get_json()
        assert own["counts"]["unobserved"] == 3
        listed = estate.get("/parity-reports", headers=keeper).get_json()["items"]
        assert [one["id"] for one in listed] == [own["id"], shop["id"]]
        for hidden in (all_of_it, harbour):
            assert estate.get(f"/parity-reports/{hidden['id']}", headers=keeper).status_code == 404
        found = estate.get(f"/parity-reports/{own['id']}/rows", headers=keeper).get_json()["items"]
        assert {row["component"] for row in found} == {"shop"}

    def test_handle_what_is_theirs_alone(self, estate: Api) -> None:
        keeper = shop_keeper(estate)
        shop = report(estate, component="shop")
        body = {"report": shop["id"], "field": "port"}
        theirs = estate.post("/parity-items", {**body, "component": "shop"}, headers=keeper)
        assert theirs.status_code == 201
        assert (
            estate.post("/parity-items", {**body, "component": "harbour"}, headers=keeper).status_code == 403
        )
        harbour = {
            "report": report(estate, component="harbour")["id"],
            "field": "port",
            "component": "harbour",
        }
        other = estate.post("/parity-items", harbour).get_json()["item"]
        assert estate.get(f"/parity-items/{other['id']}", headers=keeper).status_code == 404
        listed = estate.get("/parity-items", headers=keeper).get_json()["items"]
        assert [item["component"] for item in listed] == ["shop"]


class TestKeeping:
    def test_ends_after_the_days_that_were_set(self, estate: Api) -> None:
        old = report(estate, component="harbour")
        estate.clock.advance(timedelta(days=91))
        new = report(estate, component="harbour")
        work = as_worker(estate)
        assert tasks.forget(work, {}).startswith("Deleted 1 reports")
        work.use(ParityService)
        work.close()
        assert [one["id"] for one in estate.get("/parity-reports").get_json()["items"]] == [new["id"]]
        assert estate.get(f"/parity-reports/{old['id']}").status_code == 404
        assert rows(estate, new)
