"""Tests of where tests keep their files."""

from __future__ import annotations

from pathlib import Path

from tests.support import scratch


class TestFolder:
    def test_is_the_one_in_memory_where_there_is_room(self, tmp_path: Path) -> None:
        assert scratch.folder(tmp_path, room=1) == tmp_path

    def test_is_none_without_room(self, tmp_path: Path) -> None:
        assert scratch.folder(tmp_path, room=1 << 60) is None

    def test_is_none_where_there_is_no_memory_to_write_to(self, tmp_path: Path) -> None:
        assert scratch.folder(tmp_path / "none", room=1) is None
