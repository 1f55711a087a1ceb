"""Tests of principals: how the audit log names who asked."""

from __future__ import annotations

from tidegate.domain.principals import ANONYMOUS, COMMAND_LINE, SERVER, WORKER, Principal, PrincipalKind


class TestPrincipal:
    def test_is_written_as_its_kind_and_its_name(self) -> None:
        assert [str(one) for one in (COMMAND_LINE, SERVER, WORKER)] == [
            "system:cli",
            "system:server",
            "system:worker",
        ]

    def test_of_whom_nothing_is_known_is_written_as_such(self) -> None:
        assert str(ANONYMOUS) == "anonymous"

    def test_is_the_same_where_kind_and_name_are(self) -> None:
        assert Principal(PrincipalKind.SYSTEM, "worker") == WORKER != SERVER

    def test_is_the_same_by_whatever_it_proved_it(self) -> None:
        by_one = Principal(PrincipalKind.TOKEN, "ci", credential="token a", address="192.0.2.1")

        assert by_one == Principal(PrincipalKind.TOKEN, "ci", credential="token b")
        assert str(by_one) == "token:ci"

    def test_is_of_the_system_only_where_the_machine_started_it(self) -> None:
        assert SERVER.is_system
        assert not ANONYMOUS.is_system
        assert not Principal(PrincipalKind.PERSON, "server").is_system
