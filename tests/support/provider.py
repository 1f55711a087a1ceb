"""A provider of identities as a process of its own: OpenID Connect, and GitHub's way; it can misbehave.

Run as `python -m tests.support.provider`: it prints its port. Nobody has to click: it lets in at once whom a
test has put before it (`/control`). It is as strict as real ones: a code counts once, for its client, its
redirect URI and its PKCE verifier.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.told_server import QuietHandler, serve_told, tell, told_server

CLIENT, SECRET = "tidegate/tests", "s3cret & +sign%"
HERE = "127.0.0.1/32"


@dataclass(frozen=True, slots=True)
class Provider:
    """A running provider, by its URL."""

    url: str

    def person(self, sub: str, name: str = "", **claims: Any) -> None:
        """Let this person in from now on; `groups` of the claims are organisations and teams for GitHub."""
        self._control(person={"sub": sub, "preferred_username": name or sub, **claims})

    def behave(self, mode: str = "well", *, now: float | None = None) -> None:
        """Answer from now on as this mode says, at this moment; see `_State`."""
        self._control(mode=mode, now=now)

    def seen(self) -> list[dict[str, str]]:
        """Return what browsers asked for at the authorization endpoints."""
        seen: list[dict[str, str]] = self._control()["seen"]
        return seen

    def _control(self, **document: Any) -> dict[str, Any]:
        return tell(f"{self.url}/control", document)


@contextmanager
def provider_process() -> Iterator[Provider]:
    """Run a provider until the block ends."""
    with told_server("tests.support.provider") as url:
        yield Provider(url)


class _Refused(Exception):
    def __init__(self, error: str, status: int = 400) -> None:
        self.error = error
        self.status = status


@dataclass
class _State:
    """Modes: well, away, html, denied, nonce, audience, expired, unsigned, subject, no-token, other-userinfo.

    Also silent (asks nobody anew), no-time (does not say when somebody proved it), userinfo (claims are told
    there alone), iss (says another issuer), no-iss, post (takes no Basic).
    """

    url: str = ""
    mode: str = "well"
    now: float | None = None
    person: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: list[dict[str, str]] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))

    def control(self, document: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in document.items():
            setattr(self, name, value)
        return {"seen": self.seen}

    def discovery(self) -> dict[str, Any]:
        methods = ["client_secret_post"] if self.mode == "post" else ["client_secret_basic"]
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize?tenant=main",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": methods,
            "authorization_response_iss_parameter_supported": True,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser is sent back to."""
        self.seen.append(asked)
        back = {"state": asked["state"]}
        if self.mode == "denied":
            return f"{asked['redirect_uri']}?{urlencode({**back, 'error': 'access_denied'})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "person": dict(self.person)}
        if self.mode != "no-iss" and "nonce" in asked:
            back["iss"] = "https://other.example" if self.mode == "iss" else self.url
        return f"{asked['redirect_uri']}?{urlencode({**back, 'code': code})}"

    def redeem(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        """Return the token endpoint's answer."""
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization:
            pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
            client, secret = (unquote_plus(one) for one in pair)
        if (client, secret) != (CLIENT, SECRET):
            raise _Refused("invalid_client", 401)
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            asked is None
            or asked["redirect_uri"] != form.get("redirect_uri")
            or asked["code_challenge"] != challenge
            or asked["code_challenge_method"] != "S256"
        ):
            raise _Refused("invalid_grant")
        token = secrets.token_urlsafe(16)
        self.tokens[token] = asked["person"]
        answer = {"access_token": token, "token_type": "bearer"}
        if "nonce" in asked and self.mode != "no-token":
            answer["id_token"] = self.id_token(asked)
        return answer

    def id_token(self, asked: Mapping[str, Any]) -> str:
        now = int(self.now if self.now is not None else time.time())
        person: dict[str, Any] = asked["person"]
        told = {"sub": person["sub"]} if self.mode == "userinfo" else dict(person)
        if self.mode == "subject":
            told["sub"] = "x" * 300
        life = -600 if self.mode == "expired" else 600
        if "max_age" in asked and self.mode != "no-time":
            told["auth_time"] = now - 3600 if self.mode == "silent" else now
        claims = {
            "iss": self.url,
            "aud": "another" if self.mode == "audience" else CLIENT,
            "iat": now + min(life, 0),
            "exp": now + life,
            "nonce": "swapped" if self.mode == "nonce" else asked["nonce"],
            **told,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)
        if self.mode == "unsigned":
            head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
            return f"{head}.{signed.split('.')[1]}."
        return signed

    def api(self, path: str, token: str) -> dict[str, Any]:
        """Answer as the userinfo endpoint and GitHub's API do."""
        person = self.tokens.get(token)
        if person is None:
            raise _Refused("bad_credentials", 401)
        if path == "/userinfo":
            return {**person, "sub": "another"} if self.mode == "other-userinfo" else person
        groups, login = person.get("groups", []), person["preferred_username"]
        if path == "/api/user":
            return {"login": login, "id": "none" if self.mode == "subject" else int(person["sub"])}
        parts = path.split("/")
        name = parts[-1] if path.startswith("/api/user/memberships/orgs/") else f"{parts[3]}/{parts[5]}"
        if name not in groups and f"{name}?" not in groups:
            raise _Refused("not_found", 404)
        return {"state": "active" if name in groups else "pending"}


def _answer(handler: BaseHTTPRequestHandler, state: _State, body: str) -> None:
    parts = urlsplit(handler.path)
    if state.mode in ("away", "html") and parts.path not in ("/authorize", "/login/oauth/authorize"):
        _send(handler, b"<html>", 503 if state.mode == "away" else 200)
        return
    form = {name: values[0] for name, values in parse_qs(body).items()}
    authorization = handler.headers.get("Authorization", "")
    if parts.path in ("/authorize", "/login/oauth/authorize"):
        handler.send_response(302)
        handler.send_header("Location", state.authorize({k: v[0] for k, v in parse_qs(parts.query).items()}))
        handler.end_headers()
        return
    try:
        if parts.path == "/.well-known/openid-configuration":
            answer = state.discovery()
        elif parts.path == "/keys":
            answer = {"keys": [state.key.as_dict(private=False)]}
        elif parts.path in ("/token", "/login/oauth/access_token"):
            answer = state.redeem(form, authorization)
        else:
            answer = state.api(parts.path, authorization.removeprefix("Bearer "))
    except _Refused as refused:
        # GitHub says what is wrong with status 200.
        status = 200 if parts.path.startswith("/login") else refused.status
        _send(handler, json.dumps({"error": refused.error}).encode(), status)
        return
    _send(handler, json.dumps(answer).encode(), 200)


def _send(handler: BaseHTTPRequestHandler, body: bytes, status: int) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _main() -> None:
    state = _State()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            _answer(self, state, "")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path == "/control":
                _send(self, json.dumps(state.control(json.loads(body))).encode(), 200)
            else:
                _answer(self, state, body)

    serve_told(Handler, lambda url: setattr(state, "url", url))


if __name__ == "__main__":
    _main()
