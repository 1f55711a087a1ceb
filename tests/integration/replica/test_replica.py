"""Reading from a real streaming replica: what it answers, and when the primary answers instead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support import postgres
from tests.support.api import Api, make_api
from tests.support.forms import BROWSER
from tests.support.people import sign_in
from tests.support.standby import Standby, standby_of
from tidegate.domain.access import Role
from tidegate.domain.errors import NotFound, Unavailable
from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.db import replica as replicas
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.replica import Replica
from tidegate.kernel.http.use import EXTENSION
from tidegate.settings import read_settings

pytestmark = pytest.mark.requirement("S1-17")

TARGETS = "/targets"
SIDES = {"left": {"side": "declared"}, "right": {"side": "observed"}}


@pytest.fixture(scope="module")
def standby(postgres_server: postgres.Server) -> Iterator[Standby]:
    """A replica of the tests' PostgreSQL."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(standby_of(postgres_server))
        except postgres.NoPostgres as missing:
            pytest.skip(f"NOT RUN on PostgreSQL: {missing}")


@dataclass
class Pair:
    """An API on a primary, with a replica of it."""

    api: Api
    replica: Replica
    standby: Standby
    outcomes: list[str] = field(default_factory=list)

    def names(self, **more: Any) -> list[str]:
        """Return the environments of the targets, as they are listed."""
        answer = self.api.get(TARGETS, **more)
        assert answer.status_code == 200, answer.text
        return [one["environment"] for one in answer.get_json()["items"]]

    def add(self, environment: str) -> None:
        """Register a target."""
        assert self.api.put(f"/environments/{environment}", {"rank": 1}).status_code == 201
        made = self.api.put(f"/components/harbour/targets/{environment}", {"interval": 60})
        assert made.status_code == 201, made.text

    def health(self) -> dict[str, Any]:
        """Return what health says of the replica."""
        (found,) = self.api.client.get("/health").get_json(force=True)["checks"]["replica"]
        return dict(found)

    def forget_marks(self) -> None:
        """Let nobody have written anything."""
        with self.api.database.engine.begin() as connection:
            connection.execute(text("DELETE FROM replica_marks"))


@pytest.fixture
def pair(
    postgres_server: postgres.Server, _migrated_postgres: str, standby: Standby, tmp_path: Path
) -> Iterator[Pair]:
    """An API with a target, and a replica that has caught up; it waits little and may be late."""
    with postgres_server.new_database(template=_migrated_postgres) as url:
        primary = Database(url)
        followed = Database(url.set(port=standby.url.port), timeout=2)
        primary.replica = Replica(followed, wait=0.1, max_lag=3600)
        api = make_api(primary, tmp_path / "api", ENABLE_MONITORING="true")
        api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
        made = Pair(api, primary.replica, standby)
        made.add("staging")
        standby.catch_up()
        primary.replica.count = made.outcomes.append
        try:
            yield made
        finally:
            primary.dispose()


@pytest.fixture
def paused(pair: Pair) -> Iterator[Pair]:
    """A replica that replays nothing more."""
    pair.standby.pause()
    try:
        yield pair
    finally:
        pair.standby.resume()


class TestReads:
    def test_are_answered_by_the_replica(self, pair: Pair) -> None:
        assert pair.names() == ["staging"]
        assert pair.outcomes == ["replica"]

    def test_show_what_others_have_written_later(self, paused: Pair) -> None:
        paused.add("production")
        paused.forget_marks()
        assert paused.names() == ["staging"]

    def test_show_their_caller_what_they_have_written(self, paused: Pair) -> None:
        paused.add("production")
        assert paused.names() == ["production", "staging"]
        assert paused.outcomes == ["behind"]

    def test_show_it_through_another_process_too(self, paused: Pair, tmp_path: Path) -> None:
        paused.add("production")
        other = Database(paused.api.database.url)
        other.replica = Replica(Database(paused.replica._database.engine.url), wait=0.1, max_lag=3600)
        there = make_api(other, tmp_path / "there")
        assert len(there.get(TARGETS).get_json()["items"]) == 2
        other.dispose()

    def test_wait_for_what_their_caller_has_written(self, pair: Pair) -> None:
        pair.replica._wait = 10
        pair.add("production")
        assert pair.names() == ["production", "staging"]
        assert pair.outcomes == ["replica"]

    def test_of_a_report_that_is_compared_come_from_the_replica(self, pair: Pair) -> None:
        made = pair.api.post("/parity-reports", SIDES)
        assert (made.status_code, pair.outcomes) == (201, ["replica"])

    def test_of_a_download_come_from_the_replica_to_its_end(self, pair: Pair) -> None:
        pair.api.post("/components/harbour/facts/declared", {"facts": {"port": 443}})
        report = pair.api.post("/parity-reports", SIDES).get_json()["id"]
        pair.standby.catch_up()
        found = pair.api.get(f"/parity-reports/{report}/content?format=csv")
        assert b"443" in found.data
        assert pair.outcomes[-1] == "replica"

    def test_of_pages_come_from_the_replica(self, pair: Pair) -> None:
        sign_in(pair.api.client, pair.api.database.engine, "ada", pair.api.clock.now(), role=Role.VIEWER)
        pair.standby.catch_up()
        assert "staging" in pair.api.client.get("/targets", headers=BROWSER).text
        assert pair.outcomes == ["replica"]

    def test_of_verdicts_releases_and_the_audit_log_do_not(self, pair: Pair) -> None:
        for path in ("/verdicts", "/components/harbour/releases", "/audit/events", "/me", "/roles"):
            assert pair.api.get(path).status_code == 200, path
        assert pair.outcomes == []


class TestFallback:
    def test_of_what_the_replica_does_not_find_yet(self, paused: Pair) -> None:
        paused.api.put("/components/quay", {"title": "Quay", "owner": "port"})
        paused.forget_marks()
        assert paused.api.get("/components/quay/deployments").status_code == 200
        assert paused.outcomes == ["not_found"]

    def test_of_what_is_nowhere_is_not_found(self, pair: Pair) -> None:
        assert pair.api.get("/components/nothing/deployments").status_code == 404

    def test_where_it_is_late_and_health_says_so(self, paused: Pair) -> None:
        paused.add("production")
        paused.forget_marks()
        paused.replica._max_lag = 0
        assert paused.names() == ["production", "staging"]
        assert paused.outcomes == ["late"]
        assert (paused.health()["status"], "late" in paused.health()["output"]) == ("warn", True)

    def test_where_it_was_late_asks_it_not_again_at_once(self, paused: Pair) -> None:
        paused.add("production")
        paused.replica._max_lag = 0
        paused.names()
        paused.replica._max_lag = 3600
        paused.names()
        assert paused.outcomes == ["late", "late"]

    def test_where_it_was_killed_and_back_when_it_is_there_again(
        self, pair: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replicas, "RETRY", 0.0)
        assert pair.names() == ["staging"]
        pair.standby.kill()
        try:
            assert [pair.names(), pair.names()] == [["staging"], ["staging"]]
            assert pair.outcomes == ["replica", "away", "away"]
            assert (pair.health()["status"], "cannot be asked" in pair.health()["output"]) == ("warn", True)
            gauges = pair.api.client.get("/metrics").text
            assert "tidegate_replica_usable 0.0" in gauges and "tidegate_replica_lag_seconds +Inf" in gauges
        finally:
            pair.standby.start()
        pair.standby.catch_up()
        assert pair.names() == ["staging"]
        assert pair.outcomes[-1] == "replica"
        assert pair.health()["status"] == "pass"

    def test_where_it_is_no_replica_of_this_database(self, pair: Pair) -> None:
        pair.replica._database.dispose()
        pair.replica._database = Database(pair.api.database.url)
        assert pair.names() == ["staging"]
        assert pair.outcomes == ["no_replica"]
        assert "names no standby" in pair.health()["output"]

    def test_of_what_recovery_cancels(self, pair: Pair) -> None:
        work = pair.api.client.application.extensions[EXTENSION].work
        uow, runs = work(ANONYMOUS).uow, []

        def read() -> list[str]:
            runs.append(uow.on_replica)
            question = text("SELECT name FROM environments")
            if uow.on_replica:
                uow.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
                uow.execute(question).all()
                self.rewrite(pair)
            return [str(one) for one in uow.execute(question).scalars()]

        try:
            assert uow.from_replica(read) == ["staging"]
        finally:
            uow.close()
        assert (runs, pair.outcomes) == ([True, False], ["cancelled"])

    def rewrite(self, pair: Pair) -> None:
        """Clear up rows on the primary that a snapshot of the replica may still need."""
        with pair.api.database.engine.connect() as connection:
            own = connection.execution_options(isolation_level="AUTOCOMMIT")
            own.execute(text("UPDATE environments SET description = 'New.'"))
            own.execute(text("VACUUM FULL environments"))
        pair.standby.catch_up()

    def test_is_no_way_around_the_time_that_a_statement_may_take(self, pair: Pair) -> None:
        work = pair.api.client.application.extensions[EXTENSION].work
        uow = work(ANONYMOUS).uow

        def read() -> None:
            uow.execute(text("SET LOCAL statement_timeout = 1"))
            uow.execute(text("SELECT pg_sleep(5)"))

        try:
            with pytest.raises(Unavailable):
                uow.from_replica(read)
        finally:
            uow.close()
        assert pair.outcomes == []


class TestWrites:
    def test_are_refused_where_the_replica_is_read(self, pair: Pair) -> None:
        uow = pair.api.database.unit_of_work()

        def read() -> None:
            with uow.transaction():
                raise AssertionError("not here")

        with pytest.raises(RuntimeError, match="writes nothing"):
            uow.from_replica(read)
        uow.close()

    def test_read_the_primary_within_their_transaction(self, pair: Pair) -> None:
        uow = pair.api.database.unit_of_work()
        with uow.transaction():
            assert uow.from_replica(lambda: uow.on_replica) is False
        uow.close()
        assert pair.outcomes == []

    def test_stand_where_their_mark_cannot_be_written(self, pair: Pair) -> None:
        with pair.api.database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE replica_marks RENAME TO gone"))
        pair.add("production")
        assert pair.names() == ["production", "staging"]
        assert pair.outcomes == ["no_replica"]


class TestCounting:
    def test_names_what_came_of_each_read(self, pair: Pair) -> None:
        pair.replica.count = pair.api.client.application.extensions[EXTENSION].meter.replica_read
        pair.names()
        page = pair.api.client.get("/metrics").text
        assert 'tidegate_replica_reads_total{outcome="replica"} 1.0' in page
        assert "tidegate_replica_usable 1.0" in page


class TestSettings:
    def test_name_the_replica(self, pair: Pair) -> None:
        urls = (pair.api.database.url, pair.replica._database.engine.url)
        names = ("DATABASE_URL", "DATABASE_REPLICA_URL")
        said = dict(zip(names, (url.render_as_string(hide_password=False) for url in urls), strict=True))
        database = Database.from_settings(read_settings(said, dotenv=None))
        uow = database.unit_of_work()
        assert uow.from_replica(lambda: uow.on_replica)
        uow.close()
        database.dispose()


class TestMissing:
    def test_is_told_by_both(self, pair: Pair) -> None:
        uow = pair.api.database.unit_of_work()

        def read() -> None:
            raise NotFound("boat", "one")

        with pytest.raises(NotFound):
            uow.from_replica(read)
        uow.close()
