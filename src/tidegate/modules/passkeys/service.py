"""Use cases of passkeys: add, rename and remove them, sign in with one."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping

from tidegate.domain.access import Permission, Unauthenticated
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.passkeys import CHALLENGE_LIFE, Passkey, PasskeyChallenge, PasskeyPurpose
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.kernel.access import Access, Caller
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.passkeys import (
    CHALLENGE_BYTES,
    HANDLE_BYTES,
    PasskeyAccount,
    PasskeyAnswer,
    PasskeyRefused,
    PasskeyVerifier,
    decode_base64url,
    encode_base64url,
    read_answer,
)
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sign_in import SignInService
from tidegate.modules.passkeys.repository import PasskeyChallengeRepository, PasskeyRepository

MOST_PASSKEYS = 20
LONGEST_NAME = 100
REFUSED = "The passkey was not accepted. Begin again, or sign in in another way."
_CREDENTIALS = {
    PasskeyPurpose.SIGN_IN: "passkey",
    PasskeyPurpose.AFTER_PASSWORD: "password and passkey",
    PasskeyPurpose.AFTER_SIGN_ON: "single sign-on and passkey",
}
"""How a sign-in is called in the audit log, by what the passkey was asked for."""


class PasskeysUnavailable(Conflict):
    """This installation has no address that passkeys can be bound to."""

    def __init__(self) -> None:
        super().__init__(
            "Passkeys need the setting PUBLIC_URL: the https address, with a name, under which people reach "
            "this server."
        )


class PasskeyUnknown(Unauthenticated):
    """An answer lets nobody in; the text is for everybody, `reason` for the log."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(REFUSED)


class PasskeyService:
    """Keeps people's passkeys, and lets them in by them.

    What a browser is asked is good for one answer, five minutes, one purpose and that browser. Without
    `verifier` there are none to be had.
    """

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        passkeys: PasskeyRepository,
        challenges: PasskeyChallengeRepository,
        users: UserService,
        attempts: SignInService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
        new_id: NewId,
        random_bytes: Callable[[int], bytes],
        verifier: PasskeyVerifier | None,
        asked_after: frozenset[PasskeyPurpose],
    ) -> None:
        self._uow = uow
        self._passkeys = passkeys
        self._challenges = challenges
        self._users = users
        self._attempts = attempts
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock
        self._new_id = new_id
        self._random_bytes = random_bytes
        self._verifier = verifier
        self._asked_after = asked_after

    @property
    def available(self) -> bool:
        """Tell whether passkeys can be used here at all."""
        return self._verifier is not None

    def own(self) -> tuple[Passkey, ...]:
        """Return the caller's passkeys, oldest first."""
        return self._passkeys.of(self._principal.name)

    def passkeys_of(self, user: str) -> tuple[Passkey, ...]:
        """Return a person's passkeys, oldest first; raises `NotFound`."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._passkeys.of(self._users.user(user).name)

    def asked_after(self, first: PasskeyPurpose, user: str) -> bool:
        """Tell whether a person is asked for a passkey after a first proof, which was right."""
        return self.available and first in self._asked_after and bool(self._passkeys.of(user))

    def ask_for_new(self, *, browser: str) -> str:
        """Return as JSON what the caller's browser is asked for a new passkey; raises `Conflict`."""
        ready, own, name = self._ready, self.own(), self._principal.name
        if len(own) >= MOST_PASSKEYS:
            raise Conflict(f"There are {len(own)} passkeys, and no more can be kept. Remove one first.")
        handle = own[0].handle if own else encode_base64url(self._random_bytes(HANDLE_BYTES))
        challenge = self._new_challenge(PasskeyPurpose.ADD, browser, user=name, handle=handle)
        return ready.creation_options(
            PasskeyAccount(name, decode_base64url(handle)),
            challenge=challenge,
            known=[one.credential_id for one in own],
        )

    def add(self, answer: str, *, name: str, browser: str) -> Passkey:
        """Keep the passkey that the caller's browser made.

        Raises `Invalid` for an answer that does not prove it, and `Conflict` for one that is kept already.
        """
        chosen, user = _checked_name(name), self._principal.name
        try:
            told = read_answer(answer)
            challenge = self._take(told, browser, PasskeyPurpose.ADD)
            if challenge.user != user:
                raise PasskeyRefused("it answers what somebody else was asked")
            made = self._ready.made(answer, challenge=told.challenge)
        except PasskeyRefused as refused:
            raise Invalid(f"The passkey was not added: {refused}.", (("/answer", str(refused)),)) from refused
        now = self._clock.now()
        kept = Passkey(
            id=self._new_id(),
            user=user,
            name=chosen,
            credential_id=made.credential_id,
            public_key=made.public_key,
            handle=challenge.handle or "",
            sign_count=made.sign_count,
            created_at=now,
            last_used_at=None,
        )
        with self._uow.transaction():
            self._passkeys.insert(kept)
            self._note("passkey.added", kept)
        return kept

    def rename(self, passkey_id: str, name: str) -> None:
        """Give one of the caller's passkeys another name; raises `NotFound` and `Invalid`."""
        chosen = _checked_name(name)
        with self._uow.transaction():
            found = self._one_of(self.own(), passkey_id)
            self._passkeys.change(found.id, name=chosen)
            self._note("passkey.renamed", found, {"to": chosen})

    def remove(self, passkey_id: str) -> None:
        """Remove one of the caller's passkeys; raises `NotFound`."""
        with self._uow.transaction():
            self._remove(self._one_of(self.own(), passkey_id))

    def remove_of(self, user: str, passkey_id: str | None = None) -> int:
        """Remove a passkey of a person who lost it, or all of them; returns how many. Raises `NotFound`."""
        with self._uow.transaction():
            theirs = self.passkeys_of(user)
            chosen = theirs if passkey_id is None else (self._one_of(theirs, passkey_id),)
            for one in chosen:
                self._remove(one)
        return len(chosen)

    def ask(self, *, browser: str) -> str:
        """Return as JSON what a browser is asked for any passkey that it knows of here; raises `Conflict`."""
        ready = self._ready
        return ready.request_options(challenge=self._new_challenge(PasskeyPurpose.SIGN_IN, browser))

    def ask_after(self, first: PasskeyPurpose, user: str, *, browser: str) -> str:
        """Return as JSON what a browser is asked for a passkey of somebody whose first proof was right."""
        ready, known = self._ready, [one.credential_id for one in self._passkeys.of(user)]
        challenge = self._new_challenge(first, browser, user=user)
        return ready.request_options(challenge=challenge, known=known)

    def ask_for_proof(self, *, browser: str) -> str:
        """Return as JSON what the caller's browser is asked for to prove that it is still them."""
        return self.ask_after(PasskeyPurpose.PROVE, self._principal.name, browser=browser)

    def prove(self, answer: str, *, browser: str, address: str) -> None:
        """Take the caller's proof; raises `PasskeyUnknown` and `SignInDelayed`, as `sign_in` does."""
        used, _ = self._answered(answer, browser, address, PasskeyPurpose.PROVE)
        if used.user != self._principal.name:
            raise PasskeyUnknown(f"the passkey is one of {used.user}, and another person was asked")

    def sign_in(self, answer: str, *, browser: str, address: str) -> Caller:
        """Return who signs in by a passkey; raises `PasskeyUnknown` and `SignInDelayed`.

        An attempt counts against its address before it is looked at.
        """
        used, purpose = self._answered(answer, browser, address, *_CREDENTIALS)
        principal = Principal(PrincipalKind.PERSON, used.user, f"{_CREDENTIALS[purpose]} {used.id}", address)
        return Caller(principal, self._users.rights_of(used.user))

    def _answered(
        self, answer: str, browser: str, address: str, *purposes: PasskeyPurpose
    ) -> tuple[Passkey, PasskeyPurpose]:
        """Return the passkey that a right answer was made with, and what it was asked for."""
        self._attempts.begin_from(address)
        try:
            told = read_answer(answer)
            challenge = self._take(told, browser, *purposes)
            used = self._used(answer, told, challenge)
        except PasskeyRefused as refused:
            raise PasskeyUnknown(str(refused)) from refused
        self._attempts.forgive_from(address)
        return used, challenge.purpose

    def _used(self, answer: str, told: PasskeyAnswer, challenge: PasskeyChallenge) -> Passkey:
        with self._uow.transaction():
            found = self._passkeys.called(told.credential_id)
            if found is None or not self._users.may_sign_in(found.user):
                raise PasskeyRefused("no person who may sign in has this passkey")
            if challenge.user not in (None, found.user) or told.handle not in (None, "", found.handle):
                raise PasskeyRefused(f"the passkey is one of {found.user}, and another person was asked")
            count = self._ready.used(
                answer,
                challenge=told.challenge,
                public_key=found.public_key,
                sign_count=found.sign_count,
            )
            self._passkeys.change(found.id, sign_count=count, last_used_at=self._clock.now())
        return found

    @property
    def _ready(self) -> PasskeyVerifier:
        if self._verifier is None:
            raise PasskeysUnavailable
        return self._verifier

    def _new_challenge(
        self, purpose: PasskeyPurpose, browser: str, *, user: str | None = None, handle: str | None = None
    ) -> bytes:
        challenge, now = self._random_bytes(CHALLENGE_BYTES), self._clock.now()
        with self._uow.transaction():
            self._challenges.forget_before(now)
            self._challenges.insert(
                _digest(challenge),
                PasskeyChallenge(purpose, user, handle, _digest(browser.encode()), now + CHALLENGE_LIFE),
            )
        return challenge

    def _take(self, told: PasskeyAnswer, browser: str, *purposes: PasskeyPurpose) -> PasskeyChallenge:
        """Return what was asked, which counts as answered from now on, whatever the answer is worth."""
        with self._uow.transaction():
            found = self._challenges.take(_digest(told.challenge))
        if found is None or found.purpose not in purposes or self._clock.now() >= found.expires_at:
            raise PasskeyRefused("it answers nothing that was asked within the last minutes")
        if not hmac.compare_digest(found.browser, _digest(browser.encode())):
            raise PasskeyRefused("it answers what another browser was asked")
        return found

    def _one_of(self, passkeys: tuple[Passkey, ...], passkey_id: str) -> Passkey:
        found = next((one for one in passkeys if one.id == passkey_id), None)
        if found is None:
            raise NotFound("passkey", passkey_id)
        return found

    def _remove(self, passkey: Passkey) -> None:
        self._passkeys.remove(passkey.id)
        self._note("passkey.removed", passkey)

    def _note(self, action: str, passkey: Passkey, more: Mapping[str, Json] | None = None) -> None:
        details: dict[str, Json] = {"id": passkey.id, "name": passkey.name, **(more or {})}
        self._audit.append(action=action, subject=f"user:{passkey.user}", details=details)


def _checked_name(name: str) -> str:
    chosen = name.strip()
    if not 1 <= len(chosen) <= LONGEST_NAME or not chosen.isprintable():
        what = f"1 to {LONGEST_NAME} printable characters."
        raise Invalid(f"A passkey is called by {what}", (("/name", what),))
    return chosen


def _digest(secret: bytes) -> str:
    """Return what is kept of a secret of 256 random bits, of which a plain SHA-256 tells nothing."""
    return hashlib.sha256(secret).hexdigest()
