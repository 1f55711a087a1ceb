"""Provenance through the API: it counts with a key that the server was given, and replays without any."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.api import COMMIT, OTHER_COMMIT, make_api
from tests.support.provenance import BUILDER, ED25519, P256, envelope, pem, provenance, statement
from tidegate.kernel.db.engine import Database

GATE = {
    "name": "production",
    "rules": [
        {"id": "built", "that": "provenance.subjects >= 1", "needs": [f"provenance/{BUILDER}"]},
    ],
}


def signed(commit: str) -> bytes:
    """Write provenance of a commit."""
    source = {"uri": "git+https://github.com/acme/harbour", "digest": {"gitCommit": commit}}
    return json.dumps(envelope(statement(provenance(dependencies=[source])))).encode()


def ruling(answer: Any) -> Any:
    """Return the one verdict of an answer."""
    assert answer.status_code == 201, answer.get_json()
    (found,) = answer.get_json()["verdicts"]
    return found


class TestProvenance:
    def test_counts_once_the_server_knows_the_builder_s_key(self, database: Database, tmp_path: Path) -> None:
        (tmp_path / "builder.pem").write_text(pem(ED25519))
        (tmp_path / "other.pem").write_text(pem(P256))
        api = make_api(database, tmp_path / "api", PROVENANCE_KEYS=str(tmp_path / "other.pem"))
        api.set_up(GATE)
        first = ruling(api.submit(signed(COMMIT), slot="provenance.json"))
        assert first["verdict"]["state"] == "error"

        keys = f"{tmp_path / 'other.pem'},{tmp_path / 'builder.pem'}"
        api = make_api(database, tmp_path / "api", PROVENANCE_KEYS=keys)
        second = ruling(api.submit(signed(COMMIT), slot="provenance.json"))
        assert second["verdict"]["state"] == "pass"
        other = ruling(api.submit(signed(OTHER_COMMIT), slot="provenance.json"))
        assert other["verdict"]["state"] == "error"

        # A verdict is made again of what was recorded: whoever takes a key away changes none.
        api = make_api(database, tmp_path / "api")
        for one in (first, second, other):
            assert api.get(f"/verdicts/{one['id']}/replay").get_json()["same"] is True
