"""Commands inside CI jobs find the job's identity by themselves."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, ScriptedServer, scripted_server
from tidegate.cli import credentials
from tidegate.cli.client import NotReached, Refused, Server
from tidegate.cli.job_identity import job_token
from tidegate.domain.errors import Invalid
from tidegate.domain.tokens import write_token

TOKEN = write_token(5, 77).text
IDENTITY = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"


def nobody(url: str, bearer: str) -> bytes:
    """Fail where somebody is asked."""
    raise AssertionError(f"{url} was asked")


class TestJobToken:
    def test_is_none_outside_of_jobs(self) -> None:
        assert job_token("https://t.example", nobody, {}) is None

    def test_is_asked_for_with_the_servers_own_address_as_audience(self) -> None:
        asked: list[tuple[str, str]] = []

        def ask(url: str, bearer: str) -> bytes:
            asked.append((url, bearer))
            return json.dumps({"value": IDENTITY}).encode()

        for address, separator in (("https://gh.example/token?v=1", "&"), ("https://gh.example/token", "?")):
            given = {"ACTIONS_ID_TOKEN_REQUEST_URL": address, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "b"}
            found = job_token("https://t.example/", ask, given)
            assert found is not None
            assert (found.text, found.fixed) == (IDENTITY, False)
            assert asked.pop() == (f"{address}{separator}audience=https%3A%2F%2Ft.example", "b")
        job_token("https://t.example/", ask, {**given, "TIDEGATE_AUDIENCE": "tidegate"})
        assert asked.pop()[0].endswith("?audience=tidegate")

    def test_of_a_variable_is_taken_as_it_is(self) -> None:
        found = job_token(
            "https://t.example", nobody, {"TIDEGATE_ID_TOKEN": f" {IDENTITY}\n", "GITLAB_CI": "true"}
        )
        assert found is not None
        assert (found.text, found.fixed) == (IDENTITY, True)

    def test_that_a_job_may_not_have_is_told_with_the_lines_that_it_lacks(self) -> None:
        with pytest.raises(Invalid, match="id-token: write"):
            job_token("https://t.example", nobody, {"GITHUB_ACTIONS": "true"})
        with pytest.raises(Invalid, match=r"aud: https://t\.example\n"):
            job_token("https://t.example/", nobody, {"GITLAB_CI": "true"})

    @pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"value": ""}', b'{"value": 7}', b"[" * 100_000])
    def test_that_is_none_is_said_to_be_none(self, answer: bytes) -> None:
        given = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://gh", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "b"}
        with pytest.raises(Invalid, match="not as documented"):
            job_token("https://t.example", lambda url, bearer: answer, given)


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own for what is kept, and no token given."""
    monkeypatch.setenv("TIDEGATE_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.delenv("TIDEGATE_TOKEN", raising=False)
    return tmp_path / "config"


class Both:
    """A server and a CI system in one: it gives identity tokens, and exchanges them."""

    def __init__(self) -> None:
        self.expires_at = datetime.now(UTC) + timedelta(minutes=15)
        self.exchange: ScriptedReply | None = None
        self.identity: list[ScriptedReply] = []

    def answer(self, request: ReceivedRequest) -> ScriptedReply:
        """Answer as the one that is asked."""
        if request.path == "/identity":
            return self.identity.pop(0) if self.identity else ScriptedReply({"value": IDENTITY})
        if request.path == "/api/v1/token-exchange":
            made = {
                "token": TOKEN,
                "expires_at": self.expires_at.isoformat(),
                "publisher": "p",
                "rights": "r",
            }
            return self.exchange or ScriptedReply(made)
        return ScriptedReply({"kind": "ci"})


def in_github(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Make a client inside a job of GitHub Actions."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{server.url}/identity")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner")
    return Server(server.url, sleep=lambda _: None)


class TestServer:
    def test_is_sent_what_the_jobs_identity_is_exchanged_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        both = Both()
        both.identity = [ScriptedReply(status=502), ScriptedReply({"value": IDENTITY})]
        with scripted_server(both.answer) as server:
            remote = in_github(server, monkeypatch)
            assert [remote.get("me"), remote.get("me")] == [{"kind": "ci"}] * 2

        paths = [one.path for one in server.asked]
        assert paths == ["/identity", "/identity", "/api/v1/token-exchange", "/api/v1/me", "/api/v1/me"]
        assert server.asked[1].query["audience"] == server.url
        assert server.asked[1].headers["Authorization"] == "Bearer runner"
        assert "Authorization" not in server.asked[2].headers
        assert json.loads(server.asked[2].body) == {"token": IDENTITY}
        assert server.asked[3].headers["Authorization"] == f"Bearer {TOKEN}"

    def test_is_sent_the_token_that_is_given_before_any_other(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIDEGATE_TOKEN", TOKEN)
        with scripted_server(Both().answer) as server:
            in_github(server, monkeypatch).get("me")
        assert [one.path for one in server.asked] == ["/api/v1/me"]

    def test_that_does_not_trust_the_job_is_told_with_what_to_do(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        both = Both()
        problem: dict[str, Any] = {
            "title": "Unknown",
            "status": 401,
            "detail": "The token is refused (publisher).",
        }
        both.exchange = ScriptedReply(problem, status=401)
        with scripted_server(both.answer) as server:
            with pytest.raises(Refused, match=r"refused \(publisher\).*\n.*tidegate publisher add"):
                in_github(server, monkeypatch).get("me")

    def test_is_not_asked_where_the_job_gets_no_identity(self, monkeypatch: pytest.MonkeyPatch) -> None:
        both = Both()
        both.identity = [ScriptedReply(status=None) for _ in range(6)]
        with scripted_server(both.answer) as server:
            with pytest.raises(NotReached, match="gives this job no identity token"):
                in_github(server, monkeypatch).get("me")
        assert {one.path for one in server.asked} == {"/identity"}

    def test_is_sent_the_same_token_by_every_command_of_a_job_with_one_identity(
        self, monkeypatch: pytest.MonkeyPatch, config: Path
    ) -> None:
        monkeypatch.setenv("GITLAB_CI", "true")
        monkeypatch.setenv("TIDEGATE_ID_TOKEN", IDENTITY)
        both = Both()
        with scripted_server(both.answer) as server:
            for _ in range(2):
                Server(server.url).get("me")
            assert [one.path for one in server.asked].count("/api/v1/token-exchange") == 1
            (kept,) = (config / "jobs").iterdir()
            assert (kept.stat().st_mode & 0o777, IDENTITY in kept.read_text()) == (0o600, False)

            monkeypatch.setenv("TIDEGATE_ID_TOKEN", IDENTITY + "x")
            both.expires_at = datetime.now(UTC)
            Server(server.url).get("me")
            assert len(list((config / "jobs").iterdir())) == 2
            Server(server.url).get("me")
            assert [one.path for one in server.asked].count("/api/v1/token-exchange") == 3
        assert credentials.kept_for_job(server.url, IDENTITY) == TOKEN

    @pytest.mark.parametrize("damage", ["", "[]", "{}", '{"expires_at": "2999-01-01T00:00:00+00:00"}'])
    def test_is_sent_no_token_of_a_file_that_is_damaged(self, config: Path, damage: str) -> None:
        soon = datetime.now(UTC) + timedelta(minutes=15)
        credentials.keep_for_job("https://t.example", IDENTITY, TOKEN, soon)
        (kept,) = (config / "jobs").iterdir()
        kept.write_text(damage)
        assert credentials.kept_for_job("https://t.example", IDENTITY) is None
