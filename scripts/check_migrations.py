"""`make migrations-lint`: no migration locks a table for long or takes away what the version before needs.

squawk reads each migration as the SQL that PostgreSQL would get; what it does not know is looked for in
that SQL (changes of rows, which belong into a backfill by chunks) and in the source (what SQLite alone gets).
A migration that must do one of these things says so, with the reason, and after which revision it is safe:

    ALLOWED = {"adding-not-nullable-field": "0005 added it, filled in chunks; a valid CHECK spares the scan"}
"""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess  # nosec B404  # runs the squawk of the lock
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

ROOT = Path(__file__).resolve().parent.parent
SQUAWK = Path(sys.executable).parent / "squawk"
# Taste, or true of every migration: Alembic opens the transaction, tables have been keyed and typed for both
# databases, and an index that is built beside the traffic may take its time.
NOT_ASKED = (
    "prefer-bigint-over-int",
    "prefer-robust-stmts",
    "prefer-text-field",
    "require-statement-timeout",
    "transaction-nesting",
)
LEAST_REASON = 20

_ROWS = re.compile(r"^\s*(UPDATE|DELETE\s+FROM|INSERT\s+INTO\s+\S+[^;]*?\bSELECT)\b", re.IGNORECASE)
_BODY = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_NOT_NULL = re.compile(r"ALTER TABLE (?P<table>\S+) ALTER COLUMN (?P<column>\S+) SET NOT NULL", re.IGNORECASE)
_ADDED = re.compile(r"ALTER TABLE (?P<table>\S+) ADD COLUMN (?P<column>\S+)", re.IGNORECASE)
_TAKES_AWAY = {
    "drop_table": "ban-drop-table",
    "drop_column": "ban-drop-column",
    "rename_table": "renaming-table",
}


@dataclass(frozen=True, slots=True)
class MigrationFault:
    """What a migration does that it should not: `rule` is the name under which it may be allowed."""

    file: str
    rule: str
    says: str


def faults(folder: Path) -> Iterator[MigrationFault]:
    """Look through every migration of a folder, the oldest first."""
    config = Config(output_buffer=io.StringIO())
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    scripts = [*ScriptDirectory.from_config(config).walk_revisions()][::-1]
    for script in scripts:
        yield from _faults_of(script, _sql(folder, script))


def _faults_of(script: Script, sql: str) -> Iterator[MigrationFault]:
    path = Path(script.path)
    tree = ast.parse(path.read_text("utf-8"))
    allowed = _allowed(tree)
    found = {(rule, says) for rule, says in (*_squawk(sql), *_changes_of_rows(sql), *_in_source(tree))}
    for rule, says in sorted(found):
        if rule not in allowed:
            yield MigrationFault(path.name, rule, says)
    for rule, reason in allowed.items():
        if rule not in {rule for rule, _ in found}:
            yield MigrationFault(
                path.name, rule, "it is allowed, and nothing here does it: take it out of ALLOWED"
            )
        elif len(reason) < LEAST_REASON:
            yield MigrationFault(
                path.name, rule, "it is allowed without a reason: say after which revision it is safe"
            )
    added = {(found["table"], found["column"]) for found in _ADDED.finditer(sql)}
    for found_ in _NOT_NULL.finditer(sql):
        if (found_["table"], found_["column"].rstrip(";")) in added:
            says = (
                f"{found_['table']}.{found_['column']} is added and made NOT NULL in one step: that is three"
            )
            yield MigrationFault(path.name, "not-null-in-one-step", says)


def _sql(folder: Path, script: Script) -> str:
    """Write one migration as PostgreSQL would get it; it must not need to ask a database for that."""
    buffer = io.StringIO()
    config = Config(output_buffer=buffer)
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    before = script.down_revision or "base"
    command.upgrade(config, f"{before}:{script.revision}", sql=True)
    # Alembic's own table is none of ours.
    return re.sub(r"^(UPDATE|INSERT INTO) alembic_version .*$", "", buffer.getvalue(), flags=re.MULTILINE)


def _squawk(sql: str) -> Iterator[tuple[str, str]]:
    done = subprocess.run(  # nosec B603  # no shell
        [str(SQUAWK), "--reporter=json", "--assume-in-transaction", f"--exclude={','.join(NOT_ASKED)}"],
        input=sql,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1) or not done.stdout.strip().startswith("["):
        raise RuntimeError(f"squawk did not run: {done.stderr.strip() or done.stdout.strip()}")
    for found in json.loads(done.stdout):
        yield found["rule_name"], found["message"]


def _changes_of_rows(sql: str) -> Iterator[tuple[str, str]]:
    for statement in _BODY.sub("", sql).split(";"):
        if found := _ROWS.search(re.sub(r"^\s*--.*$", "", statement, flags=re.MULTILINE)):
            verb = found[1].split()[0].upper()
            yield "backfill-inline", f"{verb} changes rows inline: use kernel/db/backfill.py, in chunks"


def _in_source(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Find what takes away or changes types on any database, in everything but `downgrade`."""
    functions = [node for node in tree.body if not _is_downgrade(node)]
    for call in (node for part in functions for node in ast.walk(part) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in _TAKES_AWAY:
            yield _TAKES_AWAY[name], f"line {call.lineno}: {name} takes away what the version before needs"
        if name == "alter_column":
            yield from _altered(call)


def _altered(call: ast.Call) -> Iterator[tuple[str, str]]:
    for keyword in call.keywords:
        if keyword.arg == "type_":
            yield "changing-column-type", f"line {call.lineno}: a changed type rewrites the table"
        if keyword.arg == "new_column_name":
            yield "renaming-column", f"line {call.lineno}: a renamed column is gone for the version before"
        if keyword.arg == "nullable" and isinstance(keyword.value, ast.Constant) and not keyword.value.value:
            says = f"line {call.lineno}: NOT NULL comes after a backfill, in a later step"
            yield "adding-not-nullable-field", says


def _is_downgrade(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "downgrade"


def _allowed(tree: ast.Module) -> dict[str, str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == ["ALLOWED"]:
            allowed: dict[str, str] = ast.literal_eval(node.value)
            return allowed
    return {}


def main(arguments: Sequence[str]) -> int:
    """Print every fault; return 0 only where there is none."""
    folder = Path(arguments[0]) if arguments else ROOT / "src/tidegate/migrations"
    found = list(faults(folder))
    for fault in found:
        print(f"{fault.file}: {fault.rule}: {fault.says}", file=sys.stderr)
    if not found:
        print("The migrations lock nothing for long and take nothing away.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
