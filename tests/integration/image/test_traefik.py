"""The stack behind Traefik: what it leads where, what it keeps to itself, and a web that goes away."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.outcome import required
from tests.support.engine import ROOT, Stack, docker, inspect, run, running, until

pytestmark = pytest.mark.engine

HOST = "gate.example.org"
# The ports are Traefik's own, 80 and 443, on an address of this machine that nothing else uses.
ADDRESS = "127.0.0.77"
AUTHORITY = "tidegate:test-authority"
# Pebble, which Let's Encrypt makes for tests. What it issues ends in a day, so it is due for renewal at once.
_RECIPE = """
FROM python:3.11-slim
RUN apt-get update && apt-get install --yes --no-install-recommends pebble && rm -rf /var/lib/apt/lists/*
ENV PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0
"""
_PEBBLE = {
    "listenAddress": "0.0.0.0:14000",
    "managementListenAddress": "0.0.0.0:15000",
    "certificate": "/authority/certificate.pem",
    "privateKey": "/authority/key.pem",
    "httpPort": 80,
    "tlsPort": 443,
    "certificateValidityPeriod": 86400,
}
# Beside the stack: the authority, which finds the public name at Traefik.
_BESIDE = f"""
services:
  proxy:
    environment: {{LEGO_CA_CERTIFICATES: /authority/certificate.pem}}
    volumes: ["./authority:/authority:ro"]
    networks: {{edge: {{aliases: [{HOST}]}}}}
    depends_on: {{authority: {{condition: service_started}}}}
  authority:
    image: {AUTHORITY}
    command: [pebble, -config, /authority/pebble.json]
    volumes: ["./authority:/authority:ro"]
    networks: [edge]
"""


@pytest.fixture(scope="module")
def public(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack behind Traefik with two web containers; skipped where Traefik's image cannot be had."""
    (wanted,) = re.findall(r"image: (traefik:\S+)", (ROOT / "compose.traefik.yml").read_text())
    if run("docker", "image", "inspect", wanted, check=False).returncode:
        pulled = run("docker", "pull", "--quiet", wanted, check=False)
        if pulled.returncode:
            missing = (
                f"NOT RUN: the image {wanted} is not there and cannot be pulled: {pulled.stderr.strip()}"
            )
            if required("image-test"):
                pytest.fail(missing)
            pytest.skip(missing)
    socket = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
    files = ("compose.yml", "compose.traefik.yml", "authority.yml")
    given = {"TIDEGATE_HOST": HOST, "ACME_EMAIL": "operator@example.org", "TIDEGATE_BIND": ADDRESS}
    given["ACME_SERVER"] = "https://authority:14000/dir"
    folder = tmp_path_factory.mktemp("traefik")
    made = Stack(folder, *files, WEB_REPLICAS="2", DOCKER_SOCKET=socket, **given)
    (folder / "authority.yml").write_text(_BESIDE)
    docker("build", "--quiet", "--tag", AUTHORITY, "-", input=_RECIPE, limit=400)
    made_known(folder / "authority")
    with running(made, with_gate=False):
        yield made


def made_known(folder: Path) -> None:
    """Give the authority a certificate of its own, which Traefik is told to trust, and its settings."""
    folder.mkdir()
    (folder / "pebble.json").write_text(json.dumps({"pebble": _PEBBLE}))
    made = ("-keyout", folder / "key.pem", "-out", folder / "certificate.pem")
    name = ("-subj", "/CN=authority", "-addext", "subjectAltName=DNS:authority")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name, *made)
    (folder / "key.pem").chmod(0o444)


def ask(url: str, *options: str) -> str:
    """Return the status of an answer, and where it leads; who signed the certificate is asked elsewhere."""
    way = [f"{HOST}:{port}:{ADDRESS}:{port}" for port in (80, 443)]
    template = "%{http_code} %{redirect_url}"
    leads = [word for one in way for word in ("--connect-to", one)]
    quiet = ("--silent", "--insecure", "--output", "/dev/null", "--write-out", template, "--max-time", "20")
    return run("curl", *quiet, *leads, *options, url, check=False).stdout.strip()


class TestTraefik:
    @pytest.mark.requirement("S1-4")
    @pytest.mark.requirement("S1-24")
    @pytest.mark.requirement("S2-37")
    def test_leads_one_name_to_the_web_by_tls_alone(self, public: Stack) -> None:
        assert ask(f"http://{HOST}/health?x=1") == f"301 https://{HOST}/health?x=1"
        for path in ("/health", "/healthz", "/readyz", "/status", "/docs", "/api/v1/gates"):
            assert (path, ask(f"https://{HOST}{path}")) == (path, "200")
        assert ask(f"https://{HOST}/healthz", "--header", "Host: other.example.org") == "404"
        answered = run(
            "curl",
            "--silent",
            "--insecure",
            "--connect-to",
            f"{HOST}:443:{ADDRESS}:443",
            f"https://{HOST}/metrics",
        )
        assert answered.stdout == "404 page not found\n"  # Traefik's own words: it was not led on
        body = ("--request", "PUT", "--json", '{"title": "Quay", "owner": "port"}')
        quay = f"https://{HOST}/api/v1/components/quay"
        assert ask(quay, *body, "--header", "Origin: https://evil.example.org") == "403"
        assert ask(quay, *body, "--header", f"Origin: https://{HOST}") == "201"

    @pytest.mark.requirement("S2-34")
    def test_shows_nothing_of_itself_and_reads_the_socket_alone(self, public: Stack) -> None:
        for path in ("/api/rawdata", "/api/version", "/dashboard/", "/ping"):
            assert (path, ask(f"https://{HOST}{path}")) == (path, "404")
        proxy = inspect(public.ids("proxy")[0])
        mounts = {mount["Destination"]: mount["RW"] for mount in proxy["Mounts"]}
        given = {"/var/run/docker.sock": False, "/certificates": True}
        assert mounts == given | {"/authority": False}  # the last one is this test's
        published = [where for places in proxy["NetworkSettings"]["Ports"].values() for where in places or ()]
        assert sorted((one["HostIp"], one["HostPort"]) for one in published) == [
            (ADDRESS, "443"),
            (ADDRESS, "80"),
        ]

    @pytest.mark.requirement("S2-10")
    @pytest.mark.requirement("S2-16")
    def test_gets_a_certificate_by_itself_and_another_before_it_ends(self, public: Stack) -> None:
        """Pebble for Let's Encrypt; what Traefik looks for every day it also looks for at its start."""
        roots = ("curl", "--silent", "--insecure", "--fail", "https://authority:15000/roots/0")
        root = public.folder / "root.pem"
        root.write_text(docker("exec", public.ids("web")[0], *roots))
        first = until(lambda: serial(root), "the certificate is one of the authority's")
        public.compose("restart", "proxy")
        until(lambda: serial(root) not in ("", first), "the certificate is another one")
        assert ask(f"https://{HOST}/healthz") == "200"

    @pytest.mark.requirement("S4-28")
    def test_leads_past_a_web_that_is_gone_and_to_it_when_it_is_back(self, public: Stack) -> None:
        gone, other = public.ids("web")
        until(lambda: asked(gone) and asked(other), "both are asked")
        docker("kill", "--signal", "KILL", gone)
        assert [ask(f"https://{HOST}/healthz", "--max-time", "10") for _ in range(20)] == ["200"] * 20
        docker("start", gone)
        until(lambda: asked(gone) and asked(other), "both are asked again")

    def test_ends_in_order(self, public: Stack) -> None:
        proxy = public.ids("proxy")[0]
        docker("stop", proxy)
        state = inspect(proxy)["State"]
        docker("start", proxy)
        assert (state["ExitCode"], state["OOMKilled"]) == (0, False)


def asked(web: str) -> bool:
    """Tell whether a container is among those that answer now."""
    mark = f"/api/v1/components/{web[:12]}-asked"
    for _ in range(6):
        ask(f"https://{HOST}{mark}", "--header", f"X-Request-ID: {web[:12]}")
    return f'"request_id":"{web[:12]}"' in docker("logs", "--tail", "30", web)


def serial(root: Path) -> str:
    """Return the number of the certificate that is shown; nothing where this root does not vouch for it."""
    name = ("-servername", HOST, "-verify_hostname", HOST, "-verify_return_error", "-CAfile", root)
    shown = run("openssl", "s_client", "-connect", f"{ADDRESS}:443", *name, check=False, input="")
    if shown.returncode:
        return ""
    return run("openssl", "x509", "-noout", "-serial", input=shown.stdout).stdout.strip()
