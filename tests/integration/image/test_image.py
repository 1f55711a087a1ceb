"""The image by itself: who it runs as, what it holds and what not, how it starts, stops and is well."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator

import pytest
import yaml

from tests.support.engine import BASE, COMMIT, ROOT, VERSION, container, docker, inspect, run, until

pytestmark = pytest.mark.engine

MEBI = 1024 * 1024
MOST = 215 * MEBI  # upon the base image; about 200 are used, most of them by libraries
KEY = secrets.token_urlsafe(48)
ALONE = (*("--env", f"SECRET_KEY={KEY}", "--env", "AUTO_MIGRATE=true", "--env", "WORKER_EXPECTED=false"),)


def inside(image: str, script: str, *options: str) -> str:
    """Run a shell script in the image instead of a part of Tidegate."""
    return docker("run", "--rm", *options, "--entrypoint", "sh", image, "-c", script)


def health(name: str) -> str:
    """Return what the engine thinks of a container's health."""
    return str(inspect(name)["State"]["Health"]["Status"])


@pytest.fixture(scope="module")
def web(image: str) -> Iterator[str]:
    """A server on SQLite under a read-only root, asked every second."""
    with container(*ALONE, "--read-only", "--health-interval", "1s", "--health-retries", "1") as name:
        until(lambda: health(name) == "healthy", "the server is healthy")
        yield name


class TestWhatItIs:
    @pytest.mark.requirement("S0-6")
    @pytest.mark.requirement("S3-10")
    def test_stands_on_a_python_that_is_a_build_argument_and_compiles_in_a_stage_of_its_own(self) -> None:
        lines = (ROOT / "Dockerfile").read_text().splitlines()
        assert f"ARG PYTHON_IMAGE={BASE}" in lines
        assert [line for line in lines if line.startswith("FROM")] == [
            "FROM ${PYTHON_IMAGE} AS builder",
            "FROM ${PYTHON_IMAGE}",
        ]
        builder = "\n".join(lines).split("\nFROM")[1]
        assert all(tool in builder for tool in (" gcc", " g++", " curl", "uv==", "uv sync --frozen"))

    def test_says_its_version_and_commit(self, image: str, web: str) -> None:
        labels = inspect(image)["Config"]["Labels"]
        assert labels["org.opencontainers.image.version"] == VERSION
        assert labels["org.opencontainers.image.revision"] == COMMIT
        assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
        status = json.loads(docker("exec", web, "curl", "--silent", "http://127.0.0.1:8000/status"))
        assert status["commit"] == COMMIT

    @pytest.mark.requirement("S3-12")
    @pytest.mark.requirement("S4-6")
    def test_runs_as_appuser(self, image: str, web: str) -> None:
        assert inspect(image)["Config"]["User"] == "10001:10001"
        assert inside(image, "id -un; id -u") == "appuser\n10001"
        owners = docker("exec", web, "sh", "-c", "stat -c %U /proc/[0-9]*")
        assert set(owners.splitlines()) == {"appuser"}

    def test_adds_no_more_to_its_base_than_it_needs(self, image: str) -> None:
        added = inspect(image)["Size"] - inspect(BASE)["Size"]
        print(f"{added / MEBI:.0f} MiB upon {BASE}")
        assert added < MOST
        # Few layers, and none that takes away again what an earlier one brought.
        assert len(inspect(image)["RootFS"]["Layers"]) - len(inspect(BASE)["RootFS"]["Layers"]) <= 7

    @pytest.mark.requirement("S3-11")
    def test_holds_environment_and_source_and_neither_tools_nor_caches(self, image: str) -> None:
        tools = "gcc g++ cc c++ make ld uv uvx pip pip3 git psql perl-build gdb"
        assert inside(image, f"for tool in {tools}; do command -v $tool; done; exit 0") == ""
        assert inside(image, "python -m pip --version 2>&1; exit 0").endswith("No module named pip")
        assert inside(image, "python -m ensurepip 2>&1; exit 0").endswith("No module named ensurepip")
        assert inside(image, "find /var/lib/apt/lists /var/cache /root -type f 2>/dev/null; exit 0") == ""
        assert inside(image, "ls -A /app") == ".venv\ndata\nlog"
        assert inside(image, "find /app/data /app/log -mindepth 1") == ""
        dev = inside(image, "ls /app/.venv/lib/python3*/site-packages")
        assert "tidegate" in dev
        assert not {"pytest", "mypy", "black", "hypothesis", "moto"} & set(dev.split())

    @pytest.mark.requirement("S2-18")
    @pytest.mark.requirement("S4-15")
    def test_holds_no_secret(self, image: str) -> None:
        variables = dict(entry.split("=", 1) for entry in inspect(image)["Config"]["Env"])
        assert not [name for name in variables if re.search("SECRET|PASSWORD|TOKEN|KEY|DATABASE_URL", name)]
        history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
        assert not re.search("(?i)secret|password|token", history)
        assert (
            inside(
                image,
                "find / -xdev \\( -name '.env*' -o -name secret_key -o -name '*.age' \\) 2>/dev/null; exit 0",
            )
            == ""
        )

    def test_can_dump_the_postgresql_that_compose_runs(self, image: str) -> None:
        server = yaml.safe_load((ROOT / "compose.yml").read_text())["services"]["postgres"]["image"]
        major = int(re.findall(r":(\d+)", server)[0])
        for tool in ("pg_dump", "pg_restore"):
            found = re.search(r" (\d+)\.", inside(image, f"{tool} --version"))
            assert found is not None
            assert int(found[1]) >= major

    @pytest.mark.requirement("S4-3")
    @pytest.mark.requirement("S4-7")
    def test_takes_the_usual_variables_of_a_container(self, image: str) -> None:
        config = inspect(image)["Config"]
        assert {"PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1", "PORT=8000"} <= set(config["Env"])
        assert list(config["ExposedPorts"]) == ["8000/tcp"]
        with container(*ALONE, "--env", "PORT=9321", "--health-interval", "1s") as name:
            until(lambda: health(name) == "healthy", "it is healthy on another port")
            assert docker("exec", name, "curl", "--silent", "--fail", "http://127.0.0.1:9321/healthz")


class TestWhatItWrites:
    @pytest.mark.requirement("S3-13")
    @pytest.mark.requirement("S0-8")
    def test_is_data_and_log_alone_under_a_read_only_root(self, image: str, web: str) -> None:
        assert set(inspect(image)["Config"]["Volumes"]) == {"/app/data", "/app/log"}
        docker("exec", web, "sh", "-c", "touch /app/data/x /app/log/x && rm /app/data/x /app/log/x")
        for place in ("/app", "/tmp", "/usr/local/bin", "/app/.venv", "/var/tmp", "/home"):
            refused = run("docker", "exec", web, "touch", f"{place}/x", check=False)
            assert (place, refused.returncode) == (place, 1)
            assert "Read-only file system" in refused.stderr

    def test_is_nothing_else_even_without_that(self, image: str) -> None:
        common = "^/(proc|dev|tmp|var/tmp|run/lock)"
        script = f"find / -xdev -type d -writable 2>/dev/null | grep -vE '{common}'; exit 0"
        assert sorted(inside(image, script).split()) == ["/app/data", "/app/log"]


class TestHealth:
    @pytest.mark.requirement("S3-14")
    @pytest.mark.requirement("S0-21")
    @pytest.mark.requirement("S2-31")
    def test_is_asked_by_curl_every_thirty_seconds_and_can_fail(self, image: str, web: str) -> None:
        config = inspect(image)["Config"]["Healthcheck"]
        assert config["Interval"] == 30 * 10**9
        assert "exec curl --fail" in inside(image, f"cat $(command -v {config['Test'][1]})")
        docker("exec", web, "sh", "-c", "mv /app/data/blobs /app/data/away && touch /app/data/blobs")
        until(lambda: health(web) == "unhealthy", "a part that fails makes it unhealthy")
        assert "503" in inspect(web)["State"]["Health"]["Log"][-1]["Output"]
        docker("exec", web, "sh", "-c", "rm /app/data/blobs && mv /app/data/away /app/data/blobs")
        until(lambda: health(web) == "healthy", "it gets well again")

    @pytest.mark.requirement("S2-31")
    def test_fails_where_nobody_answers(self, web: str) -> None:
        nobody = run("docker", "exec", "--env", "PORT=1", web, "healthcheck.sh", check=False)
        assert nobody.returncode == 7
        docker("exec", web, "healthcheck.sh")

    def test_asks_under_a_name_that_the_server_is_called(self, image: str) -> None:
        with container(*ALONE, "--env", "ALLOWED_HOSTS=gate.example.org", "--health-interval", "1s") as name:
            until(lambda: health(name) == "healthy", "it is healthy under its own name")


class TestStartAndStop:
    @pytest.mark.requirement("S2-30")
    @pytest.mark.requirement("S2-17")
    def test_settings_come_from_variables_and_files(self, image: str) -> None:
        refused = run("docker", "run", "--rm", image, check=False)
        assert refused.returncode != 0
        assert "SECRET_KEY is not given" in refused.stderr + refused.stdout
        script = (
            f"printf {KEY} >/app/data/key; printf debug-no >/app/data/level; "
            "SECRET_KEY_FILE=/app/data/key HOST=127.0.0.1 exec tidegate settings"
        )
        assert "FLASK_ENV=production" in inside(image, script).splitlines()

    @pytest.mark.requirement("S2-20")
    def test_ends_at_once_when_it_has_nothing_to_do(self, image: str) -> None:
        with container(*ALONE, "--health-interval", "1s") as name:
            until(lambda: health(name) == "healthy", "it is healthy")
            assert docker("exec", name, "cat", "/proc/1/comm") == "tini"
            docker("stop", "--time", "20", name)
            state = inspect(name)["State"]
            assert (state["ExitCode"], state["OOMKilled"]) == (0, False)

    @pytest.mark.parametrize(
        ("command", "said"),
        [
            (("migrate",), "The schema was at nothing and is at"),
            (("db", "current"), "There is no database at /app/data/"),
            (("--version",), "tidegate "),
            (("backup", "--help"), "backup"),
            (("worker", "--help"), "worker"),
        ],
    )
    def test_the_first_word_names_the_part(self, image: str, command: tuple[str, ...], said: str) -> None:
        done = run("docker", "run", "--rm", *ALONE, image, *command, check=command[-1] != "current")
        assert said in done.stdout + done.stderr
