"""The log of changes verified from outside: beside a server under load, after its death, from a file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.load import Load
from tests.support.server import RealServer

_EDITS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "edited": lambda lines: [*lines[:2], lines[2].replace(b"token:tests", b"token:testz"), *lines[3:]],
    "removed": lambda lines: [*lines[:2], *lines[3:]],
    "reordered": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "cut off": lambda lines: lines[:-1],
}


def _audit(server: RealServer, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tidegate", "audit", *arguments]
    return subprocess.run(command, env=server.environment, capture_output=True, timeout=60)


def _audit_alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command where no installation can be reached."""
    nowhere = {"PATH": "/usr/bin", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    command = [sys.executable, "-m", "tidegate", "audit", *arguments]
    return subprocess.run(command, env=nowhere, cwd=folder, capture_output=True, timeout=60)


@pytest.mark.drill
@pytest.mark.requirement("S1-28")
def test_holds_under_load_after_the_kill_and_as_an_export(
    server: RealServer, tmp_path: Path, seed: int
) -> None:
    with Load(server, clients=4, seed=seed) as load:
        load.wait_for(20)
        beside = _audit(server, "verify")
        client = server.client()
        over_http = client.json("GET", "/audit/export")
        assert client.json("GET", "/audit/verification").body["intact"] is True
        client.close()
        load.wait_for(len(load.ledger.acknowledged) + 10)
        server.kill()
        load.wait_for_end()
    assert (beside.returncode, beside.stdout.startswith(b"Intact: ")) == (0, True)
    _holds_alone(tmp_path, over_http.content, over_http.headers["Tidegate-Audit-Head"])
    after = _audit(server, "verify")
    assert (after.returncode, after.stderr) == (0, b"")
    exported = _audit(server, "export")
    head = exported.stderr.decode().removeprefix("head ").strip()
    assert f"head {head}" in after.stdout.decode()
    # What had been exported while the server lived is how the log begins now.
    assert exported.stdout.startswith(over_http.content)
    _holds_alone(tmp_path, exported.stdout, head)
    for what, edit in _EDITS.items():
        file = tmp_path / "export.ndjson"
        file.write_bytes(b"".join(edit(exported.stdout.splitlines(keepends=True))))
        found = _audit_alone(tmp_path, "verify", str(file), "--head", head)
        assert (what, found.returncode) == (what, 1)
        assert b"NOT INTACT" in found.stdout


def _holds_alone(folder: Path, export: bytes, head: str) -> None:
    file = folder / "export.ndjson"
    file.write_bytes(export)
    verified = _audit_alone(folder, "verify", str(file), "--head", head)
    assert (verified.returncode, verified.stderr) == (0, b"")
    assert verified.stdout.decode().startswith(f"Intact: {len(export.splitlines())} rows.")
