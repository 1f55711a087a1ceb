"""Tests of the place where bodies are kept while they arrive."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.gunicorn_worker.limits import ClientLimits
from tidegate.gunicorn_worker.spool import Spool, SpoolFull, SpoolRoom
from tidegate.settings import read_settings

KIB = 1024


def room(folder: Path, *, memory: int = 100 * KIB, disk: int = 200 * KIB) -> SpoolRoom:
    """Return room for bodies that are small up to 64 KiB."""
    return SpoolRoom(ClientLimits(small=64 * KIB, memory=memory, disk=disk, folder=folder / "incoming"))


def whole(spool: Spool) -> bytes:
    """Read all of it."""
    spool.rewind()
    return b"".join(iter(lambda: spool.read(10 * KIB), b""))


class TestSpool:
    def test_keeps_a_small_body_in_memory(self, tmp_path: Path) -> None:
        shared = room(tmp_path)
        spool = Spool(shared)
        for _ in range(3):
            spool.write(b"x" * 20 * KIB)
        assert whole(spool) == b"x" * 60 * KIB
        assert not list(tmp_path.iterdir())
        assert shared.memory == 40 * KIB
        spool.close()
        assert shared.memory == 100 * KIB

    def test_moves_a_large_one_to_a_file_that_nobody_sees(self, tmp_path: Path) -> None:
        shared = room(tmp_path)
        spool = Spool(shared)
        for _ in range(5):
            spool.write(b"x" * 20 * KIB)
        assert whole(spool) == b"x" * 100 * KIB
        assert list((tmp_path / "incoming").iterdir()) == []
        assert (shared.memory, shared.disk) == (100 * KIB, 100 * KIB)
        spool.close()
        assert shared.disk == 200 * KIB

    def test_can_be_read_in_between_and_written_on(self, tmp_path: Path) -> None:
        spool = Spool(room(tmp_path))
        spool.write(b"one")
        assert whole(spool) == b"one"
        spool.resume()
        spool.write(b"two")
        assert whole(spool) == b"onetwo"
        spool.close()

    def test_takes_the_disk_where_memory_is_short_but_for_the_smallest(self, tmp_path: Path) -> None:
        shared = room(tmp_path, memory=20 * KIB)
        first, second, third = Spool(shared), Spool(shared), Spool(shared)
        first.write(b"x" * 20 * KIB)
        second.write(b"y" * 20 * KIB)
        third.write(b"z" * KIB)
        assert shared.disk == 180 * KIB
        assert (whole(second), whole(third)) == (b"y" * 20 * KIB, b"z" * KIB)
        for spool in (first, second, third):
            spool.close()

    def test_refuses_what_the_disk_is_too_small_for(self, tmp_path: Path) -> None:
        shared = room(tmp_path, disk=100 * KIB)
        spool = Spool(shared)
        spool.write(b"x" * 90 * KIB)
        with pytest.raises(SpoolFull):
            spool.write(b"x" * 20 * KIB)
        other = Spool(shared)
        other.write(b"x" * 60 * KIB)
        with pytest.raises(SpoolFull):
            other.write(b"x" * 60 * KIB)
        spool.close()
        other.close()
        assert (shared.memory, shared.disk) == (100 * KIB, 100 * KIB)


class TestLimits:
    def test_follow_from_the_settings(self, tmp_path: Path) -> None:
        given = {
            "DATA_DIR": str(tmp_path),
            "WEB_CONCURRENCY": "4",
            "MAX_INCOMING_BYTES": "4000",
            "MAX_JSON_BYTES": "2000000",
            "MAX_REPORT_BYTES": "1000000",
            "MAX_SUBMISSION_BYTES": "3000000",
            "WEB_LEAST_RATE": "7",
        }
        limits = ClientLimits.of(read_settings(given))
        assert (limits.disk, limits.small, limits.largest) == (1000, 1024 * 1024, 5_000_000 + 1024 * 1024)
        assert (limits.least_rate, limits.folder) == (7, tmp_path / "incoming")
