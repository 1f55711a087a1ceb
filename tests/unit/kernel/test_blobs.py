"""Blobs on a local disk and in memory: whole, verified, kept once."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import random
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Never

import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped]  # ships no types
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidegate.domain.errors import NotFound, Unavailable
from tidegate.kernel import files
from tidegate.kernel.blobs import BlobDamaged, BlobStore
from tidegate.kernel.storage import RemoteStorage

_MEBIBYTE = 1024 * 1024
_LARGE = random.Random(1).randbytes(3 * _MEBIBYTE + 17)


@pytest.fixture(params=["local", "file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    urls: dict[str, str | Path] = {
        "local": tmp_path / "blobs",
        "file": f"file://{tmp_path}/blobs",
        "memory": f"memory://{uuid.uuid4().hex}",
    }
    return BlobStore.from_url(urls[request.param])


class _Trickle:
    """A source that gives a few bytes at a time, as a socket does."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        """Return less than asked for."""
        return self._data.read(min(size, 70_000))


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestPut:
    @pytest.mark.parametrize("data", [b"", b"a", b"x" * _MEBIBYTE, b"x" * (_MEBIBYTE + 1), _LARGE])
    def test_keeps_every_byte_under_its_digest(self, store: BlobStore, data: bytes) -> None:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert not store.exists(digest)
        assert store.put(_Trickle(data)) == (digest, len(data))
        assert store.put(io.BytesIO(data)) == (digest, len(data))
        assert store.exists(digest)
        assert store.get(digest) == data

    @given(data=st.binary(max_size=5000))
    @settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    def test_what_goes_in_comes_out(self, tmp_path: Path, data: bytes) -> None:
        store = BlobStore.from_url(tmp_path)
        assert store.get(store.put_bytes(data).digest) == data

    def test_does_not_write_again_what_is_there(self, tmp_path: Path) -> None:
        store = BlobStore.from_url(tmp_path)
        for data in (b"small", _LARGE):
            store.put(io.BytesIO(data))
        before = {path: path.stat().st_ino for path in _files(tmp_path)}
        for data in (b"small", _LARGE):
            store.put(io.BytesIO(data))
        assert {path: path.stat().st_ino for path in _files(tmp_path)} == before

    @pytest.mark.parametrize("data", [b"small" * 100, _LARGE])
    def test_heals_what_is_damaged(self, tmp_path: Path, data: bytes) -> None:
        store = BlobStore.from_url(tmp_path)
        digest = store.put(io.BytesIO(data)).digest
        (path,) = _files(tmp_path)
        path.write_bytes(path.read_bytes()[:-5])
        store.put(io.BytesIO(data))
        assert store.get(digest) == data

    def test_leaves_nothing_of_a_source_that_breaks(self, store: BlobStore, tmp_path: Path) -> None:
        class Broken(_Trickle):
            def read(self, size: int, /) -> bytes:
                if self._data.tell() > 2 * _MEBIBYTE:
                    raise LookupError
                return super().read(size)

        with pytest.raises(LookupError):
            store.put(Broken(_LARGE))
        assert _files(tmp_path) == []

    def test_says_that_the_disk_refuses(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        store = BlobStore.from_url(tmp_path / "file" / "below")
        with pytest.raises(Unavailable, match="Nothing was kept"):
            store.put_bytes(b"x")
        with pytest.raises(Unavailable):
            store.ping()

    def test_says_what_failed_after_the_file_had_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = BlobStore.from_url(tmp_path)
        store.put_bytes(b"a")
        (kept,) = _files(tmp_path)
        kept.write_bytes(b"damaged")  # so that it is written anew, into a folder that is there

        def refuse(_: object) -> Never:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(files, "sync_folder", refuse)
        with pytest.raises(Unavailable, match=re.escape(os.strerror(errno.EIO))):
            store.put_bytes(b"a")

    def test_files_are_private(self, tmp_path: Path) -> None:
        BlobStore.from_url(tmp_path / "new").put_bytes(b"x")
        assert {path.stat().st_mode & 0o077 for path in (tmp_path / "new").rglob("*")} == {0}


class TestOpen:
    def test_reads_a_piece_at_a_time(self, store: BlobStore) -> None:
        digest = store.put(io.BytesIO(_LARGE)).digest
        with store.open(digest) as blob:
            assert b"".join(iter(lambda: blob.read(100_000), b"")) == _LARGE

    def test_what_is_not_there_is_not_found(self, store: BlobStore) -> None:
        with pytest.raises(NotFound):
            store.open("sha256:" + "0" * 64)

    def test_refuses_what_is_no_digest(self, store: BlobStore) -> None:
        with pytest.raises(ValueError, match="not a digest"):
            store.open("sha256:../../etc/passwd")

    @pytest.mark.parametrize("damage", ["cut", "exchanged", "garbage"])
    def test_finds_damage(self, tmp_path: Path, damage: str) -> None:
        store = BlobStore.from_url(tmp_path)
        digest = store.put_bytes(b"first" * 1000).digest
        (path,) = _files(tmp_path)
        other = BlobStore.from_url(tmp_path / "other")
        other.put_bytes(b"second")
        (wrong,) = _files(tmp_path / "other" / "sha256")
        damaged = {"cut": path.read_bytes()[:-3], "exchanged": wrong.read_bytes(), "garbage": b"?" * 40}
        path.write_bytes(damaged[damage])
        with pytest.raises(BlobDamaged, match="submit the same report again"):
            store.get(digest)


class TestPing:
    def test_passes_where_blobs_can_be_kept(self, store: BlobStore) -> None:
        store.ping()

    def test_clears_away_what_a_killed_process_left_long_ago(self, tmp_path: Path) -> None:
        store = BlobStore.from_url(tmp_path)
        store.ping()
        old, young = tmp_path / "incoming" / "old", tmp_path / "incoming" / "young"
        for path in (old, young):
            path.write_bytes(b"x")
        os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
        store.ping()
        assert _files(tmp_path) == [young]


class _NoKeys(Exception):
    """What the library of an object store raises of its own."""


class _Refusing(MemoryFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """A store that answers nothing but what it was made with."""

    cachable = False

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self._fault = fault

    def info(self, path: str, **_: object) -> Never:
        raise self._fault

    exists = ls = rm_file = makedirs = info


class TestElsewhere:
    """Stores that fsspec reaches."""

    def test_what_their_library_raises_is_reported_as_the_stores_fault(self) -> None:
        store = BlobStore(RemoteStorage(_Refusing(_NoKeys("no keys")), "bucket"))
        asked: list[Callable[[], object]] = [
            store.ping,
            lambda: store.exists(f"sha256:{'0' * 64}"),
            lambda: store.put_bytes(b"a"),
        ]
        for ask in asked:
            with pytest.raises(Unavailable, match="cannot be used: _NoKeys: no keys"):
                ask()

    def test_a_mistake_in_a_program_is_not_the_stores_fault(self) -> None:
        store = BlobStore(RemoteStorage(_Refusing(TypeError("no such argument")), "bucket"))
        with pytest.raises(TypeError, match="no such argument"):
            store.ping()

    def test_a_folder_that_is_not_there_is_empty(self) -> None:
        storage = RemoteStorage(_Refusing(FileNotFoundError()), "bucket")
        assert storage.list_folder("backups") == {}
        storage.remove("backups/a")


class TestFromUrl:
    def test_takes_chains_of_stores(self, tmp_path: Path) -> None:
        store = BlobStore.from_url(f"dir::file://{tmp_path}")
        assert store.get(store.put_bytes(b"a").digest) == b"a"

    def test_names_what_is_missing(self) -> None:
        with pytest.raises(ValueError, match="nonsense://"):
            BlobStore.from_url("nonsense://x/y")


_PUT_FOR_EVER = """
import sys
from tidegate.kernel.blobs import BlobStore

class Endless:
    def read(self, size, /):
        print("reading", flush=True)
        return bytes(size)

BlobStore.from_url(sys.argv[1]).put(Endless())
"""


class TestKill:
    def test_a_put_that_is_killed_leaves_nothing_under_a_name(self, tmp_path: Path) -> None:
        process = subprocess.Popen(
            [sys.executable, "-c", _PUT_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(20):
            assert process.stdout.readline() == "reading\n"
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=10)
        assert not (tmp_path / "sha256").exists()
        assert [path.parent.name for path in _files(tmp_path)] == ["incoming"]
        assert BlobStore.from_url(tmp_path).put_bytes(b"next").size == 4
