"""Tests of what a process imports that serves: each worker of gunicorn pays for it in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

OF_OTHERS = {
    "alembic": "migrating",
    "cryptography": "signing and verifying, where keys are set or tokens of issuers come",
    "email._header_value_parser": "setting addresses of mail",
    "filelock": "locking files, as SQLite needs it",
    "httptools": "probing, which workers do",
    "joserfc": "tokens of issuers",
    "mako": "writing migrations",
    "numpy": "tables",
    "opentelemetry": "tracing, where it is switched on",
    "pandas": "tables",
    "prometheus_client": "counting, where it is switched on",
    "pygments": "the command line",
    "rich": "the command line",
    "tidegate.cli": "the command line",
    "tidegate.migrations.env": "migrating",
    "tidegate.readers.test_results.junit": "reading a report of its format",
}
"""Modules, and what alone they are imported for."""


@pytest.mark.requirement("S4-29")
def test_a_process_that_serves_imports_nothing_that_only_others_need(tmp_path: Path) -> None:
    program = (
        "import sys, tidegate.gunicorn_conf, tidegate.wsgi\n"
        "assert tidegate.wsgi.app.test_client().get('/healthz').status_code == 200\n"
        f"print(*sorted({set(OF_OTHERS)!r} & sys.modules.keys()))"
    )
    variables = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")},
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "LOG_LEVEL": "ERROR",
        "SECRET_KEY": "k3" * 32,
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == []
