"""API tokens: made, presented, rotated and revoked, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.support.api import HandClock
from tidegate.domain.access import Binding, Forbidden, Permission, Role, Unauthenticated
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.principals import ANONYMOUS, Principal, PrincipalKind
from tidegate.domain.tokens import PREFIX, _checksum, read_token, write_token
from tidegate.kernel.access import Authenticator
from tidegate.kernel.container import Container, Work
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.tokens import OVERLAP, TokenService

SUBMITTER = Binding(Role.SUBMITTER, component="harbour")


class TestCreate:
    def test_gives_a_token_that_tells_who_presents_it(
        self, tokens: TokenService, authenticator: Authenticator
    ) -> None:
        made = tokens.create(name="ci", binding=SUBMITTER)

        caller = authenticator.authenticate(made.text, address="192.0.2.1")

        assert caller.principal == Principal(PrincipalKind.TOKEN, "ci")
        assert (caller.principal.credential, caller.principal.address) == (
            f"token {made.token.id}",
            "192.0.2.1",
        )
        assert caller.rights.bindings == (SUBMITTER,)

    def test_lives_as_long_as_the_settings_say(self, tokens: TokenService, clock: HandClock) -> None:
        assert tokens.create(name="a", binding=SUBMITTER).token.expires_at == clock.at + timedelta(days=90)
        week = tokens.create(name="b", binding=SUBMITTER, days=7).token
        assert week.expires_at == clock.at + timedelta(days=7)

    @pytest.mark.parametrize("days", [0, -1, 366])
    def test_refuses_a_life_that_is_too_long_or_none(self, tokens: TokenService, days: int) -> None:
        with pytest.raises(Invalid, match="lives 1 to 365 days"):
            tokens.create(name="ci", binding=SUBMITTER, days=days)

    @pytest.mark.parametrize("name", ["", "a b", "-a", "a\n", "x" * 101, "ä"])
    def test_refuses_what_is_no_name(self, tokens: TokenService, name: str) -> None:
        with pytest.raises(Invalid, match="no name for a token"):
            tokens.create(name=name, binding=SUBMITTER)

    def test_refuses_a_name_under_which_one_works(self, tokens: TokenService, clock: HandClock) -> None:
        tokens.create(name="ci", binding=SUBMITTER)
        with pytest.raises(Conflict, match="already"):
            tokens.create(name="ci", binding=SUBMITTER)

        clock.advance(timedelta(days=91))

        assert tokens.create(name="ci", binding=SUBMITTER).token.name == "ci"

    def test_refuses_a_person_who_is_not_there(self, tokens: TokenService) -> None:
        with pytest.raises(Invalid, match="no user named 'nobody'"):
            tokens.create(name="ci", binding=SUBMITTER, user="nobody")

    def test_keeps_nothing_by_which_the_token_could_be_told(self, tokens: TokenService, work: Work) -> None:
        made = tokens.create(name="ci", binding=SUBMITTER)

        row = work.uow.session.execute(text("SELECT * FROM api_tokens")).one()
        events = work.use(AuditService).events(PageRequest(50)).items

        assert made.text not in f"{row} {events}"
        assert made.text[16:40] not in f"{row} {events}"

    def test_is_for_administrators_alone(self, container: Container) -> None:
        work = container.work(ANONYMOUS)
        with pytest.raises(Forbidden):
            work.use(TokenService).create(name="ci", binding=SUBMITTER)
        work.close()


class TestAuthenticate:
    @pytest.mark.parametrize("presented", ["", "tdg_", "hunter2", "tdg_" + "0" * 61])
    def test_refuses_what_is_no_token(
        self, tokens: TokenService, presented: str, authenticator: Authenticator
    ) -> None:
        with pytest.raises(Unauthenticated, match="not well-formed"):
            authenticator.authenticate(presented, address="")

    def test_refuses_a_right_identifier_with_another_secret(self, container: Container, work: Work) -> None:
        made = work.use(TokenService).create(name="ci", binding=SUBMITTER)
        other = write_token(1, 7)
        # The identifier of the one, the secret of the other, and a checksum that is right.
        body = made.token.id + other.text[len(PREFIX) + 12 : -6]
        forged = PREFIX + body + _checksum(body)
        assert read_token(forged) is not None
        with pytest.raises(Unauthenticated, match="not known here"):
            work.use(Authenticator).authenticate(forged, address="")

    def test_refuses_one_that_has_expired_at_that_moment(
        self, tokens: TokenService, clock: HandClock, authenticator: Authenticator
    ) -> None:
        made = tokens.create(name="ci", binding=SUBMITTER, days=1)
        clock.advance(timedelta(days=1) - timedelta(milliseconds=1))
        authenticator.authenticate(made.text, address="")
        clock.advance(timedelta(milliseconds=1))

        with pytest.raises(Unauthenticated, match="'ci' expired at 2026-11-22T02:30:00.000Z"):
            authenticator.authenticate(made.text, address="")

    def test_notes_the_last_use_once_a_minute(
        self, tokens: TokenService, clock: HandClock, authenticator: Authenticator
    ) -> None:
        made = tokens.create(name="ci", binding=SUBMITTER)
        first = clock.at
        authenticator.authenticate(made.text, address="")
        clock.advance(timedelta(seconds=59))
        authenticator.authenticate(made.text, address="")
        assert tokens.find("ci").last_used_at == first

        clock.advance(timedelta(seconds=1))
        authenticator.authenticate(made.text, address="")

        assert tokens.find("ci").last_used_at == clock.at

    def test_lets_readers_in_where_the_last_use_cannot_be_written(
        self, tokens: TokenService, work: Work, monkeypatch: pytest.MonkeyPatch, authenticator: Authenticator
    ) -> None:
        made = tokens.create(name="ci", binding=SUBMITTER)

        def away(*_: object, **__: object) -> None:
            raise Conflict("The disk is full.")

        monkeypatch.setattr(tokens._tokens, "change", away)

        assert authenticator.authenticate(made.text, address="").principal.name == "ci"


class TestRotate:
    def test_lets_the_old_one_work_for_a_while(
        self, tokens: TokenService, clock: HandClock, authenticator: Authenticator
    ) -> None:
        old = tokens.create(name="ci", binding=SUBMITTER)

        new = tokens.rotate(old.token.id)

        assert new.token.replaces == old.token.id
        assert tokens.find("ci").id == new.token.id
        for one in (old, new):
            assert authenticator.authenticate(one.text, address="").principal.name == "ci"
        clock.advance(OVERLAP)
        assert authenticator.authenticate(new.text, address="").rights.bindings == (SUBMITTER,)
        with pytest.raises(Unauthenticated, match="expired"):
            authenticator.authenticate(old.text, address="")

    def test_never_lets_the_old_one_live_longer_than_it_would_have(
        self, tokens: TokenService, clock: HandClock
    ) -> None:
        old = tokens.create(name="ci", binding=SUBMITTER, days=1)
        clock.advance(timedelta(hours=20))

        tokens.rotate(old.token.id)

        assert tokens.find(old.token.id).expires_at == old.token.expires_at

    def test_refuses_one_that_works_no_more(self, tokens: TokenService) -> None:
        old = tokens.create(name="ci", binding=SUBMITTER)
        tokens.revoke(old.token.id)

        with pytest.raises(Conflict, match="is revoked: create a new one"):
            tokens.rotate(old.token.id)


class TestRevoke:
    def test_takes_hold_at_once_and_may_be_said_again(
        self, tokens: TokenService, clock: HandClock, authenticator: Authenticator
    ) -> None:
        made = tokens.create(name="ci", binding=SUBMITTER)

        first = tokens.revoke(made.token.id)
        clock.advance(timedelta(hours=1))
        again = tokens.revoke(made.token.id)

        assert first.revoked_at == again.revoked_at == clock.at - timedelta(hours=1)
        with pytest.raises(Unauthenticated, match="was revoked at"):
            authenticator.authenticate(made.text, address="")
        with pytest.raises(NotFound):
            tokens.find("ci")
        with pytest.raises(NotFound):
            tokens.revoke("0" * 12)

    def test_is_in_the_audit_log_like_all_else(self, tokens: TokenService, work: Work) -> None:
        made = tokens.create(name="ci", binding=SUBMITTER)
        tokens.rotate(made.token.id)
        tokens.revoke(made.token.id)

        events = work.use(AuditService).events(PageRequest(50), subject="token:ci").items

        assert [row.entry.action for row in events] == ["token.revoked", "token.rotated", "token.created"]
        assert events[-1].entry.details["rights"] == "submitter of harbour"


class TestList:
    def test_tells_the_state_of_each(self, tokens: TokenService, clock: HandClock) -> None:
        for name in ("a", "b", "c"):
            tokens.create(name=name, binding=SUBMITTER, days=1 if name == "b" else None)
        tokens.revoke(tokens.find("c").id)
        clock.advance(timedelta(days=2))

        page = tokens.tokens(PageRequest(50))

        assert [(one.name, one.state(clock.at)) for one in page.items] == [
            ("a", "active"),
            ("b", "expired"),
            ("c", "revoked"),
        ]

    def test_can_be_of_one_person(
        self, tokens: TokenService, users: UserService, authenticator: Authenticator
    ) -> None:
        users.create("ada", binding=Binding(Role.VIEWER))
        tokens.create(name="hers", binding=SUBMITTER, user="ada")
        tokens.create(name="ci", binding=SUBMITTER)

        assert [one.name for one in tokens.tokens(PageRequest(50), user="ada").items] == ["hers"]
        hers = authenticator.authenticate(tokens.rotate(tokens.find("hers").id).text, address="")
        assert hers.principal == Principal(PrincipalKind.PERSON, "ada")
        assert not hers.rights.somewhere(Permission.SUBMIT)
