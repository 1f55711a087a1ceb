"""Everything that a small installation does, in processes without the names that only Unix has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import requests

from tests.support import windows
from tests.support.access import HEADERS
from tests.support.api import COMMIT, GATE, junit
from tests.support.process import only, served

_SETTINGS = {"AUTO_MIGRATE": "true", "ENABLE_MONITORING": "true", "MIGRATE_BACKUP": "false"}
# From there on a report is read by a process of its own.
_LARGE = 5_000_000


def _tidegate(folder: Path, *arguments: str) -> str:
    ended = subprocess.run(
        [*windows.TIDEGATE, *arguments],
        cwd=folder,
        env=only(_SETTINGS),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.drill
@pytest.mark.requirement("S1-5")
class TestWithoutUnix:
    def test_serves_works_and_restores(self, tmp_path: Path) -> None:
        with served(tmp_path, command=windows.SERVE, **_SETTINGS) as server, requests.Session() as session:
            api = f"{server.url}/api/v1"
            session.headers.update(HEADERS)
            session.put(f"{api}/gates/production", json=GATE)
            session.put(f"{api}/environments/production", json={"rank": 3, "gate": "production"})
            session.put(f"{api}/components/harbour", json={"title": "Harbour", "owner": "port"})
            evidence = f"{api}/components/harbour/revisions/{COMMIT}/evidence"
            padding = b"<!--" + b"x" * _LARGE + b"-->"
            for slot, report in (
                ("small.xml", junit()),
                ("large.xml", junit() + padding),
                ("failed.xml", junit(failed=1)),
            ):
                submitted = session.post(evidence, params={"slot": slot}, data=report)
                assert submitted.status_code == 201, submitted.text
            assert submitted.json()["verdicts"][0]["verdict"]["state"] == "fail"
            assert session.get(f"{server.url}/readyz").status_code == 200
            assert _tidegate(tmp_path, "worker", "--once") is not None
        assert "Traceback" not in server.said.read_text()

        name = _tidegate(tmp_path, "backup", "create").split()[0]
        assert "reports are in the store" in _tidegate(tmp_path, "backup", "restore", name, "--overwrite")
        assert _tidegate(tmp_path, "audit", "verify").startswith("Intact")
        assert "Restored into a scratch database" in _tidegate(tmp_path, "backup", "verify", "--deep")
