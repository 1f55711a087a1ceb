"""Storage backends: a local folder, or anything that fsspec reaches; nothing is ever visible half-written."""

from __future__ import annotations

import errno
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from tidegate.kernel import files

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem  # type: ignore[import-untyped]  # ships no types

INCOMING = "incoming"
"""The folder in which uploads wait for their name."""

_FORGOTTEN_AFTER = 24 * 3600.0
_SPOOL = 1024 * 1024
# Object stores show an upload under its name when it is complete, and not before.
_ATOMIC = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss"})


class StorageBackend(Protocol):
    """Keeps named bytes. Names look like `sha256/ab/abcd…`; what is there never changes."""

    def size(self, name: str) -> int | None:
        """Return how many bytes lie under the name, or None where there are none."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open for reading; raises `FileNotFoundError`."""
        ...

    def upload(self) -> AbstractContextManager[Upload]:
        """Start writing something whose name is not known yet; without `finish` nothing stays of it."""
        ...

    def refresh(self, name: str) -> bool:
        """Count what lies there as put anew, as durable as our own; False where it is gone by now."""
        ...

    def ping(self) -> None:
        """Raise `OSError` where nothing could be kept now."""
        ...

    def list_folder(self, folder: str) -> dict[str, int | None]:
        """Return what lies right in a folder, with its size or None for a folder; empty where it is not."""
        ...

    def remove(self, name: str) -> None:
        """Remove what lies under the name, if it is there; for backends whose contents are not for ever."""
        ...


class Upload(Protocol):
    """Bytes on their way to a storage backend."""

    def write(self, data: bytes) -> int:
        """Add bytes."""
        ...

    def tell(self) -> int:
        """Return how many bytes were added."""
        ...

    def finish(self, name: str) -> None:
        """Show all of it under its name at once, durably, in place of what was there."""
        ...


class LocalStorage:
    """A folder on a local disk."""

    def __init__(self, root: Path) -> None:
        # Texts: joining paths takes longer than looking at a file.
        self._root = str(root)
        self._incoming = f"{root}/{INCOMING}"

    def size(self, name: str) -> int | None:
        """Return the file's size."""
        try:
            return os.stat(self._path(name)).st_size
        except FileNotFoundError:
            return None

    def open(self, name: str) -> BinaryIO:
        """Open the file."""
        return open(self._path(name), "rb", buffering=0)

    @contextmanager
    def upload(self) -> Iterator[Upload]:
        """Write into a file of its own, beside the others, on the same disk."""
        path = f"{self._incoming}/{uuid.uuid4().hex}"
        try:
            file = files.create(path)
        except FileNotFoundError:
            self._make_folder(self._incoming)
            file = files.create(path)
        upload = _LocalUpload(self, file, path)
        try:
            with file:
                yield upload
        finally:
            if not upload.finished:
                with suppress(FileNotFoundError):  # it may have got its name, and failed after that
                    os.unlink(path)

    def refresh(self, name: str) -> bool:
        """Make the file young, and sync the folder: whoever put it there may not have come to that yet."""
        try:
            os.utime(self._path(name))
        except FileNotFoundError:
            return False
        files.sync_folder(os.path.dirname(self._path(name)))
        return True

    def ping(self) -> None:
        """Make an empty file and take it away again; also clear away what a killed process left."""
        with self.upload() as upload:
            upload.write(b"")
        self._sweep()

    def list_folder(self, folder: str) -> dict[str, int | None]:
        """List the folder."""
        try:
            with os.scandir(self._path(folder)) as entries:
                return {each.name: None if each.is_dir() else each.stat().st_size for each in entries}
        except FileNotFoundError:
            return {}

    def remove(self, name: str) -> None:
        """Remove the file, and its folder where it was the last one in it."""
        path = Path(self._path(name))
        path.unlink(missing_ok=True)
        try:
            path.parent.rmdir()
        except OSError:
            return  # others lie there, or it is gone

    def store(self, path: str, name: str) -> None:
        """Move a complete, synced file to its name and sync the folder that now holds it."""
        target = self._path(name)
        try:
            files.replace(path, target)
        except FileNotFoundError:
            self._make_folder(os.path.dirname(target))
            files.replace(path, target)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _make_folder(self, folder: str) -> None:
        """Make a folder and its parents such that none of them is lost in a power cut."""
        missing = [Path(folder), *Path(folder).parents]
        missing = [parent for parent in missing if not parent.exists()]
        for parent in reversed(missing):
            parent.mkdir(mode=0o700, exist_ok=True)
            files.sync_folder(parent.parent)

    def _sweep(self) -> None:
        """Remove uploads that nobody can be writing any more."""
        with os.scandir(self._incoming) as entries:
            for entry in entries:
                try:
                    if time.time() - entry.stat().st_mtime > _FORGOTTEN_AFTER:
                        os.unlink(entry.path)
                except FileNotFoundError:
                    continue


class _LocalUpload:
    def __init__(self, storage: LocalStorage, file: BinaryIO, path: str) -> None:
        self._storage = storage
        self._file = file
        self._path = path
        self.finished = False

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        return len(data)

    def tell(self) -> int:
        return self._file.tell()

    def finish(self, name: str) -> None:
        # First the bytes, then the name: after a power cut a name never stands for fewer bytes.
        os.fsync(self._file.fileno())
        self._file.close()  # Windows moves no file that is open
        self._storage.store(self._path, name)
        self.finished = True


class RemoteStorage:
    """A folder of any file system that fsspec speaks to; whatever its library raises becomes `OSError`."""

    def __init__(self, file_system: AbstractFileSystem, root: str) -> None:
        self._file_system = file_system
        self._root = root.rstrip("/")
        protocol = file_system.protocol
        self._atomic = not _ATOMIC.isdisjoint((protocol,) if isinstance(protocol, str) else protocol)

    def size(self, name: str) -> int | None:
        """Return the object's size."""
        try:
            with _os_errors():
                return int(self._file_system.info(self._path(name))["size"])
        except FileNotFoundError:
            return None

    def open(self, name: str) -> BinaryIO:
        """Open the object."""
        with _os_errors():
            return cast(BinaryIO, self._file_system.open(self._path(name), "rb"))

    @contextmanager
    def upload(self) -> Iterator[Upload]:
        """Collect in memory, beyond a mebibyte in a temporary file."""
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as file:
            yield _RemoteUpload(self, cast(BinaryIO, file))

    def refresh(self, name: str) -> bool:
        """Do nothing: what can be seen there is durable, and nothing clears it away."""
        return True

    def ping(self) -> None:
        """Ask for something that is not there."""
        with _os_errors():
            self._file_system.exists(self._path("ping"))

    def list_folder(self, folder: str) -> dict[str, int | None]:
        """Ask for the objects below the prefix; what is remembered of an earlier answer does not count."""
        path = self._path(folder) if folder else self._root
        self._file_system.invalidate_cache()
        try:
            with _os_errors():
                found = self._file_system.ls(path, detail=True)
        except FileNotFoundError:
            return {}
        return {
            entry["name"]
            .rstrip("/")
            .rpartition("/")[2]: (None if entry["type"] == "directory" else int(entry["size"]))
            for entry in found
            # Some stores keep an empty object in place of a folder, and list it in itself.
            if entry["name"].strip("/") != path.strip("/")
        }

    def remove(self, name: str) -> None:
        """Remove the object."""
        try:
            with _os_errors():
                self._file_system.rm_file(self._path(name))
        except FileNotFoundError:
            return

    def store(self, file: BinaryIO, name: str) -> None:
        """Upload to the name itself where that is atomic, else beside it and move."""
        target = self._path(name)
        path = target if self._atomic else self._path(f"{INCOMING}/{uuid.uuid4().hex}")
        file.seek(0)
        with _os_errors():
            self._file_system.makedirs(path.rpartition("/")[0], exist_ok=True)
            with self._file_system.open(path, "wb") as remote:
                while data := file.read(_SPOOL):
                    remote.write(data)
            if path != target:
                self._file_system.makedirs(target.rpartition("/")[0], exist_ok=True)
                self._file_system.mv(path, target)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


class _RemoteUpload:
    def __init__(self, storage: RemoteStorage, file: BinaryIO) -> None:
        self._storage = storage
        self._file = file

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell()

    def finish(self, name: str) -> None:
        self._storage.store(self._file, name)


@contextmanager
def _os_errors() -> Iterator[None]:
    """Turn what a store's library raises of its own, such as for keys that are missing, into `OSError`."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        # A boundary: each of fsspec's libraries has errors of its own.
        if type(error).__module__ == "builtins":
            raise  # a mistake in a program and no answer of a store
        raise OSError(errno.EIO, f"{type(error).__name__}: {error}") from error


def open_storage(url: str | Path) -> StorageBackend:
    """Return the backend at a local folder, or at a URL that fsspec knows, such as `s3://bucket/folder`.

    Raises `ValueError` where the URL's kind is not known or its library is not installed.
    """
    folder = local_folder(url)
    if folder is not None:
        return LocalStorage(folder)
    from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # ships no types

    check_url(url)
    file_system, root = url_to_fs(str(url))
    return RemoteStorage(file_system, root)


def local_folder(url: str | Path) -> Path | None:
    """Return the folder that the URL names; None where it names something else than a local folder."""
    text = str(url)
    return None if "://" in text.removeprefix("file://") else files.local_path(text)


def check_url(url: str | Path) -> None:
    """Raise what `open_storage` raises, and open nothing: for a process that forks afterwards."""
    scheme, separator, _ = str(url).partition("://")
    if not separator:
        return
    from fsspec import get_filesystem_class

    try:
        for kind in scheme.split("::"):  # fsspec's chains, such as `simplecache::s3://bucket`
            get_filesystem_class(kind)
    except (ImportError, ValueError) as error:
        raise ValueError(f"nothing can be kept at {scheme}://…: {error}") from error
