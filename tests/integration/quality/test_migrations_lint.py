"""`make migrations-lint` goes red on what would stop a serving installation, or the version before."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import check_migrations
from tests.integration.quality.tools import ROOT, write

_MIGRATION = '''"""A migration."""

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {before}
branch_labels = None
depends_on = None
{more}

def upgrade():
    {upgrade}


def downgrade():
    op.drop_table("a")
'''
_TABLE = 'op.create_table("a", sa.Column("id", sa.Text, nullable=False), sa.PrimaryKeyConstraint("id"))'
_NOT_NULL = 'op.alter_column("a", "b", nullable=False)'
_REASON = "0002 added it and 0003 filled it in chunks; a valid CHECK spares the scan"


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A folder of migrations with one that makes a table."""
    write(tmp_path, {"env.py": (ROOT / "src/tidegate/migrations/env.py").read_text("utf-8")})
    _add(tmp_path, "0001", _TABLE)
    return tmp_path


def _add(folder: Path, number: str, upgrade: str, more: str = "") -> None:
    before = f'"{int(number) - 1:04}"' if number != "0001" else "None"
    text = _MIGRATION.format(number=number, before=before, upgrade=upgrade, more=more)
    write(folder, {f"versions/{number}_x.py": text})


def _rules(folder: Path) -> list[str]:
    return sorted({fault.rule for fault in check_migrations.faults(folder)})


@pytest.mark.requirement("S1-32")
@pytest.mark.parametrize(
    ("upgrade", "rule"),
    [
        ('op.drop_table("a")', "ban-drop-table"),
        ('op.drop_column("a", "b")', "ban-drop-column"),
        ('op.execute("DROP TABLE a")', "ban-drop-table"),
        ('op.alter_column("a", "b", type_=sa.BigInteger)', "changing-column-type"),
        ('op.alter_column("a", "b", new_column_name="c")', "renaming-column"),
        ('op.rename_table("a", "z")', "renaming-table"),
        ('op.add_column("a", sa.Column("b", sa.Integer, nullable=False))', "adding-required-field"),
        (_NOT_NULL, "adding-not-nullable-field"),
        ('op.create_index("ix", "a", ["id"])', "require-concurrent-index-creation"),
        ('op.execute("UPDATE a SET b = 1")', "backfill-inline"),
        ('op.execute("DELETE FROM a")', "backfill-inline"),
        ('op.execute("INSERT INTO a SELECT 1")', "backfill-inline"),
        (
            'op.get_context().dialect.name == "sqlite" and op.drop_column("a", "b")',
            "ban-drop-column",
        ),
    ],
)
def test_stops_what_is_not_safe_while_serving(migrations: Path, upgrade: str, rule: str) -> None:
    assert _rules(migrations) == []
    _add(migrations, "0002", upgrade)
    assert rule in _rules(migrations)
    assert check_migrations.main([str(migrations)]) == 1


@pytest.mark.requirement("S1-33")
class TestAColumnThatIsToBeNotNull:
    def test_comes_in_three_steps(self, migrations: Path) -> None:
        _add(migrations, "0002", 'op.add_column("a", sa.Column("b", sa.Integer, nullable=True))')
        assert _rules(migrations) == []
        _add(migrations, "0003", _NOT_NULL)
        assert _rules(migrations) == ["adding-not-nullable-field"]
        _add(migrations, "0003", _NOT_NULL, f'ALLOWED = {{"adding-not-nullable-field": "{_REASON}"}}')
        assert _rules(migrations) == []

    def test_is_never_added_and_closed_in_one(self, migrations: Path) -> None:
        both = f'op.add_column("a", sa.Column("b", sa.Integer, nullable=True))\n    {_NOT_NULL}'
        _add(migrations, "0002", both, f'ALLOWED = {{"adding-not-nullable-field": "{_REASON}"}}')
        assert _rules(migrations) == ["not-null-in-one-step"]

    @pytest.mark.parametrize("upgrade, reason", [(_NOT_NULL, "yes"), (_TABLE.replace('"a"', '"b"'), _REASON)])
    def test_an_exception_needs_a_reason_and_a_cause(
        self, migrations: Path, upgrade: str, reason: str
    ) -> None:
        _add(migrations, "0002", upgrade, f'ALLOWED = {{"adding-not-nullable-field": "{reason}"}}')
        assert _rules(migrations) == ["adding-not-nullable-field"]


def test_our_own_are_clean() -> None:
    assert check_migrations.main([]) == 0
