"""`tidegate inventory`: workbooks that declare what should be; previewed, applied as a whole, undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from tidegate.cli.client import Server
from tidegate.cli.options import COMPONENT, ENVIRONMENT, server_option
from tidegate.cli.terminal import open_terminal

_PAGE = 500
_FORMATS = {".xlsx": "xlsx", ".csv": "csv"}


@click.group()
def inventory() -> None:
    """Declare facts of components and targets with a workbook or YAML, and take it back."""


@inventory.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", "applies", is_flag=True, help="Apply it at once, where no cell is bad.")
@click.option("--most", default=50, show_default=True, metavar="N", help="How many changes to show.")
@server_option
def import_workbook(file: Path, applies: bool, most: int, server: str) -> None:
    """Upload a file and show every bad cell and what it would change.

    A workbook (.xlsx, .ods, .csv), a tidegate.yml that declares a component, or Backstage's
    catalog-info.yaml. Nothing is declared before it is applied. Exit code 1 where a cell is bad.
    """
    remote = Server(server)
    query = {"name": file.name}
    uploaded = remote.upload(
        "imports",
        query=query,
        opener=lambda: file.open("rb"),
        size=file.stat().st_size,
        content_type="application/octet-stream",
    )
    made = uploaded.document()
    for name in made["skipped"]:
        _say(f"{name!r} was not read: it has no `component` in its first row, or is a document without one.")
    if made["counts"]["problems"]:
        for problem in _items(remote, made["id"], "problems"):
            _say(f"{problem['sheet']}!{problem['cell']}: {problem['reason']}")
        _say(f"{_counted(made)} Nothing can be applied before these cells are corrected.")
        raise click.exceptions.Exit(1)
    _show_changes(remote, made, most)
    if made["state"] == "applied":
        _say(f"{file.name} is applied already, as import {made['id']}.")
    elif applies:
        _say(_told(remote.send("POST", "imports", made["id"], "apply", document={}).document()))
    else:
        _say(f"{_counted(made)} Apply it: tidegate inventory apply {made['id']}")


@inventory.command("imports")
@server_option
def list_imports(server: str) -> None:
    """List the imports, newest first."""
    count = 0
    for one in _items(Server(server)):
        count += 1
        _say(f"{one['id']} {one['state']} {one['created_at']} {one['created_by']} {one['name']}")
    if not count:
        _say("There is none yet: tidegate inventory import FILE")


@inventory.command("apply")
@click.argument("import_id", metavar="ID")
@server_option
def apply_import(import_id: str, server: str) -> None:
    """Apply an import: all of it, or nothing where what it would overwrite has changed."""
    _say(_told(Server(server).send("POST", "imports", import_id, "apply", document={}).document()))


@inventory.command("undo")
@click.argument("import_id", metavar="ID")
@click.option(
    "--force",
    "names",
    multiple=True,
    metavar="SUBJECT:FIELD",
    help="Take this field back although it was changed later, such as harbour/production:version.",
)
@server_option
def undo_import(import_id: str, names: tuple[str, ...], server: str) -> None:
    """Undo an import; fields that were changed later stay, and are shown with all three values.

    Exit code 1 where such fields are left.
    """
    remote = Server(server)
    undone = remote.send("POST", "imports", import_id, "undo", document={"overwrite": list(names)}).document()
    for one in _items(remote, import_id, "conflicts"):
        was, wrote, now = (_value(one[key]) for key in ("before", "imported", "now"))
        _say(f"{_field(one)} stays {now}: it was {was}, and the import wrote {wrote}.")
    _say(_told(undone))
    if undone["counts"]["conflicts"]:
        raise click.exceptions.Exit(1)


@inventory.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--component", type=COMPONENT, help="Only what is declared of this component.")
@click.option("--environment", type=ENVIRONMENT, help="Only what is declared in this environment.")
@server_option
def export_inventory(file: Path, component: str | None, environment: str | None, server: str) -> None:
    """Write what is declared as a workbook (.xlsx or .csv) that imports back without a change."""
    written = _FORMATS.get(file.suffix.lower())
    if written is None:
        raise click.UsageError(f"{file.name}: name a file that ends with .xlsx or .csv.")
    query = {"format": written, "component": component, "environment": environment}
    file.write_bytes(Server(server).download("inventory", "export", query=query))
    _say(f"{file} written.")


@inventory.command("template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@server_option
def write_template(file: Path, server: str) -> None:
    """Write an empty workbook with notes, and drop-downs of the components and environments."""
    if file.suffix.lower() != ".xlsx":
        raise click.UsageError(f"{file.name}: name a file that ends with .xlsx.")
    file.write_bytes(Server(server).download("inventory", "template"))
    _say(f"{file} written. Fill it in, then: tidegate inventory import {file}")


def _items(server: Server, *path: str) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page = server.get("imports", *path, query={"limit": _PAGE, "cursor": cursor})
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _show_changes(server: Server, made: dict[str, Any], most: int) -> None:
    counts = made["counts"]
    for number, one in enumerate(_items(server, made["id"], "changes")):
        if number == most:
            rest = counts["added"] + counts["changed"] + counts["removed"] - most
            _say(f"... and {rest:,} more: tidegate inventory import --most N")
            return
        _say(f"{_field(one)}: {_value(one['before'])} -> {_value(one['after'])}")


def _field(one: dict[str, Any]) -> str:
    place = f"/{one['environment']}" if one["environment"] else ""
    return f"{one['component']}{place}:{one['field']}"


def _value(value: object) -> str:
    return "nothing" if value is None else repr(value)


def _counted(made: dict[str, Any]) -> str:
    counts = made["counts"]
    return (
        f"{_number(counts['rows'], 'row')}: {_number(counts['added'], 'fact')} added, "
        f"{counts['changed']:,} changed, {counts['removed']:,} removed, "
        f"{_number(counts['problems'], 'bad cell')}."
    )


def _number(count: int, what: str) -> str:
    return f"{count:,} {what if count == 1 else what + 's'}"


def _told(one: dict[str, Any]) -> str:
    left = one["counts"]["conflicts"]
    more = f" {left:,} fields were changed later, and stay." if one["state"] == "undone" and left else ""
    return f"{one['name']} is {one['state']}: import {one['id']}.{more}"


def _say(text: str) -> None:
    click.echo(open_terminal().plain(text))
