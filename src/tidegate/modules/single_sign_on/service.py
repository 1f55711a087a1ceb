"""Use cases of single sign-on: begin it, finish it, and say who is whom."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Conflict, NotFound
from tidegate.domain.issued_tokens import TokenRefused
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.domain.sign_on import (
    SIGN_ON_LIFE,
    ProvidedIdentity,
    SignOnRefused,
    SignOnRequest,
    proposed_names,
)
from tidegate.kernel.access import Access, Caller
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.provided_groups import ProvidedGroupsService
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sign_in import SignInService
from tidegate.modules.single_sign_on.providers import IdentityProvider, SignOnStep
from tidegate.modules.single_sign_on.repository import ProvidedIdentityRepository, SignOnRequestRepository

_LONGEST = 4000
_PROOF = "proof."
"""How the state of a proof begins; it cannot be added later, since the database knows the whole state."""
_NOT_ALLOWED = (
    "Only members of certain groups may sign in here, and you are in none. Ask who runs this server."
)
_DISABLED = "Your account here is disabled. Ask an administrator."


@dataclass(frozen=True, slots=True)
class SignOnAnswer:
    """What a browser brings back from a provider; any of it may be forged."""

    code: str
    state: str
    issuer: str | None
    error: str


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Who has signed in, and which page was asked for before."""

    caller: Caller
    following: str


class SingleSignOnService:
    """Lets people in through providers; people are known by issuer and subject, never by name or mail.

    A sign-in counts once, for ten minutes, for one provider and for the browser that began it. `users`,
    `groups` and `audit` act as the server itself: who signs in is nobody yet.
    """

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        identities: ProvidedIdentityRepository,
        requests: SignOnRequestRepository,
        users: UserService,
        groups: ProvidedGroupsService,
        attempts: SignInService,
        audit: AuditService,
        access: Access,
        clock: Clock,
        new_state: Callable[[], str],
        providers: tuple[IdentityProvider, ...],
        public_url: str,
    ) -> None:
        self._uow = uow
        self._identities = identities
        self._requests = requests
        self._users = users
        self._groups = groups
        self._attempts = attempts
        self._audit = audit
        self._access = access
        self._clock = clock
        self._new_state = new_state
        self._providers = providers
        self._public_url = public_url

    def providers(self) -> tuple[tuple[str, str], ...]:
        """Return the providers that people can choose from: what addresses call them, and what buttons do."""
        return tuple((one.slug, one.label) for one in self._providers)

    def proofs(self, user: str) -> tuple[tuple[str, str], ...]:
        """Return the providers where a person can prove anew who they are, as `providers` does."""
        return tuple(
            (one.slug, one.label)
            for one in self._providers
            if one.asks_anew and self._identities.is_known(one.issuer, user=user)
        )

    def begin(self, provider: str, *, browser: str, following: str) -> str:
        """Return where to send a browser; raises `NotFound`, and `Unavailable` where the provider is away."""
        return self._begin(self._provider(provider), self._new_state(), browser, following)

    def begin_proof(self, provider: str, *, browser: str, following: str) -> str:
        """Return where to send the browser of somebody who is to prove anew who they are; see `begin`."""
        chosen = self._provider(provider)
        if not chosen.asks_anew:
            raise NotFound("provider that can ask for a new proof", provider)
        return self._begin(chosen, _PROOF + self._new_state(), browser, following)

    def is_proof(self, answer: SignOnAnswer) -> bool:
        """Tell whether an answer claims to be a proof, for `prove`, and no sign-in, for `finish`."""
        return answer.state.startswith(_PROOF)

    def _begin(self, chosen: IdentityProvider, state: str, browser: str, following: str) -> str:
        address = chosen.address(self._step(chosen, state, browser), anew=state.startswith(_PROOF))
        now = self._clock.now()
        with self._uow.transaction():
            self._requests.forget_before(now)
            kept = SignOnRequest(chosen.slug, _digest(browser), following, now + SIGN_ON_LIFE)
            self._requests.insert(_digest(state), kept)
        return address

    def finish(self, provider: str, answer: SignOnAnswer, *, browser: str, address: str) -> SignedOn:
        """Return who signs in; raises `SignOnRefused`, `SignInDelayed` and `Unavailable`.

        The sign-in is over with this, whatever the answer is worth. At each one the groups that come from the
        provider are set anew; those that were given by hand stay.
        """
        chosen = self._provider(provider)
        self._attempts.begin_from(address)
        request, found = self._told(chosen, answer, browser)
        if self.is_proof(answer):
            raise SignOnRefused("the answer is for a proof, and lets nobody in")
        groups = chosen.mapping.groups(found.groups)
        who = f"subject {found.subject!r} of {found.issuer}"
        if groups is None:
            raise SignOnRefused(f"{who} is in no group that may sign in", _NOT_ALLOWED)
        with self._uow.transaction():
            name = self._person(found)
            if not self._users.may_sign_in(name):
                raise SignOnRefused(f"{who} is {name}, who is disabled", _DISABLED)
            self._groups.receive(name, groups, source=provider)
            self._identities.used(found.issuer, found.subject, at=self._clock.now())
        self._attempts.forgive_from(address)
        principal = Principal(PrincipalKind.PERSON, name, f"single sign-on {provider}", address)
        return SignedOn(Caller(principal, self._users.rights_of(name)), request.following)

    def prove(self, provider: str, answer: SignOnAnswer, *, user: str, browser: str, address: str) -> str:
        """Take a person's new proof, and return where it leads; raises as `finish` does.

        It has to be of this person, and made at the provider after it was asked for: one who was signed in
        there before, and was not asked again, proves nothing.
        """
        chosen = self._provider(provider)
        self._attempts.begin_from(address)
        request, found = self._told(chosen, answer, browser)
        if not self.is_proof(answer) or not request.is_proved(found):
            raise SignOnRefused("the provider does not say that it has asked anew who it is")
        if self._identities.user_of(found.issuer, found.subject) != user:
            raise SignOnRefused(f"subject {found.subject!r} of {found.issuer} is not {user}, who was asked")
        self._attempts.forgive_from(address)
        return request.following

    def link(self, user: str, *, issuer: str, subject: str) -> None:
        """Say that a subject of an issuer is a person who is here; raises `NotFound` and `Conflict`."""
        self._access.require(Permission.MANAGE_ACCESS)
        with self._uow.transaction():
            name = self._users.user(user).name
            self._identities.lock_name(f"{issuer} {subject}")
            known = self._identities.user_of(issuer, subject)
            if known is not None:
                raise Conflict(f"This subject of {issuer} is {known} already.")
            self._identities.insert(issuer, subject, user=name, at=self._clock.now())
            self._note("user.linked", name, {"issuer": issuer, "subject": subject})

    def _told(
        self, provider: IdentityProvider, answer: SignOnAnswer, browser: str
    ) -> tuple[SignOnRequest, ProvidedIdentity]:
        """Return what was begun, and who the provider says it is; raises `SignOnRefused`."""
        request = self._taken(provider, answer, browser)
        step = self._step(provider, answer.state, browser)
        try:
            return request, provider.identity(answer.code, step, issuer=answer.issuer)
        except TokenRefused as refused:
            raise SignOnRefused(f"the ID token is refused: {refused.reason}") from refused

    def _taken(self, provider: IdentityProvider, answer: SignOnAnswer, browser: str) -> SignOnRequest:
        if max(len(answer.state), len(answer.code), len(answer.issuer or "")) > _LONGEST:
            raise SignOnRefused("the answer is longer than any that a provider sends")
        with self._uow.transaction():
            found = self._requests.take(_digest(answer.state))
        if found is None or self._clock.now() >= found.expires_at:
            raise SignOnRefused("the answer is for no sign-in that was begun within the last minutes")
        if found.provider != provider.slug:
            raise SignOnRefused(f"the answer is for a sign-in through {found.provider}, not {provider.slug}")
        if not hmac.compare_digest(found.browser, _digest(browser)):
            raise SignOnRefused("the answer is for a sign-in that another browser has begun")
        if answer.error or not answer.code:
            why = ascii(answer.error[:100]) if answer.error else "it holds no code"
            raise SignOnRefused(f"the provider let nobody in: {why}", "The provider did not let you in.")
        return found

    def _person(self, found: ProvidedIdentity) -> str:
        """Return the person who is this subject, made now where there is none."""
        self._identities.lock_name(f"{found.issuer} {found.subject}")
        known = self._identities.user_of(found.issuer, found.subject)
        if known is not None:
            return known
        self._identities.lock_name("a first sign-in")  # two people of one name come one after the other
        free = (name for name in proposed_names(found.name) if self._is_free(name))
        name = next(free, None)
        if name is None:
            raise SignOnRefused(f"no name is free for {found.name!r}")
        self._users.create(name, display_name=found.name[:200])
        self._identities.insert(found.issuer, found.subject, user=name, at=self._clock.now())
        self._note("user.linked", name, {"issuer": found.issuer, "subject": found.subject})
        return name

    def _is_free(self, name: str) -> bool:
        try:
            self._users.user(name)
        except NotFound:
            return True
        return False

    def _step(self, provider: IdentityProvider, state: str, browser: str) -> SignOnStep:
        """Derive nonce and PKCE's verifier from the browser's secret, so that no database holds them."""
        verifier = _derived(browser, f"verifier {state}")
        return SignOnStep(
            redirect_uri=f"{self._public_url}/sign-in/{provider.slug}/answer",
            state=state,
            nonce=_derived(browser, f"nonce {state}"),
            verifier=verifier,
            challenge=_base64url(hashlib.sha256(verifier.encode()).digest()),
        )

    def _provider(self, slug: str) -> IdentityProvider:
        found = next((one for one in self._providers if one.slug == slug), None)
        if found is None:
            raise NotFound("provider", slug)
        return found

    def _note(self, action: str, user: str, details: Mapping[str, Json]) -> None:
        self._audit.append(action=action, subject=f"user:{user}", details=details)


def _derived(secret: str, purpose: str) -> str:
    key = secret.encode("utf-8", "surrogatepass")
    return _base64url(hmac.new(key, purpose.encode("utf-8", "surrogatepass"), hashlib.sha256).digest())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _digest(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits, of which a plain SHA-256 tells nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
