"""Tests of the idempotency key: one change for one request, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes.web import Things
from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.db.idempotency import IdempotencyKeys
from tidegate.kernel.http.use import EXTENSION

PATH = "/api/v1/things"
KEY = {"Idempotency-Key": "3f0c"}


def calls(app: Flask) -> int:
    """Return how often the use case ran."""
    work = app.extensions[EXTENSION].work(ANONYMOUS)
    count = work.use(Things).calls
    work.close()
    return int(count)


class TestRepeating:
    def test_a_request_gives_the_first_answer_and_changes_nothing(
        self, app: Flask, client: FlaskClient
    ) -> None:
        first = client.post(PATH, json={"name": "box"}, headers=KEY)
        again = client.post(PATH, json={"name": "box"}, headers=KEY)

        assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        assert [again.headers[name] for name in ("ETag", "Location")] == ['"1"', f"{PATH}/box"]
        assert calls(app) == 1

    def test_a_key_with_another_request_is_refused(self, app: Flask, client: FlaskClient) -> None:
        client.post(PATH, json={"name": "box"}, headers=KEY)

        response = client.post(PATH, json={"name": "bag"}, headers=KEY)

        assert response.status_code == 422
        assert response.get_json()["type"] == "/problems/idempotency-key-reused"
        assert calls(app) == 1

    def test_a_request_that_failed_tries_again(self, app: Flask, client: FlaskClient) -> None:
        assert client.post(PATH, json={"name": "box", "size": 10}, headers=KEY).status_code == 422
        assert client.post(PATH, json={"name": "box", "size": 10}, headers=KEY).status_code == 422

        assert calls(app) == 2

    def test_without_a_key_does_it_again(self, client: FlaskClient) -> None:
        assert client.post(PATH, json={"name": "box"}).status_code == 201
        assert client.post(PATH, json={"name": "box"}).status_code == 409

    def test_a_new_key_on_what_is_there_says_so(self, client: FlaskClient) -> None:
        client.post(PATH, json={"name": "box"})

        assert client.post(PATH, json={"name": "box"}, headers=KEY).status_code == 409

    def test_at_the_same_time_is_done_once(self, app: Flask) -> None:
        def send(_: int) -> tuple[int, bytes]:
            response = app.test_client().post(PATH, json={"name": "box"}, headers=KEY)
            return response.status_code, response.data

        with ThreadPoolExecutor(6) as threads:
            answers = set(threads.map(send, range(12)))

        assert len(answers) == 1
        assert answers.pop()[0] == 201


class TestKey:
    @pytest.mark.parametrize("key", ["", "x" * 256, "ümlaut"])
    def test_that_cannot_be_kept_is_refused(self, client: FlaskClient, key: str) -> None:
        headers = {"Idempotency-Key": key.encode().decode("latin-1")}

        assert client.post(PATH, json={"name": "box"}, headers=headers).status_code == 400

    def test_belongs_to_an_address_of_any_length(self, client: FlaskClient) -> None:
        client.post(PATH, json={"name": "n" * 400})

        assert client.put(f"{PATH}/{'n' * 400}/copy", headers=KEY).status_code == 200
        assert client.put(f"{PATH}/{'n' * 400}/copy", headers=KEY).headers["Idempotent-Replayed"] == "true"

    def test_belongs_to_its_caller(
        self, app: Flask, client: FlaskClient, identify: Callable[[str], None]
    ) -> None:
        identify("mine")
        client.post(PATH, json={"name": "box"}, headers=KEY)
        identify("another's")
        taken = client.post(PATH, json={"name": "box"}, headers=KEY)
        identify("mine")
        repeated = client.post(PATH, json={"name": "box"}, headers=KEY)

        assert (taken.status_code, repeated.status_code) == (409, 201)
        assert repeated.headers["Idempotent-Replayed"] == "true"
        assert calls(app) == 2

    def test_is_forgotten_after_a_while(self, app: Flask, client: FlaskClient) -> None:
        client.post(PATH, json={"name": "box"}, headers=KEY)
        work = app.extensions[EXTENSION].work(ANONYMOUS)
        keys = IdempotencyKeys(work.uow, SystemClock())

        with work.uow.transaction():
            before = keys.forget_before(datetime.now(UTC) - timedelta(hours=1))
            after = keys.forget_before(datetime.now(UTC) + timedelta(hours=1))
        work.close()

        assert (before, after) == (0, 1)
        assert client.post(PATH, json={"name": "box"}, headers=KEY).status_code == 409
