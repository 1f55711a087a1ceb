"""Tests of the pages on both databases: what they show, that they are whole, that nothing in them runs."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from werkzeug.test import TestResponse

from tests.support.api import COMMIT, GATE, OTHER_COMMIT, Api, flake8, junit
from tests.support.people import sign_in
from tidegate.domain.access import Role

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAYLOAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
FLOOR = {**GATE, "name": "floor", "title": "Everywhere"}
ABOVE = {
    "name": "production",
    "title": "Production",
    "extends": "floor",
    "rules": [{"id": "lint", "title": "Clean", "that": "findings.total <= 1", "needs": ["lint"]}],
}


class Strict(HTMLParser):
    """Checks that every element is closed in its turn, and collects links and what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.links: set[str] = set()
        self.dangerous: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        given = dict(attrs)
        if tag == "script" or any(name.startswith("on") or name == "style" for name in given):
            self.dangerous.append(f"{tag} {given}")
        if tag in ("a", "link") or (tag == "form" and given.get("method") != "post"):
            self.links.add(given.get("href") or given.get("action") or "")
        if tag not in ("meta", "link", "input", "path", "circle", "polyline", "img", "br"):
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        if tag not in ("path", "circle", "polyline"):
            assert self.opened.pop() == tag


def page(api: Api, path: str, *, status: int = 200) -> str:
    """Open a page as a browser does; it must be whole and harmless."""
    answer = api.client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (status, "text/html"), answer.text
    parsed(answer)
    return answer.text


def parsed(answer: TestResponse) -> Strict:
    """Read a page; it must be well-formed and hold nothing that runs."""
    reader = Strict()
    reader.feed(answer.text)
    assert (reader.opened, reader.dangerous) == ([], [])
    return reader


def words(text: str) -> str:
    """Return the text of a page without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


@pytest.fixture
def api(api: Api) -> Api:
    """An API whose caller is signed in to the pages as well, for longer than any of these tests lasts."""
    sign_in(
        api.client, api.database.engine, "ada", api.clock.now() + timedelta(hours=2), role=Role.ADMINISTRATOR
    )
    return api


@pytest.fixture
def judged(api: Api) -> Api:
    """An API that has let one revision through and stopped another."""
    assert api.put("/gates/floor", FLOOR).status_code == 201
    api.set_up(ABOVE)
    api.submit(junit())
    api.submit(flake8("a.py"), slot="flake8.txt")
    made = api.post(
        "/components/harbour/releases", {"version": "1.0.0", "revision": COMMIT, "notes": "Boats."}
    )
    assert made.status_code == 201, made.text
    api.clock.advance(timedelta(hours=1))
    api.submit(junit(failed=2), commit=OTHER_COMMIT)
    api.submit(flake8("a.py", "b.py"), slot="flake8.txt", commit=OTHER_COMMIT)
    return api


def newest_verdict(api: Api) -> str:
    found: str = api.get("/verdicts?limit=1").get_json()["items"][0]["id"]
    return found


class TestOverview:
    @pytest.mark.requirement("S0-2")
    def test_shows_the_newest_verdict_and_release_by_environment(self, judged: Api) -> None:
        text = words(page(judged, "/"))

        assert "Component production Harbour harbour · port fail 111111111111 · 0 s ago" in text
        assert "released 1.0.0 1 h ago" in text

    def test_says_which_verdicts_a_gate_gave_that_is_no_longer_in_force(self, judged: Api) -> None:
        assert "gate has changed since" not in page(judged, "/")
        tag = judged.get("/gates/production").headers["ETag"]
        changed = {**ABOVE, "title": "Stricter"}
        assert judged.put("/gates/production", changed, headers={"If-Match": tag}).status_code == 201
        assert "gate has changed since" in page(judged, "/")

    def test_narrows_to_an_owner(self, judged: Api) -> None:
        assert "harbour · port" in page(judged, "/?owner=port")
        assert "No component of this owner is registered." in page(judged, "/?owner=nobody")

    def test_says_which_command_comes_first(self, api: Api) -> None:
        assert "tidegate environment put production" in page(api, "/")
        api.put("/environments/staging", {"rank": 1})
        text = page(api, "/")
        assert "tidegate component put" in text

    def test_says_of_an_environment_that_no_gate_guards_it(self, judged: Api) -> None:
        judged.put("/environments/staging", {"rank": 1})
        text = words(page(judged, "/"))
        assert "production staging no gate" in text
        assert "not judged yet" in text

    def test_shows_a_page_at_a_time(self, judged: Api) -> None:
        for number in range(26):
            judged.put(f"/components/ship-{number:02}", {"title": f"Ship {number}", "owner": "port"})
        following = re.search(
            r'<a href="(/\?owner=port&amp;cursor=[^"]+)" rel="next">', page(judged, "/?owner=port")
        )
        assert following is not None
        assert "Ship 25" in page(judged, following[1].replace("&amp;", "&"))


class TestComponent:
    def test_shows_revisions_trends_and_releases(self, judged: Api) -> None:
        text = words(page(judged, "/components/harbour"))

        assert "111111111111 0 s ago production: fail" in text
        assert "8c1f0f6a1f2b 1 h ago production: pass" in text
        assert "tests.failed 2" in text
        assert "1.0.0 production 8c1f0f6a1f2b prod/v1.0.0 1 h ago" in text

    def test_charts_the_environment_that_was_asked_for(self, judged: Api) -> None:
        judged.put("/environments/staging", {"rank": 1, "gate": "floor"})
        judged.submit(junit(failed=1), commit="2" * 40)
        text = words(page(judged, "/components/harbour?environment=staging"))
        assert "measured for staging" in text
        assert "measured for production" in words(page(judged, "/components/harbour?environment=nowhere"))

    def test_says_how_to_begin(self, api: Api) -> None:
        api.set_up()
        text = page(api, "/components/harbour")
        assert "tidegate submit reports/ --component harbour" in text
        assert "Nothing was released yet." in text

    def test_is_a_page_that_helps_where_there_is_none(self, api: Api) -> None:
        text = page(api, "/components/none", status=404)
        assert "There is no component" in words(text)
        assert 'action="/search"' in text


class TestNowhere:
    def test_says_what_was_meant_and_looks_for_it(self, api: Api) -> None:
        text = page(api, "/gate", status=404)
        assert "Did you mean /gates?" in text
        assert 'name="q" value="gate"' in text
        assert 'href="/environments"' in text

    def test_runs_nothing_of_the_address(self, api: Api) -> None:
        page(api, "/nowhere/%3Cscript%3Ealert(1)%3C%2Fscript%3E%22", status=404)


class TestRevision:
    def test_shows_verdicts_and_reports(self, judged: Api) -> None:
        text = words(page(judged, f"/components/harbour/revisions/{COMMIT}"))
        assert "pass for production by production 1 h ago" in text
        assert "junit.xml tests pytest" in text

    def test_says_what_was_not_read(self, judged: Api) -> None:
        judged.submit(b"<testsuite", slot="cut.xml")
        judged.submit(b'{"runs": []}', slot="none.sarif")
        assert "unreadable" in words(page(judged, f"/components/harbour/revisions/{COMMIT}"))

    def test_of_which_nothing_was_sent_says_how(self, api: Api) -> None:
        api.set_up()
        api.put(
            f"/components/harbour/revisions/{COMMIT}", {"branch": "main", "artifact": "sha256:" + "a" * 64}
        )
        text = page(api, f"/components/harbour/revisions/{COMMIT}")
        assert f"tidegate submit reports/ --component harbour --revision {COMMIT}" in text
        assert "sha256:" + "a" * 64 in text


class TestVerdict:
    def test_shows_every_rule_as_the_command_tells_it(self, judged: Api) -> None:
        text = words(page(judged, f"/verdicts/{newest_verdict(judged)}"))

        assert "FAIL: 2 of 2 rules keep the gate production closed" in text
        assert "tests.failed == 0 &amp;&amp; tests.errors == 0" in text
        assert "To pass fix 2 failing tests" in text

    def test_compares_with_the_one_before(self, judged: Api) -> None:
        text = words(page(judged, f"/verdicts/{newest_verdict(judged)}"))
        assert "Rule Before Now lint missing fail" in text

    def test_of_which_nothing_changed_says_so(self, judged: Api) -> None:
        judged.submit(flake8("c.py", "d.py"), slot="flake8.txt", commit=OTHER_COMMIT)
        assert "Every rule ended as it did before." in page(judged, f"/verdicts/{newest_verdict(judged)}")

    def test_that_is_the_first_says_so(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        assert "It is the first one for this environment." in page(api, f"/verdicts/{newest_verdict(api)}")

    def test_names_reports_that_cannot_be_counted_on(self, api: Api) -> None:
        api.set_up()
        api.submit(b"<testsuite", slot="cut.xml")
        assert "Reports that cannot be counted on" in page(api, f"/verdicts/{newest_verdict(api)}")

    def test_comes_out_the_same_when_replayed(self, judged: Api) -> None:
        assert "byte for byte as it was" in page(judged, f"/verdicts/{newest_verdict(judged)}/replay")

    def test_is_found_in_the_list_by_its_state(self, judged: Api) -> None:
        text = words(page(judged, "/verdicts?state=pass&component=harbour"))
        assert "pass harbour 8c1f0f6a1f2b production production 1 h ago" in text
        assert "There is no such verdict." in page(judged, "/verdicts?state=stale")

    def test_says_how_the_first_one_is_given_where_there_is_none(self, api: Api) -> None:
        text = page(api, "/verdicts")
        assert "No verdict yet." in text
        assert "tidegate submit reports/ --component shop" in text


class TestEvidence:
    def address(self, api: Api, slot: str) -> str:
        reports = api.get(f"/components/harbour/revisions/{OTHER_COMMIT}/evidence").get_json()["items"]
        return next(f"/evidence/{one['id']}" for one in reports if one["slot"] == slot)

    def test_shows_measures_and_what_failed(self, judged: Api) -> None:
        text = words(page(judged, self.address(judged, "junit.xml")))
        assert "tests.failed 2" in text
        assert "bad0 failed it leaks" in text

    def test_shows_findings_of_the_severity_that_was_asked_for(self, judged: Api) -> None:
        where = self.address(judged, "flake8.txt")
        assert "F401 a.py:3" in words(page(judged, where))
        assert "Nothing of this kind." in page(judged, f"{where}?show=critical")

    def test_gives_the_original_to_keep_and_never_to_show(self, judged: Api) -> None:
        answer = judged.client.get(self.address(judged, "junit.xml") + "/content")
        assert answer.data == junit(failed=2)
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")


class TestGates:
    def test_are_listed_with_what_they_guard(self, judged: Api) -> None:
        text = words(page(judged, "/gates"))
        assert "Everywhere floor nothing yet 1" in text
        assert "Production production production 2 floor 1" in text

    def test_say_which_rule_comes_from_which_floor(self, judged: Api) -> None:
        text = words(page(judged, "/gates/production"))
        assert "1d blocks floor" in text
        assert "any age blocks production" in text

    def test_show_what_a_version_changed(self, judged: Api) -> None:
        judged.put("/gates/floor", {**FLOOR, "title": "Wherever"})
        versions = judged.get("/gates/floor/versions").get_json()["items"]
        text = page(judged, f"/gates/floor/versions/{versions[0]['digest']}")
        assert "-title: Everywhere" in text
        assert "+title: Wherever" in text
        assert "The first version" in page(judged, f"/gates/floor/versions/{versions[1]['digest']}")

    def test_say_how_to_declare_one(self, api: Api) -> None:
        assert "tidegate gate put tidegate.yml" in page(api, "/gates")


class TestOperations:
    def test_show_the_audit_log_by_subject_and_action(self, judged: Api) -> None:
        text = words(page(judged, "/audit?subject=release:harbour@1.0.0"))
        assert "release.created release:harbour@1.0.0" in text
        assert "Nothing of this kind is recorded." in page(judged, "/audit?action=none")

    @pytest.mark.requirement("S2-14")
    def test_show_jobs_and_health(self, api: Api) -> None:
        assert "There is no such job." in page(api, "/jobs?state=failed")
        text = words(page(api, "/system"))
        assert "pages works" in text
        assert "static files are there." in text

    def test_show_a_release(self, judged: Api) -> None:
        text = words(page(judged, "/components/harbour/releases/1.0.0"))
        assert "Tag prod/v1.0.0" in text
        assert "Boats." in text


class TestSearch:
    @pytest.mark.parametrize(
        ("wanted", "where"),
        [
            ("harbour", "/components/harbour"),
            ("harb", "/components/harbour"),
            (COMMIT[:7], f"revisions/{COMMIT}"),
        ],
    )
    def test_goes_to_the_one_thing_that_is_meant(self, judged: Api, wanted: str, where: str) -> None:
        answer = judged.client.get("/search", query_string={"q": wanted}, headers=BROWSER)
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith(where)

    def test_lists_what_has_a_tag(self, judged: Api) -> None:
        assert "harbour 1.0.0" in page(judged, "/search?q=prod/v1.0.0")

    def test_finds_revisions_by_the_digest_of_their_artifact(self, judged: Api) -> None:
        digest = "sha256:" + "a" * 64
        for component in ("harbour", "quay"):
            judged.put(f"/components/{component}", {"title": component, "owner": "port"})
            judged.put(f"/components/{component}/revisions/{'3' * 40}", {"artifact": digest})
        text = words(page(judged, f"/search?q={digest}"))
        assert "quay 333333333333" in text and "harbour 333333333333" in text

    def test_says_what_can_be_found_where_there_is_nothing(self, api: Api) -> None:
        assert "Nothing has this name." in page(api, "/search?q=zzz")
        assert "Nothing has this name." in page(api, "/search?q=%20")


class TestErrors:
    def test_are_pages_for_browsers_alone(self, api: Api) -> None:
        assert "Nothing answers at this address." in words(page(api, "/nowhere", status=404))
        for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
            assert api.client.get("/nowhere", headers=headers).mimetype == "application/problem+json"
        assert api.client.get("/api/v1/nowhere", headers=BROWSER).mimetype == "application/problem+json"

    def test_list_the_faults(self, api: Api) -> None:
        text = page(api, "/?cursor=nonsense", status=422)
        assert "This cursor is not one that the list handed out" in text


class TestHarm:
    def test_is_done_by_nothing_that_a_report_or_a_person_wrote(self, api: Api) -> None:
        gate = {**GATE, "title": PAYLOAD, "rules": [{**GATE["rules"][0], "title": PAYLOAD}]}
        api.set_up(gate)
        api.put("/components/evil", {"title": PAYLOAD, "owner": PAYLOAD, "description": PAYLOAD})
        api.put(f"/components/evil/revisions/{COMMIT}", {"branch": "<script>alert(3)</script>"})
        escaped = PAYLOAD.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        case = f'<testcase classname="{escaped}" name="{escaped}"><failure message="{escaped}"/></testcase>'
        report = f'<testsuite name="{escaped}" tests="1" failures="1">{case}</testsuite>'
        assert api.submit(report.encode(), component="evil", slot=PAYLOAD).status_code == 201
        assert api.submit(flake8(PAYLOAD), component="evil", slot="f.txt", format="flake8").status_code == 201
        release = {"version": "1.0.0", "revision": COMMIT, "notes": PAYLOAD}
        api.post("/components/evil/releases", release)

        seen: set[str] = set()
        waiting = [
            "/",
            "/audit",
            "/jobs",
            "/system",
            "/verdicts",
            "/search?q=%3Cscript%3E",
            "/?owner=%22%3E%3Cscript%3E",
        ]
        while waiting:
            path = waiting.pop()
            seen.add(path)
            answer = api.client.get(path, headers=BROWSER)
            assert answer.status_code in (200, 302, 404), path
            assert "script-src" not in answer.headers["Content-Security-Policy"]
            if answer.mimetype == "text/html" and path.partition("?")[0] not in ("/docs", "/problems"):
                links = {one.partition("#")[0] for one in parsed(answer).links}
                waiting += [
                    one for one in links if one.startswith("/") and one not in seen and one not in waiting
                ]
        assert any("/evidence/" in path for path in seen) and any("/verdicts/" in path for path in seen)
