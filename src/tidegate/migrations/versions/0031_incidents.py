"""Incidents with their history and checks, maintenance windows, and objectives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_IS_THERE = sa.text("state <> 'closed'")
_KEY = ("source", "component", "environment", "name")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("public_title", sa.String(200)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("flapping", sa.Boolean(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("assignee", sa.String(200)),
        sa.Column("acknowledged_at", _MOMENT),
        sa.Column("acknowledged_by", sa.String(200)),
        sa.Column("closed_at", _MOMENT),
        sa.Column("closed_by", sa.String(200)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sa.ForeignKeyConstraint(["component"], ["components.name"], name="fk_incidents_component_components"),
    )
    op.create_index(
        "uq_incidents_not_closed",
        "incidents",
        list(_KEY),
        unique=True,
        sqlite_where=_IS_THERE,
        postgresql_where=_IS_THERE,
    )
    op.create_index("ix_incidents_state_id", "incidents", ["state", "id"])
    op.create_index("ix_incidents_component_id", "incidents", ["component", "id"])
    op.create_index("ix_incidents_environment_state_id", "incidents", ["environment", "state", "id"])
    op.create_table(
        "incident_events",
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("note", sa.String(2000)),
        sa.PrimaryKeyConstraint("incident_id", "number", name="pk_incident_events"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_incident_events_incident_id_incidents"
        ),
    )
    op.create_table(
        "incident_checks",
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("phase", sa.String(20), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("successes", sa.Integer(), nullable=False),
        sa.Column("flapping", sa.Boolean(), nullable=False),
        sa.Column("good_since", _MOMENT),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.String(36)),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_incident_checks"),
        sa.ForeignKeyConstraint(
            ["component"], ["components.name"], name="fk_incident_checks_component_components"
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_incident_checks_incident_id_incidents"
        ),
    )
    _make_plans()


def _make_plans() -> None:
    op.create_table(
        "maintenance_windows",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("component", sa.String(100)),
        sa.Column("environment", sa.String(100)),
        sa.Column("starts_at", sa.String(19), nullable=False),
        sa.Column("timezone", sa.String(100), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(200)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance_windows"),
        sa.ForeignKeyConstraint(
            ["component"], ["components.name"], name="fk_maintenance_windows_component_components"
        ),
        sa.ForeignKeyConstraint(
            ["environment"], ["environments.name"], name="fk_maintenance_windows_environment_environments"
        ),
    )
    op.create_table(
        "objectives",
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("latency_ms", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("updated_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("component", "environment", "name", name="pk_objectives"),
        sa.ForeignKeyConstraint(
            ["component"], ["components.name"], name="fk_objectives_component_components"
        ),
        sa.ForeignKeyConstraint(
            ["environment"], ["environments.name"], name="fk_objectives_environment_environments"
        ),
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("objectives", "maintenance_windows", "incident_checks", "incident_events", "incidents"):
        op.drop_table(table)
