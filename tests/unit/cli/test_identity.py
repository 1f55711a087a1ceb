"""Tests of `tidegate user` and `tidegate token`, on the server's own machine, and of `login` and `whoami`."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from tests.fakes.scripted_server import ScriptedReply, scripted_server
from tests.fakes.web import settings_for
from tidegate.app import make_container, migrate
from tidegate.cli import credentials, main
from tidegate.cli.client import Refused, Server
from tidegate.domain.errors import Invalid
from tidegate.domain.tokens import read_token, write_token
from tidegate.kernel.db.repository import table_of
from tidegate.modules.passkeys.models import PasskeyRow

PASSWORD = "seven crates of anthracite\n"
TOKEN = write_token(5, 77).text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database at the newest schema."""
    made = tmp_path_factory.mktemp("identity")
    container = make_container(settings_for(made))
    migrate(container, backup=False)
    container.database.dispose()
    return made


def run(folder: Path, *arguments: str, input: str = "", **variables: str) -> Result:
    """Run a command on the data folder."""
    env = {"DATA_DIR": str(folder), "DATABASE_URL": "", **variables}
    return CliRunner().invoke(main, arguments, input=input, env=env, catch_exceptions=False)


class TestUser:
    def test_is_created_listed_disabled_and_given_a_password(self, folder: Path) -> None:
        made = run(folder, "user", "create", "ada", "--admin", input=PASSWORD)
        assert (made.exit_code, made.stdout) == (0, "ada is created as administrator.\n"), made.stderr
        assert run(folder, "user", "create", "bob", input=PASSWORD).stdout.endswith("without a role.\n")
        assert run(folder, "user", "password", "bob", input=PASSWORD).exit_code == 0
        assert run(folder, "user", "disable", "bob").exit_code == 0

        listed = run(folder, "user", "list").stdout.splitlines()

        assert listed == ["ada: administrator everywhere", "bob (disabled): no role"]
        assert run(folder, "user", "enable", "bob").stdout == "bob is enabled.\n"

    def test_that_lost_a_passkey_is_helped(self, folder: Path) -> None:
        assert run(folder, "user", "create", "cy", input=PASSWORD).exit_code == 0
        container = make_container(settings_for(folder))
        with container.database.engine.begin() as connection:
            for number in ("1", "2", "3"):
                row = {
                    "id": f"key-{number}",
                    "user_name": "cy",
                    "name": f"Laptop {number}",
                    "credential_id": number,
                    "public_key": b"",
                    "handle": "",
                    "sign_count": 0,
                    "created_at": datetime(2026, 11, 28, tzinfo=UTC),
                    "last_used_at": datetime(2026, 11, 29, 8, 30, tzinfo=UTC) if number == "2" else None,
                }
                connection.execute(insert(table_of(PasskeyRow)).values(row))
        container.database.dispose()

        assert run(folder, "user", "passkeys", "cy").stdout.splitlines() == [
            "Laptop 1 key-1: added 2026-11-28, never used",
            "Laptop 2 key-2: added 2026-11-28, used 2026-11-29 08:30Z",
            "Laptop 3 key-3: added 2026-11-28, never used",
        ]
        assert run(folder, "user", "passkeys", "cy", "--remove", "key-2").stdout == "Removed: 1.\n"
        assert run(folder, "user", "passkeys", "cy", "--remove", "key-2").exit_code == 2
        assert run(folder, "user", "passkeys", "cy", "--remove", "a", "--remove-all").exit_code == 2
        assert run(folder, "user", "passkeys", "cy", "--remove-all").stdout == "Removed: 2.\n"
        assert run(folder, "user", "passkeys", "cy").stdout == ""

    def test_is_offered_a_code_where_there_is_nobody(self, folder: Path, tmp_path: Path) -> None:
        container = make_container(settings_for(tmp_path))
        migrate(container, backup=False)
        container.database.dispose()

        offered = run(tmp_path, "user", "set-up")
        refused = run(folder, "user", "set-up")

        assert offered.exit_code == 0 and "/setup on this machine within the hour" in offered.stdout
        assert (refused.exit_code, "There is somebody already" in refused.stderr) == (2, True)

    def test_is_linked_to_a_subject_of_a_provider(self, folder: Path) -> None:
        assert run(folder, "user", "create", "dee", input=PASSWORD).exit_code == 0
        linked = ("user", "link", "dee", "--issuer", "https://login.example.org", "--subject", "248")
        assert run(folder, *linked).stdout == "dee is 248 of https://login.example.org.\n"
        assert "is dee already" in run(folder, *linked).stderr

    def test_that_cannot_be_is_one_message(self, folder: Path) -> None:
        weak = run(folder, "user", "create", "eve", "--role", "viewer", input="password1234\n")
        assert weak.exit_code == 2
        assert "it would soon be guessed" in weak.stderr
        both = run(folder, "user", "create", "eve", "--admin", "--role", "viewer", input=PASSWORD)
        assert "--admin and --role contradict each other" in both.stderr
        assert run(folder, "user", "password", "nobody", input=PASSWORD).exit_code == 2


class TestToken:
    def test_is_printed_once_and_nothing_else(self, folder: Path) -> None:
        made = run(folder, "token", "create", "--name", "ci", "--role", "submitter", "--component", "harbour")

        assert read_token(made.stdout.removesuffix("\n")) is not None
        assert "Shown this once: submitter of harbour" in made.stderr

    def test_for_a_component_that_is_not_registered_is_made_with_a_warning(self, folder: Path) -> None:
        unlimited = run(folder, "token", "create", "--name", "unlimited", "--role", "viewer")
        limits = ("--role", "viewer", "--component", "harbuor")
        mistyped = run(folder, "token", "create", "--name", "mistyped", *limits)

        assert "Warning" not in unlimited.stderr
        assert mistyped.exit_code == 0 and read_token(mistyped.stdout.strip()) is not None
        assert "Warning: No component named 'harbuor' is registered yet" in mistyped.stderr

    def test_is_listed_rotated_and_revoked(self, folder: Path) -> None:
        run(folder, "token", "create", "--name", "rotated", "--role", "viewer", "--days", "5")
        (line,) = [one for one in run(folder, "token", "list").stdout.splitlines() if "rotated" in one]
        assert "viewer everywhere, active" in line and line.endswith("never used")

        again = run(folder, "token", "rotate", "rotated", "--overlap", "1")

        assert read_token(again.stdout.strip()) is not None
        assert "the old one works for 1 h more" in again.stderr
        assert "is revoked" in run(folder, "token", "revoke", "rotated").stdout
        states = [one for one in run(folder, "token", "list").stdout.splitlines() if "rotated" in one]
        assert sorted("revoked" in one for one in states) == [False, True]

    def test_of_a_job_is_rotated_by_nobody(self, folder: Path) -> None:
        text = run(folder, "token", "create", "--name", "of-a-job", "--role", "viewer").stdout.strip()
        written = read_token(text)
        assert written is not None
        with closing(sqlite3.connect(folder / "tidegate.sqlite3")) as connection, connection:
            change = "UPDATE api_tokens SET publisher = 'harbour-ci' WHERE id = ?"
            assert connection.execute(change, (written.id,)).rowcount == 1

        refused = run(folder, "token", "rotate", written.id)

        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "of a job of the trusted publisher 'harbour-ci'" in refused.stderr

    def test_of_a_person_is_said_to_be_hers(self, folder: Path) -> None:
        run(folder, "user", "create", "carol", input=PASSWORD)
        run(folder, "token", "create", "--name", "hers", "--role", "viewer", "--user", "carol")

        assert " of carol: viewer everywhere" in run(folder, "token", "list").stdout

    def test_needs_the_newest_schema(self, tmp_path: Path) -> None:
        missing = run(tmp_path, "token", "list")
        assert "There is no database" in missing.stderr
        (tmp_path / "tidegate.sqlite3").touch()
        assert "run `tidegate db upgrade` first" in run(tmp_path, "token", "list").stderr


@pytest.fixture
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for what `login` keeps, and no token from outside; no keyring either."""
    monkeypatch.setenv(credentials.FOLDER, str(tmp_path / "config"))
    monkeypatch.delenv(credentials.VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)
    yield tmp_path / "config"


class TestCredentials:
    def test_of_the_environment_go_first(self, kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        other = write_token(6, 78).text
        credentials.keep("http://a", other)
        assert credentials.token_for("http://a/") == other
        assert credentials.token_for("http://b") is None

        monkeypatch.setenv(credentials.VARIABLE, f" {TOKEN}\n")

        assert credentials.token_for("http://a") == credentials.token_for("http://b") == TOKEN

    def test_that_are_none_are_refused_unshown(self, kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(credentials.VARIABLE, "hunter2\r\nX-Evil: 1")
        with pytest.raises(Invalid, match="TIDEGATE_TOKEN holds no token") as refused:
            credentials.token_for("http://a")
        assert "hunter2" not in str(refused.value)

    @pytest.mark.skipif(os.name == "nt", reason="files have no such modes there")
    def test_lie_in_a_file_that_nobody_else_reads(self, kept_in: Path) -> None:
        credentials.keep("http://a", TOKEN)
        credentials.keep("http://b", TOKEN)

        file = kept_in / "tokens.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert set(json.loads(file.read_text())) == {"http://a", "http://b"}
        assert credentials.forget("http://a") and not credentials.forget("http://a")

    @pytest.mark.parametrize("content", ["", "[]", "{", '"x"'])
    def test_in_a_file_that_is_broken_are_none(self, kept_in: Path, content: str) -> None:
        kept_in.mkdir()
        (kept_in / "tokens.json").write_text(content)

        assert credentials.token_for("http://a") is None

    def test_lie_in_the_keyring_where_there_is_one(
        self, kept_in: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept: dict[tuple[str, str], str] = {}
        keyring = SimpleNamespace(
            get_keyring=lambda: SimpleNamespace(priority=5),
            set_password=lambda service, name, text: kept.update({(service, name): text}),
            get_password=lambda service, name: kept.get((service, name)),
            delete_password=lambda service, name: kept.pop((service, name)),
        )
        monkeypatch.setitem(sys.modules, "keyring", keyring)

        assert credentials.keep("http://a", TOKEN) == "the keyring of this machine"

        assert TOKEN not in (kept_in / "tokens.json").read_text()
        assert credentials.token_for("http://a") == TOKEN
        assert credentials.forget("http://a") and not kept

    def test_in_a_keyring_that_has_gone_are_none(
        self, kept_in: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept_in.mkdir()
        (kept_in / "tokens.json").write_text('{"http://a": "in keyring"}')

        assert credentials.token_for("http://a") is None
        assert credentials.forget("http://a")


ME = {
    "kind": "token",
    "name": "ci",
    "credential": "token 0123456789ab",
    "roles": [
        {"role": "submitter", "component": "harbour", "owner": None, "environment": None},
        {"role": "viewer", "component": None, "owner": None, "environment": None},
    ],
    "permissions": ["component.read", "evidence.submit"],
}


class TestLogin:
    def test_keeps_the_token_of_its_standard_input(self, kept_in: Path, tmp_path: Path) -> None:
        with scripted_server(lambda _: ScriptedReply(ME)) as server:
            done = run(tmp_path, "login", "--server", server.url, input=f"{TOKEN}\n")
            assert done.exit_code == 0, done.output
            assert done.stdout.startswith("token ci; the token is kept in ")
            shown = run(tmp_path, "whoami", "--server", server.url)

        assert shown.stdout.splitlines() == [
            "token ci, by token 0123456789ab",
            "  submitter: component harbour",
            "  viewer: everywhere",
            "  may: component.read, evidence.submit",
        ]
        assert [one.headers["Authorization"] for one in server.asked] == [f"Bearer {TOKEN}"] * 2
        assert run(tmp_path, "logout", "--server", server.url).stdout == "Forgotten.\n"
        assert "No token is kept" in run(tmp_path, "logout", "--server", server.url).stdout

    def test_keeps_nothing_that_the_server_refuses(self, kept_in: Path, tmp_path: Path) -> None:
        problem = {"title": "It is not known who is asking", "status": 401, "detail": "No."}
        with scripted_server(lambda _: ScriptedReply(problem, 401)) as server:
            done = run(tmp_path, "login", "--server", server.url, input=f"{TOKEN}\n")
        assert done.exit_code == 2
        assert "or run: tidegate login" in done.stderr
        assert not (kept_in / "tokens.json").exists()

    def test_refuses_what_is_no_token(self, kept_in: Path, tmp_path: Path) -> None:
        assert "holds no token" in run(tmp_path, "login", input="hunter2\n").stderr


class TestServer:
    def test_presents_nothing_where_there_is_no_token(self, kept_in: Path) -> None:
        with scripted_server(lambda _: ScriptedReply({"title": "No"}, 403)) as server:
            with pytest.raises(Refused):
                Server(server.url).get("components")
        assert "Authorization" not in server.asked[0].headers
