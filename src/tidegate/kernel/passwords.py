"""Passwords: hashed with Argon2id, and refused where they can be guessed (NIST SP 800-63B)."""

from __future__ import annotations

import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tidegate.domain.errors import Invalid

SHORTEST = 12
LONGEST = 128
PRODUCT = "tidegate"
LEAST_GUESSES = 10**8
"""A password that is found within fewer guesses is refused: names, sequences, repetitions, common ones."""

_ESTIMATED_LENGTH = 72
_estimating = threading.Lock()


class Passwords:
    """Hashes and verifies passwords; `hasher` says how much work that is."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        """Return what may be kept of a password."""
        return self._hasher.hash(password)

    def verify(self, kept: str | None, password: str) -> bool:
        """Tell whether it is the password; None is verified as well, so that it takes the same time."""
        try:
            self._hasher.verify(kept or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether it was hashed with less work than is asked for now."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("the password of nobody")


def refuse_weak(password: str, *personal: str) -> None:
    """Raise `Invalid` for a password of the wrong length, or one that is soon guessed.

    `personal` are words that those who know the person would try. There are no rules of composition.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise _refused(f"it has {len(password)} characters, and {SHORTEST} to {LONGEST} are accepted")
    # The estimator keeps the personal words in a place that all threads share. It is slow on long texts, and
    # who repeats what is weak up to its limit has gained nothing.
    from zxcvbn import zxcvbn  # its dictionaries take a moment, and few processes need them

    with _estimating:
        guesses = zxcvbn(password[:_ESTIMATED_LENGTH], [PRODUCT, *personal])["guesses"]
    if guesses < LEAST_GUESSES:
        raise _refused("it would soon be guessed. Several words that do not belong together are stronger")


def _refused(why: str) -> Invalid:
    says = f"The password is not accepted: {why}."
    return Invalid(says, (("/password", says),))
