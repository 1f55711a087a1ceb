"""Gates through the API: declared in versions that never change, inherited, linted."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.support.api import GATE, Api

FLOOR: dict[str, Any] = {**deepcopy(GATE), "name": "floor", "title": "The least that is asked"}
CHILD: dict[str, Any] = {
    "name": "production",
    "title": "More than the least",
    "extends": "floor",
    "rules": [
        {
            "id": "enough-tests",
            "title": "Enough tests ran",
            "that": "tests.passed >= 2",
            "needs": ["tests"],
            "max_age": "7d",
        }
    ],
}


def stricter(gate: dict[str, Any]) -> dict[str, Any]:
    changed = deepcopy(gate)
    changed["rules"][0]["max_age"] = "12h"
    return changed


class TestDeclare:
    def test_makes_a_version_that_its_digest_names(self, api: Api) -> None:
        made = api.put("/gates/production", GATE)
        assert made.status_code == 201
        body = made.get_json()
        assert (body["number"], body["extends"]) == (1, None)
        assert made.headers["Location"] == f"/api/v1/gate-versions/{body['digest']}"
        assert api.get(f"/gate-versions/{body['digest']}").get_json() == body

    def test_the_same_content_makes_no_new_version(self, api: Api) -> None:
        first = api.put("/gates/production", GATE).get_json()
        reordered = dict(reversed(list(GATE.items())))
        again = api.put("/gates/production", reordered)
        assert again.status_code == 200
        assert again.get_json() == first

    def test_reads_yaml_too(self, api: Api) -> None:
        yaml = (
            "name: production # for harbour\ntitle: Ready\nrules:\n"
            "  - {id: a, title: A, that: tests.failed == 0, needs: [tests]}\n"
        )
        made = api.client.put("/api/v1/gates/production", data=yaml, content_type="application/yaml")
        assert made.status_code == 201
        assert made.get_json()["gate"]["rules"][0]["that"] == "tests.failed == 0"

    def test_keeps_older_versions_and_can_go_back_to_one(self, api: Api) -> None:
        api.put("/gates/production", GATE)
        api.put("/gates/production", stricter(GATE))
        versions = api.get("/gates/production/versions").get_json()["items"]
        assert [one["number"] for one in versions] == [2, 1]
        assert api.put("/gates/production", GATE).status_code == 200
        assert api.get("/gates/production").get_json()["number"] == 1

    def test_refuses_a_typo_with_its_place_and_a_suggestion(self, api: Api) -> None:
        wrong = deepcopy(GATE)
        wrong["rules"][0]["that"] = "tests.faled == 0"
        answer = api.put("/gates/production", wrong)
        assert answer.status_code == 422
        (fault,) = answer.get_json()["errors"]
        assert fault["pointer"] == "/rules/0/that"
        assert "tests.failed" in fault["detail"]

    def test_refuses_another_gates_address(self, api: Api) -> None:
        answer = api.put("/gates/staging", GATE)
        assert answer.status_code == 422
        assert "staging" in answer.get_json()["detail"]

    def test_refuses_an_environment_whose_gate_is_not_there(self, api: Api) -> None:
        answer = api.put("/environments/production", {"rank": 3, "gate": "nowhere"})
        assert answer.status_code in (404, 422)
        assert "nowhere" in answer.get_json()["detail"]

    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"[]", "application/json", 400),
            (b"{", "application/json", 400),
            (b"\xff", "application/yaml", 400),
            (b"name: x", "text/csv", 415),
        ],
    )
    def test_refuses_what_is_no_document(self, api: Api, body: bytes, kind: str, status: int) -> None:
        answer = api.client.put("/api/v1/gates/production", data=body, content_type=kind)
        assert answer.status_code == status
        assert answer.mimetype == "application/problem+json"


class TestInherit:
    def test_joins_the_floors_rules(self, api: Api) -> None:
        floor = api.put("/gates/floor", FLOOR).get_json()
        child = api.put("/gates/production", CHILD).get_json()
        assert child["gate"]["floor"] == floor["digest"]
        assert [rule["id"] for rule in child["gate"]["rules"]] == ["tests-pass", "enough-tests"]

    def test_lifts_the_gates_on_a_floor_with_it(self, api: Api) -> None:
        api.put("/gates/floor", FLOOR)
        api.put("/gates/production", CHILD)
        api.put("/gates/floor", stricter(FLOOR))
        lifted = api.get("/gates/production").get_json()
        assert lifted["number"] == 2
        assert lifted["gate"]["rules"][0]["max_age"] == "12h"

    def test_refuses_a_floor_that_a_gate_on_it_would_loosen(self, api: Api) -> None:
        api.put("/gates/floor", FLOOR)
        child = deepcopy(CHILD)
        child["rules"].append({**GATE["rules"][0], "max_age": "20h"})
        assert api.put("/gates/production", child).status_code == 201
        answer = api.put("/gates/floor", stricter(FLOOR))
        assert answer.status_code == 422
        assert api.get("/gates/floor").get_json()["number"] == 1

    def test_refuses_a_floor_that_is_not_there(self, api: Api) -> None:
        answer = api.put("/gates/production", CHILD)
        assert answer.status_code == 422
        assert "There is no gate named 'floor'. Declare the floor" in answer.get_json()["detail"]
        assert answer.get_json()["errors"][0]["pointer"] == "/extends"

    def test_refuses_a_circle(self, api: Api) -> None:
        api.put("/gates/floor", FLOOR)
        api.put("/gates/production", CHILD)
        answer = api.put("/gates/floor", {**FLOOR, "extends": "production"})
        assert answer.status_code == 422
        assert "own floor" in answer.get_json()["detail"]
        assert api.get("/gates/floor").get_json()["extends"] is None


class TestReading:
    def test_lists_gates_by_name(self, api: Api) -> None:
        api.put("/gates/floor", FLOOR)
        api.put("/gates/production", CHILD)
        assert [one["name"] for one in api.get("/gates").get_json()["items"]] == ["floor", "production"]

    def test_shows_the_version_in_force_with_its_tag(self, api: Api) -> None:
        made = api.put("/gates/production", GATE).get_json()
        shown = api.get("/gates/production")
        assert shown.headers["ETag"] == f'"{made["digest"]}"'

    @pytest.mark.parametrize("path", ["/gates/none", "/gates/none/versions", "/gate-versions/none"])
    def test_says_what_is_not_there(self, api: Api, path: str) -> None:
        assert api.get(path).status_code == 404

    def test_shows_the_schema(self, api: Api) -> None:
        schema = api.get("/gate-schema").get_json()
        assert schema["properties"]["rules"]


class TestLint:
    def test_finds_faults_with_line_and_column(self, api: Api) -> None:
        yaml = (
            "name: production\ntitle: Ready\nrules:\n"
            "  - id: a\n    that: tests.faled == 0\n    needs: [tests]\n"
        )
        answer = api.client.post("/api/v1/gate-lint", data=yaml, content_type="application/yaml")
        assert answer.status_code == 200
        body = answer.get_json()
        assert body["accepted"] is False
        fault = next(one for one in body["problems"] if one["where"] == "/rules/0/that")
        assert (fault["level"], fault["line"]) == ("error", 5)

    def test_accepts_a_good_gate(self, api: Api) -> None:
        assert api.post("/gate-lint", GATE).get_json()["accepted"] is True
