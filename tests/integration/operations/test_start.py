"""What a start holds to: real processes, on the settings that an operator gives."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import URL, create_engine, text

from scripts.serve import free_port
from tests.support.access import ADMIN, HEADERS
from tests.support.api import COMMIT, junit
from tests.support.postgres import Server
from tests.support.process import GUNICORN, SERVE, refused, served

STRONG = "Zm9yLXRlc3RzLW9ubHktMjAyNi10aWRlZ2F0ZS1rZXk"
WRONG = {
    "an unknown module": (
        {"DEFAULT_ENABLED_MODULES": "audit,identity,gates,catalog,relases"},
        "there is no module 'relases'. Did you mean 'releases'?",
    ),
    "a module without its needs": ({"DEFAULT_ENABLED_MODULES": "releases"}, "the module 'releases' needs"),
    "a weak key in production": (
        {"FLASK_ENV": "production", "SECRET_KEY": "swordfish"},
        "SECRET_KEY has 9 characters, which is too weak for production",
    ),
    "tokens that live too long": ({"TOKEN_DEFAULT_DAYS": "400"}, "TOKEN_DEFAULT_DAYS: 400 is more than"),
    "two keys": (
        {"SECRET_KEY": "swordfish", "SESSION_SECRET": "marlin"},
        "SECRET_KEY and SESSION_SECRET contradict each other: give only SECRET_KEY",
    ),
    "two environments": ({"FLASK_ENV": "staging", "APP_ENV": "testing"}, "FLASK_ENV and APP_ENV contradict"),
    "two origins": (
        {"CORS_ORIGINS": "https://a.example", "CORS_ORIGIN": "https://b.example"},
        "CORS_ORIGINS and CORS_ORIGIN contradict",
    ),
    "debugging in production": (
        {"FLASK_ENV": "production", "FLASK_DEBUG": "1", "SECRET_KEY": STRONG},
        "FLASK_DEBUG and FLASK_ENV contradict",
    ),
    "a Redis that is none": ({"REDIS_URL": "swordfish"}, "REDIS_URL: it begins with none of redis://"),
    "an origin that is none": ({"CORS_ORIGINS": "*"}, "CORS_ORIGINS: '*' is not an origin"),
    "a file that is not there": ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE does not name a file"),
}


class TestWrongSettings:
    @pytest.mark.requirement("S1-7")
    @pytest.mark.requirement("S1-9")
    @pytest.mark.requirement("S2-3")
    @pytest.mark.requirement("S2-5")
    @pytest.mark.parametrize("name", WRONG)
    def test_stop_the_start_with_one_clear_message(self, tmp_path: Path, name: str) -> None:
        variables, message = WRONG[name]
        code, said = refused(tmp_path, **variables)
        assert code == 2
        assert said.startswith("Error: Tidegate does not start with these settings:\n- ")
        assert message in said
        assert "Traceback" not in said
        assert "swordfish" not in said and "marlin" not in said and STRONG not in said
        assert not list(tmp_path.iterdir())

    @pytest.mark.requirement("S1-9")
    @pytest.mark.parametrize("name", ["an unknown module", "a weak key in production"])
    def test_stop_gunicorn_as_well(self, tmp_path: Path, name: str) -> None:
        variables, message = WRONG[name]
        code, said = refused(tmp_path, command=GUNICORN, **variables)
        assert code != 0
        assert message in said
        assert "Traceback" not in said

    def test_a_database_that_cannot_be_migrated_is_reported_in_its_own_words(self, tmp_path: Path) -> None:
        nowhere = f"postgresql://postgres:swordfish@127.0.0.1:{free_port()}/none"
        code, said = refused(tmp_path, DATABASE_URL=nowhere, AUTO_MIGRATE="true")
        assert code == 2
        assert "Error: The database does not answer in time." in said and "Connection refused" in said
        assert "swordfish" not in said

    @pytest.mark.parametrize("command", [(*SERVE[:-1], "worker", "--once"), SERVE], ids=["worker", "web"])
    def test_a_store_that_nobody_knows_is_reported_by_its_setting(
        self, tmp_path: Path, command: tuple[str, ...]
    ) -> None:
        code, said = refused(tmp_path, command=command, BLOB_URL="nope://bucket")
        assert code == 2
        assert "- BLOB_URL: nothing can be kept at nope://…: Protocol not known: nope" in said
        assert "Traceback" not in said

    def test_of_a_database_that_is_away_stop_a_start_that_migrates(self, tmp_path: Path) -> None:
        nowhere = f"postgresql://someone:swordfish@127.0.0.1:{free_port()}/none"
        code, said = refused(tmp_path, DATABASE_URL=nowhere, DATABASE_TIMEOUT="1", AUTO_MIGRATE="true")
        assert code != 0
        assert "swordfish" not in said
        assert "Traceback" not in said


class TestAStart:
    @pytest.mark.requirement("S0-2")
    @pytest.mark.requirement("S0-18")
    @pytest.mark.requirement("S1-23")
    @pytest.mark.requirement("S4-16")
    @pytest.mark.requirement("S4-17")
    @pytest.mark.parametrize("command", [SERVE, GUNICORN], ids=["serve", "gunicorn"])
    @pytest.mark.requirement("S0-1")
    @pytest.mark.requirement("S1-6")
    @pytest.mark.requirement("S1-1")
    def test_needs_one_command_and_no_setting_but_to_migrate(
        self, tmp_path: Path, command: Sequence[str]
    ) -> None:
        with served(tmp_path, command=command, AUTO_MIGRATE="true", WEB_CONCURRENCY="2") as server:
            status = requests.get(f"{server.url}/status", timeout=10).json()
            assert (status["status"], status["environment"]) == ("operational", "development")
            assert (tmp_path / "data/tidegate.sqlite3").is_file()
            # 127.0.0.2 is this machine too, but not the address that it listens on.
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", urlsplit(server.url).port or 0), timeout=5)

    @pytest.mark.requirement("S2-17")
    @pytest.mark.requirement("S3-18")
    @pytest.mark.requirement("S4-15")
    def test_takes_its_secrets_from_files(self, tmp_path: Path, database_url: URL) -> None:
        files = tmp_path / "secrets"
        files.mkdir()
        shown = database_url.set(drivername=database_url.get_backend_name())
        (files / "key").write_text(f"{STRONG}\n")
        (files / "database").write_text(shown.render_as_string(hide_password=False) + "\n")
        with served(
            tmp_path,
            FLASK_ENV="production",
            SECRET_KEY_FILE=str(files / "key"),
            DATABASE_URL_FILE=str(files / "database"),
        ) as server:
            facts = {"title": "Harbour", "owner": "port"}
            made = requests.put(
                f"{server.url}/api/v1/components/harbour", json=facts, headers=HEADERS, timeout=10
            )
            assert made.status_code == 201
            assert requests.get(f"{server.url}/status", timeout=10).json()["environment"] == "production"
        engine = create_engine(database_url)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT name FROM components")).scalars().all() == ["harbour"]
        engine.dispose()

    @pytest.mark.requirement("S0-9")
    def test_reads_a_dotenv_file_beneath_its_variables(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("AUTO_MIGRATE=true\nFLASK_ENV=staging\nGIT_COMMIT=abc123\n")
        with served(tmp_path, GIT_COMMIT="def456") as server:
            status = requests.get(f"{server.url}/status", timeout=10).json()
        assert (status["environment"], status["commit"]) == ("staging", "def456")

    @pytest.mark.requirement("S1-9")
    def test_serves_the_modules_that_are_named_and_no_others(self, tmp_path: Path) -> None:
        with served(
            tmp_path, AUTO_MIGRATE="true", DEFAULT_ENABLED_MODULES="operations,audit,identity"
        ) as server:
            assert requests.get(f"{server.url}/status", timeout=10).json()["modules"] == [
                "operations",
                "audit",
                "identity",
            ]
            assert (
                requests.get(f"{server.url}/api/v1/audit/events", headers=HEADERS, timeout=10).status_code
                == 200
            )
            assert requests.get(f"{server.url}/api/v1/components", timeout=10).status_code == 404


MARKER = "a-sentence-that-only-the-report-holds"


class TestTheLog:
    @pytest.mark.requirement("S1-14")
    @pytest.mark.requirement("S1-15")
    @pytest.mark.requirement("S3-24")
    def test_of_production_tells_every_request_and_neither_a_report_nor_a_secret(
        self, tmp_path: Path, postgres_server: Server
    ) -> None:
        password = "pa55-w0rd-of-the-test"
        with postgres_server.new_database() as url:
            shown = url.set(drivername="postgresql", password=password).render_as_string(hide_password=False)
            settings = {"FLASK_ENV": "production", "SECRET_KEY": STRONG, "DATABASE_URL": shown}
            with served(tmp_path, command=GUNICORN, AUTO_MIGRATE="true", **settings) as server:
                asked = self.ask(server.url)
        said = server.said.read_text()
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        requests_of = {line["request_id"]: line for line in lines if line["event"] == "request.finished"}
        for request_id, (method, route, status) in asked.items():
            line = requests_of[request_id]
            assert (line["method"], line["route"], line["status"]) == (method, route, status)
            assert 0 < line["duration_ms"] < 60_000
            assert line["timestamp"].endswith("Z") and line["level"] == "info"
        for secret in (MARKER, STRONG, password, ADMIN.text):
            assert secret not in said
        assert [line for line in said.splitlines() if not line.startswith("{")] == [], said

    def ask(self, url: str) -> dict[str, tuple[str, str | None, int]]:
        """Go the main way, with a report that holds the marker; returns what the log must say by id."""
        harbour = f"{url}/api/v1/components/harbour"
        report = junit(failed=1).replace(b"it leaks", MARKER.encode())
        evidence = "/api/v1/components/<component>/revisions/<revision>/evidence"
        with requests.Session() as session:
            session.headers.update(HEADERS)
            answers = [
                (
                    session.put(harbour, json={"title": MARKER, "owner": "port"}),
                    "/api/v1/components/<component>",
                ),
                (session.post(f"{harbour}/revisions/{COMMIT}/evidence?slot={MARKER}", data=report), evidence),
                (session.post(f"{harbour}/revisions/{COMMIT}/evidence?slot=b", data=b"<" + report), evidence),
                (session.get(f"{url}/no/{MARKER}"), None),
                (session.get(f"{harbour}?{MARKER}={STRONG}"), "/api/v1/components/<component>"),
            ]
        assert [answer.status_code for answer, _ in answers] == [201, 201, 201, 404, 400]
        return {
            answer.headers["X-Request-ID"]: (str(answer.request.method), route, answer.status_code)
            for answer, route in answers
        }
