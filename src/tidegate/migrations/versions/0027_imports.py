"""Imports of workbooks, with what they change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "imports",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("applied_by", sa.String(200)),
        sa.Column("applied_at", _MOMENT),
        sa.Column("undone_by", sa.String(200)),
        sa.Column("undone_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
    )
    op.create_index("ix_imports_digest_id", "imports", ["digest", "id"])
    op.create_index("ix_imports_created_by_id", "imports", ["created_by", "id"])
    op.create_table(
        "import_parts",
        sa.Column("import_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "kind", "first", name="pk_import_parts"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_import_parts_import_id_imports"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("import_parts")
    op.drop_table("imports")
