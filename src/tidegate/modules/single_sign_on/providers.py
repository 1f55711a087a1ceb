"""Providers of identities: where a browser is sent, and who somebody is by what it brings back."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from tidegate.domain.canonical import Json
from tidegate.domain.issued_tokens import Expected
from tidegate.domain.outgoing import OutgoingFailed
from tidegate.domain.sign_on import EVERYBODY, GroupMapping, ProvidedIdentity, SignOnRefused
from tidegate.kernel.issuers.issuers import Issuers
from tidegate.kernel.issuers.records import PublishedIssuer
from tidegate.kernel.outgoing.client import Outgoing

_FORM = "application/x-www-form-urlencoded"
_LONGEST_SUBJECT = 255
_MOST_GROUPS = 1000


@dataclass(frozen=True, slots=True)
class SignOnStep:
    """What ties the two halves of a sign-in together: sent to the provider, and asked of its answer.

    `challenge` is of `verifier` (PKCE, S256), which is only told when the code is redeemed.
    """

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    challenge: str


@dataclass(frozen=True, slots=True)
class ProviderClient:
    """By what a provider knows Tidegate."""

    id: str
    secret: str


class IdentityProvider(Protocol):
    """A provider through which people sign in; `slug` names it in addresses, `label` on the button.

    `issuer` is whose subjects it tells; `asks_anew` whether it can be made to ask for a new proof.
    """

    slug: str
    label: str
    issuer: str
    asks_anew: bool
    mapping: GroupMapping

    def address(self, step: SignOnStep, *, anew: bool = False) -> str:
        """Return where the browser is sent, to prove anew who sits there if `anew`; raises `Unavailable`."""
        ...

    def identity(self, code: str, step: SignOnStep, *, issuer: str | None) -> ProvidedIdentity:
        """Return whose code the browser brought back; raises `Unauthenticated` and `Unavailable`.

        `issuer` is whose answer it says to be (RFC 9207).
        """
        ...


@dataclass(frozen=True, slots=True)
class OidcClaims:
    """Which claims tell the name and the groups of a person."""

    name: str
    groups: str


class OidcProvider:
    """Any provider of OpenID Connect: authorization code with PKCE, `state` and `nonce`."""

    slug = "oidc"
    asks_anew = True

    def __init__(
        self,
        *,
        label: str,
        issuer: str,
        client: ProviderClient,
        scopes: tuple[str, ...],
        claims: OidcClaims,
        mapping: GroupMapping,
        issuers: Issuers,
        outgoing: Outgoing,
    ) -> None:
        self.label = label
        self.mapping = mapping
        self.issuer = issuer
        self._client = client
        self._scopes = scopes
        self._claims = claims
        self._issuers = issuers
        self._outgoing = outgoing

    def address(self, step: SignOnStep, *, anew: bool = False) -> str:
        """Return where the browser is sent; raises `Unavailable`.

        With `max_age` the ID token has to say when the person proved it (OpenID Connect Core, 3.1.2.1), which
        tells whether the provider did as it was asked.
        """
        endpoint = self._issuers.published(self.issuer).endpoint("authorization_endpoint")
        asked = {"response_type": "code", "scope": " ".join(self._scopes), "nonce": step.nonce}
        again = {"prompt": "login", "max_age": "0"} if anew else {}
        return _with_query(endpoint, {**asked, **again, **_common(self._client, step)})

    def identity(self, code: str, step: SignOnStep, *, issuer: str | None) -> ProvidedIdentity:
        """Return whose code the browser brought back; raises `Unauthenticated` and `Unavailable`."""
        published = self._issuers.published(self.issuer)
        said = published.endpoints.get("authorization_response_iss_parameter_supported") == "true"
        if issuer != self.issuer and (issuer is not None or said):
            raise SignOnRefused(f"the answer is of the issuer {issuer!r}, not of {self.issuer!r}")
        answer = self._redeem(published, code, step)
        claims = self._issuers.verified(
            _text(answer, "id_token", "the token endpoint's answer"),
            Expected(self.issuer, self._client.id, not_before=False),
        )
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), step.nonce.encode()):
            raise SignOnRefused("the ID token is for another sign-in: its nonce is not the one that was sent")
        subject = _subject(claims)
        if self._claims.groups not in claims and self._wants_groups():
            claims = {**self._userinfo(published, answer, subject), **claims}
        return ProvidedIdentity(
            issuer=self.issuer,
            subject=subject,
            name=_printable(claims.get(self._claims.name)),
            groups=_names(claims.get(self._claims.groups)),
            proved_at=_moment(claims.get("auth_time")),
        )

    def _wants_groups(self) -> bool:
        return self.mapping.names != (EVERYBODY,)

    def _redeem(self, published: PublishedIssuer, code: str, step: SignOnStep) -> Mapping[str, Json]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": step.redirect_uri,
            "code_verifier": step.verifier,
        }
        headers = {"Accept": "application/json"}
        methods = published.endpoints.get("token_endpoint_auth_methods_supported", "client_secret_basic")
        if "client_secret_basic" in methods.split():
            # RFC 6749, section 2.3.1: both halves are encoded as in a form before they are joined.
            pair = f"{quote_plus(self._client.id)}:{quote_plus(self._client.secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": self._client.id, "client_secret": self._client.secret}
        body = urlencode(form).encode()
        url = published.endpoint("token_endpoint")
        answer = self._outgoing.post(url, body, content_type=_FORM, headers=headers)
        return _redeemed(answer.status, answer.document())

    def _userinfo(
        self, published: PublishedIssuer, answer: Mapping[str, Json], subject: str
    ) -> Mapping[str, Json]:
        """Ask for the claims that the ID token lacks, of the same subject."""
        url, token = published.endpoints.get("userinfo_endpoint"), answer.get("access_token")
        if url is None or not isinstance(token, str):
            return {}
        told = self._outgoing.get(url, headers=_bearer(token)).document()
        if not isinstance(told, dict) or told.get("sub") != subject:
            raise SignOnRefused("the userinfo endpoint tells of another subject than the ID token")
        return told


class GithubProvider:
    """GitHub, which speaks OAuth 2 without ID tokens: its API says who it is, and in which teams."""

    slug = "github"
    label = "GitHub"
    asks_anew = False

    def __init__(
        self, *, url: str, api_url: str, client: ProviderClient, mapping: GroupMapping, outgoing: Outgoing
    ) -> None:
        self.mapping = mapping
        self.issuer = url.rstrip("/")
        self._api_url = api_url.rstrip("/")
        self._client = client
        self._outgoing = outgoing

    def address(self, step: SignOnStep, *, anew: bool = False) -> str:
        """Return where the browser is sent; OAuth 2 alone has no way to ask for a new proof."""
        return _with_query(
            f"{self.issuer}/login/oauth/authorize", {"scope": "read:org", **_common(self._client, step)}
        )

    def identity(self, code: str, step: SignOnStep, *, issuer: str | None) -> ProvidedIdentity:
        """Return whose code the browser brought back; raises `Unauthenticated` and `Unavailable`."""
        form = {
            "client_id": self._client.id,
            "client_secret": self._client.secret,
            "code": code,
            "redirect_uri": step.redirect_uri,
            "code_verifier": step.verifier,
        }
        url = f"{self.issuer}/login/oauth/access_token"
        answer = self._outgoing.post(
            url, urlencode(form).encode(), content_type=_FORM, headers={"Accept": "application/json"}
        )
        token = _text(_redeemed(answer.status, answer.document()), "access_token", "GitHub's answer")
        user = self._told("/user", token)
        number = (user or {}).get("id")
        login = (user or {}).get("login")
        if isinstance(number, bool) or not isinstance(number, int) or not isinstance(login, str):
            raise SignOnRefused("GitHub does not say whose token it gave")
        groups = frozenset(name for name in self.mapping.names if self._is_member(name, login, token))
        return ProvidedIdentity(self.issuer, str(number), login, groups)

    def _is_member(self, name: str, login: str, token: str) -> bool:
        """Tell whether somebody is in an organisation (`acme`) or team (`acme/platform`)."""
        organisation, slash, team = name.partition("/")
        path = f"/user/memberships/orgs/{quote(organisation, safe='')}"
        if slash:
            path = (
                f"/orgs/{quote(organisation, safe='')}/teams/{quote(team, safe='')}"
                f"/memberships/{quote(login, safe='')}"
            )
        return (self._told(path, token) or {}).get("state") == "active"

    def _told(self, path: str, token: str) -> Mapping[str, Json] | None:
        """Ask the API; None where it says that there is no such thing, or that it must not be seen."""
        accepted = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        answer = self._outgoing.get(self._api_url + path, headers={**_bearer(token), **accepted})
        if answer.status in (403, 404):
            return None
        told = answer.document()
        if answer.status != 200 or not isinstance(told, dict):
            raise OutgoingFailed(urlsplit(self._api_url).hostname or "GitHub", f"status {answer.status}")
        return told


def _common(client: ProviderClient, step: SignOnStep) -> dict[str, str]:
    return {
        "client_id": client.id,
        "redirect_uri": step.redirect_uri,
        "state": step.state,
        "code_challenge": step.challenge,
        "code_challenge_method": "S256",
    }


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}"


def _bearer(token: str) -> dict[str, str]:
    if not token.isascii() or not token.isprintable():
        raise SignOnRefused("the provider gave an access token that no header can hold")
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


def _redeemed(status: int, answer: Json) -> Mapping[str, Json]:
    """Return what a token endpoint answers; GitHub says what is wrong with status 200."""
    told = answer if isinstance(answer, dict) else {}
    if status != 200 or "error" in told:
        why = str(told.get("error", f"status {status}"))[:100]
        raise SignOnRefused(f"the provider does not accept the code: {ascii(why)}")
    return told


def _text(said: Mapping[str, Json], name: str, where: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise SignOnRefused(f"{where} says no {name!r} that can be used")
    return value


def _subject(claims: Mapping[str, Json]) -> str:
    """Return whom an ID token is about: at most 255 ASCII characters (OpenID Connect Core, section 2)."""
    subject = _text(claims, "sub", "the ID token")
    if len(subject) > _LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable():
        raise SignOnRefused("the ID token says no 'sub' that can be used")
    return subject


def _printable(claim: Json) -> str:
    """Return a name as it can be kept and shown; empty where there is none."""
    return "".join(one for one in claim if one.isprintable()) if isinstance(claim, str) else ""


def _moment(claim: Json) -> datetime | None:
    """Return a time that is written in seconds since 1970; None where there is none that can be used."""
    if isinstance(claim, bool) or not isinstance(claim, (int, float)) or not 0 <= claim < 2**32:
        return None
    return datetime.fromtimestamp(claim, UTC)


def _names(claim: Json) -> frozenset[str]:
    listed = claim if isinstance(claim, list) else [claim]
    return frozenset(one for one in listed[:_MOST_GROUPS] if isinstance(one, str) and one)
