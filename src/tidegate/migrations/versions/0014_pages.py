"""Indexes for the pages: the newest verdict and release of a component, and what a search looks for."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0008"
branch_labels = None
depends_on = None

ALLOWED = {"require-concurrent-index-creation": "nothing has been released, so nobody has a large table yet"}

_INDEXES = (
    ("ix_verdicts_component_environment_id", "verdicts", ["component", "environment", "id"]),
    ("ix_releases_component_environment_id", "releases", ["component", "environment", "id"]),
    ("ix_releases_tag", "releases", ["tag"]),
    ("ix_revisions_commit_sha", "revisions", ["commit_sha"]),
)


def upgrade() -> None:
    """Build them."""
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Take them away again."""
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
