"""Jobs tried again, the audit log verified and filtered, signed verdicts, filters of what reports name."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.integration.console.test_gate_forms import read
from tests.integration.console.test_pages import PAYLOAD, newest_verdict, page, parsed
from tests.support.api import OTHER_COMMIT, Api, flake8, junit, make_api
from tests.support.forms import BROWSER, fill_in
from tests.support.people import sign_in
from tidegate.domain.access import Role
from tidegate.domain.dsse import MEDIA_TYPE
from tidegate.domain.principals import SERVER
from tidegate.domain.signing import SigningKey
from tidegate.kernel.container import Work
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.jobs.service import JobService


@pytest.fixture
def manager(database: Database, tmp_path: Path) -> Api:
    """An API that signs, whose caller is a release manager's browser."""
    made = make_api(database, tmp_path / "api", SIGNING_KEY=SigningKey.generate().private_pem())
    made.set_up()
    sign_in(made.client, database.engine, "mia", made.clock.now(), role=Role.RELEASE_MANAGER)
    return made


def job(api: Api, state: str) -> str:
    """Have a job made, and write that it is in this state."""
    work: Work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        made = work.use(JobService).request("jobs.prune", {})
    finally:
        work.close()
    with api.database.engine.begin() as connection:
        connection.execute(
            text("UPDATE jobs SET state = :state WHERE id = :id"), {"state": state, "id": made}
        )
    return made


class TestJobs:
    def test_that_failed_are_tried_again(self, manager: Api) -> None:
        failed = job(manager, "failed")
        sent = fill_in(manager.client, "/jobs", f"/jobs/{failed}/retry")
        assert (sent.status_code, sent.headers["Location"]) == (303, f"/jobs?retried={failed}")
        shown = read(page(manager, sent.headers["Location"]))
        assert f"Job {failed} is tried again now." in shown and "waiting" in shown
        row = manager.get("/audit/events?action=job.retried").get_json()["items"][0]
        assert (row["actor"], row["subject"]) == ("person:mia", f"job:{failed}")

    def test_that_are_done_are_not(self, manager: Api) -> None:
        done = job(manager, "done")
        assert f"/jobs/{done}/retry" not in page(manager, "/jobs")
        failed = job(manager, "failed")
        sent = fill_in(manager.client, "/jobs", f"/jobs/{failed}/retry")
        assert sent.status_code == 303

    def test_are_narrowed_to_a_task_and_a_state(self, manager: Api) -> None:
        job(manager, "failed")
        assert "Try again" in page(manager, "/jobs?state=failed&task=jobs.prune")
        assert "There is no such job." in page(manager, "/jobs?state=done&task=jobs.prune")
        assert "There is no such job." in page(manager, "/jobs?task=other")

    def test_of_which_there_are_none_say_how_to_begin(self, manager: Api) -> None:
        assert "tidegate worker" in page(manager, "/jobs")


class TestAudit:
    def test_is_verified_and_says_so_in_words(self, manager: Api) -> None:
        answer = fill_in(manager.client, "/audit", "/audit/verification")
        parsed(answer)
        assert "rows is as it was written." in read(answer.text)
        assert "tidegate audit verify --head" in answer.text

    def test_says_where_it_was_changed(self, manager: Api) -> None:
        engine = manager.database.engine
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                triggers = connection.scalars(
                    text("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='audit_events'")
                ).all()
                for name in triggers:
                    connection.execute(text(f"DROP TRIGGER {name}"))
            else:
                connection.execute(text("ALTER TABLE audit_events DISABLE TRIGGER USER"))
            connection.execute(text("UPDATE audit_events SET actor = 'person:eve' WHERE seq = 2"))
        answer = fill_in(manager.client, "/audit", "/audit/verification")
        parsed(answer)
        shown = read(answer.text)
        assert "The log is not as it was written" in shown and "row 2 was edited" in shown

    def test_is_narrowed_to_who_did_it(self, manager: Api) -> None:
        fill_in(manager.client, "/components/harbour/edit", title="Ours")
        shown = read(page(manager, "/audit?actor=person:mia"))
        assert "component.changed" in shown and "component.registered" not in shown
        assert "Nothing of this kind" in page(manager, "/audit?actor=person:nobody")


class TestSigned:
    def test_verdicts_are_downloaded(self, manager: Api) -> None:
        manager.submit(junit())
        verdict = newest_verdict(manager)
        shown = page(manager, f"/verdicts/{verdict}")
        for kind in ("attestation", "vsa"):
            address = f"/verdicts/{verdict}/{kind}"
            assert f'href="{address}"' in shown
            answer = manager.client.get(address, headers=BROWSER)
            assert (answer.status_code, answer.mimetype) == (200, MEDIA_TYPE)
            assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.data == manager.get(address).data

    def test_verdicts_that_fail_have_no_summary(self, manager: Api) -> None:
        manager.submit(junit(failed=1))
        verdict = newest_verdict(manager)
        shown = page(manager, f"/verdicts/{verdict}")
        assert f"/verdicts/{verdict}/vsa" not in shown and "so there is none of this verdict" in shown
        assert manager.client.get(f"/verdicts/{verdict}/vsa", headers=BROWSER).status_code == 409

    def test_verdicts_say_where_they_are_not_signed(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        verdict = newest_verdict(api)
        sign_in(api.client, api.database.engine, "vera", api.clock.now(), role=Role.VIEWER)
        assert "SIGNING_KEY_FILE names the key that turns it on" in page(api, f"/verdicts/{verdict}")
        answer = api.client.get(f"/verdicts/{verdict}/attestation", headers=BROWSER)
        assert answer.status_code == 404
        assert "This server signs no verdicts" in answer.text


class TestEvidence:
    def submitted(self, api: Api) -> str:
        """Submit a report against a baseline, and return its identifier."""
        api.submit(flake8("a.py"), slot="flake8.txt", commit=OTHER_COMMIT)
        sent = api.submit(flake8("a.py", "b.py"), slot="flake8.txt", baseline=OTHER_COMMIT)
        return str(sent.get_json()["evidence"]["id"])

    def test_marks_and_narrows_to_what_is_new(self, manager: Api) -> None:
        path = f"/evidence/{self.submitted(manager)}"
        shown = read(page(manager, path))
        assert "its baseline: 1 problem is new." in shown
        assert "a.py:3" in shown and "b.py:3" in shown
        narrowed = read(page(manager, f"{path}?new=1"))
        assert "a.py:3" not in narrowed and "new F401 b.py:3" in narrowed

    def test_narrows_to_a_text(self, manager: Api) -> None:
        path = f"/evidence/{self.submitted(manager)}"
        assert "a.py:3" not in page(manager, f"{path}?text=B.PY")
        assert "Nothing of this kind." in page(manager, f"{path}?text=%3Cscript%3E")

    def test_without_a_baseline_offers_no_such_filter(self, manager: Api) -> None:
        sent = manager.submit(flake8("a.py"), slot="flake8.txt")
        path = f"/evidence/{sent.get_json()['evidence']['id']}"
        assert 'name="new"' not in page(manager, path)
        assert "a.py:3" in page(manager, f"{path}?new=1")

    def test_says_that_the_baseline_has_no_such_report(self, manager: Api) -> None:
        manager.submit(junit(), commit=OTHER_COMMIT)
        sent = manager.submit(flake8("a.py"), slot="flake8.txt", baseline=OTHER_COMMIT)
        path = f"/evidence/{sent.get_json()['evidence']['id']}"
        assert "no report to compare this one with" in page(manager, path)

    def test_shows_what_has_room_and_says_how_many_more(self, manager: Api) -> None:
        sent = manager.submit(flake8(*(f"f{number}.py" for number in range(600))), slot="flake8.txt")
        path = f"/evidence/{sent.get_json()['evidence']['id']}"
        shown = page(manager, path)
        rows = shown.count("imported but unused")
        assert 100 < rows < 600 and f"{600 - rows} more are like these" in shown
        assert "f599.py:3" not in shown and "f599.py:3" in page(manager, f"{path}?text=f599")

    def test_is_saved_as_its_tool_wrote_it_and_never_shown(self, manager: Api) -> None:
        report = junit(failed=1).replace(b"it leaks", PAYLOAD.replace('"', "'").replace("<", "&lt;").encode())
        sent = manager.submit(report)
        answer = manager.client.get(f"/evidence/{sent.get_json()['evidence']['id']}/content", headers=BROWSER)
        assert answer.data == report
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
