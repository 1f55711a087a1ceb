"""How each task stands, in a row of its own: /health searches neither jobs nor runs. Workers by heartbeat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
ALLOWED = {
    "backfill-inline": "a row for each task, a handful of them, into a table that nobody uses yet",
    "require-concurrent-index-creation": "workers has a row for each worker process of the last months",
}

_MOMENT = sa.DateTime(timezone=True)
# From the jobs and runs on record: what was pruned is not counted. A task is given up where a job of it
# failed and none was done since, as /health has judged it so far.
_FILL = """
INSERT INTO task_status (task, first_seen_at, succeeded_at, failed_at, error, failures, given_up,
                         runs_done, runs_failed, runs_lost, runs_released)
SELECT names.task,
       (SELECT min(seen_at) FROM job_ticks WHERE job_ticks.task = names.task),
       ended.done_at, ended.failed_at, NULL, 0,
       ended.failed_at IS NOT NULL AND (ended.done_at IS NULL OR ended.done_at < ended.failed_at),
       coalesce(runs.done, 0), coalesce(runs.failed, 0), coalesce(runs.lost, 0), coalesce(runs.released, 0)
FROM (SELECT task FROM jobs UNION SELECT task FROM job_ticks UNION SELECT task FROM job_runs) AS names
LEFT JOIN (SELECT task,
                  max(CASE WHEN state = 'done' THEN ended_at END) AS done_at,
                  max(CASE WHEN state = 'failed' THEN ended_at END) AS failed_at
           FROM jobs GROUP BY task) AS ended ON ended.task = names.task
LEFT JOIN (SELECT task,
                  sum(CASE WHEN outcome = 'done' THEN 1 ELSE 0 END) AS done,
                  sum(CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END) AS failed,
                  sum(CASE WHEN outcome = 'lost' THEN 1 ELSE 0 END) AS lost,
                  sum(CASE WHEN outcome = 'released' THEN 1 ELSE 0 END) AS released
           FROM job_runs GROUP BY task) AS runs ON runs.task = names.task
"""


def upgrade() -> None:
    """Make the table and fill it from what is on record."""
    op.create_table(
        "task_status",
        sa.Column("task", sa.String(100), nullable=False),
        sa.Column("first_seen_at", _MOMENT, nullable=True),
        sa.Column("succeeded_at", _MOMENT, nullable=True),
        sa.Column("failed_at", _MOMENT, nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("given_up", sa.Boolean, nullable=False),
        sa.Column("runs_done", sa.BigInteger, nullable=False),
        sa.Column("runs_failed", sa.BigInteger, nullable=False),
        sa.Column("runs_lost", sa.BigInteger, nullable=False),
        sa.Column("runs_released", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("task", name="pk_task_status"),
    )
    op.execute(_FILL)
    op.create_index("ix_workers_beat_at", "workers", ["beat_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_index("ix_workers_beat_at", "workers")
    op.drop_table("task_status")
