"""`make deployment` passes on what is here and goes red on what it is there to stop."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import check_deployment
from tests.integration.quality.tools import BIN, ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the deployment in a folder of their own."""
    for path in (ROOT / "Dockerfile", ROOT / "Makefile", *ROOT.glob("compose*.yml")):
        shutil.copyfile(path, tmp_path / path.name)
    for name in ("deploy/nginx", "deploy/image"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def change(folder: Path, file: str, old: str, new: str) -> None:
    """Put a fault into a file."""
    text = (folder / file).read_text()
    assert old in text, f"{file} says nothing of {old!r}"
    (folder / file).write_text(text.replace(old, new, 1))


class TestRules:
    @pytest.mark.requirement("S2-34")
    def test_hold_here(self) -> None:
        assert check_deployment.faults(ROOT) == []

    @pytest.mark.parametrize(
        ("file", "old", "new", "said"),
        [
            ("Dockerfile", "# The image", "# syntax=docker/dockerfile:1\n# The image", "another builder"),
            ("Dockerfile", "UV_VERSION=", "UV_VERSION=1.", "is not the Makefile's"),
            ("Dockerfile", "--interval=30s", "--interval=5m", "no HEALTHCHECK"),
            ("compose.yml", 'cpus: "0.50", memory: 64m', 'cpus: "0.50"', "proxy has no limits"),
            ("compose.yml", "read_only: true", "read_only: false", "may write to its root"),
            ("compose.yml", "cap_drop: [ALL]", "cap_drop: []", "keeps capabilities"),
            ("compose.yml", '"no-new-privileges:true"', "", "may gain privileges"),
            (
                "compose.yml",
                'test: ["CMD", "pg_isready"',
                'x-test: ["CMD", "pg_isready"',
                "has no health check",
            ),
            ("compose.yml", "    shm_size: 128m", '    ports: ["5432:5432"]', "postgres is published"),
            ("compose.yml", "postgres:17-alpine", "postgres", "names no tag"),
            ("compose.yml", "SECRET_KEY_FILE: /run/secrets/secret_key", "SECRET_KEY: x", "name a file"),
            (
                "compose.yml",
                "networks: [front, edge]",
                "networks: [front, inside]",
                "share a network: inside",
            ),
            ("compose.yml", "internal: true", "internal: false", "is not internal"),
            ("compose.traefik.yml", "docker.sock:ro", "docker.sock", "to be written"),
            ("compose.traefik.yml", "--api=false", "--api.insecure=true", "own API is open"),
            ("compose.traefik.yml", "exposedbydefault=false", "exposedbydefault=true", "is exposed"),
            ("deploy/nginx/site.conf", "client_max_body_size 520m", "client_max_body_size 10m", "is below"),
        ],
    )
    def test_go_red(self, folder: Path, file: str, old: str, new: str, said: str) -> None:
        assert check_deployment.faults(folder) == []
        change(folder, file, old, new)
        assert said in "\n".join(check_deployment.faults(folder))


class TestLinters:
    def test_are_content_here(self) -> None:
        assert check_deployment.lint(ROOT, BIN)

    @pytest.mark.parametrize(
        ("file", "old", "new", "said"),
        [
            ("Dockerfile", "--from=builder /built", "--from=ghcr.io/x/uv /built", "DL3022"),
            ("Dockerfile", "USER 10001:10001", "USER root", "DL3002"),
            ("Dockerfile", "WORKDIR /app\nUSER", "WORKDIR app\nUSER", "DL3000"),
            ("compose.yml", "restart: unless-stopped", "restart: [sometimes]", "is not of type 'string'"),
            ("compose.sqlite.yml", "  postgres:\n", "  postgres:\n    imag: x\n", "imag"),
            ("deploy/image/entrypoint.sh", 'exec tidegate serve "$@"', "exec tidegate serve $@", "SC2068"),
        ],
    )
    def test_go_red(
        self, folder: Path, capfd: pytest.CaptureFixture[str], file: str, old: str, new: str, said: str
    ) -> None:
        change(folder, file, old, new)
        assert not check_deployment.lint(folder, BIN)
        assert said in capfd.readouterr().out


class TestCompose:
    def test_goes_red_on_files_that_do_not_fit_together(
        self, folder: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        docker = shutil.which("docker")
        if docker is None or subprocess.run([docker, "compose", "version"]).returncode:
            pytest.skip("NOT RUN: docker compose is not on this machine")
        assert check_deployment.combine(folder, docker)
        change(folder, "compose.yml", "networks: [inside]", "networks: [nowhere]")
        assert not check_deployment.combine(folder, docker)
        assert "nowhere" in capfd.readouterr().out

    @pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
    def test_that_is_not_there_is_said(
        self,
        capfd: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        required: str,
        code: int,
    ) -> None:
        monkeypatch.setenv("REQUIRE_DEPLOYMENT", required)
        assert check_deployment.main(ROOT, None) == code
        assert "NOT RUN: deployment: docker compose is not on this machine" in capfd.readouterr().out

    def test_that_is_not_there_hides_no_fault(self, folder: Path) -> None:
        change(folder, "compose.yml", "internal: true", "internal: false")
        assert check_deployment.main(folder, None) == 1
