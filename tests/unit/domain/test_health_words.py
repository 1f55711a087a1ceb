"""What services call their health, and where their JSON says it."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.domain.health_words import HealthState, facts_in, state_in, state_of_word


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("OK", HealthState.PASS),
        (" healthy ", HealthState.PASS),
        (True, HealthState.PASS),
        ("Degraded", HealthState.WARN),
        ("OUT_OF_SERVICE", HealthState.FAIL),
        ("not ready", HealthState.FAIL),
        (False, HealthState.FAIL),
        ("connected", None),
        ("not ok", None),
        (1, None),
        (None, None),
    ],
)
def test_words_say_how_it_is(word: object, state: HealthState | None) -> None:
    assert state_of_word(word) is state


class TestStates:
    @pytest.mark.parametrize(
        ("document", "state", "reason"),
        [
            ({"status": "pass"}, HealthState.PASS, ""),
            ({"status": "ok", "healthy": False}, HealthState.FAIL, "it says 'False'"),
            ({"status": "ok", "state": "weird"}, HealthState.UNKNOWN, "not known"),
            ({"status": {"code": 1}}, HealthState.UNKNOWN, "no word for health under any of"),
            ({}, HealthState.UNKNOWN, "no word for health"),
            ([], HealthState.UNKNOWN, "no JSON object"),
            (None, HealthState.UNKNOWN, "no JSON object"),
            ({"status": "ok", "checks": {"db": [{"status": "fail"}]}}, HealthState.WARN, "checks.db is not"),
            ({"status": "ok", "components": {"db": {"status": "UP"}}}, HealthState.PASS, ""),
            ({"status": "ok", "components": {"db": {"note": "x"}, "mail": "down"}}, HealthState.WARN, "mail"),
        ],
    )
    def test_of_bodies(self, document: Any, state: HealthState, reason: str) -> None:
        found, why = state_in(document, None)
        assert found is state
        assert reason in why
        assert bool(why) is (state is not HealthState.PASS)

    def test_are_read_where_a_contract_says(self) -> None:
        assert state_in({"a": {"b": "up"}, "status": "fail"}, ("a", "b")) == (HealthState.PASS, "")
        assert state_in({"status": "ok"}, ("a",)) == (
            HealthState.UNKNOWN,
            "its JSON has no word for health at /a",
        )

    def test_are_ordered_with_what_is_unknown_below_a_failure(self) -> None:
        assert sorted(HealthState, key=lambda state: state.badness) == ["pass", "warn", "unknown", "fail"]


class TestFacts:
    def test_are_found_in_the_usual_places(self) -> None:
        document: dict[str, Any] = {"releaseId": "1.2", "version": 3, "git_sha": "abc", "uptime": 3}
        assert facts_in(document, ()) == {"version": "1.2", "commit": "abc"}

    @pytest.mark.parametrize(
        ("modules", "facts"),
        [
            ({"Billing": True, "mail": {"enabled": False}}, {"modules.billing": True, "modules.mail": False}),
            (
                ["scheduler", {"name": "Big Model", "state": "up"}],
                {"modules.scheduler": True, "modules.big-model": "up"},
            ),
            ([{"no": "name"}, 3], {}),
            ({"empty": {}, "!!": 1}, {"modules.unnamed": 1}),
            ("all", {}),
        ],
    )
    def test_of_modules(self, modules: Any, facts: dict[str, Any]) -> None:
        assert facts_in({"modules": modules}, ()) == facts

    def test_are_read_where_a_contract_says_and_left_out_where_they_are_no_values(self) -> None:
        document: dict[str, Any] = {"a": [{"b": 1.5}], "tags": ["y", "x"], "long": "x" * 2000, "null": None}
        wanted = (
            ("one", ("a", "0", "b")),
            ("tags", ("tags",)),
            ("long", ("long",)),
            ("null", ("null",)),
            ("list", ("a",)),
        )
        assert facts_in(document, wanted) == {"one": 1.5, "tags": "x, y"}
