"""Contracts: what may be written in them, and what is said of what may not."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.domain.contracts import (
    DEFAULT_CONTRACT,
    DEFAULT_PATHS,
    BodyFormat,
    checked_contract,
    contract_of,
    place_of,
    value_at,
)
from tidegate.domain.errors import Invalid


def faults(document: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        contract_of(document)
    return dict(caught.value.problems)


class TestContracts:
    def test_that_are_not_there_ask_what_every_service_answers(self) -> None:
        contract = contract_of(None)
        assert contract is DEFAULT_CONTRACT
        assert contract.first_that_answers
        remembering = contract.remembering("/readyz")
        assert [check.path for check in remembering.checks] == ["/readyz", "/health", "/healthz", "/status"]
        assert contract.remembering(None) is contract
        assert {check.path for check in contract.checks} == set(DEFAULT_PATHS)

    def test_say_what_is_asked_and_read(self) -> None:
        document: Any = {
            "checks": [
                {"path": "/health", "status": [200, 503], "format": "health+json", "state": "/a~1b/0"},
                {"path": "/about?full=1", "facts": {"commit": "build.commit", "version": "/version"}},
            ]
        }
        first, second = contract_of(document).checks
        assert (first.statuses, first.format) == (frozenset({200, 503}), BodyFormat.HEALTH_JSON)
        assert first.state == ("a/b", "0")
        assert second.facts == (("commit", ("build", "commit")), ("version", ("version",)))
        assert contract_of(document).remembering("/about?full=1").checks[0] is not second
        assert checked_contract(document) is document

    @pytest.mark.parametrize(
        ("document", "at"),
        [
            ([], "/contract"),
            ("x", "/contract"),
            ({}, "/contract/checks"),
            ({"checks": []}, "/contract/checks"),
            ({"checks": [{"path": "/"}] * 6}, "/contract/checks"),
            ({"checks": ["/"]}, "/contract/checks/0"),
            ({"checks": [{"path": "/"}], "more": 1}, "/contract/more"),
            ({"checks": [{"path": "/", "more": 1}]}, "/contract/checks/0/more"),
            ({"checks": [{}]}, "/contract/checks/0/path"),
            ({"checks": [{"path": "health"}]}, "/contract/checks/0/path"),
            ({"checks": [{"path": "//other.example"}]}, "/contract/checks/0/path"),
            ({"checks": [{"path": "/a#b"}]}, "/contract/checks/0/path"),
            ({"checks": [{"path": "/a b"}]}, "/contract/checks/0/path"),
            ({"checks": [{"path": "/", "status": 302}]}, "/contract/checks/0/status"),
            ({"checks": [{"path": "/", "status": True}]}, "/contract/checks/0/status"),
            ({"checks": [{"path": "/", "status": []}]}, "/contract/checks/0/status"),
            ({"checks": [{"path": "/", "status": [200, 200]}]}, "/contract/checks/0/status"),
            ({"checks": [{"path": "/", "format": "xml"}]}, "/contract/checks/0/format"),
            ({"checks": [{"path": "/", "format": ["json"]}]}, "/contract/checks/0/format"),
            (
                {"checks": [{"path": "/", "format": "text", "facts": {"a": "/a"}}]},
                "/contract/checks/0/format",
            ),
            ({"checks": [{"path": "/", "state": ""}]}, "/contract/checks/0/state"),
            ({"checks": [{"path": "/", "state": "/s", "format": "facts"}]}, "/contract/checks/0/state"),
            ({"checks": [{"path": "/", "state": "/a~2"}]}, "/contract/checks/0/state"),
            ({"checks": [{"path": "/", "facts": []}]}, "/contract/checks/0/facts"),
            ({"checks": [{"path": "/", "facts": {"A": "/a"}}]}, "/contract/checks/0/facts/A"),
            ({"checks": [{"path": "/", "facts": {"a": "a..b"}}]}, "/contract/checks/0/facts/a"),
            ({"checks": [{"path": "/", "facts": {"a": 1}}]}, "/contract/checks/0/facts/a"),
            (
                {"checks": [{"path": "/", "facts": {"health.state": "/a"}}]},
                "/contract/checks/0/facts/health.state",
            ),
            (
                {"checks": [{"path": "/a", "facts": {"v": "/v"}}, {"path": "/b", "facts": {"v": "/v"}}]},
                "/contract/checks",
            ),
        ],
    )
    def test_that_are_wrong_say_where(self, document: Any, at: str) -> None:
        assert list(faults(document)) == [at]

    def test_name_every_fault_at_once(self) -> None:
        assert len(faults({"checks": [{"path": "x", "status": 99, "format": "y"}]})) == 3

    def test_are_bounded(self) -> None:
        facts = {f"f{number}": "/" + "x" * 400 for number in range(50)}
        with pytest.raises(Invalid, match="more than 16,384 bytes"):
            checked_contract({"checks": [{"path": "/", "facts": facts}]})


class TestPlaces:
    @pytest.mark.parametrize(
        ("place", "value"),
        [
            ("/a/b/1", 2),
            ("a.b.0", 1),
            ("/a/b/9", None),
            ("/a/b/x", None),
            ("/a/b/-1", None),
            ("/none/b", None),
            ("/a/b/0/c", None),
            ("/x~1y", True),
        ],
    )
    def test_are_found_in_objects_and_lists(self, place: str, value: Any) -> None:
        assert value_at({"a": {"b": [1, 2]}, "x/y": True}, place_of(place)) == value
