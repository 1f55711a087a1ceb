"""Issuers: a real one in a process of its own, whose keys are kept in a real database."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import RSAKey
from sqlalchemy import URL

from tests.support import migrated
from tests.support.api import HandClock
from tests.support.issuer import DISCOVERY, HERE, Issuer, issuer_process
from tidegate.domain.issued_tokens import Expected, TokenCheck, TokenRefused, expiry_of
from tidegate.domain.outgoing import AddressPolicy, OutgoingFailed
from tidegate.kernel.db.engine import Database
from tidegate.kernel.issuers.issuers import IssuerAway, Issuers
from tidegate.kernel.issuers.records import IssuerCache
from tidegate.kernel.outgoing.client import Outgoing

AUDIENCE = "https://tidegate.example.org"
BOTH = [DISCOVERY, "/keys"]
Process = Callable[[], Issuers]


@pytest.fixture(scope="module")
def _running() -> Iterator[Issuer]:
    with issuer_process() as running:
        yield running


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def issuer(_running: Issuer) -> Issuer:
    _running.behave()
    return _running


@pytest.fixture
def process(database: Database, clock: HandClock) -> Iterator[Process]:
    """Makes what one more process of the installation has: a memory of its own over the same database."""
    opened = []
    outgoing = Outgoing(AddressPolicy.from_entries((HERE,)), seconds=2.0)

    def make() -> Issuers:
        uow = database.unit_of_work()
        opened.append(uow)
        return Issuers(uow=uow, outgoing=outgoing, clock=clock, cache=IssuerCache(), sleep=lambda _: None)

    yield make
    for uow in opened:
        uow.close()


@pytest.fixture
def issuers(process: Process) -> Issuers:
    return process()


def expected(issuer: Issuer, **more: Any) -> Expected:
    """Say what tokens of an issuer have to say."""
    return dataclasses.replace(Expected(issuer.url, AUDIENCE), **more)


def refusal(issuers: Issuers, token: str, wanted: Expected) -> TokenCheck:
    """Return which check a token fails."""
    with pytest.raises(TokenRefused) as caught:
        issuers.verified(token, wanted)
    return caught.value.check


def encoded(document: object) -> str:
    """Write a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


class TestTokens:
    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[Database]:
        """One kind of database will do: what a token says does not lie in it."""
        migrated.put_at(tmp_path / "tidegate.sqlite3")
        made = Database(URL.create("sqlite", database=str(tmp_path / "tidegate.sqlite3")))
        yield made
        made.dispose()

    @pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
    def test_that_an_issuer_signed_are_accepted(
        self, issuers: Issuers, issuer: Issuer, clock: HandClock, algorithm: str
    ) -> None:
        token = issuer.token(issuer.claims(clock.now(), aud=AUDIENCE, repository_id="7"), alg=algorithm)
        claims = issuers.verified(token, expected(issuer))
        assert claims["repository_id"] == "7"
        assert expiry_of(claims) == clock.now().replace(microsecond=0) + timedelta(minutes=10, seconds=30)

    def test_that_are_not_signed_are_refused(
        self, issuers: Issuers, issuer: Issuer, clock: HandClock
    ) -> None:
        claims = issuer.claims(clock.now(), aud=AUDIENCE)
        for none in ("none", "None", "NONE", ""):
            for signature in ("", "eA"):
                token = f"{encoded({'alg': none, 'kid': 'rsa-1'})}.{encoded(claims)}.{signature}"
                assert refusal(issuers, token, expected(issuer)) in (TokenCheck.ALGORITHM, TokenCheck.FORM)

    def test_that_are_signed_with_the_public_key_as_a_secret_are_refused(
        self, issuers: Issuers, issuer: Issuer, clock: HandClock
    ) -> None:
        published = next(key for key in issuer.keys() if key["kty"] == "RSA")
        public = RSAKey.import_key(dict(published)).public_key
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        claims = issuer.claims(clock.now(), aud=AUDIENCE)
        for algorithm in ("HS256", "RS256"):
            text = f"{encoded({'alg': algorithm, 'kid': published['kid']})}.{encoded(claims)}"
            for secret in (pem, pem.strip(), json.dumps(published).encode()):
                made = hmac.new(secret, text.encode(), hashlib.sha256).digest()
                token = f"{text}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"
                assert refusal(issuers, token, expected(issuer)) in (
                    TokenCheck.ALGORITHM,
                    TokenCheck.SIGNATURE,
                )

    def test_that_bring_their_own_key_are_refused(
        self, issuers: Issuers, issuer: Issuer, clock: HandClock
    ) -> None:
        own = RSAKey.generate_key(2048, {"kid": "mine"})
        header = {"alg": "RS256", "jwk": own.as_dict(private=False)}
        header |= {"jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/cert"}
        claims = json.dumps(issuer.claims(clock.now(), aud=AUDIENCE))
        registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
        for kid, check in (("mine", TokenCheck.KEY), (issuer.keys()[0]["kid"], TokenCheck.SIGNATURE)):
            token = jws.serialize_compact({**header, "kid": kid}, claims, own, registry=registry)
            assert refusal(issuers, token, expected(issuer)) == check

    def test_that_were_changed_are_refused(self, issuers: Issuers, issuer: Issuer, clock: HandClock) -> None:
        token = issuer.token(issuer.claims(clock.now(), aud=AUDIENCE, repository_id="7"))
        head, _, signature = token.split(".")
        other = encoded(issuer.claims(clock.now(), aud=AUDIENCE, repository_id="8"))
        assert refusal(issuers, f"{head}.{other}.{signature}", expected(issuer)) == TokenCheck.SIGNATURE

    @pytest.mark.parametrize(
        ("change", "check"),
        [
            ({"aud": "https://another.example"}, TokenCheck.AUDIENCE),
            ({"aud": None}, TokenCheck.AUDIENCE),
            ({"aud": f"{AUDIENCE}/"}, TokenCheck.AUDIENCE),
            ({"aud": [AUDIENCE, "https://another.example"]}, TokenCheck.AUDIENCE),
            ({"aud": {AUDIENCE: 1}}, TokenCheck.AUDIENCE),
            ({"iss": "https://another.example"}, TokenCheck.ISSUER),
            ({"iss": None}, TokenCheck.ISSUER),
            ({"exp": None}, TokenCheck.TIME),
            ({"exp": "9999999999"}, TokenCheck.TIME),
            ({"exp": True}, TokenCheck.TIME),
            ({"exp": 1e300}, TokenCheck.TIME),
            ({"exp": -1}, TokenCheck.TIME),
            ({"exp": 10**400}, TokenCheck.TIME),
            ({"nbf": None}, TokenCheck.TIME),
            ({"iat": None}, TokenCheck.TIME),
        ],
    )
    def test_that_say_something_else_are_refused(
        self, issuers: Issuers, issuer: Issuer, clock: HandClock, change: dict[str, Any], check: TokenCheck
    ) -> None:
        claims = issuer.claims(clock.now(), aud=AUDIENCE) | change
        assert refusal(issuers, issuer.token(claims), expected(issuer)) == check

    def test_for_several_audiences_are_accepted_from_the_party_they_are_for(
        self, issuers: Issuers, issuer: Issuer, clock: HandClock
    ) -> None:
        claims = issuer.claims(clock.now(), aud=[AUDIENCE, "other"], azp=AUDIENCE)
        assert issuers.verified(issuer.token(claims), expected(issuer))["azp"] == AUDIENCE

    def test_are_held_to_their_times_within_half_a_minute(
        self, issuers: Issuers, issuer: Issuer, clock: HandClock
    ) -> None:
        token = issuer.token(issuer.claims(clock.now(), aud=AUDIENCE))
        for step, fine in ((-30, True), (-31, False), (629, True), (630, False)):
            now = HandClock(clock.now() + timedelta(seconds=step))
            issuers._clock = now
            if fine:
                assert issuers.verified(token, expected(issuer))
            else:
                assert refusal(issuers, token, expected(issuer)) == TokenCheck.TIME

    def test_may_lack_the_time_from_which_they_hold_where_the_issuer_never_says_it(
        self, issuers: Issuers, issuer: Issuer, clock: HandClock
    ) -> None:
        claims = issuer.claims(clock.now(), aud=AUDIENCE)
        del claims["nbf"]
        assert issuers.verified(issuer.token(claims), expected(issuer, not_before=False))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a",
            "a.b",
            "a.b.c.d",
            "..",
            "a.b.c",
            "=.=.=",
            "e30.e30.e30",
            "A" * 40_000,
            f"{'e30' * 2000}.e30.e30",
            f"{encoded([])}.{encoded({})}.eA",
            f"{encoded({'alg': ['RS256']})}.{encoded({})}.eA",
            f"{encoded({'alg': 'RS256', 'kid': 7})}.{encoded({'iss': 'x'})}.eA",
            f"{encoded({'alg': 'RS256', 'crit': ['b64'], 'b64': False})}.{encoded({'iss': 'x'})}.eA",
            f"{base64.urlsafe_b64encode(b'[' * 3000).decode().rstrip('=')}.e30.eA",
            "tdg_" + "0" * 61,
        ],
    )
    def test_that_are_none_are_refused_without_asking_anybody(
        self, issuers: Issuers, issuer: Issuer, text: str
    ) -> None:
        before = issuer.asked()
        assert refusal(issuers, text, expected(issuer)) in (
            TokenCheck.FORM,
            TokenCheck.ALGORITHM,
            TokenCheck.ISSUER,
        )
        assert issuer.asked() == before

    def test_without_a_keys_name_are_accepted_where_one_key_fits(
        self, issuers: Issuers, issuer: Issuer, clock: HandClock
    ) -> None:
        token = issuer.token(issuer.claims(clock.now(), aud=AUDIENCE), kid=None)
        assert issuers.verified(token, expected(issuer))


class TestKeys:
    def test_are_asked_for_once_and_kept(self, process: Process, issuer: Issuer, clock: HandClock) -> None:
        before = len(issuer.asked())
        first = process()
        for issuers in (first, first, process()):
            assert issuers.verified(issuer.token(issuer.claims(clock.now(), aud=AUDIENCE)), expected(issuer))
        assert issuer.asked()[before:] == BOTH

    def test_are_asked_for_again_when_they_are_new_and_no_sooner_than_after_a_minute(
        self, process: Process, issuer: Issuer, clock: HandClock
    ) -> None:
        issuers, other = process(), process()
        issuers.published(issuer.url)
        other.published(issuer.url)
        issuer.rotate()
        before = len(issuer.asked())
        new = issuer.token(issuer.claims(clock.now(), aud=AUDIENCE))
        for one in (issuers, other) * 20:  # a flood of tokens with unknown keys
            assert refusal(one, new, expected(issuer)) == TokenCheck.KEY
        assert issuer.asked()[before:] == []
        clock.advance(timedelta(seconds=60))
        assert issuers.verified(new, expected(issuer))
        assert other.verified(new, expected(issuer))
        assert issuer.asked()[before:] == BOTH

    def test_that_are_withdrawn_are_used_for_an_hour_at_most(
        self, issuers: Issuers, issuer: Issuer, clock: HandClock
    ) -> None:
        old = issuer.token(issuer.claims(clock.now() + timedelta(hours=1), aud=AUDIENCE))
        issuers.published(issuer.url)
        issuer.rotate()
        clock.advance(timedelta(hours=1))
        assert refusal(issuers, old, expected(issuer)) == TokenCheck.KEY

    @pytest.mark.parametrize("mode", ["away", "nothing", "html", "huge", "another", "metadata", "unusable"])
    def test_are_kept_while_the_issuer_is_away_or_answers_nonsense(
        self, process: Process, issuer: Issuer, clock: HandClock, mode: str
    ) -> None:
        process().published(issuer.url)
        issuer.behave(mode)
        clock.advance(timedelta(hours=5))
        before = len(issuer.asked())
        token = issuer.token(issuer.claims(clock.now(), aud=AUDIENCE))
        for issuers in (process(), process()):  # one asks in vain, the other finds that it was done
            assert issuers.verified(token, expected(issuer))
        assert issuer.asked()[before:].count(DISCOVERY) == 1

    def test_of_an_issuer_that_never_answered_are_said_to_be_missing(
        self, process: Process, issuer: Issuer, clock: HandClock
    ) -> None:
        issuer.behave("away")
        for issuers in (process(), process()):
            with pytest.raises(IssuerAway, match="answers with status 503"):
                issuers.published(issuer.url)
        issuer.behave()
        clock.advance(timedelta(seconds=60))
        assert process().published(issuer.url).keys

    def test_do_not_come_from_an_issuer_that_is_slow_beyond_measure(
        self, process: Process, issuer: Issuer
    ) -> None:
        issuer.behave("slow")
        with pytest.raises(IssuerAway, match="it took too long"):
            process().published(issuer.url)

    def test_asked_for_by_many_at_once_are_fetched_once(self, process: Process, issuer: Issuer) -> None:
        made = [process() for _ in range(6)]
        for one in made:
            one._sleep = time.sleep
        before = len(issuer.asked())
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda one=one: found.append(len(one.published(issuer.url).keys)))
            for one in made
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [2] * 6
        assert issuer.asked()[before:] == BOTH


class TestEndpoints:
    def test_are_told_as_texts(self, issuers: Issuers, issuer: Issuer) -> None:
        published = issuers.published(issuer.url)
        assert published.endpoint("token_endpoint") == f"{issuer.url}/token"
        assert published.endpoint("response_types_supported") == "code id_token"
        assert published.endpoint("authorization_response_iss_parameter_supported") == "true"
        with pytest.raises(OutgoingFailed, match="says no 'nested'"):
            published.endpoint("nested")
