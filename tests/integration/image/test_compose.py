"""The stack of compose.yml: what is in it, who reaches whom, what it needs, and that it scales."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.integration.image.conftest import HAS_WORKER
from tests.support.engine import Stack, docker, inspect, run, running, until
from tests.support.load import Load

pytestmark = pytest.mark.engine

MEBI = 1024 * 1024
SERVICES = ("proxy", "web", "postgres", "redis", *(("worker",) if HAS_WORKER else ()))


def containers(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return what the engine knows of the first container of each service."""
    return {service: inspect(stack.ids(service)[0]) for service in SERVICES}


class TestWhatRuns:
    @pytest.mark.requirement("S0-19")
    @pytest.mark.requirement("S0-5")
    @pytest.mark.requirement("S1-3")
    @pytest.mark.requirement("S2-1")
    def test_everything_is_healthy_after_one_command(self, stack: Stack) -> None:
        states = {name: found["State"]["Health"]["Status"] for name, found in containers(stack).items()}
        assert states == dict.fromkeys(SERVICES, "healthy")
        answer = stack.client().send("GET", "/health")
        assert (answer.status, answer.body["status"]) == (200, "pass")

    @pytest.mark.requirement("S4-17")
    @pytest.mark.requirement("S4-12")
    @pytest.mark.requirement("S4-18")
    def test_the_web_began_when_database_and_schema_were_there(self, stack: Stack) -> None:
        migrate = inspect(stack.compose("ps", "--all", "--quiet", "migrate"))["State"]
        assert migrate["ExitCode"] == 0
        began = {name: found["State"]["StartedAt"] for name, found in containers(stack).items()}
        assert migrate["FinishedAt"] <= began["web"] <= began["proxy"]
        if HAS_WORKER:
            assert began["worker"] <= began["web"]

    @pytest.mark.requirement("S2-30")
    def test_everything_has_limits_and_no_more_rights_than_it_needs(self, stack: Stack) -> None:
        for name, found in containers(stack).items():
            host = found["HostConfig"]
            assert host["ReadonlyRootfs"], name
            assert host["CapDrop"] == ["ALL"], name
            assert "no-new-privileges:true" in host["SecurityOpt"], name
            assert 0 < host["Memory"] <= 512 * MEBI, name
            assert 0 < host["NanoCpus"] <= 10**9, name
            assert not host["Privileged"], name
            assert name == "postgres" or found["Config"]["User"] not in ("", "root", "0"), name

    @pytest.mark.requirement("S0-20")
    @pytest.mark.requirement("S1-15")
    def test_what_is_logged_is_json_in_files_that_do_not_grow_without_end(self, stack: Stack) -> None:
        for name, found in containers(stack).items():
            assert found["HostConfig"]["LogConfig"] == {
                "Type": "json-file",
                "Config": {"max-file": "5", "max-size": "10m"},
            }, name
        lines = docker("logs", "--tail", "5", stack.ids("web")[0]).splitlines()
        assert all(json.loads(line)["event"] for line in lines if line.startswith("{"))
        assert lines


class TestWhoReachesWhom:
    @pytest.mark.requirement("S4-13")
    def test_the_proxy_alone_is_published_and_on_this_machine_alone(self, stack: Stack) -> None:
        published = {
            name: [where for places in found["NetworkSettings"]["Ports"].values() for where in places or ()]
            for name, found in containers(stack).items()
        }
        assert published.pop("proxy") == [{"HostIp": "127.0.0.1", "HostPort": str(stack.port)}]
        assert not any(published.values())

    @pytest.mark.requirement("S2-2")
    def test_the_database_is_out_of_the_proxys_reach(self, stack: Stack) -> None:
        networks = containers(stack)["postgres"]["NetworkSettings"]["Networks"]
        address = next(iter(networks.values()))["IPAddress"]
        for where in ("postgres", address):
            command = ("curl", "--silent", "--max-time", "2", f"telnet://{where}:5432")
            refused = run("docker", "exec", stack.ids("proxy")[0], *command, check=False)
            assert refused.returncode in (6, 28), where  # no such name, no way there
        assert "tidegate" in docker("exec", stack.ids("web")[0], "python", "-c", _REACHES)

    @pytest.mark.requirement("S2-2")
    def test_the_database_has_no_way_out(self, stack: Stack) -> None:
        inside = docker("network", "inspect", f"{stack.project}_inside", "--format", "{{.Internal}}")
        assert inside == "true"

    @pytest.mark.requirement("S2-17")
    def test_secrets_are_files_and_in_no_variable(self, stack: Stack) -> None:
        known = [
            path.read_text() for path in (stack.folder / "deploy/secrets").iterdir() if path.name[0] != "."
        ]
        assert len(known) == 3
        for name, found in containers(stack).items():
            said = str(found["Config"]["Env"]) + str(found["Config"]["Cmd"])
            assert not [secret for secret in known if secret in said], name

    @pytest.mark.requirement("S4-13")
    def test_the_database_lies_on_a_named_volume(self, stack: Stack) -> None:
        mounts = containers(stack)["postgres"]["Mounts"]
        assert [one["Name"] for one in mounts if one["Type"] == "volume"] == [f"{stack.project}_database"]


_REACHES = """
import psycopg
url = open("/run/secrets/database_url").read()
with psycopg.connect(url) as connection:
    print(*connection.execute("SELECT current_database()").fetchone())
"""


class TestTheProxy:
    @pytest.mark.requirement("S2-35")
    @pytest.mark.requirement("S2-37")
    @pytest.mark.requirement("S1-4")
    def test_leads_every_route_to_one_host(self, stack: Stack) -> None:
        for path in ("/health", "/healthz", "/readyz", "/status", "/docs", "/openapi.json", "/api/v1/gates"):
            assert (path, stack.client().send("GET", path).status) == (path, 200)

    def test_keeps_the_metrics_inside(self, stack: Stack) -> None:
        answer = stack.client().send("GET", "/metrics")
        assert (answer.status, answer.headers["Content-Type"]) == (403, "application/problem+json")
        assert stack.client().send("GET", "/api/v1/metrics").status == 404

    def test_passes_names_origins_and_the_requests_id_on(self, stack: Stack) -> None:
        stranger = stack.client().send("GET", "/healthz", Host="evil.example.org")
        assert stranger.status == 400
        named = stack.client().send("GET", "/healthz", None, **{"X-Request-ID": "from-the-caller-1"})
        assert named.headers["X-Request-ID"] == "from-the-caller-1"
        own = {"Origin": f"http://127.0.0.1:{stack.port}", "Content-Type": "application/json"}
        body = b'{"title": "Quay", "owner": "port"}'
        assert stack.client().send("PUT", "/api/v1/components/quay", body, **own).status in (200, 201)
        foreign = own | {"Origin": "https://evil.example.org"}
        assert stack.client().send("PUT", "/api/v1/components/quay", body, **foreign).status == 403

    def test_refuses_what_is_too_large_as_a_problem(self, stack: Stack) -> None:
        answer = stack.client().send("POST", "/api/v1/x", b"", **{"Content-Length": str(600 * MEBI)})
        assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")


class TestScaling:
    @pytest.mark.requirement("S4-28")
    @pytest.mark.requirement("S1-3")
    def test_three_web_and_two_workers_share_the_work(self, stack: Stack, seed: int) -> None:
        workers = 2 * int(HAS_WORKER)
        stack.up("--scale", "web=3", "--scale", f"worker={workers}")
        assert (len(stack.ids("web")), len(stack.ids("worker"))) == (3, workers)
        try:
            with Load(stack, clients=3, seed=seed) as load:
                load.wait_for(30)
            assert (load.ledger.statuses(), load.ledger.unanswered) == ({}, [])
            asked = set(
                re.findall(r'"upstream":"([\d.]+):8000"', stack.compose("logs", "--since", "2m", "proxy"))
            )
            assert len(asked) >= 3
        finally:
            stack.up("--scale", "web=1", "--scale", f"worker={int(HAS_WORKER)}")
        assert stack.client().json("GET", "/audit/verification").body["intact"] is True


class TestMemory:
    @pytest.mark.requirement("S4-29")
    def test_the_stack_fits_into_512_megabytes(self, stack: Stack, seed: int) -> None:
        rest = memory(stack)
        with Load(stack, clients=4, seed=seed) as load:
            load.wait_for(100)
            busy = memory(stack)
        each = docker("exec", stack.ids("web")[0], "sh", "-c", "grep -h VmRSS /proc/[0-9]*/status")
        largest = max(int(size) for size in re.findall(r"VmRSS:\s+(\d+) kB", each)) / 1024
        print(f"at rest {rest}, under load {busy}, largest process of the web {largest:.0f} MiB")
        assert sum(rest.values()) < 512
        assert sum(busy.values()) < 512
        assert largest < 150


def memory(stack: Stack) -> dict[str, float]:
    """Return the mebibytes of each service."""
    found = {}
    for service in SERVICES:
        usage = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", stack.ids(service)[0])
        number, unit = re.findall(r"^([\d.]+)(\w+)", usage)[0]
        found[service] = float(number) * {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024}[unit]
    return found


class TestVariants:
    @pytest.mark.requirement("S2-4")
    @pytest.mark.requirement("S4-1")
    @pytest.mark.requirement("S1-24")
    @pytest.mark.requirement("S0-5")
    def test_staging_with_sqlite_on_a_volume_behind_tls(
        self, image: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        files = ("compose.yml", "compose.staging.yml", "compose.sqlite.yml", "compose.tls.yml")
        made = Stack(tmp_path_factory.mktemp("sqlite"), *files, WORKER_REPLICAS=str(int(HAS_WORKER)))
        made.set(TIDEGATE_PLAIN_PORT="0")
        secrets = made.folder / "deploy/secrets"
        run(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-keyout",
            secrets / "tls_key",
            "-out",
            secrets / "tls_certificate",
        )
        (secrets / "tls_key").chmod(0o444)
        with (made.folder / ".env").open("a") as env:
            env.write("TIDEGATE_PLAIN_PORT=0\n")
        with running(made, with_gate=False):
            assert made.ids("postgres") == []
            curl = ("curl", "--silent", "--fail", "--cacert", secrets / "tls_certificate")
            answer = run(*curl, f"https://localhost:{made.port}/health").stdout
            assert '"status":"pass"' in answer
            assert docker("exec", made.ids("web")[0], "printenv", "FLASK_ENV") == "staging"
            files_there = docker("exec", made.ids("web")[0], "ls", "/app/data")
            assert "tidegate.sqlite3-wal" in files_there.split()

    @pytest.mark.requirement("S2-43")
    def test_development_reloads_what_changes(
        self, image: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        import shutil

        from tests.support.engine import ROOT

        files = ("compose.yml", "compose.sqlite.yml", "compose.override.yml")
        made = Stack(tmp_path_factory.mktemp("development"), *files, WORKER_REPLICAS=str(int(HAS_WORKER)))
        shutil.copytree(ROOT / "src", made.folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
        with running(made, with_gate=False):
            source = made.folder / "src/tidegate/__init__.py"
            source.write_text(source.read_text() + '\n__version__ = "reloaded"\n')
            until(lambda: made.answers() and _release(made) == "reloaded", "the new source is served")


def _release(stack: Stack) -> str:
    return str(stack.client().send("GET", "/status").body["version"])
