"""Files, locks and sockets: what POSIX gives, and what is done where the Unix-only names are not there."""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tidegate.kernel import files
from tidegate.kernel.files import LockFile

_HOLD = """
import sys
from pathlib import Path
from tidegate.kernel.files import LockFile
LockFile(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.readline()
"""


def _assert_private(path: Path) -> None:
    if sys.platform != "win32":  # whose modes know writing alone
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


class TestAppendLine:
    def test_adds_lines_to_a_file_of_its_owner_alone(self, tmp_path: Path) -> None:
        for line in (b"one", b"two"):
            files.append_line(tmp_path / "lines", line)
        assert (tmp_path / "lines").read_bytes() == b"one\ntwo\n"
        _assert_private(tmp_path / "lines")

    def test_ends_a_line_that_was_cut_off(self, tmp_path: Path) -> None:
        (tmp_path / "lines").write_bytes(b"one\ntw")
        files.append_line(tmp_path / "lines", b"three")
        assert (tmp_path / "lines").read_bytes() == b"one\ntw\nthree\n"


class TestLastLine:
    @pytest.mark.parametrize(
        ("content", "last"),
        [
            (b"", None),
            (b"\n\n", None),
            (b"one", b"one"),
            (b"one\ntwo\n", b"two"),
            (b"one\n" + b"x" * 200_000 + b"\n", b"x" * 200_000),
            (b"x" * 200_000 + b"\ntwo\n\n", b"two"),
        ],
    )
    def test_is_read_from_the_end(self, tmp_path: Path, content: bytes, last: bytes | None) -> None:
        (tmp_path / "lines").write_bytes(content)
        assert files.last_line(tmp_path / "lines") == last

    def test_is_none_where_there_is_no_file(self, tmp_path: Path) -> None:
        assert files.last_line(tmp_path / "none") is None


class TestCreate:
    def test_a_new_file_is_its_owners_alone(self, tmp_path: Path) -> None:
        with files.create(tmp_path / "new") as file:
            file.write(b"a\nb")
        assert (tmp_path / "new").read_bytes() == b"a\nb"
        _assert_private(tmp_path / "new")

    def test_refuses_a_name_that_is_taken(self, tmp_path: Path) -> None:
        (tmp_path / "old").write_bytes(b"old")
        with pytest.raises(FileExistsError):
            files.create(tmp_path / "old")

    def test_a_file_that_is_there_stays_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / "old").write_bytes(b"old")
        files.make_private(tmp_path / "old")
        files.make_private(tmp_path / "new")
        assert (tmp_path / "old").read_bytes() == b"old"
        _assert_private(tmp_path / "new")


class TestReplace:
    def test_moves_a_file_over_another(self, tmp_path: Path) -> None:
        (tmp_path / "new").write_bytes(b"new")
        (tmp_path / "old").write_bytes(b"old")
        files.replace(tmp_path / "new", tmp_path / "old")
        assert [path.name for path in tmp_path.iterdir()] == ["old"]
        assert (tmp_path / "old").read_bytes() == b"new"

    def test_does_not_open_the_folder_where_folders_cannot_be_opened(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> int:
            raise PermissionError

        (tmp_path / "new").touch()
        monkeypatch.delattr(os, "O_DIRECTORY", raising=False)
        monkeypatch.setattr(os, "open", refuse)
        files.replace(tmp_path / "new", tmp_path / "old")
        assert [path.name for path in tmp_path.iterdir()] == ["old"]


class TestLinkOrCopy:
    def test_gives_a_second_name(self, tmp_path: Path) -> None:
        (tmp_path / "one").write_bytes(b"x")
        files.link_or_copy(tmp_path / "one", tmp_path / "two")
        assert (tmp_path / "one").samefile(tmp_path / "two")

    @pytest.mark.parametrize("missing", [True, False])
    def test_copies_where_there_are_no_links(
        self, missing: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, "this file system has no hard links")

        if missing:
            monkeypatch.delattr(os, "link")
        else:
            monkeypatch.setattr(os, "link", refuse)
        (tmp_path / "one").write_bytes(b"x")
        files.link_or_copy(tmp_path / "one", tmp_path / "two")
        assert (tmp_path / "two").read_bytes() == b"x"
        assert not (tmp_path / "one").samefile(tmp_path / "two")

    def test_never_writes_over_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "one").write_bytes(b"x")
        (tmp_path / "two").write_bytes(b"y")
        with pytest.raises(FileExistsError):
            files.link_or_copy(tmp_path / "one", tmp_path / "two")
        assert (tmp_path / "two").read_bytes() == b"y"


class TestIsInUse:
    def test_only_windows_says_so(self) -> None:
        refused = PermissionError(errno.EACCES, "used by another process")
        assert not files.is_in_use(refused)
        setattr(refused, "winerror", 32)
        assert files.is_in_use(refused)


class TestIsOurs:
    def test_compares_the_user(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        status = tmp_path.stat()
        assert files.is_ours(status)
        monkeypatch.setattr(os, "getuid", lambda: status.st_uid + 1, raising=False)
        assert not files.is_ours(status)

    def test_takes_the_file_as_ours_where_users_have_no_number(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(os, "getuid", raising=False)
        assert files.is_ours(tmp_path.stat())


class TestLocalPath:
    def test_reads_a_url_and_a_plain_path(self) -> None:
        assert files.local_path("file:///var/blobs") == Path("/var/blobs")
        assert files.local_path("data/blobs") == Path("data/blobs")

    def test_reads_a_drive_of_windows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "REPLACES_OPEN_FILES", False)
        assert files.local_path("file:///C:/reports") == Path("C:/reports")
        assert files.local_path("/data") == Path("/data")


class TestHasInput:
    @pytest.mark.parametrize("polls", [True, False])
    def test_tells_whether_something_came(self, polls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        if not polls:
            monkeypatch.delattr(select, "poll", raising=False)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            assert not files.has_input(ours.fileno())
            theirs.send(b"goodbye")
            assert files.has_input(ours.fileno())


class TestLockFile:
    def test_one_at_a_time(self, tmp_path: Path) -> None:
        first, second = LockFile(tmp_path / "lock"), LockFile(tmp_path / "lock")
        assert first.acquire()
        assert not second.acquire(timeout=0.02, pause=0.001)
        first.release()
        assert second.acquire()
        second.close()
        assert first.acquire()
        first.close()

    def test_waits_for_its_turn(self, tmp_path: Path) -> None:
        first, second = LockFile(tmp_path / "lock"), LockFile(tmp_path / "lock")
        first.acquire()
        threading.Timer(0.1, first.release).start()
        began = time.monotonic()
        assert second.acquire(timeout=10, pause=0.001)
        assert 0.05 < time.monotonic() - began < 5
        first.close()
        second.close()

    def test_ends_with_the_process_that_holds_it(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", _HOLD, str(tmp_path / "lock")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            lock = LockFile(tmp_path / "lock")
            assert not lock.acquire()
            holder.kill()
            assert lock.acquire(timeout=10)
            lock.close()

    def test_is_not_made_where_it_must_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            LockFile(tmp_path / "lock", create=False)
        assert not (tmp_path / "lock").exists()

    @pytest.mark.skipif(sys.platform == "win32", reason="there links need a privilege")
    def test_does_not_follow_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").touch()
        (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(OSError):
            LockFile(tmp_path / "lock")
