"""Several reports in one submission: recorded and judged all together, or not at all."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from tests.support.api import COMMIT, GATE, OTHER_COMMIT, START, Api, flake8, junit, make_api
from tidegate.domain.canonical import digest_of
from tidegate.domain.times import write_time
from tidegate.kernel.db.engine import Database

BOTH = {
    **GATE,
    "rules": [
        *GATE["rules"],
        {"id": "clean", "that": "findings.total == 0", "needs": ["lint"]},
    ],
}
Form = list[tuple[str, str | tuple[str, bytes]]]
FILE: tuple[str, tuple[str, bytes]] = ("report", ("a", b"x"))
TESTS_ALONE = {"junit.xml": junit()}


def submit(
    api: Api, reports: dict[str, bytes], *, details: Any = None, component: str = "harbour", **query: str
) -> TestResponse:
    """Submit reports by their slots."""
    form: Form = [("report", (slot, data)) for slot, data in reports.items()]
    if details is not None:
        form.append(("details", details if isinstance(details, str) else json.dumps(details)))
    return send(api, form, component=component, **query)


def send(api: Api, form: Form, *, component: str = "harbour", **query: str) -> TestResponse:
    """Send a form as it is."""
    body, media_type = encode_multipart_formdata(form)
    path = f"/api/v1/components/{component}/revisions/{COMMIT}/submissions"
    return api.client.post(path, data=body, content_type=media_type, query_string=query)


def send_raw(api: Api, body: bytes, content_type: str = "multipart/form-data; boundary=B") -> TestResponse:
    """Send bytes as the body of a submission."""
    path = f"/api/v1/components/harbour/revisions/{COMMIT}/submissions"
    return api.client.post(path, data=body, content_type=content_type)


def part(disposition: str, data: bytes, *headers: str) -> bytes:
    """Write one part of a form whose boundary is B."""
    head = [f"Content-Disposition: form-data; {disposition}", *headers]
    return b"--B\r\n" + "\r\n".join(head).encode() + b"\r\n\r\n" + data + b"\r\n"


def fault(answer: TestResponse) -> tuple[str, str]:
    """Return where the one fault of a refusal is, and what it is."""
    (found,) = answer.get_json()["errors"]
    assert found["in"] == "body"
    return found["pointer"], found["detail"]


def assert_nothing_recorded(api: Api) -> None:
    """Fail where anything was recorded of the revision, or left of what arrived."""
    assert api.get(f"/components/harbour/revisions/{COMMIT}").status_code == 404
    assert api.get("/verdicts").get_json()["items"] == []
    actions = {one["action"] for one in api.get("/audit/events").get_json()["items"]}
    assert actions.isdisjoint({"evidence.submitted", "verdict.given", "revision.registered"})
    incoming = api.client.application.extensions["tidegate"].settings.data_dir / "incoming"
    assert not incoming.exists() or list(incoming.iterdir()) == []


class TestSubmission:
    def test_judges_once_with_all_reports(self, api: Api) -> None:
        api.set_up()
        answer = submit(api, {"junit.xml": junit(), "reports/flake8.txt": flake8("a.py")})
        assert answer.status_code == 201
        assert answer.headers["Location"] == f"/api/v1/components/harbour/revisions/{COMMIT}/evidence"
        body = answer.get_json()
        assert [(one["slot"], one["repeated"], one["format"]) for one in body["evidence"]] == [
            ("junit.xml", False, "junit"),
            ("reports/flake8.txt", False, "flake8"),
        ]
        assert [one["verdict"]["state"] for one in body["verdicts"]] == ["pass"]
        given = api.get("/verdicts").get_json()["items"]
        assert [one["id"] for one in given] == [body["verdicts"][0]["id"]]

    def test_gives_no_verdict_on_a_part_of_what_was_sent(self, api: Api) -> None:
        api.set_up()
        alone = api.submit(junit(), slot="unit.xml", commit=OTHER_COMMIT)
        assert alone.get_json()["verdicts"][0]["verdict"]["state"] == "pass"
        # The gate is content with the first of two reports, and would say so if it were judged by itself.
        body = submit(api, {"unit.xml": junit(), "e2e.xml": junit(failed=1)}).get_json()
        assert [one["verdict"]["state"] for one in body["verdicts"]] == ["fail"]
        given = api.get(f"/verdicts?component=harbour&revision={COMMIT}").get_json()["items"]
        assert [one["verdict"]["state"] for one in given] == ["fail"]

    def test_keeps_each_report_byte_for_byte(self, api: Api) -> None:
        api.set_up()
        tricky = b"\r\n--B--\r\n--\r\n\r" + bytes(range(256))
        reports = {"a": tricky, "b": b"", "c": junit(passed=30_000), "d": b"\n", "e": junit(passed=20_000)}
        body = submit(api, reports).get_json()
        kept = {one["slot"]: api.get(f"/evidence/{one['id']}/content").data for one in body["evidence"]}
        assert kept == reports
        assert [one["digest"] for one in body["evidence"]] == [digest_of(data) for data in reports.values()]

    def test_writes_an_audit_event_for_each_report_and_one_verdict(self, api: Api) -> None:
        api.set_up()
        submit(api, {"a.xml": junit(), "b.xml": junit(passed=3)})
        actions = [one["action"] for one in api.get("/audit/events?limit=4").get_json()["items"]]
        assert actions == ["verdict.given", "evidence.submitted", "evidence.submitted", "revision.registered"]

    def test_registers_the_commit_and_lists_the_newest_report_first(self, api: Api) -> None:
        api.set_up()
        submit(api, {"a.xml": junit(), "b.xml": junit(passed=3), "c.txt": flake8("a.py")})
        listed = api.get(f"/components/harbour/revisions/{COMMIT}/evidence").get_json()["items"]
        assert [one["slot"] for one in listed] == ["c.txt", "b.xml", "a.xml"]

    def test_a_report_that_cannot_be_read_is_kept_and_blocks(self, api: Api) -> None:
        api.set_up()
        body = submit(api, {"a.xml": junit(), "b.xml": b"<testsuite><testcase"}).get_json()
        assert body["evidence"][1]["unreadable"] is not None
        assert body["verdicts"][0]["verdict"]["state"] == "unreadable"

    def test_takes_formats_and_times_from_the_details(self, api: Api) -> None:
        api.set_up()
        before = write_time(START - timedelta(hours=30))
        details = {"a.xml": {"format": "cobertura"}, "b.xml": {"taken_at": before}}
        body = submit(api, {"a.xml": junit(), "b.xml": junit()}, details=details).get_json()
        first, second = body["evidence"]
        assert (first["format"], first["taken_at"]) == ("cobertura", write_time(START))
        assert (second["format"], second["taken_at"]) == ("junit", before)

    def test_compares_every_report_with_the_baseline(self, api: Api) -> None:
        rule = {"id": "new", "that": "findings.new.total == 0", "needs": ["lint"]}
        api.set_up({**GATE, "rules": [rule]})
        api.submit(flake8("a.py"), commit=OTHER_COMMIT, slot="lint.txt")
        reports = {"lint.txt": flake8("a.py"), "junit.xml": junit()}
        body = submit(api, reports, baseline=OTHER_COMMIT).get_json()
        assert [one["baseline"] for one in body["evidence"]] == [OTHER_COMMIT] * 2
        assert body["verdicts"][0]["verdict"]["state"] == "pass"

    def test_replays_byte_for_byte(self, api: Api) -> None:
        api.set_up()
        body = submit(api, {"a.xml": junit(), "b.xml": junit(failed=2)}).get_json()
        replayed = api.get(f"/verdicts/{body['verdicts'][0]['id']}/replay").get_json()
        assert replayed["same"] is True
        assert replayed["verdict"]["state"] == "fail"


class TestAgain:
    def test_adds_nothing_and_is_judged_now(self, api: Api) -> None:
        api.set_up()
        reports = {"a.xml": junit(), "b.txt": flake8("a.py")}
        first, again = submit(api, reports), submit(api, reports)
        assert (first.status_code, again.status_code) == (201, 200)
        assert [one["repeated"] for one in again.get_json()["evidence"]] == [True, True]
        assert [one["id"] for one in again.get_json()["evidence"]] == [
            one["id"] for one in first.get_json()["evidence"]
        ]
        assert again.get_json()["verdicts"][0]["id"] != first.get_json()["verdicts"][0]["id"]

    def test_records_only_what_is_new(self, api: Api) -> None:
        api.set_up()
        api.submit(junit(), slot="a.xml")
        answer = submit(api, {"a.xml": junit(), "b.xml": junit(failed=1)})
        assert answer.status_code == 201
        assert [one["repeated"] for one in answer.get_json()["evidence"]] == [True, False]
        assert answer.get_json()["verdicts"][0]["verdict"]["state"] == "fail"
        listed = api.get(f"/components/harbour/revisions/{COMMIT}/evidence").get_json()["items"]
        assert len(listed) == 2

    def test_is_the_same_as_each_report_alone(self, api: Api) -> None:
        api.set_up()
        submit(api, {"a.xml": junit(), "b.txt": flake8("a.py")})
        assert api.submit(flake8("a.py"), slot="b.txt").get_json()["repeated"] is True


class TestRefusals:
    @pytest.mark.parametrize(
        ("form", "place", "words"),
        [
            ([("details", "{}")], "/report", "no report"),
            ([("report", "<testsuite/>")], "/report/0", "no `filename`"),
            ([FILE, ("report", ("", b"x"))], "/report/1", "no `filename`"),
            ([("file", ("a.xml", b"x"))], "/file", "no such part"),
            ([FILE, ("slot", "a")], "/slot", "no such part"),
            ([("report", ("a\tb", b"x"))], "/report/0", "control character"),
            ([("report", ("a" * 301, b"x"))], "/report/0", "between 1 and 300"),
            ([FILE, ("details", ("d.json", b"{}"))], "/details", "not a file"),
            ([FILE, ("details", "{}"), ("details", "{}")], "/details", "more than once"),
            ([FILE, ("details", "[]")], "/details", "JSON object"),
            ([FILE, ("details", '{"b": {}}')], "/details/b", "No file"),
            ([FILE, ("details", '{"a": 1}')], "/details/a", "Not a JSON object"),
            ([FILE, ("details", '{"a": {"x": 1}}')], "/details/a/x", "Unknown field"),
            ([FILE, ("details", '{"a": {"taken_at": "noon"}}')], "/details/a/taken_at", "Not a time"),
            (
                [("report", ("a/b", b"x")), ("details", '{"a/b": {"taken_at": "2026-11-21T09:00:00Z"}}')],
                "/details/a~1b/taken_at",
                "server's time",
            ),
            ([FILE, ("details", '{"a": {"format": "junti"}}')], "/details/a/format", "Name a format"),
        ],
    )
    def test_name_the_part_and_record_nothing(self, api: Api, form: Form, place: str, words: str) -> None:
        api.set_up()
        answer = send(api, form)
        assert answer.status_code == 422, answer.text
        pointer, detail = fault(answer)
        assert pointer == place
        assert words in detail
        assert_nothing_recorded(api)

    def test_of_a_slot_that_is_sent_twice(self, api: Api) -> None:
        api.set_up()
        form: Form = [("report", ("junit.xml", junit())), ("report", ("junit.xml", junit(failed=1)))]
        answer = send(api, form)
        assert answer.status_code == 422
        assert fault(answer)[0] == "/report/1"
        assert "filename=unit/junit.xml" in fault(answer)[1]
        assert_nothing_recorded(api)

    def test_tell_every_fault_of_the_details_at_once(self, api: Api) -> None:
        api.set_up()
        details = {"a": {"taken_at": 5}, "b": {}, "c": {}}
        answer = submit(api, {"a": junit()}, details=details)
        assert [one["pointer"] for one in answer.get_json()["errors"]] == [
            "/details/a/taken_at",
            "/details/b",
            "/details/c",
        ]

    def test_of_details_that_are_no_json(self, api: Api) -> None:
        api.set_up()
        answer = submit(api, TESTS_ALONE, details='{"junit.xml": ')
        assert answer.status_code == 400
        assert "The part `details` is not JSON" in answer.get_json()["detail"]
        assert_nothing_recorded(api)

    @pytest.mark.parametrize("media_type", ["application/octet-stream", "application/json", ""])
    def test_of_what_is_no_form(self, api: Api, media_type: str) -> None:
        api.set_up()
        answer = send_raw(api, junit(), media_type)
        assert answer.status_code == 415
        assert answer.headers["Accept-Post"] == "multipart/form-data"
        assert "--form report=@" in answer.get_json()["detail"]

    def test_of_a_form_that_is_cut_off_anywhere(self, api: Api) -> None:
        api.set_up()
        whole = part('name="report"; filename="a.xml"', junit()) + part(
            'name="report"; filename="b.xml"', junit(failed=1)
        )
        end = b"--B--"
        for length in range(1, len(whole + end), 7):
            answer = send_raw(api, (whole + end)[:length])
            assert answer.status_code == 400, (length, answer.text)
            assert "cannot be read" in answer.get_json()["detail"]
        assert_nothing_recorded(api)
        assert send_raw(api, whole + end).status_code == 201

    def test_of_parts_that_mail_would_encode(self, api: Api) -> None:
        api.set_up()
        encoded = part('name="report"; filename="a"', b"PHg+", "Content-Transfer-Encoding: base64")
        answer = send_raw(api, encoded + b"--B--\r\n")
        assert answer.status_code == 422
        assert fault(answer) == ("/report", "It is encoded for mail: send the bytes as they are.")

    @pytest.mark.parametrize(
        "head", ["Content-Type: text/xml", "Content-Disposition: attachment; name=report; filename=a", "x"]
    )
    def test_of_a_part_without_the_head_of_a_form(self, api: Api, head: str) -> None:
        api.set_up()
        answer = send_raw(api, b"--B\r\n" + head.encode() + b"\r\n\r\nx\r\n--B--\r\n")
        assert answer.status_code == 400
        assert_nothing_recorded(api)

    def test_of_a_form_without_a_boundary(self, api: Api) -> None:
        api.set_up()
        assert send_raw(api, b"x", "multipart/form-data").status_code == 400

    def test_of_an_empty_part_that_swallows_the_next_one(self, api: Api) -> None:
        api.set_up()
        empty = part('name="report"; filename="a"', b"").removesuffix(b"\r\n")
        answer = send_raw(api, empty + part('name="report"; filename="b"', junit()) + b"--B--\r\n")
        assert answer.status_code == 400
        assert "line break" in answer.get_json()["detail"]
        assert_nothing_recorded(api)

    def test_of_an_unknown_component_are_those_of_one_report(self, api: Api) -> None:
        alone, together = api.submit(junit(), component="nobody"), submit(
            api, TESTS_ALONE, component="nobody"
        )
        assert together.status_code == alone.status_code
        assert together.get_json()["detail"] == alone.get_json()["detail"]

    def test_of_an_unknown_parameter(self, api: Api) -> None:
        api.set_up()
        answer = submit(api, TESTS_ALONE, slot="a.xml")
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["pointer"] == "/slot"


@pytest.fixture
def tight_api(database: Database, tmp_path: Path) -> Api:
    """The API with room for three reports of 2,000 bytes, and 4,000 bytes together."""
    made = make_api(
        database,
        tmp_path / "api",
        MAX_REPORT_BYTES="2000",
        MAX_SUBMISSION_BYTES="4000",
        MAX_SUBMISSION_REPORTS="3",
        MAX_JSON_BYTES="3000",
    )
    made.set_up()
    return made


class TestLimits:
    def test_let_through_what_just_fits(self, tight_api: Api) -> None:
        reports = {"a": b"x" * 2000, "b": b"x" * 1999, "c": b"x"}
        assert submit(tight_api, reports).status_code == 201

    @pytest.mark.parametrize(
        ("reports", "setting"),
        [
            ({"a": junit(), "b": b"x" * 2001}, "MAX_REPORT_BYTES"),
            ({"a": b"x" * 2000, "b": b"x" * 2000, "c": b"x"}, "MAX_SUBMISSION_BYTES"),
            ({"a": b"x", "b": b"x", "c": b"x", "d": b"x"}, "MAX_SUBMISSION_REPORTS"),
            ({"a": b"x" * 2_000_000}, "MAX_SUBMISSION_BYTES"),
        ],
    )
    def test_refuse_more_and_name_the_setting(
        self, tight_api: Api, reports: dict[str, bytes], setting: str
    ) -> None:
        answer = submit(tight_api, reports)
        assert answer.status_code == 413
        assert setting in answer.get_json()["detail"]
        assert_nothing_recorded(tight_api)

    def test_bound_the_details(self, tight_api: Api) -> None:
        answer = submit(tight_api, TESTS_ALONE, details=" " * 3001 + "{}")
        assert answer.status_code == 413
        assert "MAX_JSON_BYTES" in answer.get_json()["detail"]
        assert_nothing_recorded(tight_api)

    def test_bound_the_heads_of_parts(self, tight_api: Api) -> None:
        answer = send_raw(tight_api, part(f'name="report"; filename="{"a" * 9000}"', b"x") + b"--B--\r\n")
        assert answer.status_code == 400
        assert_nothing_recorded(tight_api)

    def test_of_one_report_hold_for_a_submission_of_it(self, database: Database, tmp_path: Path) -> None:
        made = make_api(database, tmp_path / "api", MAX_REPORT_BYTES="3000", MAX_SUBMISSION_BYTES="10")
        made.set_up()
        assert submit(made, {"a": b"x" * 3000}).status_code == 201

    def test_leave_nothing_of_a_large_form_behind(self, api: Api) -> None:
        api.set_up()
        large = {"a.xml": junit(passed=30_000), "b.xml": junit(passed=30_000), "": b"x"}
        answer = submit(api, large)
        assert answer.status_code == 422
        assert_nothing_recorded(api)
