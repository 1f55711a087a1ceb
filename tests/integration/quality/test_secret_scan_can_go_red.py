"""The scan for secrets in what tests and their servers say finds each kind of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import secret_scan
from tests.support.access import ADMIN
from tidegate.domain.signing import SigningKey

ROOT = Path(__file__).parents[3]
HEAD = """\
import sys
from pathlib import Path
from tests.support import secret_scan
from tests.support.access import ADMIN
from tidegate.domain.signing import SigningKey

URL = {"DATABASE_URL": "postgresql://a:harbour-at-night@127.0.0.1/b", "SECRET_KEY": "k" * 40}

def test_something(tmp_path: Path) -> None:
"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("print('Authorization:', ADMIN.text)", "an API token"),
        ("print(SigningKey.generate().private_pem())", "a private key"),
        ("secret_scan.remember_settings(URL); print('at', 'harbour-at-night')", "a secret of the settings"),
        ("secret_scan.remember('of-a-session'); sys.stderr.write('cookie of-a-session')", "a session"),
        (
            "log = tmp_path / 'log'; log.write_text('k' * 40);"
            " secret_scan.remember_settings(URL); secret_scan.watch(log)",
            "a secret of the settings",
        ),
        ("secret_scan.remember('short'); print('tdg_short', 'short', ADMIN)", None),
    ],
)
def test_finds(tmp_path: Path, body: str, found: str | None) -> None:
    (tmp_path / "conftest.py").write_text("from tests.support.secret_scan import pytest_runtest_makereport\n")
    (tmp_path / "test_it.py").write_text(f"{HEAD}    {body}\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        str(tmp_path),
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT}/src"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == (1 if found else 0), done.stdout
    assert (f"{found}" in done.stdout) is bool(found)


def test_shows_no_secret_itself() -> None:
    pem = SigningKey.generate().private_pem()
    token, key = secret_scan.leaks([f"sent {ADMIN.text}", pem])
    assert ADMIN.text not in token and token.endswith("sent [here]")
    assert pem.splitlines()[1] not in key
