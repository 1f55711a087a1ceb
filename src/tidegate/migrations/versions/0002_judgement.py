"""Evidence, gates with their versions, verdicts and releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.String(36)
_DIGEST = sa.String(71)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables in the order in which they refer to each other."""
    _create_evidence()
    _create_gates()
    _create_verdicts()
    _create_releases()


def downgrade() -> None:
    """Drop everything, what refers before what is referred to."""
    for table in ("releases", "verdicts", "gate_versions", "gates", "evidence"):
        op.drop_table(table)


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", _ID, nullable=False),
        sa.Column("revision_id", _ID, nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("slot", sa.String(300), nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("format", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=True),
        sa.Column("tool", sa.String(200), nullable=False),
        sa.Column("tool_version", sa.String(200), nullable=False),
        sa.Column("ran", sa.Boolean, nullable=False),
        sa.Column("why_not", sa.Text, nullable=True),
        sa.Column("unreadable", sa.Text, nullable=True),
        sa.Column("measures", sa.Text, nullable=False),
        sa.Column("baseline", sa.String(64), nullable=True),
        sa.Column("fingerprints", _DIGEST, nullable=True),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name="fk_evidence_revision_id_revisions"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_revision_id_slot", "evidence", ["revision_id", "slot"])
    op.create_index("ix_evidence_digest", "evidence", ["digest"])
    op.create_index("ix_evidence_component", "evidence", ["component"])


def _create_gates() -> None:
    op.create_table(
        "gates",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("current", _DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_gates"),
    )
    op.create_table(
        "gate_versions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("gate", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("canonical", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("extends", sa.String(64), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["gate"], ["gates.name"], name="fk_gate_versions_gate_gates"),
        sa.PrimaryKeyConstraint("id", name="pk_gate_versions"),
        sa.UniqueConstraint("gate", "number", name="uq_gate_versions_gate_number"),
        sa.UniqueConstraint("digest", name="uq_gate_versions_digest"),
    )
    op.create_index("ix_gate_versions_extends", "gate_versions", ["extends"])


def _create_verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("revision_id", _ID, nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("commit_sha", sa.String(64), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("gate", sa.String(64), nullable=False),
        sa.Column("gate_digest", _DIGEST, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("given_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name="fk_verdicts_revision_id_revisions"),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
        sa.UniqueConstraint(
            "revision_id",
            "environment",
            "gate",
            "number",
            name="uq_verdicts_revision_id_environment_gate_number",
        ),
    )
    op.create_index("ix_verdicts_state_id", "verdicts", ["state", "id"])


def _create_releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", _ID, nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("commit_sha", sa.String(64), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("tag", sa.String(120), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("verdict_id", _ID, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["component"], ["components.name"], name="fk_releases_component_components"),
        sa.ForeignKeyConstraint(
            ["environment"], ["environments.name"], name="fk_releases_environment_environments"
        ),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.id"], name="fk_releases_verdict_id_verdicts"),
        sa.PrimaryKeyConstraint("id", name="pk_releases"),
        sa.UniqueConstraint("component", "version", name="uq_releases_component_version"),
    )
