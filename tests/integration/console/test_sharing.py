"""Badges and the feed of verdicts: what they tell, and to whom; hostile strings in them are texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import feedparser  # type: ignore[import-untyped]  # it says nothing of types
import pytest
from sqlalchemy import update

from tests.support.access import headers_of, let_in, other_token
from tests.support.api import GATE, OTHER_COMMIT, START, Api, flake8, junit, make_api
from tests.support.people import sign_in
from tidegate.domain.access import Binding, Role
from tidegate.domain.feeds import Feed, FeedEntry
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.repository import table_of
from tidegate.kernel.http.atom import write_feed
from tidegate.modules.verdicts.models import VerdictRow

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "]]><script>alert(1)</script>&\"'\x00\x1b[31m\ud800\ufffe"


@pytest.fixture
def api(database: Database, tmp_path: Path) -> Iterator[Api]:
    """An API that shows badges, with a component that was let through and then stopped."""
    api = make_api(database, tmp_path, BADGES="true")
    api.set_up()
    api.put("/components/lighthouse", {"title": "Lighthouse", "owner": "coast"})
    api.submit(junit())
    api.clock.advance(timedelta(hours=1))
    api.submit(junit(failed=2), commit=OTHER_COMMIT)
    yield api


def badge(api: Api, path: str) -> tuple[str, str]:
    """Return a badge's text, and all of it; it must be XML that names itself."""
    answer = api.client.get(path, headers={"Authorization": ""})
    assert (answer.status_code, answer.content_type) == (200, "image/svg+xml")
    root = ElementTree.fromstring(answer.data)
    title = root.findtext(f"{SVG}title") or ""
    assert root.get("role") == "img"
    assert root.get("aria-label") == title
    return title, answer.text


class TestBadge:
    def test_tells_anybody_the_newest_word_and_its_age(self, api: Api) -> None:
        api.clock.advance(timedelta(hours=3))
        title, everything = badge(api, "/badges/harbour/production.svg")
        assert title == "production: fail · 3 h ago"
        assert OTHER_COMMIT[:7] not in everything
        assert "harbour" not in everything

    def test_says_the_same_of_what_was_not_judged_and_of_what_is_not_there(self, api: Api) -> None:
        known = api.client.get("/badges/lighthouse/production.svg")
        unknown = api.client.get("/badges/nowhere/production.svg")
        assert (known.status_code, known.data, [*known.headers.keys()]) == (
            unknown.status_code,
            unknown.data,
            [*unknown.headers.keys()],
        )
        assert badge(api, "/badges/nowhere/production.svg")[0] == "production: unknown"

    def test_may_be_kept_for_a_minute_and_asked_about(self, api: Api) -> None:
        first = api.client.get("/badges/harbour/production.svg")
        assert first.headers["Cache-Control"] == "public, max-age=60"
        again = api.client.get(
            "/badges/harbour/production.svg", headers={"If-None-Match": first.headers["ETag"]}
        )
        assert (again.status_code, again.data) == (304, b"")
        assert "Set-Cookie" not in first.headers

    @pytest.mark.parametrize("name", ['x"><script>alert(1)<', "é" * 300, "'; DROP TABLE verdicts; --"])
    def test_shows_any_name_as_a_text(self, api: Api, name: str) -> None:
        title, everything = badge(api, f"/badges/harbour/{name}.svg")
        assert title == f"{name[:40]}: unknown"
        assert "<script>" not in everything

    def test_is_not_there_unless_it_is_switched_on(self, database: Database, tmp_path: Path) -> None:
        private = make_api(database, tmp_path / "private")
        private.set_up()
        private.submit(junit())
        answers = [private.client.get(f"/badges/{name}/production.svg") for name in ("harbour", "nowhere")]
        assert [one.status_code for one in answers] == [404, 404]


class TestFeed:
    def test_is_atom_with_an_entry_for_each_verdict(self, api: Api) -> None:
        answer = api.client.get("/api/v1/verdicts.atom")
        assert answer.content_type == "application/atom+xml; charset=utf-8"
        read = feedparser.parse(answer.data)
        assert (read.bozo, read.version) == (False, "atom10")
        assert [one.title for one in read.entries] == [
            f"fail: harbour at {OTHER_COMMIT[:12]} for production",
            "pass: harbour at 8c1f0f6a1f2b for production",
        ]
        newest = api.get("/verdicts?limit=1").get_json()["items"][0]["id"]
        entry = read.entries[0]
        assert entry.id == f"urn:uuid:{newest}"
        assert entry.link == f"http://localhost/verdicts/{newest}"
        assert entry.updated == read.feed.updated == "2026-11-21T03:30:00Z"
        assert "1 of 1 rule keep" in entry.summary
        assert [tag.term for tag in entry.tags] == ["fail"]
        assert read.feed.author == "Tidegate"
        assert {link.rel for link in read.feed.links} == {"self", "alternate"}

    def test_holds_what_the_feeds_standard_demands(self, api: Api) -> None:
        root = ElementTree.fromstring(api.client.get("/api/v1/verdicts.atom").data)
        atom = "{http://www.w3.org/2005/Atom}"
        for element in (root, *root.iter(f"{atom}entry")):
            for once in ("id", "title", "updated"):
                assert len(element.findall(f"{atom}{once}")) == 1
        assert root.find(f"{atom}author/{atom}name") is not None

    def test_of_a_component_has_its_verdicts_alone(self, api: Api) -> None:
        read = feedparser.parse(api.client.get("/api/v1/verdicts.atom?component=lighthouse").data)
        assert (read.entries, read.feed.updated) == ([], "1970-01-01T00:00:00Z")
        assert read.feed.title == "Verdicts of lighthouse"
        assert api.client.get("/api/v1/verdicts.atom?component=nowhere").status_code == 404

    def test_that_has_not_changed_is_not_sent_again(self, api: Api) -> None:
        first = api.client.get("/api/v1/verdicts.atom")
        assert first.headers["Cache-Control"] == "private, no-cache"
        api.clock.advance(timedelta(minutes=20))
        tag = {"If-None-Match": first.headers["ETag"]}
        assert api.client.get("/api/v1/verdicts.atom", headers=tag).status_code == 304
        api.submit(junit(), commit="2" * 40)
        assert api.client.get("/api/v1/verdicts.atom", headers=tag).status_code == 200

    def test_is_read_with_a_token_there_and_with_a_session_here(self, api: Api) -> None:
        viewer = Binding(Role.VIEWER, component="harbour")
        token = let_in(api.database.engine, other_token(), name="reader", binding=viewer)
        path = "/verdicts.atom?component=harbour"
        assert api.client.get(f"/api/v1{path}", headers=headers_of(token)).status_code == 200
        assert (
            api.client.get(
                "/api/v1/verdicts.atom?component=lighthouse", headers=headers_of(token)
            ).status_code
            == 403
        )
        assert api.client.get(path, headers=headers_of(token)).status_code == 302

        sign_in(api.client, api.database.engine, "ada", api.clock.now(), viewer)
        assert feedparser.parse(api.client.get(path).data).entries[0].category == "fail"
        anonymous = {"Authorization": ""}
        assert api.client.get(f"/api/v1{path}", headers=anonymous).status_code == 401
        assert 'type="application/atom+xml"' in api.client.get("/verdicts?component=harbour").text

    def test_names_the_address_that_people_know(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path, PUBLIC_URL="https://tidegate.example.org")
        read = feedparser.parse(api.client.get("/api/v1/verdicts.atom").data)
        assert read.feed.link == "https://tidegate.example.org/verdicts"

    def test_of_a_verdict_in_another_shape_says_its_word(self, api: Api) -> None:
        with api.database.engine.begin() as connection:
            connection.execute(update(table_of(VerdictRow)).values(document="{}"))
        read = feedparser.parse(api.client.get("/api/v1/verdicts.atom").data)
        assert read.entries[0].summary == "production said fail."

    def test_holds_hostile_texts_as_texts(self) -> None:
        entry = FeedEntry("urn:uuid:1", HOSTILE, HOSTILE, HOSTILE, "/verdicts/1", START)
        written = write_feed(Feed(HOSTILE, "/verdicts", (entry,)), base="https://t.example", own=HOSTILE)
        assert b"<script>" not in written
        root = ElementTree.fromstring(written)
        expected = HOSTILE.translate(dict.fromkeys((0, 0x1B, 0xD800, 0xFFFE), "\ufffd"))
        assert root.findtext("{*}title") == expected
        assert root.findtext("{*}entry/{*}summary") == expected


def test_names_in_gates_reach_the_feed_as_texts(api: Api) -> None:
    title = "<script>alert(1)</script>"
    rule = {"id": "lint", "title": title, "that": "findings.total == 0", "needs": ["lint"]}
    api.put("/gates/production", {**GATE, "title": title, "rules": [rule]}, headers={"If-Match": "*"})
    api.submit(flake8("a.py"), slot="flake8.txt")
    answer = api.client.get("/api/v1/verdicts.atom")
    assert b"<script>" not in answer.data
    assert not feedparser.parse(answer.data).bozo
