"""Tests of passwords: which are refused, and that nobody's is verified as well."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from tidegate.domain.errors import Invalid
from tidegate.kernel.passwords import LONGEST, SHORTEST, Passwords, refuse_weak

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
GOOD = "seven crates of anthracite"


class TestPasswords:
    @pytest.mark.requirement("S1-25")
    def test_are_kept_as_argon2id_and_verified(self) -> None:
        passwords = Passwords(CHEAP)
        kept = passwords.hash(GOOD)

        assert kept.startswith("$argon2id$") and GOOD not in kept
        assert passwords.verify(kept, GOOD)
        assert not passwords.verify(kept, GOOD + " ")
        assert not passwords.verify("no hash", GOOD)

    def test_of_nobody_are_never_right(self) -> None:
        assert not Passwords(CHEAP).verify(None, GOOD)
        assert not Passwords(CHEAP).verify(None, "the password of nobody")

    def test_are_outdated_where_more_work_is_asked_for(self) -> None:
        kept = Passwords(CHEAP).hash(GOOD)

        assert not Passwords(CHEAP).is_outdated(kept)
        assert Passwords(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)).is_outdated(kept)


class TestRefuseWeak:
    @pytest.mark.parametrize("password", [GOOD, "zW8#kQ2!vN5x", "Ünïcödé passt auch gut", GOOD * 4])
    def test_lets_pass_what_is_hard_to_guess(self, password: str) -> None:
        refuse_weak(password, "ada")

    @pytest.mark.parametrize("password", ["", "x" * (SHORTEST - 1), GOOD * 9])
    def test_refuses_by_length(self, password: str) -> None:
        with pytest.raises(Invalid, match=f"{SHORTEST} to {LONGEST} are accepted"):
            refuse_weak(password)

    @pytest.mark.parametrize(
        "password",
        ["passwordpassword", "abcdefghijkl", "111111111111", "ada-ada-ada-", "tidegate2026", "a" * 128],
    )
    def test_refuses_what_is_soon_guessed_and_shows_it_not(self, password: str) -> None:
        with pytest.raises(Invalid, match="soon be guessed") as refused:
            refuse_weak(password, "ada")
        assert password not in str(refused.value)
