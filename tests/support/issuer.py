"""An issuer of tokens as a process of its own: it publishes keys, signs what it is told, and can misbehave.

Run as `python -m tests.support.issuer`: it prints its port. Over `/control` a test rotates its keys, sets how
it answers, has tokens signed, and reads how often it was asked.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from tests.support.told_server import QuietHandler, serve_told, tell, told_server

DISCOVERY = "/.well-known/openid-configuration"
HERE = "127.0.0.1/32"
"""What OUTGOING_ALLOW has to hold so that a server may ask it."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """A running issuer, by its URL."""

    url: str

    def token(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Sign claims as they are; `alg` chooses the key."""
        return str(self._control("sign", claims=dict(claims), header=header)["token"])

    def claims(self, now: datetime, **more: Any) -> dict[str, Any]:
        """Return the usual claims: of now, for ten minutes."""
        moment = int(now.timestamp())
        times = {"iat": moment, "nbf": moment, "exp": moment + int(timedelta(minutes=10).total_seconds())}
        return {"iss": self.url, **times, **more}

    def rotate(self) -> None:
        """Sign with new keys, and publish them alone."""
        self._control("rotate")

    def behave(self, mode: str = "well") -> None:
        """Answer from now on as this mode says: see `_answer`."""
        self._control("mode", mode=mode)

    def asked(self) -> list[str]:
        """Return every path that was asked for, except by the test."""
        asked: list[str] = self._control("asked")["asked"]
        return asked

    def keys(self) -> list[dict[str, str]]:
        """Return the keys that are published."""
        keys: list[dict[str, str]] = self._control("keys")["keys"]
        return keys

    def _control(self, verb: str, **document: Any) -> dict[str, Any]:
        return tell(f"{self.url}/control/{verb}", document)


@contextmanager
def issuer_process() -> Iterator[Issuer]:
    """Run an issuer until the block ends."""
    with told_server("tests.support.issuer") as url:
        yield Issuer(url)


class _State:
    def __init__(self) -> None:
        self.url = ""
        self.mode = "well"
        self.generation = 0
        self.asked: list[str] = []
        self.rotate()

    def rotate(self) -> None:
        self.generation += 1
        self.private: dict[str, RSAKey | ECKey] = {
            "RS256": RSAKey.generate_key(2048, {"kid": f"rsa-{self.generation}", "use": "sig"}),
            "ES256": ECKey.generate_key("P-256", {"kid": f"ec-{self.generation}", "use": "sig"}),
        }

    def published(self) -> list[dict[str, Any]]:
        return [dict(key.as_dict(private=False)) for key in self.private.values()]

    def sign(self, claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
        algorithm = str(header.get("alg", "RS256"))
        key = self.private[algorithm]
        protected = {"alg": algorithm, "typ": "JWT", "kid": key.kid, **header}
        protected = {name: value for name, value in protected.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=["RS256", "ES256"], strict_check_header=False)
        return jws.serialize_compact(protected, json.dumps(claims), key, registry=registry)

    def control(self, verb: str, document: Mapping[str, Any]) -> dict[str, Any]:
        if verb == "rotate":
            self.rotate()
        elif verb == "mode":
            self.mode = document["mode"]
        elif verb == "sign":
            return {"token": self.sign(document["claims"], document["header"])}
        return {"asked": self.asked, "keys": self.published()}

    def discovery(self) -> dict[str, Any]:
        named = "https://another.example" if self.mode == "another" else self.url
        return {
            "issuer": named,
            "jwks_uri": "http://169.254.169.254/keys" if self.mode == "metadata" else f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "response_types_supported": ["code", "id_token"],
            "authorization_response_iss_parameter_supported": True,
            "nested": {"passed": "over"},
        }

    def jwks(self) -> dict[str, Any]:
        if self.mode == "unusable":
            odd: list[Any] = [1, {"kty": "oct", "k": "c2VjcmV0", "kid": "rsa-1"}, {"kty": "RSA", "n": "AQAB"}]
            odd += [
                {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
                {"kty": "EC", "crv": "P-521", "x": "a", "y": "b"},
            ]
            return {"keys": [*odd, *({**key, "use": "enc"} for key in self.published())]}
        return {"keys": self.published()}


def _answer(handler: BaseHTTPRequestHandler, state: _State) -> None:
    """Answer as the mode says: well, away, slow, huge, html, nothing, another, metadata or unusable."""
    if state.mode == "away":
        handler.send_error(503)
    elif state.mode == "nothing":
        handler.close_connection = True
    elif state.mode == "html":
        _send(handler, b"<html>Sign in</html>")
    elif state.mode == "huge":
        _send(handler, b'{"issuer": "' + b"x" * 10_000_000 + b'"}')
    elif state.mode == "slow":
        handler.send_response(200)
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b" ")
            time.sleep(0.1)
    elif handler.path == DISCOVERY:
        _send(handler, json.dumps(state.discovery()).encode())
    elif handler.path == "/keys":
        _send(handler, json.dumps(state.jwks()).encode())
    else:
        handler.send_error(404)


def _send(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    try:
        handler.wfile.write(body)
    except OSError:
        handler.close_connection = True  # who asked has heard enough


def _main() -> None:
    state = _State()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            try:
                _answer(self, state)
            except OSError:
                self.close_connection = True

        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            _send(self, json.dumps(state.control(self.path.removeprefix("/control/"), document)).encode())

    serve_told(Handler, lambda url: setattr(state, "url", url))


if __name__ == "__main__":
    _main()
