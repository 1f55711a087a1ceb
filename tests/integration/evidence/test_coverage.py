"""Coverage of several reports on the server: joined by source line, as `tidegate check` joins it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text

from tests.support.api import COMMIT, START, Api, make_api
from tidegate.cli.embedded import CheckedReport, judge_reports
from tidegate.domain.evidence import Subject
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.inheritance import complete
from tidegate.domain.times import read_time
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.db.engine import Database
from tidegate.modules.evidence.coverage_lines import RememberedLines
from tidegate.readers.base import Limits, Source
from tidegate.readers.evidence import read_evidence

GATE: dict[str, Any] = {
    "name": "production",
    "rules": [
        {"id": "all", "title": "All", "that": "coverage.line_rate >= 0.8", "needs": ["coverage"]},
        {"id": "lcov", "title": "LCOV", "that": "coverage.line_rate >= 0.5", "needs": ["coverage/lcov"]},
    ],
}


def lcov(*hits: int, file: str = "src/a.c") -> bytes:
    """Write a tracefile of four lines."""
    lines = "".join(f"DA:{number},{int(number in hits)}\n" for number in range(1, 5))
    return f"SF:{file}\n{lines}end_of_record\n".encode()


def cobertura(*hits: int, file: str = "src/a.c") -> bytes:
    """Write a Cobertura report of four lines."""
    lines = "".join(f'<line number="{number}" hits="{int(number in hits)}"/>' for number in range(1, 5))
    class_ = f'<class name="c" filename="{file}"><methods/><lines>{lines}</lines></class>'
    inside = f"<packages><package><classes>{class_}</classes></package></packages>"
    return f"<coverage line-rate=''>{inside}</coverage>".encode()


REPORTS = {"lcov-1": lcov(1), "lcov-2": lcov(2), "cobertura": cobertura(3, 4)}


def submit_all(api: Api) -> dict[str, Any]:
    """Submit every report; returns the last answer."""
    answers = [api.submit(data, slot=slot).get_json() for slot, data in REPORTS.items()]
    last: dict[str, Any] = answers[-1]
    return last


def rates(verdict: dict[str, Any]) -> list[float]:
    return [rule["measured"]["coverage.line_rate"] for rule in verdict["rules"]]


class TestSeveralReports:
    def test_count_each_line_once_for_what_each_rule_selects(self, api: Api) -> None:
        api.set_up(gate=GATE)
        (ruling,) = submit_all(api)["verdicts"]
        assert rates(ruling["verdict"]) == [1, 0.5]
        assert [rule["warnings"] for rule in ruling["verdict"]["rules"]] == [[], []]
        assert ruling["verdict"]["state"] == "pass"

    def test_give_the_verdict_that_check_gives_byte_for_byte(self, api: Api) -> None:
        api.set_up(gate=GATE)
        (ruling,) = submit_all(api)["verdicts"]
        checked = [
            CheckedReport(
                slot,
                read_evidence(Source.of_bytes(data), slot=slot, taken_at=START, limits=Limits()),
                (),
                (),
                {},
            )
            for slot, data in REPORTS.items()
        ]
        verdict = judge_reports(
            complete(draft_of(GATE)),
            checked,
            None,
            (),
            read_time(ruling["verdict"]["at"]),
            Subject("harbour", COMMIT, "production"),
        )
        assert verdict.to_document() == ruling["verdict"]

    def test_are_replayed_without_their_lines(self, api: Api, tmp_path: Path) -> None:
        api.set_up(gate=GATE)
        (ruling,) = submit_all(api)["verdicts"]
        api = without_lines(api, tmp_path)
        assert api.get(f"/verdicts/{ruling['id']}/replay").get_json()["same"] is True

    def test_are_joined_when_a_gate_is_tried_on_history(self, api: Api) -> None:
        api.set_up(gate=GATE)
        submit_all(api)
        (tried,) = api.post("/gate-trials", {"gate": GATE}).get_json()["revisions"]
        assert tried["state"] == "pass"


class TestReportsWithoutLines:
    def test_count_at_the_least_until_they_are_submitted_again(self, api: Api, tmp_path: Path) -> None:
        api.set_up(gate=GATE)
        for slot in ("lcov-1", "lcov-2"):
            api.submit(REPORTS[slot], slot=slot)
        api = without_lines(api, tmp_path)
        (ruling,) = api.submit(REPORTS["cobertura"], slot="cobertura").get_json()["verdicts"]
        assert rates(ruling["verdict"]) == [2 / 10, 1 / 7]
        (warning,) = ruling["verdict"]["rules"][1]["warnings"]
        assert "could not be joined with the rest by source line" in warning
        again = submit_all(api)
        assert again["repeated"] is True
        assert rates(again["verdicts"][0]["verdict"]) == [1, 0.5]

    def test_are_those_beyond_the_limit(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path, MAX_REPORT_LINES="1")
        api.set_up(gate=GATE)
        (ruling,) = submit_all(api)["verdicts"]
        assert rates(ruling["verdict"]) == [2 / 10, 1 / 7]


class TestTheLines:
    def test_are_kept_as_a_blob_of_their_own_and_read_once(self, api: Api) -> None:
        api.set_up(gate=GATE)
        submit_all(api)
        with api.database.engine.begin() as connection:
            digests = set(connection.scalars(text("SELECT lines FROM evidence")))
        assert len(digests) == 3
        remembered = RememberedLines()
        known = [remembered.get(digest, api.blobs) for digest in sorted(digests)]
        assert all(one is not None for one in known)
        assert remembered.get(min(digests), api.blobs) is known[0]
        remembered.MOST_BYTES = 1
        assert remembered.get("sha256:" + "0" * 64, _Blobs()) is None
        assert remembered.get(min(digests), api.blobs) is not known[0]


class _Blobs(BlobStore):
    """Holds lines of a later version for every digest."""

    def __init__(self) -> None:
        """Hold nothing else."""

    def get(self, digest: str) -> bytes:
        return b"later"


def without_lines(api: Api, folder: Path) -> Api:
    """Make the evidence that of a server that kept no lines, seen by a process that has just begun."""
    with api.database.engine.begin() as connection:
        connection.execute(text("UPDATE evidence SET lines = NULL"))
    return make_api(api.database, folder / "api")
