"""What it costs to exchange a job's identity token: processor time of the whole request."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from datetime import timedelta

from joserfc import jws
from joserfc.jwk import RSAKey

from benchmarks.table import Row
from tidegate.app import create_app, make_container, migrate, with_all_modules
from tidegate.domain.access import Binding, Role
from tidegate.domain.principals import SERVER
from tidegate.domain.publishers import Provider
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.issuers.keys import read_keys
from tidegate.kernel.issuers.records import IssuerRepository, PublishedIssuer
from tidegate.modules.federation.service import PublisherService
from tidegate.settings import Settings, read_settings

MOST = 5.0
"""Milliseconds of processor time that an exchange may take."""

ROUNDS, EXCHANGES = 5, 40
_AUDIENCE = "https://tidegate.example.org"
_ISSUER = "https://issuer.example.org"


def exchange() -> Row:
    """Exchange tokens that an issuer signed, beside verifying their signatures alone."""
    key = RSAKey.generate_key(2048, {"kid": "bench"})
    with tempfile.TemporaryDirectory() as folder:
        variables = {"DATA_DIR": folder, "PUBLIC_URL": _AUDIENCE, "TOKEN_EXCHANGE_PER_MINUTE": "1000000"}
        settings = read_settings({**variables, "LOG_LEVEL": "ERROR"})
        tokens = [_token(key, number) for number in range(ROUNDS * EXCHANGES)]
        own = _exchanged(settings, key, tokens)
    other = _verified(key, tokens[:EXCHANGES])
    target = f"<= {MOST:g} ms of processor"
    return Row(
        "exchanges of identity tokens",
        own,
        "ms of processor",
        "joserfc",
        other,
        own / other,
        target,
        own <= MOST,
    )


def _exchanged(settings: Settings, key: RSAKey, tokens: list[str]) -> float:
    container = make_container(settings, watched=False)
    migrate(container, backup=False)
    work = with_all_modules(container).work(SERVER)
    work.use(PublisherService).add(
        name="bench",
        provider=Provider.OTHER,
        issuer=_ISSUER,
        claims={"repository_id": "1"},
        binding=Binding(Role.SUBMITTER),
    )
    now = SystemClock().now()
    published = PublishedIssuer(
        _ISSUER, {"issuer": _ISSUER}, read_keys({"keys": [dict(key.as_dict(private=False))]}), now
    )
    issuers = IssuerRepository(work.uow)
    with work.uow.transaction():
        issuers.claim(_ISSUER, now)
        issuers.write(published)
    work.close()
    client = create_app(settings, container).test_client()
    rounds = []
    for start in range(0, len(tokens), EXCHANGES):
        before = time.process_time()
        for token in tokens[start : start + EXCHANGES]:
            answer = client.post("/api/v1/token-exchange", json={"token": token})
            if answer.status_code != 200:
                raise RuntimeError(f"an exchange was refused: {answer.get_json()}")
        rounds.append((time.process_time() - before) / EXCHANGES * 1000)
    container.database.dispose()
    return statistics.median(rounds)


def _verified(key: RSAKey, tokens: list[str]) -> float:
    before = time.process_time()
    for token in tokens:
        jws.deserialize_compact(token, key, ["RS256"])
    return (time.process_time() - before) / len(tokens) * 1000


def _token(key: RSAKey, number: int) -> str:
    now = int(SystemClock().now().timestamp())
    lifetime = int(timedelta(hours=1).total_seconds())
    claims = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "jti": f"bench-{number}",
        "repository_id": "1",
    }
    return jws.serialize_compact({"alg": "RS256", "kid": "bench"}, json.dumps(claims), key, ["RS256"])


ROWS = (exchange,)
