"""Writers take turns: one at a time, across threads and processes, and nobody waits for ever."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tidegate.domain.errors import Unavailable
from tidegate.kernel.db.turns import Turns

_HOLD = """
import sys, time
from pathlib import Path
from tidegate.kernel.db.turns import Turns
turns = Turns(Path(sys.argv[1]), timeout=5)
turns.take()
print("taken", flush=True)
sys.stdin.readline()
"""


class TestTurns:
    def test_only_one_thread_has_the_turn(self, tmp_path: Path) -> None:
        turns = Turns(tmp_path / "db.sqlite3", timeout=10)
        having: list[int] = []
        most: list[int] = []

        def write() -> None:
            for _ in range(20):
                turns.take()
                having.append(1)
                most.append(len(having))
                having.pop()
                turns.pass_on()

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(most) == 80
        assert max(most) == 1

    def test_whoever_waits_too_long_is_told(self, tmp_path: Path) -> None:
        turns = Turns(tmp_path / "db.sqlite3", timeout=0.05)
        turns.take()
        with pytest.raises(Unavailable, match="Nothing was changed"):
            turns.take()
        turns.pass_on()
        turns.take()
        turns.pass_on()

    def test_a_folder_that_cannot_be_written_gives_the_turn_back(self, tmp_path: Path) -> None:
        turns = Turns(tmp_path / "gone" / "db.sqlite3", timeout=0.05)
        for _ in range(2):
            with pytest.raises(FileNotFoundError):
                turns.take()

    @pytest.mark.skipif(sys.platform == "win32", reason="there is no flock, and one process")
    def test_another_process_waits_and_gets_it_when_the_first_dies(self, tmp_path: Path) -> None:
        path = tmp_path / "db.sqlite3"
        command = [sys.executable, "-c", _HOLD, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "taken\n"
            with pytest.raises(Unavailable, match="Nothing was changed"):
                Turns(path, timeout=0.05).take()
            threading.Timer(0.3, other.kill).start()
            began = time.monotonic()
            turns = Turns(path, timeout=5)
            turns.take()
            assert time.monotonic() - began > 0.1
            turns.pass_on()
