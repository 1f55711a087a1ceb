"""The audit chain with its guards, the catalog, and kept answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_DIGEST = sa.String(71)
_MOMENT = sa.DateTime(timezone=True)
_SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# What the chain's first entry names as the one before it (`domain.audit.GENESIS`).
_GENESIS = "sha256:76c64436d0d0be8207bc8cc2f0b8da5e91499e1bc3bf5ce3c08b7dfb532f2d30"


def upgrade() -> None:
    """Make the tables, then the triggers that guard the chain."""
    _create_audit()
    _create_catalog()
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(300), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request_digest", _DIGEST, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    for statement in _GUARDS[op.get_context().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Drop everything; with the tables go their triggers."""
    for table in (
        "idempotency_keys",
        "revisions",
        "environments",
        "components",
        "audit_head",
        "audit_events",
    ):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuse_change()")
        op.execute("DROP FUNCTION audit_link()")


def _create_audit() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", _SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("prev_hash", _DIGEST, nullable=False),
        sa.Column("hash", _DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_events"),
        sa.UniqueConstraint("hash", name="uq_audit_events_hash"),
    )
    op.create_index("ix_audit_events_subject_seq", "audit_events", ["subject", "seq"])
    op.create_index("ix_audit_events_action_seq", "audit_events", ["action", "seq"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seq", _SEQUENCE, nullable=False),
        sa.Column("hash", _DIGEST, nullable=False),
        sa.CheckConstraint("id = 1", name="single"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": _GENESIS}])


def _create_catalog() -> None:
    op.create_table(
        "components",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_components"),
    )
    op.create_table(
        "environments",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("gate", sa.String(100), nullable=True),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_environments"),
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("commit_sha", sa.String(64), nullable=False),
        sa.Column("artifact", _DIGEST, nullable=True),
        sa.Column("branch", sa.String(250), nullable=True),
        sa.Column("committed_at", _MOMENT, nullable=True),
        sa.Column("registered_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
        sa.ForeignKeyConstraint(["component"], ["components.name"], name="fk_revisions_component_components"),
        sa.UniqueConstraint("component", "commit_sha", name="uq_revisions_component_commit_sha"),
    )
    op.create_index("ix_revisions_component_id", "revisions", ["component", "id"])
    op.create_index("ix_revisions_artifact", "revisions", ["artifact"])


# Nobody edits history through Tidegate, not even Tidegate: the database itself refuses. Whoever owns the
# database can still drop a trigger; that is what the hashes are for.
_GUARDS = {
    "sqlite": (
        """
        CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events BEGIN
            SELECT RAISE(ABORT, 'audit events are never changed');
        END
        """,
        """
        CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events BEGIN
            SELECT RAISE(ABORT, 'audit events are never deleted');
        END
        """,
        """
        CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head BEGIN
            SELECT RAISE(ABORT, 'the head of the audit chain is never deleted');
        END
        """,
        """
        CREATE TRIGGER audit_events_link BEFORE INSERT ON audit_events
        WHEN NOT EXISTS (
            SELECT 1 FROM audit_head WHERE id = 1 AND seq = NEW.seq - 1 AND hash = NEW.prev_hash
        ) BEGIN
            SELECT RAISE(ABORT, 'this audit event does not follow the head of the chain');
        END
        """,
        """
        CREATE TRIGGER audit_events_head AFTER INSERT ON audit_events BEGIN
            UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash WHERE id = 1;
        END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'audit events are never changed or deleted';
        END $$
        """,
        """
        CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()
        """,
        """
        CREATE TRIGGER audit_head_no_delete BEFORE DELETE OR TRUNCATE ON audit_head
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()
        """,
        """
        CREATE FUNCTION audit_link() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash
            WHERE id = 1 AND seq = NEW.seq - 1 AND hash = NEW.prev_hash;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'this audit event does not follow the head of the chain';
            END IF;
            RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER audit_events_link BEFORE INSERT ON audit_events
        FOR EACH ROW EXECUTE FUNCTION audit_link()
        """,
    ),
}
