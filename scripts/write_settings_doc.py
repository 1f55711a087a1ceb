"""Write docs/settings.md and .env.example from the settings' declarations; `--check` only compares them."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.generated import main
from tidegate.environment import Variable, variable_of
from tidegate.settings import Settings

ROOT = Path(__file__).resolve().parent.parent

_HEAD = """\
# Settings

Everything that an operator may decide is a variable of the process. Each may also be given as the path of
a file that holds it: `NAME_FILE=/run/secrets/name` (white space around what it holds does not count). A
`.env` file in the working directory is read beneath the process's own variables. An empty variable counts
as not given.

Settings are read once, at the start. Whatever is wrong with them stops the start, all of it named at once.
Two variables that contradict each other are wrong. `FLASK_DEBUG=true` together with `FLASK_ENV=production` or
`staging` is such a contradiction: the debugger runs any code for whoever reaches it.

This page is made from the declarations in `src/tidegate/settings/` by `scripts/write_settings_doc.py`.
"""

_COMMANDS = """
## Variables of the command line

The commands that ask a server (`login`, `whoami`, `submit`, `verdict`, `release`, `gate put`, `component`, …)
read these where they run. They are no settings of the server: no `NAME_FILE` and no `.env` gives them.
An option of the command goes before its variable.

| variable | option | default | meaning |
| --- | --- | --- | --- |
"""
_COMMAND_VARIABLES = (
    (
        "`TIDEGATE_URL`",
        "`--server`",
        "`http://127.0.0.1:8000`",
        "The server. Its old name `TIDEGATE_SERVER` counts where this one is not set, with a warning.",
    ),
    (
        "`TIDEGATE_TOKEN`",
        "none",
        "what `tidegate login` keeps for the server, else the identity of the CI job",
        "The token that is sent.",
    ),
    ("`TIDEGATE_COMPONENT`", "`--component`", "none", "The component."),
    ("`TIDEGATE_REVISION`", "`--revision`", "the commit that is checked out", "The commit."),
    (
        "`TIDEGATE_REPOSITORY_TOKEN`",
        "none",
        "none",
        "The token that `tidegate scan` sends to a host ([repositories.md](repositories.md)).",
    ),
    (
        "`TIDEGATE_CONFIG_DIR`",
        "none",
        "the user's own folder for settings",
        "The folder where `tidegate login` keeps tokens.",
    ),
    (
        "`TIDEGATE_AUDIENCE`, `TIDEGATE_ID_TOKEN`",
        "none",
        "what the CI system gives",
        "The identity of a CI job ([zero-secrets.md](zero-secrets.md)).",
    ),
)

_ENV_HEAD = """\
# Every variable that Tidegate reads, with its default. Copy to `.env` and take the `#` away where you differ.
# docs/settings.md says more; NAME_FILE=/path works for each of them.
"""


def documents() -> dict[Path, str]:
    """Return what each file has to hold."""
    return {ROOT / "docs/settings.md": settings_page(), ROOT / ".env.example": env_example()}


def settings_page() -> str:
    """Return the page: a table for each group of variables."""
    parts = [_HEAD]
    for group, declared in _groups().items():
        parts.append(f"\n## {group}\n\n| variable | type | default | meaning |\n| --- | --- | --- | --- |\n")
        parts.extend(_row(variable, default) for variable, default in declared)
    return "".join([*parts, _COMMANDS, *(f"| {' | '.join(cells)} |\n" for cells in _COMMAND_VARIABLES)])


def env_example() -> str:
    """Return the example: every variable, commented out."""
    parts = [_ENV_HEAD]
    for group, declared in _groups().items():
        parts.append(f"\n# --- {group}\n")
        for variable, default in declared:
            value = "" if variable.shown_default else _written(default)
            note = f"  # {variable.shown_default}" if variable.shown_default else ""
            parts.append(f"# {variable.name}={value}{note}\n")
    return "".join(parts)


def _groups() -> Mapping[str, list[tuple[Variable, Any]]]:
    groups: dict[str, list[tuple[Variable, Any]]] = {}
    for declared in dataclasses.fields(Settings):
        variable = variable_of(declared)
        groups.setdefault(variable.group, []).append((variable, declared.default))
    return groups


def _row(variable: Variable, default: Any) -> str:
    names = f"`{variable.name}`"
    if variable.aliases:
        names += ", also read as " + ", ".join(f"`{alias}`" for alias in variable.aliases)
    meaning = variable.meaning
    if variable.choices:
        meaning += " One of " + ", ".join(f"`{choice}`" for choice in variable.choices) + "."
    if variable.secret:
        meaning += " Never shown in logs or errors."
    shown = variable.shown_default or f"`{_written(default)}`"
    if variable.secret and variable.name == "SECRET_KEY":
        shown = "made at the start"
    return f"| {names} | {_type(default)} | {shown} | {meaning} |\n"


def _type(default: Any) -> str:
    names = {bool: "true or false", int: "number", float: "number", tuple: "list", Path: "path", str: "text"}
    return next(name for kind, name in names.items() if isinstance(default, kind))


def _written(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default)


if __name__ == "__main__":
    sys.exit(main(documents(), sys.argv[1:], remedy="python -m scripts.write_settings_doc"))
