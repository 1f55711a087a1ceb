"""Queries of deployments: each page is some steps of an index, however many deployments there are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event

from tidegate.domain.deployments import DeploymentOutcome
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.deployments.repository import DeploymentRepository

_PAGE = PageRequest(limit=25)
Query = Callable[[DeploymentRepository], object]
QUERIES: dict[str, Query] = {
    "ix_deployments_component_id": lambda them: them.page(
        _PAGE, component="harbour", environment=None, outcome=None
    ),
    "ix_deployments_component_environment_id": lambda them: them.page(
        _PAGE, component="harbour", environment="production", outcome=None
    ),
    "ix_deployments_component_environment_outcome_id": lambda them: them.page(
        _PAGE, component="harbour", environment="production", outcome=DeploymentOutcome.FAILED
    ),
    "ix_deployments_succeeded": lambda them: them.last_succeeded("harbour", "production"),
}


@pytest.mark.parametrize("index", QUERIES)
def test_every_query_walks_its_index_and_sorts_nothing(database: Database, index: str) -> None:
    with closing(database.unit_of_work()) as uow:
        plan = _plan(uow, database, QUERIES[index])
    if database.dialect == "sqlite":
        assert f"SEARCH deployments USING INDEX {index} " in plan
        assert "TEMP B-TREE" not in plan
    else:
        assert f"Index Scan Backward using {index} " in plan
        assert "Sort" not in plan


def _plan(uow: UnitOfWork, database: Database, query: Query) -> str:
    """Return how the database goes about a query; PostgreSQL as it would with many rows."""
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    connection = uow.session.connection()
    if database.dialect != "sqlite":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        connection.exec_driver_sql("SET LOCAL enable_sort = off")
    event.listen(database.engine, "before_cursor_execute", note)
    try:
        query(DeploymentRepository(uow))
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    statement, parameters = asked[-1]
    values: Any = parameters  # as the driver had them
    rows = connection.exec_driver_sql(explain + statement, values)
    return "\n".join(str(row[-1]) for row in rows)
