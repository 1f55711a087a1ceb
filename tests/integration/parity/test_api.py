"""Parity over HTTP, on both databases."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import Api

_SIDES = {"left": {"side": "declared"}, "right": {"side": "observed"}}


def tell(api: Api, side: str, target: str, **facts: Any) -> None:
    component, _, environment = target.partition("/")
    query = f"?environment={environment}" if environment else ""
    values = {name.replace("__", "."): value for name, value in facts.items()}
    answer = api.post(f"/components/{component}/facts/{side}{query}", {"facts": values})
    assert answer.status_code == 200, answer.get_json()


def report(api: Api, **more: Any) -> dict[str, Any]:
    answer = api.post("/parity-reports", {**_SIDES, **more})
    assert answer.status_code == 201, answer.get_json()
    made: dict[str, Any] = answer.get_json()
    return made


def rows(api: Api, made: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"/parity-reports/{made['id']}/rows{query}")
    assert answer.status_code == 200, answer.get_json()
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def statuses(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["field"], row["status"]) for row in found]


@pytest.fixture
def estate(small_api: Api) -> Api:
    for name in ("harbour", "pilot-boat", "pilotage"):
        small_api.put(f"/components/{name}", {"title": name, "owner": "port"})
    for rank, name in enumerate(("staging", "production"), 1):
        small_api.put(f"/environments/{name}", {"rank": rank})
    small_api.post("/users", {"name": "ada"})
    tell(small_api, "declared", "harbour/production", version="1.4", port=443, region="north")
    tell(small_api, "observed", "harbour/production", version="v1.4.0", port=8443, zone="b")
    tell(small_api, "observed", "harbour/production", health__state="pass")
    return small_api


class TestReports:
    def test_show_what_is_declared_beside_what_is_observed(self, estate: Api) -> None:
        made = report(estate)
        assert made["counts"] == {
            "match": 1,
            "mismatch": 1,
            "undeclared": 1,
            "unobserved": 1,
            "stale": 0,
            "ignored": 1,
            "accepted": 0,
        }
        assert (made["state"], made["findings"]) == ("done", 3)
        found = rows(estate, made)
        assert statuses(found) == [
            ("port", "mismatch"),
            ("region", "unobserved"),
            ("zone", "undeclared"),
            ("version", "match"),
        ]
        assert (found[0]["left"]["value"], found[0]["right"]["value"]) == (443, 8443)
        assert found[3]["compared"] == "version"
        assert estate.get(f"/parity-reports/{made['id']}").get_json() == made
        assert estate.get("/parity-reports").get_json()["items"] == [made]

    def test_find_nothing_in_what_probes_tell_unasked(self, estate: Api) -> None:
        told = {"http__status": 200, "tls__expires_at": "2027-01-01T00:00:00Z", "commit": "8c1f0f6"}
        tell(estate, "declared", "pilotage/production", version="2.0")
        tell(estate, "observed", "pilotage/production", version="2.0", modules__billing="on", **told)
        made = report(estate, component="pilotage")
        assert (made["findings"], made["counts"]["match"], made["counts"]["ignored"]) == (0, 1, 4)
        tell(estate, "declared", "pilotage/production", commit="1111111")
        found = rows(estate, report(estate, component="pilotage"), "?status=mismatch")
        assert statuses(found) == [("commit", "mismatch")]

    def test_are_made_of_the_same_rows_under_the_same_digest(self, estate: Api) -> None:
        assert report(estate)["digest"] == report(estate)["digest"]

    def test_take_an_environment_beside_another(self, estate: Api) -> None:
        tell(estate, "observed", "harbour/staging", version="1.5", port=8443)
        sides = {
            "left": {"side": "observed", "environment": "staging"},
            "right": {"side": "observed", "environment": "production"},
        }
        found = rows(estate, report(estate, **sides))
        undeclared = [("health.state", "undeclared"), ("zone", "undeclared")]
        assert statuses(found) == [("version", "mismatch"), *undeclared, ("port", "match")]
        assert (found[0]["environment"], found[0]["left"]["environment"]) == (None, "staging")

    def test_take_now_beside_a_moment_of_the_past(self, estate: Api) -> None:
        then = estate.clock.now().isoformat()
        estate.clock.advance(timedelta(hours=1))
        tell(estate, "observed", "harbour/production", version="1.5")
        sides = {"left": {"side": "observed", "at": then}, "right": {"side": "observed"}}
        made = report(estate, **sides)
        assert statuses(rows(estate, made, "?status=mismatch")) == [("version", "mismatch")]
        handled = {"report": made["id"], "component": "harbour", "environment": "production"}
        assert estate.post("/parity-items", {**handled, "field": "version"}).status_code == 409

    def test_count_nothing_that_is_stale_as_the_same(self, estate: Api) -> None:
        estate.clock.advance(timedelta(hours=25))
        assert statuses(rows(estate, report(estate), "?status=stale")) == [
            ("port", "stale"),
            ("version", "stale"),
        ]

    def test_compare_by_rules(self, estate: Api) -> None:
        rules = {
            "rules": [{"fields": ["port", "health.*"], "ignore": True}, {"fields": "*", "compare": "text"}]
        }
        made = report(estate, rules=rules)
        assert (made["counts"]["ignored"], made["counts"]["mismatch"]) == (2, 1)
        assert made["rules"]["rules"][0] == {"fields": ["port", "health.*"], "ignore": True}
        assert made["rules_digest"] != report(estate)["rules_digest"]

    def test_of_a_component_leave_the_others_out(self, estate: Api) -> None:
        tell(estate, "declared", "pilotage", license="MIT")
        assert report(estate, component="pilotage")["counts"]["unobserved"] == 1
        only = estate.get("/parity-reports?component=pilotage").get_json()["items"]
        assert [one["component"] for one in only] == ["pilotage"]

    def test_join_names_in_the_order_of_their_bytes(self, estate: Api) -> None:
        # Collations of languages skip hyphens: pilot-boat would come after pilotage.
        for side in ("declared", "observed"):
            for name in ("pilot-boat", "pilotage"):
                tell(estate, side, f"{name}/production", **{"a_b": 1, "a-b": 1, "ab": 1, "a__b": 1})
        assert report(estate)["counts"]["match"] == 9

    @pytest.mark.parametrize(
        ("wrong", "status"),
        [
            ({"right": {"side": "declared"}}, 422),
            ({"right": {"side": "observed", "environment": "production"}}, 422),
            ({"left": {"side": "declared", "at": "2099-01-01T00:00:00Z"}}, 422),
            ({"rules": {"rules": [{"fields": "!"}]}}, 422),
            ({"component": "none"}, 404),
            (
                {
                    "left": {"side": "declared", "environment": "none"},
                    "right": {"side": "observed", "environment": "none"},
                },
                404,
            ),
        ],
    )
    def test_name_what_cannot_be_compared(self, estate: Api, wrong: dict[str, Any], status: int) -> None:
        assert estate.post("/parity-reports", {**_SIDES, **wrong}).status_code == status

    def test_that_are_not_there_are_not_found(self, estate: Api) -> None:
        for path in ("/parity-reports/none", "/parity-reports/none/rows", "/parity-items/none"):
            assert estate.get(path).status_code == 404


class TestDownloads:
    @pytest.mark.requirement("S0-4")
    def test_hold_every_row_as_json(self, estate: Api) -> None:
        made = report(estate)
        answer = estate.get(f"/parity-reports/{made['id']}/content")
        assert answer.get_json() == {"report": made, "rows": rows(estate, made)}
        assert answer.headers["Content-Disposition"].endswith('.json"')

    def test_hold_no_formula_as_csv(self, estate: Api) -> None:
        estate.clock.advance(timedelta(minutes=1))
        tell(estate, "declared", "harbour/production", region="=1+1", load=-5)
        made = report(estate)
        answer = estate.get(f"/parity-reports/{made['id']}/content?format=csv")
        listed = list(csv.DictReader(io.StringIO(answer.text)))
        values = {row["Field"]: row["Left value"] for row in listed}
        assert (values["region"], values["load"]) == ("'=1+1", "-5")
        assert answer.content_type.startswith("text/csv")

    def test_are_a_workbook(self, estate: Api) -> None:
        made = report(estate)
        answer = estate.get(f"/parity-reports/{made['id']}/content?format=xlsx&status=mismatch")
        with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
            assert {"xl/worksheets/sheet3.xml", "xl/charts/chart1.xml"} <= set(book.namelist())


class TestItems:
    def place(self, made: dict[str, Any], field: str = "port") -> dict[str, Any]:
        return {"report": made["id"], "component": "harbour", "environment": "production", "field": field}

    def accept(self, api: Api, made: dict[str, Any], **more: Any) -> dict[str, Any]:
        until = (api.clock.now() + timedelta(days=7)).isoformat()
        body = {**self.place(made), "state": "accepted", "note": "Moved on purpose.", "accepted_until": until}
        answer = api.post("/parity-items", {**body, **more})
        assert answer.status_code in (200, 201), answer.get_json()
        handled: dict[str, Any] = answer.get_json()
        return handled

    def test_are_given_to_people_who_sign_in_alone(self, estate: Api) -> None:
        place = self.place(report(estate))
        refused = estate.post("/parity-items", {**place, "assignee": "adda"})
        assert (refused.status_code, "name a person who signs in here" in refused.text) == (422, True)
        made = estate.post("/parity-items", {**place, "assignee": "ada"}).get_json()["item"]
        here, version = f"/parity-items/{made['id']}", {"If-Match": '"1"'}
        assert estate.patch("/users/ada", {"disabled": True}).status_code == 200
        assert estate.patch(here, {"assignee": "adda"}, headers=version).status_code == 422
        kept = estate.patch(here, {"assignee": "ada", "note": "She is away."}, headers=version)
        assert (kept.status_code, kept.get_json()["item"]["assignee"]) == (200, "ada")

    def test_are_assigned_and_stay_so_in_later_reports(self, estate: Api) -> None:
        made = report(estate)
        answer = estate.post("/parity-items", {**self.place(made), "assignee": "ada"})
        assert answer.status_code == 201
        item = answer.get_json()["item"]
        assert (item["state"], item["assignee"], item["left"], item["right"]) == ("open", "ada", 443, 8443)
        (row,) = rows(estate, report(estate), "?status=mismatch")
        assert (row["item"]["id"], row["item"]["assignee"], row["accepted"]) == (item["id"], "ada", False)
        assert estate.get("/parity-items?assignee=ada").get_json()["items"] == [item]
        assert estate.get("/parity-items?state=resolved").get_json()["items"] == []
        assert estate.get("/parity-items?component=pilotage").get_json()["items"] == []

    def test_are_accepted_until_a_date_and_a_finding_again(self, estate: Api) -> None:
        made = report(estate)
        self.accept(estate, made)
        assert rows(estate, made, "?status=mismatch")[0]["accepted"]
        again = report(estate)
        assert (again["counts"]["accepted"], again["findings"]) == (1, 2)
        csv_text = estate.get(f"/parity-reports/{again['id']}/content?format=csv&status=mismatch").text
        assert "Moved on purpose." in csv_text
        estate.clock.advance(timedelta(days=8))
        tell(estate, "observed", "harbour/production", port=8443)
        later = report(estate)
        assert (later["counts"]["accepted"], later["findings"]) == (0, 4)
        assert not rows(estate, later, "?status=mismatch")[0]["accepted"]

    def test_are_accepted_for_the_values_that_were_seen_alone(self, estate: Api) -> None:
        self.accept(estate, report(estate))
        estate.clock.advance(timedelta(minutes=1))
        tell(estate, "observed", "harbour/production", port=9999)
        assert report(estate)["counts"]["accepted"] == 0

    def test_stay_accepted_when_they_are_given_to_somebody(self, estate: Api) -> None:
        made = report(estate)
        self.accept(estate, made)
        answer = estate.post("/parity-items", {**self.place(made), "assignee": "ada"})
        assert answer.status_code == 200
        assert (answer.get_json()["item"]["state"], answer.get_json()["item"]["version"]) == ("accepted", 2)

    def test_are_changed_with_a_history_and_in_the_audit_log(self, estate: Api) -> None:
        handled = self.accept(estate, report(estate), assignee="ada")
        path = f"/parity-items/{handled['item']['id']}"
        assert estate.patch(path, {"state": "resolved"}).status_code == 428
        changed = estate.patch(path, {"state": "resolved", "assignee": ""}, headers={"If-Match": '"1"'})
        found = changed.get_json()
        assert (found["item"]["state"], found["item"]["assignee"]) == ("resolved", None)
        assert found["item"]["accepted_until"] is None
        assert [event["changes"]["state"] for event in found["history"]] == ["resolved", "accepted"]
        assert estate.get(path).get_json() == found
        assert estate.patch(path, {"note": "x"}, headers={"If-Match": '"1"'}).status_code == 412
        missing = estate.patch("/parity-items/none", {"note": "x"}, headers={"If-Match": '"1"'})
        assert missing.status_code == 404
        events = estate.get(f"/audit/events?subject=parity-item:{found['item']['id']}").get_json()["items"]
        assert [event["action"] for event in events] == ["parity.handled"] * 2

    def test_that_were_resolved_and_are_handled_again_are_open(self, estate: Api) -> None:
        made = report(estate)
        estate.post("/parity-items", {**self.place(made), "state": "resolved"})
        assert estate.post("/parity-items", self.place(report(estate))).get_json()["item"]["state"] == "open"

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"state": "accepted"}, {"note", "accepted_until"}),
            (
                {"state": "accepted", "note": "x", "accepted_until": "2020-01-01T00:00:00Z"},
                {"accepted_until"},
            ),
            (
                {"state": "accepted", "note": "x", "accepted_until": "2099-01-01T00:00:00Z"},
                {"accepted_until"},
            ),
            ({"accepted_until": "2026-11-22T00:00:00Z"}, {"accepted_until"}),
        ],
    )
    def test_are_accepted_with_a_reason_and_a_date_alone(
        self, estate: Api, change: dict[str, Any], where: set[str]
    ) -> None:
        answer = estate.post("/parity-items", {**self.place(report(estate)), **change})
        assert answer.status_code == 422
        assert {error["pointer"].strip("#/") for error in answer.get_json()["errors"]} == where

    def test_are_handled_once_under_a_key(self, estate: Api) -> None:
        body = {**self.place(report(estate)), "assignee": "ada"}
        first, again = (
            estate.post("/parity-items", body, headers={"Idempotency-Key": "1"}) for _ in range(2)
        )
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.get_json() == again.get_json()

    def test_are_of_findings_alone(self, estate: Api) -> None:
        assert estate.post("/parity-items", self.place(report(estate), "version")).status_code == 404
