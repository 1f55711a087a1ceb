"""Tests of the folder in which processes count together: fresh, cleared away, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.domain.errors import Unavailable
from tidegate.kernel.telemetry.folder import PREFIX, SharedFolder


class TestSharedFolder:
    def test_is_empty_but_for_its_lock_and_goes_when_it_is_left(self, tmp_path: Path) -> None:
        with SharedFolder([tmp_path]) as folder:
            assert [path.name for path in folder.path.iterdir()] == ["lock"]
            assert folder.path.stat().st_mode & 0o077 == 0
        assert list(tmp_path.iterdir()) == []

    def test_lies_in_the_first_place_that_can_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("no folder")
        with SharedFolder([tmp_path / "file", tmp_path / "data"]) as folder:
            assert folder.path.parent == tmp_path / "data"

    def test_says_what_is_needed_where_none_can(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("no folder")
        with pytest.raises(Unavailable, match="Let one of them be writable"):
            SharedFolder([tmp_path / "file"])

    def test_clears_away_what_a_killed_server_left(self, tmp_path: Path) -> None:
        left = tmp_path / f"{PREFIX}killed"
        left.mkdir()
        (left / "lock").touch()
        (left / "counter_1.db").write_bytes(b"\0" * 10)
        with SharedFolder([tmp_path]):
            assert not left.exists()

    def test_leaves_those_alone_that_live_or_are_not_whole_yet(self, tmp_path: Path) -> None:
        beginning = tmp_path / f"{PREFIX}beginning"
        beginning.mkdir()
        with SharedFolder([tmp_path]) as first, SharedFolder([tmp_path]):
            assert first.path.is_dir()
            assert beginning.is_dir()

    def test_leaves_those_of_other_users_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        theirs = tmp_path / f"{PREFIX}theirs"
        theirs.mkdir()
        (theirs / "lock").touch()
        monkeypatch.setattr("os.getuid", lambda: 4711)
        with SharedFolder([tmp_path]):
            assert theirs.is_dir()
