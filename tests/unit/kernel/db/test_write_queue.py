"""Writers queue: one at a time, across threads and processes, and nobody waits for ever."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tidegate.domain.errors import Unavailable
from tidegate.kernel.db.write_queue import WriteQueue

_HOLD = """
import sys, time
from pathlib import Path
from tidegate.kernel.db.write_queue import WriteQueue
queue = WriteQueue(Path(sys.argv[1]), timeout=5)
queue.acquire()
print("taken", flush=True)
sys.stdin.readline()
"""


class TestWriteQueue:
    def test_only_one_thread_writes(self, tmp_path: Path) -> None:
        queue = WriteQueue(tmp_path / "db.sqlite3", timeout=10)
        having: list[int] = []
        most: list[int] = []

        def write() -> None:
            for _ in range(20):
                queue.acquire()
                having.append(1)
                most.append(len(having))
                having.pop()
                queue.release()

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(most) == 80
        assert max(most) == 1

    def test_waiting_too_long_is_reported(self, tmp_path: Path) -> None:
        queue = WriteQueue(tmp_path / "db.sqlite3", timeout=0.05)
        queue.acquire()
        with pytest.raises(Unavailable, match="Nothing was changed"):
            queue.acquire()
        queue.release()
        queue.acquire()
        queue.release()

    def test_a_folder_that_cannot_be_written_leaves_the_queue_free(self, tmp_path: Path) -> None:
        queue = WriteQueue(tmp_path / "gone" / "db.sqlite3", timeout=0.05)
        for _ in range(2):
            with pytest.raises(FileNotFoundError):
                queue.acquire()

    @pytest.mark.skipif(sys.platform == "win32", reason="there is no flock, and one process")
    def test_another_process_waits_and_gets_it_when_the_first_dies(self, tmp_path: Path) -> None:
        path = tmp_path / "db.sqlite3"
        command = [sys.executable, "-c", _HOLD, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "taken\n"
            with pytest.raises(Unavailable, match="Nothing was changed"):
                WriteQueue(path, timeout=0.05).acquire()
            threading.Timer(0.3, other.kill).start()
            began = time.monotonic()
            queue = WriteQueue(path, timeout=5)
            queue.acquire()
            assert time.monotonic() - began > 0.1
            queue.release()
