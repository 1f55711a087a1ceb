"""Pages of a large installation: light, complete, and found by steps down an index, on both databases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import text

from benchmarks import installation
from benchmarks.pages import MOST_BYTES, addresses_of
from tests.integration.console.test_pages import page, words
from tests.support.api import COMMIT, Api, junit
from tests.support.people import sign_in
from tests.support.statements import statements
from tidegate.domain.access import Binding, Role
from tidegate.kernel.db.engine import SQLITE

ROWS = 3_000
MEASURES = {
    "tests": ("errors", "failed", "passed", "skipped", "total"),
    "findings": ("critical", "high", "info", "low", "medium", "total"),
}
MANY_RULES = [
    {
        "id": f"{of}-{name}",
        "title": f"{of} {name}",
        "that": f"{of}.{name} >= 0",
        "needs": ["tests" if of == "tests" else "sast"],
    }
    for of, names in MEASURES.items()
    for name in names
]


@pytest.fixture
def api(api: Api) -> Api:
    """An API with a sample that was submitted; an administrator is signed in."""
    api.set_up({"name": "production", "title": "Production", "rules": MANY_RULES})
    assert api.put("/components/shop", {"title": "Shop", "owner": "payments"}).status_code == 201
    for name in installation.ENVIRONMENTS[1:]:
        api.put(f"/environments/{name}", {"rank": 1, "gate": "production"})
    api.submit(junit(failed=3), component="shop")
    api.submit(sarif(900), component="shop", slot="findings.sarif")
    until = api.clock.now() + timedelta(hours=2)
    sign_in(api.client, api.database.engine, "admin", until, role=Role.ADMINISTRATOR)
    return api


@pytest.fixture
def large(api: Api) -> Api:
    """The same with a thousand components."""
    installation.fill(api.database, evidence=ROWS)
    return api


def sarif(count: int) -> bytes:
    """Write a log with so many findings, each of which says much and hostile things."""
    results = [
        {
            "ruleId": f"R{number}",
            "level": ("error", "warning", "note")[number % 3],
            "message": {"text": "<script>" * 300 + str(number)},
        }
        for number in range(count)
    ]
    driver = {"driver": {"name": "hostile", "version": "1"}}
    return json.dumps({"version": "2.1.0", "runs": [{"tool": driver, "results": results}]}).encode()


def sizes(api: Api, addresses: Mapping[str, str]) -> dict[str, int]:
    """Open every page; return those that are heavier than a page may be."""
    found = {name: len(page(api, path).encode()) for name, path in addresses.items()}
    return {name: size for name, size in found.items() if size > MOST_BYTES}


@pytest.mark.drill
class TestLargeInstallation:
    def test_every_page_is_light(self, large: Api) -> None:
        addresses = dict(addresses_of(large.database))
        # One thing that is found is shown at once, by another page of this list.
        del addresses["search by commit"]
        assert sizes(large, addresses) == {}

    def test_the_overview_asks_little_whatever_has_been_judged(self, large: Api) -> None:
        page(large, "/")
        with statements(large.database) as asked:
            page(large, "/")
        assert len(asked) <= 10
        assert not any("GROUP BY" in one for one in asked)

    def test_the_newest_verdict_is_one_step_down_an_index(self, large: Api) -> None:
        with statements(large.database) as asked:
            page(large, "/")
        if large.database.dialect != SQLITE:
            return
        query = next(one for one in asked if "max(verdicts.id)" in one)
        with large.database.engine.connect() as connection:
            values = ["production"] * query.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", tuple(values)).all()
        steps = [row[3] for row in plan]
        assert any("ix_verdicts_component_environment_id" in one for one in steps), steps
        assert not any(one.startswith("SCAN verdicts") for one in steps), steps

    def test_shows_the_newest_verdict_and_release_of_the_busiest(self, large: Api) -> None:
        busy = installation.BUSY
        with large.database.engine.connect() as connection:
            newest = connection.scalar(
                text(
                    "SELECT max(id) FROM verdicts WHERE component = :name AND environment = 'production'"
                ).bindparams(name=busy)
            )
            version = connection.scalar(
                text(
                    "SELECT version FROM releases WHERE component = :name AND environment = 'staging' "
                    "ORDER BY id DESC LIMIT 1"
                ).bindparams(name=busy)
            )
        shown = page(large, "/")
        assert f'href="/verdicts/{newest}"' in shown
        assert f">{version}</a>" in shown

    def test_finds_as_many_of_a_tag_as_a_page_shows_and_the_caller_may_see(self, large: Api) -> None:
        with large.database.engine.begin() as connection:
            connection.execute(text("UPDATE releases SET tag = 'prod/v7.0.0'"))
        shown = page(large, "/search?q=prod/v7.0.0")
        assert shown.count("prod/v7.0.0 ·") == 20
        at = large.clock.now() + timedelta(hours=2)
        sign_in(
            large.client, large.database.engine, "eve", at, Binding(Role.VIEWER, component="component-0007")
        )
        assert page(large, "/search?q=prod/v7.0.0").count("prod/v7.0.0 ·") <= 1


class TestManyEnvironments:
    def test_fewer_components_and_revisions_are_on_a_page(self, large: Api) -> None:
        for number in range(9):
            large.put(f"/environments/stage-{number}", {"rank": 10 + number, "gate": "production"})
        for number in range(8):
            large.submit(junit(), component="shop", commit=f"{number:040x}")
        assert page(large, "/").count("<tr>") == 1 + 5
        shown = page(large, "/components/shop")
        assert shown.count('<td class="states">') == 5
        assert 'rel="next"' in shown
        assert len(shown.encode()) < MOST_BYTES


class TestManyMeasures:
    def test_are_charted_as_far_as_there_is_room(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tidegate.modules.console.service.MOST_TRENDS", 4)
        text_of = words(page(api, "/components/shop"))
        assert "7 more are not shown, from findings.medium to tests.total" in text_of

        narrowed = words(page(api, "/components/shop?measure=tests."))
        assert "tests.failed 3" in narrowed
        assert "findings.high" not in narrowed
        assert "No measure begins so." in words(page(api, "/components/shop?measure=speed"))

    def test_numbers_stand_in_one_table(self, api: Api) -> None:
        api.submit(junit(failed=1), component="shop", commit="a" * 40)
        shown = page(api, "/components/shop")
        assert shown.count("<summary>Numbers</summary>") == 1
        row = next(line for line in shown.splitlines() if 'scope="row"><code>tests.failed' in line)
        assert words(row) == "tests.failed 1 3"


class TestManyFindings:
    def test_are_shown_as_far_as_there_is_room_and_counted(self, api: Api) -> None:
        reports = api.get(f"/components/shop/revisions/{COMMIT}/evidence").get_json()["items"]
        report = next(one["id"] for one in reports if one["slot"] == "findings.sarif")
        shown = page(api, f"/evidence/{report}")
        assert len(shown.encode()) < MOST_BYTES
        listed = shown.count('<td class="mono">R')
        assert listed >= 1
        assert f"{900 - listed:,} more are like these" in shown
