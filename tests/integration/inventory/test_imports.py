"""Workbooks over HTTP, on both databases: previewed, applied as a whole, undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.access import headers_of, let_in, other_token
from tests.support.api import Api
from tidegate.domain.access import Binding, Role

_HEAD = "component,environment,base_url,version,replicas\n"


@pytest.fixture
def small(small_api: Api) -> Api:
    for name in ("harbour", "crane"):
        small_api.put(f"/components/{name}", {"title": name, "owner": "port"})
    for name, rank in (("staging", 10), ("production", 100)):
        small_api.put(f"/environments/{name}", {"rank": rank})
    return small_api


def upload(api: Api, content: str | bytes, status: int = 201, name: str = "estate.csv") -> dict[str, Any]:
    data = content.encode() if isinstance(content, str) else content
    answer = api.client.post(f"/api/v1/imports?name={name}", data=data)
    assert answer.status_code == status, answer.get_json()
    made: dict[str, Any] = answer.get_json()
    return made


def act(api: Api, made: dict[str, Any], verb: str, status: int = 200, **body: Any) -> dict[str, Any]:
    api.clock.advance(timedelta(seconds=1))
    answer = api.client.post(f"/api/v1/imports/{made['id']}/{verb}", json=body if verb == "undo" else None)
    assert answer.status_code == status, answer.get_json()
    answered: dict[str, Any] = answer.get_json()
    return answered


def listed(api: Api, made: dict[str, Any], what: str) -> list[Any]:
    items: list[Any] = api.get(f"/imports/{made['id']}/{what}").get_json()["items"]
    return items


def declared(api: Api, subject: str = "harbour/production") -> dict[str, Any]:
    component, _, environment = subject.partition("/")
    where = f"?side=declared&environment={environment}" if environment else "?side=declared"
    items = api.get(f"/components/{component}/facts{where}").get_json()["items"]
    return {one["field"]: one["value"] for one in items}


def declare(api: Api, **facts: Any) -> None:
    api.clock.advance(timedelta(seconds=1))
    answer = api.post("/components/harbour/facts/declared?environment=production", {"facts": facts})
    assert answer.status_code == 200


class TestPreview:
    def test_shows_every_added_changed_and_removed_fact_and_declares_nothing(self, small: Api) -> None:
        declare(small, version="1.4.1", replicas=2, zone="north")
        made = upload(small, _HEAD + "harbour,production,https://harbour.example.org,1.4.2,\ncrane,,,2.0,3\n")
        assert made["state"] == "previewed"
        assert made["counts"] == {
            "rows": 2,
            "added": 3,
            "changed": 1,
            "removed": 1,
            "unchanged": 0,
            "problems": 0,
            "conflicts": 0,
        }
        shown = [
            (one["component"], one["environment"], one["field"], one["before"], one["after"])
            for one in listed(small, made, "changes")
        ]
        assert shown == [
            ("crane", None, "replicas", None, 3),
            ("crane", None, "version", None, "2.0"),
            ("harbour", "production", "base_url", None, "https://harbour.example.org"),
            ("harbour", "production", "replicas", 2, None),
            ("harbour", "production", "version", "1.4.1", "1.4.2"),
        ]
        assert declared(small) == {"version": "1.4.1", "replicas": 2, "zone": "north"}

    def test_names_every_bad_cell_and_cannot_be_applied(self, small: Api) -> None:
        made = upload(
            small,
            _HEAD + "harbour,production,ftp://x,1.0,1\nnone,production,,1.0,1\nharbour,mars,,1.0,1\n"
            "crane,staging,,1.0\n,staging,,1.0,1\nharbour,staging,,1.0,1\nharbour,staging,,1.0,1\n",
        )
        cells = [one["cell"] for one in listed(small, made, "problems")]
        assert cells == ["C2", "A3", "B4", "E5", "A6", "C8", "D8", "E8"]
        assert made["counts"]["problems"] == 8
        assert "correct them" in act(small, made, "apply", 409)["detail"]
        assert declared(small) == {}

    def test_comes_in_pages(self, small: Api) -> None:
        rows = "".join(f"none{number},production,,1.0,1\n" for number in range(5_003))
        made = upload(small, _HEAD + rows)
        items, address = [], f"/api/v1/imports/{made['id']}/problems?limit=500"
        for _ in range(11):
            page = small.client.get(address)
            items += page.get_json()["items"]
            if page.get_json()["next_cursor"]:
                address = page.headers["Link"].split("<")[-1].partition(">")[0]
        assert [one["cell"] for one in items] == [f"A{number}" for number in range(2, 5_005)]

    def test_of_the_same_bytes_takes_the_place_of_the_one_before(self, small: Api) -> None:
        table = _HEAD + "harbour,production,,1.4.2,1\n"
        first = upload(small, table)
        declare(small, version="1.4.2")
        again = upload(small, table, 200)
        assert again["id"] == first["id"]
        assert (again["counts"]["added"], again["counts"]["unchanged"]) == (1, 1)
        assert len(listed(small, again, "changes")) == 1

    def test_of_what_was_applied_answers_that_import(self, small: Api) -> None:
        table = _HEAD + "harbour,production,,1.4.2,1\n"
        first = upload(small, table)
        act(small, first, "apply")
        again = upload(small, table, 200)
        assert (again["id"], again["state"]) == (first["id"], "applied")
        declare(small, version="1.5.0")
        assert upload(small, table)["counts"]["changed"] == 1

    def test_refuses_a_file_that_is_no_workbook(self, small: Api) -> None:
        assert "component" in upload(small, "name,version\n", 422)["detail"]
        assert "PDF" in upload(small, b"%PDF-1.7", 422)["detail"]
        assert "printable" in upload(small, _HEAD, 422, name="folder/")["detail"]

    @pytest.mark.requirement("S0-4")
    def test_keeps_the_upload(self, small: Api) -> None:
        table = _HEAD + "harbour,production,,1.4.2,1\n"
        made = upload(small, table)
        answer = small.get(f"/imports/{made['id']}/content")
        assert answer.get_data() == table.encode()
        assert [one["id"] for one in small.get("/imports").get_json()["items"]] == [made["id"]]
        assert small.get(f"/imports/{made['id']}").get_json() == made
        assert small.get("/imports/none").status_code == 404


class TestApply:
    def test_declares_facts_and_targets_with_the_import_as_their_source(self, small: Api) -> None:
        made = upload(small, _HEAD + "harbour,production,https://harbour.example.org,1.10,true\n")
        applied = act(small, made, "apply")
        assert (applied["state"], applied["applied_by"]) == ("applied", "token:tests")
        assert declared(small) == {"version": "1.10", "replicas": True}
        target = small.get("/components/harbour/targets/production").get_json()
        assert target["base_url"] == "https://harbour.example.org"
        fact = small.get("/components/harbour/facts?environment=production&side=declared").get_json()[
            "items"
        ][0]
        assert fact["source"] == f"import:{made['id']} (estate.csv)"
        assert fact["since"] == applied["applied_at"]

    def test_is_idempotent(self, small: Api) -> None:
        made = upload(small, _HEAD + "harbour,production,,1.4.2,1\n")
        assert act(small, made, "apply") == act(small, made, "apply")

    def test_changes_nothing_where_what_it_would_overwrite_has_changed(self, small: Api) -> None:
        declare(small, version="1.4.1")
        made = upload(small, _HEAD + "harbour,production,https://h.example.org,1.4.2,1\n")
        declare(small, version="1.4.9")
        detail = act(small, made, "apply", 409)["detail"]
        assert "harbour/production:version is '1.4.9' now" in detail
        assert declared(small) == {"version": "1.4.9"}
        assert small.get("/components/harbour/targets/production").status_code == 404

    def test_is_refused_where_a_target_has_changed(self, small: Api) -> None:
        made = upload(small, _HEAD + "harbour,production,https://h.example.org,,\n")
        small.put("/components/harbour/targets/production", {"base_url": "https://other.example.org"})
        assert "other.example.org" in act(small, made, "apply", 409)["detail"]

    def test_is_told_to_the_audit_log(self, small: Api) -> None:
        made = upload(small, _HEAD + "harbour,production,,1.4.2,1\n")
        act(small, made, "apply")
        act(small, made, "undo")
        events = small.get(f"/audit/events?subject=import:{made['id']}").get_json()["items"]
        assert sorted(one["action"] for one in events) == [
            "import.applied",
            "import.previewed",
            "import.undone",
        ]
        assert {one["details"]["digest"] for one in events} == {made["digest"]}


class TestUndo:
    def test_gives_every_field_back_what_it_was(self, small: Api) -> None:
        declare(small, version="1.4.1", replicas=2)
        made = upload(small, _HEAD + "harbour,production,https://h.example.org,1.4.2,\n")
        act(small, made, "apply")
        assert declared(small) == {"version": "1.4.2"}
        undone = act(small, made, "undo")
        assert (undone["state"], undone["counts"]["conflicts"]) == ("undone", 0)
        assert declared(small) == {"version": "1.4.1", "replicas": 2}
        assert small.get("/components/harbour/targets/production").status_code == 404

    def test_leaves_later_edits_and_shows_them_as_conflicts(self, small: Api) -> None:
        declare(small, version="1.4.1")
        made = upload(small, _HEAD + "harbour,production,,1.4.2,3\n")
        act(small, made, "apply")
        declare(small, version="1.5.0")
        undone = act(small, made, "undo")
        assert undone["counts"]["conflicts"] == 1
        assert declared(small) == {"version": "1.5.0"}
        assert listed(small, made, "conflicts") == [
            {
                "component": "harbour",
                "environment": "production",
                "field": "version",
                "before": "1.4.1",
                "imported": "1.4.2",
                "now": "1.5.0",
            }
        ]

    def test_takes_back_a_later_edit_that_is_named(self, small: Api) -> None:
        declare(small, version="1.4.1")
        made = upload(small, _HEAD + "harbour,production,,1.4.2,3\n")
        act(small, made, "apply")
        declare(small, version="1.5.0")
        act(small, made, "undo")
        undone = act(small, made, "undo", overwrite=["harbour/production:version"])
        assert undone["counts"]["conflicts"] == 0
        assert declared(small) == {"version": "1.4.1"}

    def test_once_more_writes_the_conflicts_that_are_named_and_nothing_else(self, small: Api) -> None:
        declare(small, version="1.4.1", replicas=1)
        made = upload(small, _HEAD + "harbour,production,https://h.example.org,1.4.2,3\n")
        act(small, made, "apply")
        declare(small, version="1.5.0")
        act(small, made, "undo")
        declare(small, replicas=3, version="1.4.2")  # what the import wrote, by another's decision
        once = small.get(f"/imports/{made['id']}").get_json()
        assert act(small, made, "undo") == once
        assert declared(small) == {"version": "1.4.2", "replicas": 3}
        refused = act(small, made, "undo", 422, overwrite=["harbour/production:replicas"])
        assert "none of the conflicts that it left is 'harbour/production:replicas'" in refused["detail"]
        act(small, made, "undo", overwrite=["harbour/production:version"])
        assert declared(small) == {"version": "1.4.1", "replicas": 3}

    def test_once_more_takes_no_edit_back_that_was_not_shown(self, small: Api) -> None:
        made = upload(small, _HEAD + "harbour,production,,1.4.2,3\n")
        act(small, made, "apply")
        declare(small, version="1.5.0", replicas=4)
        assert act(small, made, "undo")["counts"]["conflicts"] == 2
        declare(small, version="1.6.0")
        again = act(small, made, "undo", overwrite=["harbour/production:version"])
        assert again["counts"]["conflicts"] == 2
        assert [one["now"] for one in listed(small, made, "conflicts")] == [4, "1.6.0"]
        act(small, made, "undo", overwrite=["harbour/production:version"])
        assert declared(small) == {"replicas": 4}

    def test_refuses_names_that_the_import_did_not_change(self, small: Api) -> None:
        made = upload(small, _HEAD + "harbour,production,,1.4.2,3\n")
        act(small, made, "apply")
        assert "zone" in act(small, made, "undo", 422, overwrite=["harbour/production:zone"])["detail"]
        assert declared(small) == {"version": "1.4.2", "replicas": 3}

    def test_needs_an_import_that_was_applied_and_ends_it(self, small: Api) -> None:
        made = upload(small, _HEAD + "harbour,production,,1.4.2,3\n")
        assert "not applied" in act(small, made, "undo", 409)["detail"]
        act(small, made, "apply")
        act(small, made, "undo")
        assert "was undone" in act(small, made, "apply", 409)["detail"]


class TestTargets:
    def test_are_changed_and_given_back(self, small: Api) -> None:
        address = "/components/harbour/targets/production"
        small.put(address, {"base_url": "https://a.example.org", "owner": "port", "interval": 30})
        head = "component,environment,base_url,owner,interval\n"
        made = upload(small, head + "harbour,production,https://b.example.org,,60\n")
        assert made["counts"]["changed"] == 2
        act(small, made, "apply")
        target = small.get(address).get_json()
        assert [target[key] for key in ("base_url", "owner", "interval", "version")] == [
            "https://b.example.org",
            None,
            60,
            2,
        ]
        act(small, made, "undo")
        target = small.get(address).get_json()
        assert [target[key] for key in ("base_url", "owner", "interval", "version")] == [
            "https://a.example.org",
            "port",
            30,
            3,
        ]

    def test_that_were_changed_later_are_conflicts(self, small: Api) -> None:
        address = "/components/harbour/targets/production"
        made = upload(small, _HEAD + "harbour,production,https://b.example.org,,\n")
        act(small, made, "apply")
        small.put(address, {"base_url": "https://c.example.org"}, headers={"If-Match": "*"})
        assert act(small, made, "undo")["counts"]["conflicts"] == 1
        assert small.get(address).get_json()["base_url"] == "https://c.example.org"
        act(small, made, "undo", overwrite=["harbour/production:base_url"])
        assert small.get(address).status_code == 404

    def test_of_one_component_in_many_environments_are_found(self, small: Api) -> None:
        made = upload(small, _HEAD + "harbour,production,https://b.example.org,1,1\nharbour,staging,,2,2\n")
        act(small, made, "apply")
        assert (
            upload(small, _HEAD + "harbour,production,https://b.example.org,1,1\n")["counts"]["unchanged"]
            == 3
        )


class TestExport:
    def test_says_where_there_are_too_many_fields(self, small: Api) -> None:
        for start in (0, 300):
            declare(small, **{f"field{start + number}": 1 for number in range(300)})
        answer = small.get("/inventory/export")
        assert answer.status_code == 422
        assert "605 columns; 500 can be exported" in answer.get_json()["detail"]

    @pytest.mark.parametrize("format", ["xlsx", "csv"])
    def test_imports_back_without_a_change(self, small: Api, format: str) -> None:
        values = {
            "formula": "=1+1",
            "minus": "-5",
            "at": "@home",
            "quoted": "'x",
            "empty": "",
            "version": "1.10",
            "digits": "007",
            "number": "12",
            "truth": "true",
            "real": 0.30000000000000004,
            "tiny": 1e-7,
            "large": 2**53 - 1,
            "flag": True,
            "lines.commas": 'a, "b"; c',
            "umlaut": "Größe  ",
            "escape": "_x0041_",
            "markup": "<r>a & b</r>",
            "spaces": "  a",
        }
        declare(small, **values)
        small.put(
            "/components/harbour/targets/staging", {"base_url": "https://h.example.org", "interval": 60}
        )
        answer = small.get(f"/inventory/export?format={format}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="inventory.{format}"'
        made = upload(small, answer.get_data(), name=f"inventory.{format}")
        assert listed(small, made, "problems") == []
        assert listed(small, made, "changes") == []
        assert made["counts"]["unchanged"] == len(values) + 2

    def test_refuses_more_rows_than_a_sheet_has(self, small: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tidegate.modules.inventory.exports.MOST_ROWS", 2)
        declare(small, version="1.0")
        assert small.get("/inventory/export").status_code == 200
        small.post("/components/harbour/facts/declared", {"facts": {"version": "1.0"}})
        answer = small.get("/inventory/export")
        assert answer.status_code == 422
        assert "There are 2 rows; a sheet holds 1 below its heading" in answer.get_json()["detail"]
        assert small.get("/inventory/export?format=csv").status_code == 200

    def test_can_be_narrowed(self, small: Api) -> None:
        declare(small, version="1.0")
        for query, count in (("component=harbour", 2), ("component=crane", 1), ("environment=staging", 1)):
            table = small.get(f"/inventory/export?format=csv&{query}").get_data(as_text=True)
            assert len(table.splitlines()) == count

    def test_begins_with_a_template_that_can_be_filled_in(self, small: Api) -> None:
        data = small.get("/inventory/template").get_data()
        made = upload(small, data, name="inventory.xlsx")
        assert (made["counts"]["rows"], made["skipped"]) == (0, ["Lists"])


class TestAccess:
    def test_a_row_about_another_component_is_a_bad_row(self, small: Api) -> None:
        mate = self._as(small, Binding(Role.RELEASE_MANAGER, component="harbour"))
        made = upload(mate, _HEAD + "harbour,production,,1.0,1\ncrane,production,,1.0,1\n")
        problems = listed(mate, made, "problems")
        assert [one["cell"] for one in problems] == ["A3"]
        assert "no component" in problems[0]["reason"]  # not even that it is there
        assert small.get(f"/imports/{made['id']}").status_code == 200

    def test_a_row_that_may_be_read_and_not_declared_says_so(self, small: Api) -> None:
        mate = self._as(small, Binding(Role.RELEASE_MANAGER, environment="staging"))
        made = upload(mate, _HEAD + "harbour,production,,1.0,1\nharbour,staging,,1.0,1\n")
        problems = listed(mate, made, "problems")
        assert [(one["cell"], "may not declare" in one["reason"]) for one in problems] == [("A2", True)]

    def test_imports_of_others_are_hidden_from_a_role_with_a_limit(self, small: Api) -> None:
        made = upload(small, _HEAD + "harbour,production,,1.0,1\n")
        mate = self._as(small, Binding(Role.RELEASE_MANAGER, component="harbour"))
        assert mate.get(f"/imports/{made['id']}").status_code == 404
        assert mate.get("/imports").get_json()["items"] == []
        act(mate, made, "apply", 404)

    def test_applying_asks_again_what_the_caller_may_do(self, small: Api) -> None:
        made = upload(small, _HEAD + "harbour,production,,1.0,1\n")
        with small.database.engine.begin() as connection:
            connection.execute(text("UPDATE imports SET created_by = 'token:mate'"))
        mate = self._as(small, Binding(Role.RELEASE_MANAGER, component="crane"))
        assert "Nothing was changed" in act(mate, made, "apply", 409)["detail"]

    @staticmethod
    def _as(api: Api, binding: Binding) -> Api:
        token = let_in(api.database.engine, other_token(), name="mate", binding=binding)
        client = api.client.application.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = headers_of(token)["Authorization"]
        return replace(api, client=client)
