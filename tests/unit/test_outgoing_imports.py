"""Nothing but the kernel's outgoing part and the CLI's own client speaks to other servers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tidegate

SOURCE = Path(tidegate.__file__).parent
CLIENTS = frozenset({"urllib.request", "http.client", "ftplib", "smtplib", "xmlrpc.client"})
# The command speaks to the server that its user names.
THE_COMMANDS_OWN = frozenset({"cli/client.py", "cli/early_answers.py"})
# Checks the address that it connects to, as the rest of the outgoing part does.
MAIL = frozenset({"kernel/outgoing/mail.py"})


def imported(source: str) -> Iterator[str]:
    """Yield the name of every module that a source imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_only_the_commands_own_client_and_mail_use_pythons_clients() -> None:
    users = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if CLIENTS & set(imported(path.read_text("utf-8")))
    }
    assert users == THE_COMMANDS_OWN | MAIL


@pytest.mark.parametrize(
    "source", ["import urllib.request", "from urllib import request", "def f():\n    import http.client"]
)
def test_every_way_to_import_one_is_seen(source: str) -> None:
    assert CLIENTS & set(imported(source))
