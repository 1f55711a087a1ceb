"""Tests of the settings: what is read, what contradicts itself, what stops the start."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.attestations import KEY
from tests.support.provenance import ED25519, P256, P384, pem
from tidegate.environment import SettingsError, VariableReader, process_variables, variable_of
from tidegate.kernel.signing_keys import trust
from tidegate.readers.base import NO_TRUST, Trust
from tidegate.settings import Settings, is_loopback, read_settings

STRONG = "mC3xQ9vLr7TzW1bN5kHsY8dF2gJ6pA4e"


def faults(**variables: str) -> str:
    """Return why the start is refused."""
    with pytest.raises(SettingsError) as refused:
        read_settings(variables)
    return str(refused.value)


class TestDefaults:
    @pytest.mark.requirement("S0-7")
    def test_listen_on_this_machine_alone_on_port_8000(self) -> None:
        settings = read_settings({})

        assert (settings.host, settings.port) == ("127.0.0.1", 8000)
        assert settings.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")

    @pytest.mark.requirement("S4-16")
    def test_keep_everything_under_the_data_folder(self) -> None:
        settings = read_settings({"DATA_DIR": "/srv/tidegate"})

        assert settings.database_url == "sqlite:////srv/tidegate/tidegate.sqlite3"
        assert settings.blob_url == "/srv/tidegate/blobs"

    def test_count_requests_in_memory_until_there_is_a_redis(self) -> None:
        redis = "redis://127.0.0.1:6379/0"

        assert read_settings({}).rate_limit_storage_url == "memory://"
        assert read_settings({"REDIS_URL": redis}).rate_limit_storage_url == redis
        both = {"REDIS_URL": redis, "RATE_LIMIT_STORAGE_URL": "memory://"}
        assert read_settings(both).rate_limit_storage_url == "memory://"

    def test_make_a_fresh_key_at_every_start_outside_production(self) -> None:
        assert read_settings({}).secret_key != read_settings({}).secret_key
        assert len(read_settings({}).secret_key) >= 32

    @pytest.mark.requirement("S1-14")
    def test_write_json_logs_where_collectors_read_them(self) -> None:
        assert read_settings({}).log_format == "console"
        assert read_settings({"FLASK_ENV": "staging"}).log_format == "json"
        assert read_settings({"FLASK_ENV": "production", "SECRET_KEY": STRONG}).log_format == "json"

    def test_take_an_empty_variable_as_not_given(self) -> None:
        settings = read_settings({"PORT": "", "HOST": "", "CORS_ORIGINS": ""})

        assert (settings.port, settings.host, settings.cors_origins) == (8000, "127.0.0.1", ())


class TestAliases:
    @pytest.mark.requirement("S2-3")
    @pytest.mark.requirement("S2-5")
    @pytest.mark.requirement("S2-9")
    @pytest.mark.requirement("S3-19")
    @pytest.mark.parametrize(
        ("alias", "value", "field", "expected"),
        [
            ("SESSION_SECRET", STRONG, "secret_key", STRONG),
            ("CORS_ORIGIN", "https://a.example,https://b.example", "cors_origins", None),
            ("APP_ENV", "staging", "environment", "staging"),
        ],
    )
    def test_are_read_like_the_name(self, alias: str, value: str, field: str, expected: str | None) -> None:
        found = getattr(read_settings({alias: value}), field)

        assert found == (expected or ("https://a.example", "https://b.example"))

    @pytest.mark.parametrize(
        ("name", "alias", "one", "other"),
        [
            ("SECRET_KEY", "SESSION_SECRET", STRONG, STRONG[::-1]),
            ("CORS_ORIGINS", "CORS_ORIGIN", "https://a.example", "https://b.example"),
            ("FLASK_ENV", "APP_ENV", "development", "staging"),
        ],
    )
    def test_that_contradict_the_name_stop_the_start(
        self, name: str, alias: str, one: str, other: str
    ) -> None:
        said = faults(**{name: one, alias: other})

        assert f"{name} and {alias} contradict each other: give only {name}." in said
        assert STRONG not in said

    def test_that_agree_with_the_name_are_fine(self) -> None:
        assert read_settings({"SECRET_KEY": STRONG, "SESSION_SECRET": STRONG}).secret_key == STRONG

    @pytest.mark.requirement("S0-13")
    def test_debugging_contradicts_production(self) -> None:
        said = faults(FLASK_ENV="production", FLASK_DEBUG="1", SECRET_KEY=STRONG)

        assert "FLASK_DEBUG and FLASK_ENV contradict each other" in said

    def test_debugging_alone_means_development(self) -> None:
        assert read_settings({"FLASK_DEBUG": "1"}).environment == "development"
        assert read_settings({"FLASK_DEBUG": "0", "APP_ENV": "staging"}).environment == "staging"

    def test_debugging_is_true_or_false(self) -> None:
        assert "FLASK_DEBUG: 'perhaps' is not true or false." in faults(FLASK_DEBUG="perhaps")


class TestFiles:
    @pytest.mark.requirement("S2-17")
    def test_hold_any_variable(self, tmp_path: Path) -> None:
        for name, value in (("SECRET_KEY", f"{STRONG}\n"), ("PORT", "9000\n"), ("SESSION_SECRET", STRONG)):
            (tmp_path / name).write_text(value)
        names = ("SECRET_KEY", "PORT", "SESSION_SECRET")

        settings = read_settings({f"{name}_FILE": str(tmp_path / name) for name in names})

        assert (settings.secret_key, settings.port) == (STRONG, 9000)

    def test_that_contradict_the_variable_stop_the_start(self, tmp_path: Path) -> None:
        (tmp_path / "port").write_text("9000")

        said = faults(PORT="8000", PORT_FILE=str(tmp_path / "port"))

        assert "PORT and PORT_FILE are both given and differ; give one of them." in said

    @pytest.mark.parametrize("content", [None, b"\xff\xfe"])
    def test_that_cannot_be_read_stop_the_start(self, tmp_path: Path, content: bytes | None) -> None:
        path = tmp_path / "secret"
        if content is not None:
            path.write_bytes(content)

        assert "SECRET_KEY_FILE does not name a file" in faults(SECRET_KEY_FILE=str(path))

    def test_named_dotenv_are_read_beneath_the_process(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dotenv = tmp_path / ".env"
        dotenv.write_text("PORT=9001\nHOST=localhost\nEMPTY\nLOG_FORMAT=  # json\n")
        monkeypatch.setenv("PORT", "9002")
        monkeypatch.delenv("HOST", raising=False)

        variables = process_variables(dotenv)

        assert (variables["PORT"], variables["HOST"]) == ("9002", "localhost")
        assert "EMPTY" not in variables
        assert read_settings(dotenv=dotenv).port == 9002

    def test_named_dotenv_need_not_be_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PORT", "9003")

        assert process_variables(tmp_path / ".env")["PORT"] == process_variables(None)["PORT"] == "9003"


class TestSecretKey:
    @pytest.mark.requirement("S1-7")
    @pytest.mark.requirement("S1-7")
    @pytest.mark.parametrize(
        ("key", "why"),
        [
            ("", "is not given"),
            ("short", "has 5 characters"),
            ("ab" * 20, "has only 2 different characters"),
            ("please-changeme-before-you-start-this-0123", "reads like a placeholder"),
        ],
    )
    def test_that_is_weak_stops_a_production_start(self, key: str, why: str) -> None:
        said = faults(FLASK_ENV="production", SECRET_KEY=key)

        assert f"SECRET_KEY {why}, which is too weak for production." in said
        assert "secrets.token_urlsafe" in said
        assert not key or key not in said

    def test_that_is_weak_is_fine_elsewhere(self) -> None:
        assert read_settings({"SECRET_KEY": "short"}).secret_key == "short"

    def test_that_is_strong_starts_production(self) -> None:
        assert read_settings({"FLASK_ENV": "production", "SECRET_KEY": STRONG}).production


class TestHost:
    @pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.5", "::1", "localhost"])
    def test_of_this_machine_is_fine(self, host: str) -> None:
        assert read_settings({"HOST": host}).host == host

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
    def test_that_others_can_reach_has_whatever_name_they_use(self, host: str) -> None:
        assert read_settings({"HOST": host}).allowed_hosts == ()

    @given(st.text(max_size=30))
    def test_never_breaks_the_question_whether_it_is_loopback(self, host: str) -> None:
        assert is_loopback(host) in (True, False)


class TestDatabaseUrl:
    @pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgres"])
    def test_of_postgresql_reaches_psycopg_3(self, scheme: str) -> None:
        assert read_settings({"DATABASE_URL": f"{scheme}://u:p@db/x"}).database_url == (
            "postgresql+psycopg://u:p@db/x"
        )

    def test_of_sqlite_stays(self) -> None:
        assert read_settings({"DATABASE_URL": "sqlite:///a.db"}).database_url == "sqlite:///a.db"

    @pytest.mark.parametrize("scheme", ["mysql", "mysql+pymysql", "mariadb"])
    def test_of_mysql_is_refused_and_its_password_not_shown(self, scheme: str) -> None:
        said = faults(DATABASE_URL=f"{scheme}://u:hunter2@db/x")

        assert "MySQL and MariaDB are not supported" in said
        assert "hunter2" not in said

    @pytest.mark.parametrize("url", ["oracle://u:hunter2@db", "hunter2", "postgresql"])
    def test_of_anything_else_is_refused(self, url: str) -> None:
        said = faults(DATABASE_URL=url)

        assert "DATABASE_URL: it begins with none of" in said
        assert "hunter2" not in said


class TestDataDir:
    def test_that_is_a_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("")

        assert f"DATA_DIR: '{tmp_path / 'data'}' is not a folder." in faults(DATA_DIR=str(tmp_path / "data"))

    def test_that_is_not_there_yet_is_fine(self, tmp_path: Path) -> None:
        assert read_settings({"DATA_DIR": str(tmp_path / "data")}).data_dir == tmp_path / "data"


class TestRedisUrl:
    @pytest.mark.parametrize("name", ["REDIS_URL", "RATE_LIMIT_STORAGE_URL"])
    @pytest.mark.parametrize("url", ["127.0.0.1:6379", "http://:hidden@cache", "redis"])
    def test_of_anything_else_is_refused_by_its_name_and_not_shown(self, name: str, url: str) -> None:
        text = faults(**{name: url})

        assert f"{name}: it begins with none of " in text and "redis://, rediss://" in text
        assert "hidden" not in text and "6379" not in text

    @pytest.mark.parametrize("url", ["redis://cache/0", "rediss://cache/0", "redis+cluster://a:1,b:2"])
    def test_of_any_redis_counts_requests(self, url: str) -> None:
        assert read_settings({"REDIS_URL": url}).rate_limit_storage_url == url

    def test_is_not_needed_to_count_in_memory(self) -> None:
        settings = read_settings({"RATE_LIMIT_STORAGE_URL": "memory://"})

        assert settings.rate_limit_storage_url == "memory://"


class TestCorsOrigins:
    @pytest.mark.parametrize(
        "origin",
        ["*", "null", "console.example.org", "https://console.example.org/", "https://.*", "ftp://a.example"],
    )
    def test_that_no_browser_sends_are_refused(self, origin: str) -> None:
        assert f"CORS_ORIGINS: '{origin}' is not an origin such as" in faults(CORS_ORIGINS=origin)

    def test_are_scheme_host_and_perhaps_a_port(self) -> None:
        origins = ("https://console.example.org", "http://127.0.0.1:3000", "http://[::1]:3000")

        assert read_settings({"CORS_ORIGINS": ",".join(origins)}).cors_origins == origins


class TestStatusPages:
    @pytest.mark.parametrize("written", ["true", "False", "production,yes"])
    def test_a_switch_names_no_environment(self, written: str) -> None:
        said = faults(STATUS_PAGES_PUBLIC=written)
        assert f"STATUS_PAGES_PUBLIC: '{written.rpartition(',')[2]}' names no environment. Name those" in said

    def test_are_named_by_environment(self) -> None:
        settings = read_settings({"STATUS_PAGES_PUBLIC": "production,staging"})
        assert settings.status_pages_public == ("production", "staging")


class TestPublicUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "tidegate.example.org",
            "https://tidegate.example.org/",
            "https://tidegate.example.org/path",
            "https://Tidegate.example.org",
            "https://tidegate.example.org:443",
            "https://user@tidegate.example.org",
            "http://localhost:80",
        ],
    )
    def test_that_is_no_origin_is_refused(self, url: str) -> None:
        assert f"PUBLIC_URL: '{url}' is not an address such as" in faults(PUBLIC_URL=url)

    def test_that_others_can_listen_to_is_refused(self) -> None:
        assert "is for this machine alone" in faults(PUBLIC_URL="http://tidegate.example.org")

    @pytest.mark.parametrize(
        "url", ["https://tidegate.example.org", "https://a.example:8443", "http://localhost:8000", ""]
    )
    def test_is_an_origin_with_tls_or_of_this_machine(self, url: str) -> None:
        assert read_settings({"PUBLIC_URL": url}).public_url == url


OIDC = {
    "PUBLIC_URL": "https://tidegate.example.org",
    "OIDC_ISSUER": "https://login.example.org",
    "OIDC_CLIENT_ID": "tidegate",
    "OIDC_CLIENT_SECRET": "hidden away",
    "OIDC_GROUPS": "developers=crew",
}
GITHUB = {
    "PUBLIC_URL": "https://tidegate.example.org",
    "OAUTH_CLIENT_ID": "tidegate",
    "OAUTH_CLIENT_SECRET": "hidden away",
    "OAUTH_GROUPS": "acme/platform=crew",
}


class TestSignOn:
    @pytest.mark.parametrize("given", [OIDC, GITHUB])
    def test_needs_everything_that_belongs_to_it(self, given: dict[str, str]) -> None:
        settings = read_settings(given)
        assert (settings.has_oidc, settings.has_github) == (given is OIDC, given is GITHUB)
        assert "hidden away" not in repr(settings) and "hidden away" in settings.secrets()
        for name in given:
            said = faults(**{key: value for key, value in given.items() if key != name})
            assert name in said and "single sign-on needs" in said and "hidden away" not in said

    @pytest.mark.parametrize("entry", ["=crew", "developers=not a group", "a="])
    def test_refuses_groups_that_cannot_be_read(self, entry: str) -> None:
        assert "is not written as THEIRS or THEIRS=OURS" in faults(**{**OIDC, "OIDC_GROUPS": entry})

    def test_lets_not_everybody_in_who_is_on_github(self) -> None:
        assert "* would let everybody in" in faults(**{**GITHUB, "OAUTH_GROUPS": "*"})
        assert read_settings({**OIDC, "OIDC_GROUPS": "*"}).oidc_groups == ("*",)

    def test_asks_for_the_scope_that_makes_it_openid(self) -> None:
        assert "without the scope openid" in faults(**{**OIDC, "OIDC_SCOPES": "profile"})

    def test_refuses_what_is_no_address(self) -> None:
        assert "OIDC_ISSUER: 'login.example.org' is not" in faults(
            **{**OIDC, "OIDC_ISSUER": "login.example.org"}
        )

    def test_keeps_a_way_to_sign_in(self) -> None:
        assert "nobody could sign in" in faults(PASSWORD_SIGN_IN="false")
        assert not read_settings({**OIDC, "PASSWORD_SIGN_IN": "false"}).password_sign_in


class TestWorkerExpected:
    @pytest.mark.parametrize(
        ("environment", "expected"), [("production", "true"), ("staging", "true"), ("development", "false")]
    )
    def test_follows_the_environment(self, environment: str, expected: str) -> None:
        settings = read_settings({"FLASK_ENV": environment, "SECRET_KEY": STRONG})

        assert settings.worker_expected == expected

    def test_may_be_said_otherwise(self) -> None:
        assert read_settings({"WORKER_EXPECTED": "true"}).worker_expected == "true"
        assert "WORKER_EXPECTED" in faults(WORKER_EXPECTED="perhaps")


class TestTypes:
    @pytest.mark.parametrize(
        ("name", "value", "why"),
        [
            ("PORT", "eighty", "PORT: 'eighty' is not a whole number."),
            ("PORT", "0", "PORT: '0' is less than 1."),
            ("PORT", "65536", "PORT: '65536' is more than 65535."),
            ("HEALTH_TIMEOUT", "nan", "HEALTH_TIMEOUT: 'nan' is not a number."),
            ("HEALTH_TIMEOUT", "-1", "HEALTH_TIMEOUT: '-1' is less than 0."),
            ("AUTO_MIGRATE", "maybe", "AUTO_MIGRATE: 'maybe' is not true or false."),
            ("LOG_LEVEL", "INF", "LOG_LEVEL: 'INF' is not known. Did you mean 'INFO'?"),
            ("LOG_FORMAT", "xyz", "LOG_FORMAT: 'xyz' is not known. Known: json, console."),
        ],
    )
    def test_are_checked(self, name: str, value: str, why: str) -> None:
        assert why in faults(**{name: value})

    def test_have_a_list_split_at_commas(self) -> None:
        assert read_settings({"DEFAULT_ENABLED_MODULES": "catalog, evidence,"}).modules == (
            "catalog",
            "evidence",
        )

    @pytest.mark.parametrize(("text", "value"), [("YES", True), ("on", True), ("No", False), ("0", False)])
    def test_read_a_yes_as_people_write_it(self, text: str, value: bool) -> None:
        assert read_settings({"AUTO_MIGRATE": text}).auto_migrate is value

    def test_read_a_fraction(self) -> None:
        assert read_settings({"HEALTH_TIMEOUT": "0.5"}).health_timeout == 0.5

    def test_name_everything_that_is_wrong_at_once(self) -> None:
        with pytest.raises(SettingsError) as refused:
            read_settings({"PORT": "x", "TOKEN_DEFAULT_DAYS": "400", "DATABASE_URL": "mysql://x"})

        assert len(refused.value.faults) == 3

    def test_hide_the_value_of_a_secret_that_is_wrong(self) -> None:
        declared = next(variable_of(f) for f in dataclasses.fields(Settings) if f.name == "secret_key")
        environment = VariableReader({"SECRET_KEY": "hunter2"})

        environment.value(declared, 5)

        assert environment.faults == ["SECRET_KEY: its value is not a whole number."]


class TestSecrets:
    def test_are_in_no_repr(self) -> None:
        settings = read_settings(
            {
                "SECRET_KEY": STRONG,
                "DATABASE_URL": "postgresql://u:hunter2@db/x",
                "REDIS_URL": "redis://:hunter2@redis/0",
                "BLOB_URL": "s3://key:hunter2@bucket",
            }
        )

        assert "hunter2" not in repr(settings)
        assert STRONG not in repr(settings)

    def test_are_known_in_every_form_to_who_writes_logs(self) -> None:
        settings = read_settings(
            {"SECRET_KEY": STRONG, "DATABASE_URL": "postgresql://u:p%40ss@db/x", "BLOB_URL": "s3://[broken"}
        )

        assert {STRONG, "p%40ss", "p@ss"} <= set(settings.secrets())

    def test_settings_cannot_be_changed(self) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            read_settings({}).port = 1  # type: ignore[misc]  # that it is refused is the point


class TestSigning:
    def test_a_key_is_read_from_its_file_and_never_shown(self, tmp_path: Path) -> None:
        (tmp_path / "signing.pem").write_text(KEY.private_pem())
        settings = read_settings({"SIGNING_KEY_FILE": str(tmp_path / "signing.pem")})
        secret = KEY.private_pem().splitlines()[1]

        assert secret in settings.signing_key
        assert secret not in repr(settings)
        assert secret in settings.secrets()
        assert "-----BEGIN PRIVATE KEY-----" not in settings.secrets()

    def test_what_is_no_key_stops_the_start_and_is_not_quoted(self) -> None:
        said = faults(SIGNING_KEY="not-to-be-quoted", SIGNING_OLD_KEYS=KEY.private_pem())

        assert "SIGNING_KEY: It is not a private key in PEM" in said
        assert "SIGNING_OLD_KEYS: It holds a private key" in said
        assert "not-to-be-quoted" not in said
        assert KEY.private_pem().splitlines()[1] not in said

    def test_keys_of_builders_are_files_with_commas_between_them(self, tmp_path: Path) -> None:
        one, other = tmp_path / "one.pem", tmp_path / "other.pem"
        one.write_text(pem(P256))
        other.write_text(pem(ED25519) + pem(P384))
        settings = read_settings({"PROVENANCE_KEYS": f"{one}, {other}"})
        assert settings.provenance_keys == (str(one), str(other))
        assert trust(settings) == Trust((one.read_text(), other.read_text()))
        assert trust(read_settings({})) == NO_TRUST

    def test_the_time_zone_of_reports_is_one_that_there_is(self) -> None:
        assert trust(read_settings({"REPORT_TIMEZONE": "Europe/Berlin"})) == Trust(timezone="Europe/Berlin")
        assert "REPORT_TIMEZONE: 'Berlin' is not the name of a time zone" in faults(REPORT_TIMEZONE="Berlin")

    def test_a_builder_s_key_that_verifies_nothing_stops_the_start(self, tmp_path: Path) -> None:
        wrong = tmp_path / "wrong.pem"
        wrong.write_text(KEY.private_pem())
        said = faults(PROVENANCE_KEYS=f"{wrong},{tmp_path}/absent.pem")
        assert f"PROVENANCE_KEYS: '{wrong}': It holds a private key" in said
        assert f"PROVENANCE_KEYS: '{tmp_path}/absent.pem' is not a file that can be read as text" in said
        assert KEY.private_pem().splitlines()[1] not in said

    def test_without_keys_the_library_is_not_loaded(self) -> None:
        script = "import sys; from tidegate.settings import read_settings; read_settings({}); "
        script += "print('cryptography' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

        assert done.stdout.strip() == "False"

    @pytest.mark.parametrize("wrong", ["tidegate", "https://a b", "://x"])
    def test_a_verifier_is_a_uri(self, wrong: str) -> None:
        assert f"VERIFIER_ID: {wrong!r} is not a URI" in faults(VERIFIER_ID=wrong)


class TestOutgoing:
    def test_what_may_be_reached_is_named_by_name_address_or_network(self) -> None:
        settings = read_settings({"OUTGOING_ALLOW": "gitlab.internal, 10.1.0.0/16,::1"})

        assert settings.outgoing_allow == ("gitlab.internal", "10.1.0.0/16", "::1")

    @pytest.mark.parametrize(
        ("name", "wrong", "said"),
        [
            ("OUTGOING_ALLOW", "http://gitlab.internal", "is neither a name, an address nor a network"),
            ("OUTGOING_CA_FILE", "/not/there.pem", "there is no file '/not/there.pem'"),
        ],
    )
    def test_what_is_none_of_these_stops_the_start(self, name: str, wrong: str, said: str) -> None:
        assert said in faults(**{name: wrong})

    def test_a_proxy_is_a_url_whose_password_is_never_shown(self) -> None:
        settings = read_settings({"OUTGOING_PROXY": "http://me:hunter2@proxy.internal:3128"})

        assert "hunter2" in settings.secrets()
        assert "hunter2" not in repr(settings)
        assert "hunter2" not in faults(OUTGOING_PROXY="socks://me:hunter2@proxy.internal")


class TestFeatureFlags:
    def test_are_read_from_variables_where_they_are_the_source(self) -> None:
        settings = read_settings({"FEATURE_FLAGS_SOURCE": "env", "FEATURE_FLAG_TRY_IT": "off"})

        assert settings.flag_variables() == {"FEATURE_FLAG_TRY_IT": "off"}

    @pytest.mark.parametrize(
        ("variables", "said"),
        [
            (
                {"FEATURE_FLAG_TRYIT": "on"},
                "FEATURE_FLAG_TRYIT: no flag is named so. Did you mean FEATURE_FLAG_TRY",
            ),
            ({"FEATURE_FLAG_TRY_IT": "perhaps"}, "FEATURE_FLAG_TRY_IT: 'perhaps' is neither on nor off"),
            ({"FEATURE_FLAG_TRY_IT": "off"}, "no variable decides a flag while FEATURE_FLAGS_SOURCE is db"),
            ({"FEATURE_FLAGS_SOURCE": "redis"}, "FEATURE_FLAGS_SOURCE: 'redis' is not known"),
        ],
    )
    def test_that_nobody_would_read_stop_the_start(self, variables: dict[str, str], said: str) -> None:
        assert said in faults(**variables)


class TestReplica:
    def test_is_reached_through_psycopg_and_its_password_is_never_shown(self) -> None:
        both = {"DATABASE_URL": "postgres://a/b", "DATABASE_REPLICA_URL": "postgres://me:hunter2@c/b"}
        settings = read_settings(both)

        assert settings.database_replica_url == "postgresql+psycopg://me:hunter2@c/b"
        assert "hunter2" in settings.secrets()

    @pytest.mark.parametrize(
        ("primary", "replica", "said"),
        [
            ("", "postgresql://c/b", "DATABASE_REPLICA_URL: SQLite has no replicas"),
            ("sqlite:///a", "postgresql://c/b", "DATABASE_REPLICA_URL: SQLite has no replicas"),
            ("postgresql://a/b", "sqlite:///c", "DATABASE_REPLICA_URL: it does not begin with postgresql"),
        ],
    )
    def test_of_what_has_none_stops_the_start(self, primary: str, replica: str, said: str) -> None:
        assert said in faults(DATABASE_URL=primary, DATABASE_REPLICA_URL=replica)


class TestDeclarations:
    def test_have_a_meaning_and_a_name_of_their_own(self) -> None:
        declared = [variable_of(field) for field in dataclasses.fields(Settings)]
        names = [name for variable in declared for name in (variable.name, *variable.aliases)]

        assert len(set(names)) == len(names)
        assert all(variable.meaning.endswith(".") for variable in declared)
