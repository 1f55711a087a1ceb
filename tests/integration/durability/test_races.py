"""Many clients and two processes that want the same thing at once: each gets an answer, and it is right."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.api import GATE, junit
from tests.support.inspection import faults_of
from tests.support.load import Load, at_once
from tests.support.server import Answer, Client, RealServer
from tidegate.kernel.db.engine import Database

CLIENTS = 8


@pytest.fixture
def commit() -> str:
    """A commit that nobody has registered yet."""
    return secrets.token_hex(20)


def _gate(name: str, *, least: int = 0, extends: str | None = None) -> dict[str, Any]:
    that = f"tests.failed == 0 && tests.total >= {least}"
    rule = {**GATE["rules"][0], "id": f"rule-of-{'child' if extends else 'floor'}", "that": that}
    document = {"name": name, "title": "A gate", "rules": [rule]}
    return {**document, "extends": extends} if extends else document


def _statuses(answers: list[Answer]) -> dict[int, int]:
    return dict(Counter(answer.status for answer in answers))


def _logged(client: Client, action: str, subject: str) -> int:
    query = urlencode({"action": action, "subject": subject})
    return len(client.json("GET", f"/audit/events?{query}").body["items"])


class TestSubmissions:
    @pytest.mark.requirement("S2-19")
    def test_each_verdict_sees_all_evidence_that_came_before_it(
        self, shared_server: RealServer, commit: str
    ) -> None:
        def submit(number: int) -> Any:
            report = junit(passed=number + 1)
            return lambda client: client.submit(report, commit=commit, slot=f"part-{number}")

        # A revision that nobody has registered, too: one of them does, the others find it.
        answers = at_once(shared_server, [submit(number) for number in range(16)])
        assert _statuses(answers) == {201: 16}
        client = shared_server.client()
        newest = client.json("GET", f"/verdicts?component=harbour&revision={commit}&limit=100").body["items"]
        assert [one["number"] for one in newest] == list(range(16, 0, -1))
        assert _logged(client, "revision.registered", f"revision:harbour@{commit}") == 1
        client.close()

    def test_the_same_bytes_for_the_same_slot_are_kept_once(
        self, shared_server: RealServer, commit: str
    ) -> None:
        answers = at_once(
            shared_server, [lambda client: client.submit(junit(), commit=commit, slot="a")] * CLIENTS
        )
        assert _statuses(answers) == {201: 1, 200: CLIENTS - 1}
        assert len({answer.body["evidence"]["id"] for answer in answers}) == 1
        # Each answer was judged for itself, one after the other.
        assert len({answer.body["verdicts"][0]["id"] for answer in answers}) == CLIENTS

    def test_registering_the_same_revision_makes_one(self, shared_server: RealServer, commit: str) -> None:
        path = f"/components/harbour/revisions/{commit}"
        answers = at_once(
            shared_server, [lambda client: client.json("PUT", path, {"branch": "main"})] * CLIENTS
        )
        assert _statuses(answers) == {201: 1, 200: CLIENTS - 1}

    @pytest.mark.requirement("S2-19")
    def test_writers_wait_rather_than_fail(self, shared_server: RealServer, seed: int) -> None:
        with Load(shared_server, clients=16, seed=seed) as load:
            load.wait_for(200)
        assert load.ledger.statuses() == {}
        assert load.ledger.unanswered == []
        # Among others: numbers without gaps or doubles, and each verdict saw all that came before it.
        database = Database(shared_server.database)
        blobs = shared_server.folder / "blobs"
        assert faults_of(database, blobs, load.ledger.acknowledged, running=True) == []
        database.dispose()


class TestReleases:
    def test_of_one_version_exactly_one_is_created(self, shared_server: RealServer, commit: str) -> None:
        client = shared_server.client()
        client.submit(junit(), commit=commit, slot="a")
        wanted = {"version": "1.0.0", "revision": commit, "environment": "production", "notes": "First"}
        answers = at_once(
            shared_server, [lambda one: one.json("POST", "/components/harbour/releases", wanted)] * CLIENTS
        )
        assert _statuses(answers) == {201: 1, 200: CLIENTS - 1}
        assert len({answer.body["created_at"] for answer in answers}) == 1
        assert _logged(client, "release.created", "release:harbour@1.0.0") == 1
        client.close()

    def test_of_two_commits_that_want_one_version_one_gets_it(
        self, shared_server: RealServer, commit: str
    ) -> None:
        client = shared_server.client()
        commits = [commit, secrets.token_hex(20)]
        for one in commits:
            client.submit(junit(), commit=one, slot="a")

        def create(sha: str) -> Any:
            wanted = {"version": "2.0.0", "revision": sha, "environment": "production", "notes": ""}
            return lambda one: one.json("POST", "/components/harbour/releases", wanted)

        answers = at_once(shared_server, [create(one) for one in commits])
        assert sorted(answer.status for answer in answers) == [201, 409]
        client.close()


class TestDeclarations:
    def test_the_first_of_a_component_and_an_environment_is_made_once(
        self, shared_server: RealServer
    ) -> None:
        for path, document in (
            ("/components/quay", {"title": "Quay", "owner": "port"}),
            ("/environments/staging", {"rank": 2}),
        ):

            def put(client: Client, path: str = path, document: dict[str, Any] = document) -> Answer:
                return client.json("PUT", path, document)

            assert _statuses(at_once(shared_server, [put] * CLIENTS)) == {201: 1, 200: CLIENTS - 1}

    def test_the_same_gate_makes_one_version(self, shared_server: RealServer) -> None:
        answers = at_once(
            shared_server, [lambda client: client.json("PUT", "/gates/strict", _gate("strict"))] * CLIENTS
        )
        assert _statuses(answers) == {201: 1, 200: CLIENTS - 1}

    def test_different_versions_of_a_new_gate_are_numbered_without_gaps(
        self, shared_server: RealServer
    ) -> None:
        def declare(least: int) -> Any:
            return lambda client: client.json("PUT", "/gates/numbered", _gate("numbered", least=least))

        answers = at_once(shared_server, [declare(number) for number in range(CLIENTS)])
        assert _statuses(answers) == {201: CLIENTS}
        client = shared_server.client()
        versions = client.json("GET", "/gates/numbered/versions").body["items"]
        assert [one["number"] for one in versions] == list(range(CLIENTS, 0, -1))
        client.close()

    def test_no_gate_slips_in_below_a_floor_that_rises_meanwhile(self, shared_server: RealServer) -> None:
        """Whichever comes first, in the end every gate asks for what its floor asks for."""
        client = shared_server.client()
        assert client.json("PUT", "/gates/floor", _gate("floor")).status == 201

        def extend(number: int) -> Any:
            gate = _gate(f"child-{number}", extends="floor")
            return lambda one: one.json("PUT", f"/gates/child-{number}", gate)

        def rise(one: Client) -> Answer:
            return one.json("PUT", "/gates/floor", _gate("floor", least=77))

        answers = at_once(shared_server, [extend(0), extend(1), rise, extend(2), extend(3), extend(4)])
        assert _statuses(answers) == {201: 6}
        for number in range(5):
            shown = client.json("GET", f"/gates/child-{number}").content
            assert b"77" in shown, shown
        client.close()
