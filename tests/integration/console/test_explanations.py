"""Written explanations against a real service on loopback: what is sent, what is shown, what if it fails."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.integration.console.test_pages import BROWSER, page, parsed, words
from tests.support.api import GATE, Api, junit, make_api
from tests.support.chat_service import ChatService, chat_service
from tests.support.people import sign_in
from tidegate.domain.access import Binding, Role
from tidegate.domain.canonical import Json
from tidegate.domain.explanations import MOST_RULES, facts_of
from tidegate.domain.shown_verdicts import ShownVerdict
from tidegate.environment import SettingsError
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.repository import table_of
from tidegate.modules.audit.models import AuditEventRow
from tidegate.modules.explanations import service as explanations
from tidegate.settings import read_settings

KEY = "sk-secret-key-of-the-service"
SECRET_TEXT = "assert password == 'hunter2'"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatService]:
    """Run the service."""
    with chat_service(tmp_path_factory.mktemp("chat")) as running:
        yield running


@pytest.fixture
def with_model(database: Database, tmp_path: Path, chat: ChatService) -> Callable[..., Api]:
    """Make an API that asks a model, with a verdict that fails; somebody is signed in."""

    def make(model: str, **more: str) -> Api:
        settings = {
            "EXPLAIN_URL": chat.url,
            "EXPLAIN_MODEL": model,
            "EXPLAIN_API_KEY": KEY,
            "OUTGOING_ALLOW": "127.0.0.1",
            **more,
        }
        api = make_api(database, tmp_path, **settings)
        api.set_up({**GATE, "title": "Ready to ship"})
        report = junit(failed=3).replace(b"it leaks", SECRET_TEXT.encode())
        api.submit(report, slot="secret-slot.xml")
        sign_in(
            api.client,
            api.database.engine,
            "ada",
            api.clock.now() + timedelta(hours=1),
            Binding(Role.VIEWER, component="harbour"),
        )
        return api

    return make


def address(api: Api) -> str:
    """Return the address of the newest verdict's explanation."""
    return f"/verdicts/{api.get('/verdicts?limit=1').get_json()['items'][0]['id']}/explanation"


def ask(api: Api) -> str:
    """Confirm that it may be sent, as a person does; returns the page that follows."""
    path = address(api)
    token = _TOKEN.search(page(api, path))
    assert token is not None
    answer = api.client.post(path, data={"csrf_token": token[1]}, headers=BROWSER)
    assert answer.status_code == 200
    parsed(answer)
    return answer.text


def asked_of(api: Api) -> list[tuple[str, str]]:
    """Return who has asked for explanations, and what is recorded of it."""
    events = table_of(AuditEventRow)
    with api.database.engine.connect() as connection:
        query = select(events.c.actor, events.c.details).where(events.c.action == "explanation.asked")
        return [(row.actor, json.dumps(row.details)) for row in connection.execute(query)]


class TestExplanation:
    @pytest.mark.requirement("S1-10")
    def test_is_not_offered_where_a_flag_switches_it_off_for_the_environment(
        self, with_model: Callable[..., Api]
    ) -> None:
        said = {"FEATURE_FLAGS_SOURCE": "env", "FEATURE_FLAG_WRITTEN_EXPLANATIONS": "on,production=off"}
        api = with_model("good", **said)
        path = address(api)
        assert "Explain in plain words" not in page(api, path.removesuffix("/explanation"))
        refused = api.client.get(path, headers=BROWSER)
        assert refused.status_code == 404
        assert "set FEATURE_FLAG_WRITTEN_EXPLANATIONS=production=on" in refused.text

    @pytest.mark.requirement("S0-10")
    def test_shows_what_is_sent_before_and_sends_just_that(
        self, with_model: Callable[..., Api], chat: ChatService
    ) -> None:
        api = with_model("good")
        before = len(chat.requests())
        shown = page(api, address(api))
        assert f"{chat.url}/chat/completions" in shown
        assert len(chat.requests()) == before

        assert "Three tests fail." in ask(api)
        (sent,) = chat.requests()[before:]
        block = re.search(r"<pre[^>]*><code>(.*?)</code></pre>", shown, re.DOTALL)
        assert block is not None
        as_shown = block[1].replace("&#34;", '"').replace("&gt;", ">").replace("&lt;", "<")
        assert json.loads(as_shown.replace("&#39;", "'").replace("&amp;", "&")) == json.loads(sent["body"])
        assert sent["path"] == "/v1/chat/completions"
        assert sent["headers"]["Authorization"] == f"Bearer {KEY}"

    @pytest.mark.requirement("S0-10")
    def test_sends_rules_numbers_and_states_and_nothing_else(
        self, with_model: Callable[..., Api], chat: ChatService
    ) -> None:
        api = with_model("good")
        ask(api)
        body = chat.requests()[-1]["body"]
        told = json.loads(json.loads(body)["messages"][1]["content"])
        assert told == {
            "state": "fail",
            "rules": [
                {
                    "rule": "Every test passes",
                    "asked": "tests.failed == 0 && tests.errors == 0",
                    "measured": {"tests.failed": 3, "tests.errors": 0},
                    "state": "fail",
                    "blocks": True,
                }
            ],
            "rules_left_out": 0,
        }
        for secret in ("hunter2", "secret-slot", "harbour", "8c1f0f6a", "bad0", KEY, "production"):
            assert secret not in body

    def test_is_marked_bounded_escaped_and_beside_the_text_by_rule(
        self, with_model: Callable[..., Api]
    ) -> None:
        hostile = ask(with_model("hostile"))
        assert "Written by a language model, hostile at 127.0.0.1" in words(hostile)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in hostile
        assert "\x1b" not in hostile
        assert "1 of 1 rule keep" in words(hostile)

    def test_is_cut_where_it_is_too_long(self, with_model: Callable[..., Api]) -> None:
        text = ask(with_model("long"))
        assert " […]" in text
        assert text.count("word") < 900

    def test_is_recorded_as_asked_and_not_kept(self, with_model: Callable[..., Api]) -> None:
        api = with_model("good")
        ask(api)
        ((actor, details),) = asked_of(api)
        assert "ada" in actor
        assert json.loads(details)["model"] == "good"
        assert "Three tests" not in details
        assert KEY not in details
        assert "Three tests fail." not in page(api, address(api))


class TestFailure:
    @pytest.mark.parametrize(
        ("model", "reason"),
        [
            ("huge", "larger than"),
            ("empty", "wrote nothing"),
            ("nothing", "wrote nothing"),
            ("wrong", "something else than a chat completion"),
            ("html", "something else than a chat completion"),
            ("deep", "something else than a chat completion"),
            ("redirects", "redirects"),
            ("401", "does not know the key: see EXPLAIN_API_KEY"),
            ("404", "see EXPLAIN_URL and EXPLAIN_MODEL"),
            ("429", "asked too often"),
            ("500", "did not write anything"),
        ],
    )
    @pytest.mark.requirement("S0-10")
    def test_leaves_the_text_that_is_written_by_rule(
        self, with_model: Callable[..., Api], model: str, reason: str
    ) -> None:
        shown = ask(with_model(model))
        assert "No explanation was written." in words(shown)
        assert reason in words(shown)
        assert "To pass: fix 3 failing tests" in words(shown)
        assert "sk-123" not in shown
        assert KEY not in shown

    def test_ends_after_the_time_that_is_allowed(self, with_model: Callable[..., Api]) -> None:
        api = with_model("slow", EXPLAIN_TIMEOUT="1")
        began = time.monotonic()
        assert "it took too long" in words(ask(api))
        assert time.monotonic() - began < 15

    def test_of_a_service_that_is_not_there_says_so(self, with_model: Callable[..., Api]) -> None:
        api = with_model("good", EXPLAIN_URL="http://127.0.0.1:9/v1")
        assert "No explanation was written. 127.0.0.1 did not answer" in words(ask(api))

    def test_of_an_address_that_is_not_allowed_says_how_to_allow_it(
        self, with_model: Callable[..., Api], chat: ChatService
    ) -> None:
        before = len(chat.requests())
        assert "OUTGOING_ALLOW" in words(ask(with_model("good", OUTGOING_ALLOW="")))
        assert len(chat.requests()) == before

    def test_while_another_is_written_waits_for_nobody(self, with_model: Callable[..., Api]) -> None:
        api = with_model("good")
        with explanations._asking:
            assert "Another explanation is being written" in words(ask(api))
        assert "Three tests fail." in ask(api)


class TestAccess:
    def test_is_off_by_default(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path)
        api.set_up()
        api.submit(junit(failed=1))
        sign_in(api.client, api.database.engine, "ada", api.clock.now(), role=Role.ADMINISTRATOR)
        path = address(api)
        page(api, path, status=404)
        assert "Explain in plain words" not in page(api, path.removesuffix("/explanation"))
        model = api.client.get("/status").get_json()["model"]
        assert model["available"] is False
        assert "EXPLAIN_URL" in model["detail"]

    def test_status_tells_that_it_can_be_used(self, with_model: Callable[..., Api]) -> None:
        api = with_model("good")
        said = api.client.get("/status")
        assert said.get_json()["model"] == {
            "available": True,
            "detail": "good at 127.0.0.1, with a key.",
        }
        assert KEY not in said.text
        assert "Explain in plain words" in page(api, address(api).removesuffix("/explanation"))

    def test_of_another_component_is_not_there(
        self, with_model: Callable[..., Api], chat: ChatService
    ) -> None:
        api = with_model("good")
        path, before = address(api), len(chat.requests())
        token = _TOKEN.search(page(api, path))
        assert token is not None
        stranger = Binding(Role.VIEWER, component="lighthouse")
        sign_in(api.client, api.database.engine, "eve", api.clock.now(), stranger)
        page(api, path, status=404)
        refused = api.client.post(path, data={"csrf_token": token[1]}, headers=BROWSER)
        assert refused.status_code == 404
        assert (len(chat.requests()), asked_of(api)) == (before, [])

    def test_is_not_sent_by_a_page_of_others(self, with_model: Callable[..., Api], chat: ChatService) -> None:
        api = with_model("good")
        before = len(chat.requests())
        assert api.client.post(address(api), headers=BROWSER).status_code == 400
        assert len(chat.requests()) == before


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "fault"),
        [
            ({"EXPLAIN_URL": "https://api.example/v1"}, "EXPLAIN_MODEL"),
            ({"EXPLAIN_URL": "api.example", "EXPLAIN_MODEL": "m"}, "EXPLAIN_URL"),
            ({"EXPLAIN_URL": "https://u:geheim@api.example", "EXPLAIN_MODEL": "m"}, "EXPLAIN_URL"),
            ({"EXPLAIN_URL": "http://[::1", "EXPLAIN_MODEL": "m"}, "EXPLAIN_URL"),
        ],
    )
    def test_refuse_what_nothing_can_be_sent_to(self, given: dict[str, str], fault: str) -> None:
        with pytest.raises(SettingsError, match=fault) as refused:
            read_settings(given)
        assert "geheim" not in str(refused.value)

    def test_read_the_key_under_its_other_name_and_from_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "key"
        file.write_text(f"{KEY}\n", "utf-8")
        for given in ({"GROQ_API_KEY": KEY}, {"EXPLAIN_API_KEY_FILE": str(file)}):
            settings = read_settings(given)
            assert settings.explain_api_key == KEY
            assert not settings.explanations
            assert KEY in settings.secrets()
            assert KEY not in repr(settings)


def test_only_so_many_rules_are_told_those_that_block_first() -> None:
    rule: dict[str, Json] = {
        "rule": "r",
        "title": "t" * 500,
        "on": "block",
        "state": "pass",
        "blocks": False,
        "asked": "a" * 500,
        "measured": {},
        "evidence": [],
        "waiver": None,
        "reason": "",
        "change": None,
        "found": [],
    }
    document: dict[str, Json] = {
        "gate": {"name": "g", "digest": "d"},
        "subject": {"component": "c", "revision": "r", "environment": None},
        "at": "now",
        "state": "fail",
        "faults": [],
        "rules": [*[rule] * MOST_RULES, {**rule, "blocks": True, "state": "fail"}],
    }
    told: Any = facts_of(ShownVerdict.of(document))
    assert (len(told["rules"]), told["rules_left_out"]) == (MOST_RULES, 1)
    first = told["rules"][0]
    assert (first["state"], len(first["rule"]), len(first["asked"])) == ("fail", 300, 300)
