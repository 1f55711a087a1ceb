"""A gate written by form, on both databases: checked, tried, compared, saved with a reason."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from tests.integration.console.test_pages import PAYLOAD, parsed, words
from tests.support.api import COMMIT, GATE, OTHER_COMMIT, Api, junit
from tests.support.forms import BROWSER, fill_in, forms_of
from tests.support.people import sign_in
from tidegate.domain.access import Role
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.gate_text import TEMPLATE, editable

EDIT = "/gates/production/edit"
STRICTER = """name: production
title: What may go to production
rules:
  - id: tests-pass
    title: Every test passes
    that: tests.failed == 0 && tests.errors == 0 && tests.total >= 5
    needs: [tests]
    max_age: 24h
"""


@pytest.fixture
def manager(api: Api) -> Api:
    """An API that has judged two revisions and released one, whose caller is a release manager's browser."""
    api.set_up()
    api.submit(junit())
    made = api.post("/components/harbour/releases", {"version": "1.0.0", "revision": COMMIT, "notes": ""})
    assert made.status_code == 201
    api.clock.advance(timedelta(minutes=1))
    api.submit(junit(passed=9), commit=OTHER_COMMIT)
    sign_in(api.client, api.database.engine, "mia", api.clock.now(), role=Role.RELEASE_MANAGER)
    return api


def act(api: Api, button: str, document: str = STRICTER, *, path: str = EDIT, **values: str) -> TestResponse:
    """Open the form, write a document and press one of its buttons."""
    answer = fill_in(api.client, path, document=document, act=button, **values)
    if answer.status_code != 303:
        parsed(answer)
    return answer


def read(text: str) -> str:
    """Return the words of a page as its reader sees them."""
    return html.unescape(words(text))


def typed(answer: TestResponse) -> dict[str, str]:
    """Return what stands in the form that was answered."""
    return next(fields for _, fields in forms_of(answer) if "document" in fields)


class TestShow:
    def test_shows_the_document_as_yaml(self, manager: Api) -> None:
        document = typed(manager.client.get(EDIT, headers=BROWSER))["document"]
        assert "that: tests.failed == 0 && tests.errors == 0" in document
        assert draft_of(document).rules == draft_of(GATE).rules

    def test_shows_yaml_as_it_was_written(self, manager: Api) -> None:
        text = "# why: see the minutes of May\n" + STRICTER
        kind = {"Content-Type": "application/yaml"}
        assert manager.client.put("/api/v1/gates/production", data=text, headers=kind).status_code == 201
        assert typed(manager.client.get(EDIT, headers=BROWSER))["document"] == text

    def test_is_linked_for_those_alone_who_may_use_it(self, api: Api) -> None:
        api.set_up()
        sign_in(api.client, api.database.engine, "vera", api.clock.now(), role=Role.VIEWER)
        assert "/edit" not in api.client.get("/gates/production", headers=BROWSER).text
        assert "/register/" not in api.client.get("/gates", headers=BROWSER).text
        assert api.client.get(EDIT, headers=BROWSER).status_code == 403


class TestCheck:
    def test_names_each_fault_with_its_line_and_what_fixes_it(self, manager: Api) -> None:
        answer = act(manager, "check", STRICTER.replace("tests.failed", "tests.faled"))
        text = read(answer.text)
        assert answer.status_code == 200
        assert "cannot be saved" in text
        assert "Line 6, column 11 /rules/0/that" in text
        assert "that: tests.faled == 0" in text
        assert "Did you mean tests.failed ?" in text

    def test_tells_doubts_that_keep_nothing_from_being_saved(self, manager: Api) -> None:
        text = read(act(manager, "check", STRICTER.replace("    max_age: 24h\n", "")).text)
        assert "It can be put in force. 1 thing is doubtful:" in text
        assert "takes evidence of any age" in text

    def test_says_that_nothing_is_wrong_and_what_differs(self, manager: Api) -> None:
        text = read(act(manager, "check").text)
        assert "Nothing is wrong and nothing is doubtful." in text
        assert "Difference from version 1, which is in force" in text
        assert "+ that: tests.failed == 0 && tests.errors == 0 && tests.total >= 5" in text

    def test_says_what_saving_would_say_of_the_name(self, manager: Api) -> None:
        other = STRICTER.replace("name: production", "name: other")
        text = read(act(manager, "check", other).text)
        assert "cannot be saved" in text
        assert "Line 1, column 7 /name" in text
        assert "The document is of the gate 'other', the address of 'production'." in text

    def test_says_where_a_new_gate_has_the_name_of_one_that_is_there(self, manager: Api) -> None:
        text = read(act(manager, "check", path="/register/gate").text)
        assert "cannot be saved" in text
        assert "There is a gate 'production' already: open it and change that one." in text

    def test_says_where_a_gate_above_would_ask_for_less(self, manager: Api) -> None:
        manager.put("/gates/floor", {**GATE, "name": "floor"})
        manager.put("/gates/production", {**GATE, "extends": "floor"})
        rule = {**GATE["rules"][0], "max_age": "1h"}
        floor = json.dumps({**GATE, "name": "floor", "rules": [rule]})
        checked = read(act(manager, "check", floor, path="/gates/floor/edit").text)
        saved = read(act(manager, "save", floor, path="/gates/floor/edit", reason="Fresh").text)
        refused = "extends 'floor' and would then ask for less than its floor"
        assert (refused in checked) is (refused in saved) is True

    def test_that_somebody_else_was_faster_is_said_when_it_is_saved(self, manager: Api) -> None:
        mine = typed(manager.client.get(EDIT, headers=BROWSER))
        act(manager, "save", STRICTER.replace(">= 5", ">= 1"), reason="One is enough.")
        late = manager.client.post(EDIT, data={**mine, "document": STRICTER, "act": "check"}, headers=BROWSER)
        assert "Nothing is wrong and nothing is doubtful." in read(late.text)

    def test_records_nothing(self, manager: Api) -> None:
        before = manager.get("/audit/events?limit=500").get_json()["items"]
        act(manager, "check")
        assert manager.get("/audit/events?limit=500").get_json()["items"] == before
        assert manager.get("/gates/production").get_json()["number"] == 1

    @pytest.mark.parametrize("document", [PAYLOAD, "", "]", "name: x\x00", "- a", "name: " + PAYLOAD])
    def test_takes_anything_and_runs_none_of_it(self, manager: Api, document: str) -> None:
        answer = act(manager, "check", document)
        assert answer.status_code in (200, 422)
        if "\x00" not in document:
            assert typed(answer)["document"] == document

    def test_says_in_words_where_it_asks_for_less_than_its_floor(self, manager: Api) -> None:
        manager.put("/gates/floor", {**GATE, "name": "floor"})
        looser = STRICTER.replace("title: What", "extends: floor\ntitle: What").replace("24h", "48h")
        text = read(act(manager, "check", looser).text)
        assert "The floor lets evidence be no older than 1d." in text
        assert "Line 5, column 5" in text
        missing = read(act(manager, "check", looser.replace("extends: floor", "extends: none")).text)
        assert "There is no gate named 'none'. Declare the floor" in missing
        assert "Line 2, column 10" in missing


class TestTry:
    def test_lists_what_it_would_have_stopped_and_let_through(self, manager: Api) -> None:
        text = read(act(manager, "try").text)
        assert "It would have stopped 1 of the last 2 revisions; 1 of those was released." in text
        assert "It would have stopped: 1" in text
        assert f"{COMMIT[:12]} harbour 1.0.0 production fail tests-pass" in text
        assert (
            "It would have let through: 1, 0 of them not so now Revision Component Released as Verdict"
            in text
        )
        assert f"{OTHER_COMMIT[:12]} harbour pass" in text

    def test_marks_what_the_gate_in_force_says_otherwise(self, manager: Api) -> None:
        text = read(act(manager, "try").text)
        assert "1 of them not so now" in text and "newly stopped" in text

    def test_links_what_it_names(self, manager: Api) -> None:
        text = act(manager, "try").text
        assert f'href="/components/harbour/revisions/{COMMIT}"' in text
        assert 'href="/components/harbour/releases/1.0.0"' in text

    def test_narrows_to_a_component(self, manager: Api) -> None:
        manager.put("/components/quay", {"title": "Quay", "owner": "port"})
        assert "There is no history" in read(act(manager, "try", component="quay").text)
        assert "of the last 1 revisions" in read(
            act(manager, "try", component="harbour", last="20").text
        ) or ("of the last 2 revisions" in read(act(manager, "try", component="harbour").text))

    def test_says_beside_the_field_that_there_is_no_such_component(self, manager: Api) -> None:
        text = read(act(manager, "try", component="nothere").text)
        assert "There is no component named 'nothere'." in text
        assert "There is no history" not in text

    def test_reads_the_facts_of_the_environment_that_is_chosen(self, manager: Api) -> None:
        manager.put("/environments/staging", {"rank": 1})
        for environment, tier in (("staging", "silver"), ("production", "gold")):
            place = f"/components/harbour/facts/declared?environment={environment}"
            assert manager.post(place, {"facts": {"tier": tier}}).status_code == 200
        manager.clock.advance(timedelta(minutes=1))
        manager.submit(junit(passed=8), commit=OTHER_COMMIT)
        rules = STRICTER + '  - {id: gold, that: facts.tier.declared == "gold", needs: [facts]}\n'
        staging = read(act(manager, "try", rules, environment="staging").text)
        assert "by the facts of staging as they were then" in staging
        assert "It would have let through" not in staging
        highest = read(act(manager, "try", rules).text)
        assert "by the facts of production as they were then" in highest
        assert f"{OTHER_COMMIT[:12]} harbour pass" in highest
        assert act(manager, "try", rules, environment="nowhere").status_code == 422
        assert "by the facts of" not in read(act(manager, "try", environment="staging").text)

    def test_of_a_document_with_faults_shows_the_faults(self, manager: Api) -> None:
        assert "cannot be saved" in read(act(manager, "try", "name: production\nrules: []\n").text)

    def test_refuses_a_number_that_is_not_offered(self, manager: Api) -> None:
        assert act(manager, "try", last="100000").status_code == 422

    def test_records_nothing(self, manager: Api) -> None:
        before = len(manager.get("/audit/events?limit=500").get_json()["items"])
        act(manager, "try")
        assert len(manager.get("/audit/events?limit=500").get_json()["items"]) == before


class TestSave:
    def test_puts_it_in_force_and_keeps_the_reason(self, manager: Api) -> None:
        answer = act(manager, "save", reason="Three tests are\r\nnot enough.")
        known = manager.get("/gates/production").get_json()
        assert (known["number"], known["declared_by"]) == (2, "person:mia")
        assert known["reason"] == "Three tests are\nnot enough."
        assert answer.headers["Location"] == f"/gates/production/versions/{known['digest']}"
        shown = read(manager.client.get(answer.headers["Location"], headers=BROWSER).text)
        assert "By person:mia Reason Three tests are not enough." in shown
        row = manager.get("/audit/events?action=gate.declared&limit=1").get_json()["items"][0]
        assert row["details"]["reason"] == "Three tests are\nnot enough."
        assert "person:mia" in read(manager.client.get("/gates/production", headers=BROWSER).text)

    def test_asks_for_a_reason(self, manager: Api) -> None:
        answer = act(manager, "save")
        assert answer.status_code == 422
        assert "Reason is needed" in read(answer.text) and 'id="reason-fault"' in answer.text
        assert typed(answer)["document"] == STRICTER
        assert manager.get("/gates/production").get_json()["number"] == 1

    def test_refuses_what_has_faults(self, manager: Api) -> None:
        answer = act(manager, "save", STRICTER.replace("tests.failed", "tests.faled"), reason="Why not")
        assert answer.status_code == 422
        assert "1 fault keeps it from being put in force." in read(answer.text)
        assert manager.get("/gates/production").get_json()["number"] == 1

    def test_refuses_the_document_of_another_gate(self, manager: Api) -> None:
        answer = act(manager, "save", STRICTER.replace("name: production", "name: other"), reason="Why not")
        assert answer.status_code == 422
        assert "The document is of the gate 'other'" in read(answer.text)

    def test_tells_who_was_faster_and_loses_nothing(self, manager: Api) -> None:
        mine = typed(manager.client.get(EDIT, headers=BROWSER))
        theirs = STRICTER.replace(">= 5", ">= 1")
        act(manager, "save", theirs, reason="One is enough.")
        late = manager.client.post(
            EDIT, data={**mine, "document": STRICTER, "reason": "Five.", "act": "save"}, headers=BROWSER
        )
        parsed(late)
        text = read(late.text)
        assert late.status_code == 412
        assert "person:mia put it in force at" in text and "(One is enough.)" in text
        assert "What changed meanwhile" in text and "tests.total >= 1" in text
        kept = typed(late)
        assert (kept["document"], kept["reason"]) == (STRICTER, "Five.")
        again = manager.client.post(EDIT, data={**kept, "act": "save"}, headers=BROWSER)
        assert again.status_code == 303
        assert manager.get("/gates/production").get_json()["number"] == 3

    def test_of_a_floor_says_which_gate_would_ask_for_less(self, manager: Api) -> None:
        manager.put("/gates/floor", {**GATE, "name": "floor"})
        child = {**GATE, "name": "child", "extends": "floor"}
        assert manager.put("/gates/child", child).status_code == 201
        tighter = STRICTER.replace("name: production", "name: floor").replace("24h", "12h")
        answer = act(manager, "save", tighter, path="/gates/floor/edit", reason="Half a day.")
        assert answer.status_code == 422
        assert "'child' would ask for less than this floor" in read(answer.text)
        assert "no older than 12h" in read(answer.text)

    def test_twice_makes_no_second_version(self, manager: Api) -> None:
        act(manager, "save", reason="Once.")
        assert act(manager, "save", reason="Twice.").status_code == 303
        assert manager.get("/gates/production").get_json()["number"] == 2


class TestNew:
    def test_is_declared_from_a_template(self, manager: Api) -> None:
        shown = typed(manager.client.get("/register/gate", headers=BROWSER))
        assert shown["document"] == TEMPLATE
        new = TEMPLATE.replace("name: production", "name: staging")
        assert act(manager, "check", new, path="/register/gate").status_code == 200
        answer = act(manager, "save", new, path="/register/gate", reason="Staging needs one.")
        assert answer.status_code == 303
        assert manager.get("/gates/staging").get_json()["reason"] == "Staging needs one."

    def test_replaces_none_that_is_there(self, manager: Api) -> None:
        answer = act(manager, "save", STRICTER, path="/register/gate", reason="Mine.")
        assert answer.status_code == 412
        assert "There is a gate 'production' already" in read(answer.text)
        assert manager.get("/gates/production").get_json()["number"] == 1

    def test_without_a_readable_name_is_refused(self, manager: Api) -> None:
        assert act(manager, "save", "rules: []", path="/register/gate", reason="x").status_code == 422


class TestApi:
    def test_keeps_a_reason(self, api: Api) -> None:
        assert api.put("/gates/production?reason=It+is+time", GATE).get_json()["reason"] == "It is time"
        assert api.get("/gates/production").get_json()["declared_by"] == "token:tests"

    def test_replaces_the_version_that_was_read_alone(self, api: Api) -> None:
        tag = api.put("/gates/production", GATE).headers["ETag"]
        changed = {**GATE, "title": "Another"}
        wrong = '"sha256:' + "0" * 64 + '"'
        refused = api.put("/gates/production", changed, headers={"If-Match": wrong})
        assert refused.status_code == 412
        assert "token:tests put it in force at" in refused.get_json()["detail"]
        assert api.put("/gates/production", changed, headers={"If-Match": '"3"'}).status_code == 412
        assert api.put("/gates/production", changed, headers={"If-Match": tag}).status_code == 201
        assert api.put("/gates/production", GATE, headers={"If-Match": "*"}).status_code == 200
        assert api.get("/gates/production").headers["ETag"] == tag
        assert api.put("/gates/new", {**GATE, "name": "new"}, headers={"If-Match": "*"}).status_code == 412


class TestEditable:
    def test_leaves_yaml_in_braces_alone(self) -> None:
        assert editable("{name: x, rules: []}") == "{name: x, rules: []}"

    def test_writes_what_reads_the_same(self) -> None:
        document = {
            "name": "odd",
            "title": "null",
            "extends": None,
            "rules": [
                {
                    "id": "a",
                    "that": "tests.failed == 0",
                    "needs": ["tests"],
                    "on": "warn",
                    "title": "yes: no #",
                },
                {"id": "b", "that": "tests.failed\n == 0", "needs": ["tests"], "max_age": "24h"},
            ],
        }
        text = editable(json.dumps(document))
        assert draft_of(text).rules == draft_of(document).rules
        assert draft_of(text).title == "null"
        assert re.search(r"^    on: warn$|^  on: warn$", text, re.MULTILINE)
