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
