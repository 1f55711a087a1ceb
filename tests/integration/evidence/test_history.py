"""The newest revisions with evidence, which gates are tried on: found step by step from the newest back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.support.api import Api, junit
from tests.support.statements import statements
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.evidence.repository import EvidenceRepository

COMMITS = [f"{number:040x}" for number in range(1, 6)]


@pytest.fixture
def filled(api: Api) -> Api:
    """Five revisions with two reports each; then the second one gets another."""
    api.set_up()
    for commit in COMMITS:
        for slot in ("a.xml", "b.xml"):
            assert api.submit(junit(), commit=commit, slot=slot).status_code == 201
    assert api.submit(junit(failed=1), commit=COMMITS[1]).status_code == 201
    return api


@pytest.fixture
def uow(filled: Api) -> Iterator[UnitOfWork]:
    uow = filled.database.unit_of_work()
    yield uow
    uow.close()


class TestNewestOfRevisions:
    def test_is_the_last_submission_of_each_the_newest_first(self, uow: UnitOfWork) -> None:
        found = EvidenceRepository(uow).newest_of_revisions(last=3, component=None)

        query = text(
            "SELECT r.commit_sha, max(e.id) FROM evidence e JOIN revisions r ON r.id = e.revision_id "
            "GROUP BY r.commit_sha ORDER BY max(e.id) DESC LIMIT 3"
        )
        rows = uow.session.execute(query).all()
        assert [commit for commit, _ in rows] == [COMMITS[1], COMMITS[4], COMMITS[3]]
        assert found == tuple(identifier for _, identifier in rows)

    def test_is_narrowed_to_a_component(self, uow: UnitOfWork) -> None:
        evidence = EvidenceRepository(uow)
        assert len(evidence.newest_of_revisions(last=100, component="harbour")) == 5
        assert evidence.newest_of_revisions(last=100, component="other") == ()

    def test_is_found_without_going_through_all_that_was_submitted(
        self, filled: Api, uow: UnitOfWork
    ) -> None:
        with statements(filled.database) as asked:
            EvidenceRepository(uow).newest_of_revisions(last=3, component=None)
        assert "GROUP BY" not in asked[-1]
        if filled.database.dialect == "sqlite":  # whose plan does not depend on how much there is
            explained = uow.session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {asked[-1]}", (1, 0, 3, 0)
            )
            plan = "\n".join(row.detail for row in explained)
            assert "TEMP B-TREE" not in plan
            assert "ix_evidence_revision_id_id (revision_id=?)" in plan
