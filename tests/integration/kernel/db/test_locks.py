"""Locks that one process of an installation holds: exclusive, bounded, gone with their holder."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tidegate.domain.errors import Unavailable
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.locks import installation_lock

_HOLD = """
import sys
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.locks import installation_lock

with installation_lock(Database(sys.argv[1]), "test", patience=5):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_one_waits_and_gives_up_in_time(database: Database) -> None:
    with installation_lock(database, "test", patience=1):
        with pytest.raises(Unavailable, match="'test'"):
            with installation_lock(database, "test", patience=0.2):
                pytest.fail("two had it")
        with installation_lock(database, "another", patience=0.2):
            pass
    with installation_lock(database, "test", patience=0.2):
        pass


def test_a_killed_process_does_not_keep_it(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Unavailable):
        with installation_lock(database, "test", patience=0.2):
            pytest.fail("two had it")
    holder.kill()
    holder.communicate(timeout=10)
    with installation_lock(database, "test", patience=10):
        pass
