"""Signing in with a password: neither guessing nor finding out who has an account, on both databases."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from tests.support.api import HandClock
from tidegate.domain.access import Binding, Role, Unauthenticated
from tidegate.kernel.container import Work
from tidegate.kernel.passwords import Passwords
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sign_in import LONGEST_DELAY, REFUSED, SignInDelayed, SignInService

PASSWORD = "seven crates of anthracite"

FULL_WORK = pytest.mark.parametrize("passwords", [Passwords()], ids=["full work"])


@pytest.fixture(autouse=True)
def ada(users: UserService) -> None:
    """Register a person with a password, and one without."""
    users.create("ada", password=PASSWORD, binding=Binding(Role.VIEWER))
    users.create("bob")


def refused(sign_in: SignInService, name: str, password: str, address: str = "192.0.2.1") -> str:
    """Fail to sign in; returns what is said."""
    with pytest.raises(Unauthenticated) as error:
        sign_in.with_password(name, password, address=address)
    return str(error.value)


class TestWithPassword:
    def test_tells_who_it_is_and_what_they_may_do(self, sign_in: SignInService) -> None:
        caller = sign_in.with_password("ada", PASSWORD, address="192.0.2.1")

        assert (str(caller.principal), caller.principal.credential) == ("person:ada", "password")
        assert caller.rights.bindings == (Binding(Role.VIEWER),)

    @pytest.mark.parametrize(
        ("name", "password"),
        [
            ("ada", "seven crates of anthracit"),
            ("ada", ""),
            ("ada", PASSWORD + "x" * 200),
            ("bob", PASSWORD),
            ("nobody", PASSWORD),
            ("", ""),
            ("a\x00b", PASSWORD),
            ("\ud800", PASSWORD),
        ],
    )
    def test_says_the_same_of_everything_that_is_wrong(
        self, sign_in: SignInService, name: str, password: str
    ) -> None:
        assert refused(sign_in, name, password) == REFUSED

    def test_says_the_same_of_who_is_disabled(self, sign_in: SignInService, users: UserService) -> None:
        users.disable("ada")

        assert refused(sign_in, "ada", PASSWORD) == REFUSED

    @FULL_WORK
    def test_takes_as_long_for_nobody_as_for_somebody(self, sign_in: SignInService, clock: HandClock) -> None:
        def seconds(name: str) -> float:
            clock.advance(timedelta(hours=1))
            began = perf_counter()
            refused(sign_in, name, "wrong and long enough")
            return perf_counter() - began

        seconds("nobody")
        # One right after the other, so that what else the machine does meets both alike.
        ratios = [seconds("ada") / seconds("nobody") for _ in range(11)]

        assert 0.5 < median(ratios) < 2, ratios

    @FULL_WORK
    def test_hashes_anew_what_was_hashed_with_less_work(self, work: Work, sign_in: SignInService) -> None:
        weaker = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
        with work.uow.transaction() as session:
            session.execute(
                text("UPDATE users SET password_hash = :kept WHERE name = 'ada'"), {"kept": weaker}
            )

        sign_in.with_password("ada", PASSWORD, address="")

        kept = work.uow.session.execute(
            text("SELECT password_hash FROM users WHERE name = 'ada'")
        ).scalar_one()
        assert kept != weaker and not Passwords().is_outdated(kept)


class TestDelay:
    def test_of_an_account_doubles_and_is_forgotten_once_the_password_is_right(
        self, sign_in: SignInService, clock: HandClock
    ) -> None:
        for _ in range(4):
            refused(sign_in, "ada", "wrong")
        waits = []
        for _ in range(3):
            with pytest.raises(SignInDelayed) as delayed:
                sign_in.with_password("ada", PASSWORD, address="192.0.2.9")
            waits.append(delayed.value.seconds)
            clock.advance(timedelta(seconds=delayed.value.seconds))
            refused(sign_in, "ada", "wrong")
        assert waits == [1, 2, 4]

        clock.advance(timedelta(seconds=8))
        sign_in.with_password("ada", PASSWORD, address="192.0.2.9")

        refused(sign_in, "ada", "wrong")
        assert sign_in.with_password("ada", PASSWORD, address="192.0.2.9").principal.name == "ada"

    def test_is_the_same_for_an_account_that_is_not_there(self, sign_in: SignInService) -> None:
        for _ in range(4):
            refused(sign_in, "nobody", "wrong")

        with pytest.raises(SignInDelayed):
            sign_in.with_password("nobody", "wrong", address="192.0.2.1")

    def test_of_an_address_counts_all_its_accounts(self, sign_in: SignInService) -> None:
        for number in range(20):
            refused(sign_in, f"person{number}", "wrong", address="192.0.2.7")

        with pytest.raises(SignInDelayed):
            sign_in.with_password("ada", PASSWORD, address="192.0.2.7")
        assert sign_in.with_password("ada", PASSWORD, address="192.0.2.8").principal.name == "ada"

    def test_has_an_end(self, sign_in: SignInService, clock: HandClock, work: Work) -> None:
        refused(sign_in, "ada", "wrong")
        with work.uow.transaction() as session:
            session.execute(text("UPDATE sign_in_failures SET failures = 1000"))
        with pytest.raises(SignInDelayed) as delayed:
            sign_in.with_password("ada", PASSWORD, address="192.0.2.9")
        assert delayed.value.seconds == LONGEST_DELAY.total_seconds()

        clock.advance(LONGEST_DELAY)

        assert sign_in.with_password("ada", PASSWORD, address="192.0.2.9").principal.name == "ada"

    def test_leaves_nothing_behind_after_a_day(
        self, sign_in: SignInService, clock: HandClock, work: Work
    ) -> None:
        for number in range(5):
            refused(sign_in, f"person{number}", "wrong")
        clock.advance(timedelta(days=1, seconds=1))

        sign_in.with_password("ada", PASSWORD, address="192.0.2.9")

        left = work.uow.session.execute(text("SELECT COUNT(*) FROM sign_in_failures")).scalar_one()
        assert left == 1  # the address that signed in last, with no failure
