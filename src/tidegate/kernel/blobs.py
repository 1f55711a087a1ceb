"""Blobs: reports kept byte for byte, compressed, under the SHA-256 of what they were."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

import zstandard

from tidegate.domain.errors import NotFound, TidegateError, Unavailable
from tidegate.kernel.blob_layout import blob_path
from tidegate.kernel.storage import StorageBackend, Upload, open_storage

if TYPE_CHECKING:
    from tidegate.settings import Settings

_CHUNK = 1024 * 1024
# Up to here a report is hashed and compressed in memory in one go.
_SMALL = 1024 * 1024
# Level 3 keeps reports at a tenth of their size at 900 MB/s; higher levels cost more than they save.
_LEVEL = 3


class ByteSource(Protocol):
    """What a blob is read from: a file, a socket, a request."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; empty at the end."""
        ...


class Blob(NamedTuple):
    """What was kept: `digest` is written `sha256:…`, `size` counts the bytes before compression."""

    digest: str
    size: int


class BlobDamaged(TidegateError):
    """What lies in the store is not what was put there."""

    def __init__(self, digest: str) -> None:
        self.digest = digest
        super().__init__(
            f"The stored report {digest} is damaged: its bytes no longer give this digest. "
            "Restore it from a backup, or submit the same report again."
        )


class BlobStore:
    """Keeps bytes under their digest; the same bytes are kept once. Safe to share between threads."""

    def __init__(self, storage: StorageBackend) -> None:
        self._storage = storage

    @classmethod
    def from_url(cls, url: str | Path) -> BlobStore:
        """Open the store at a local folder, or at a URL that fsspec knows, such as `s3://bucket/folder`."""
        return cls(open_storage(url))

    @classmethod
    def from_settings(cls, settings: Settings) -> BlobStore:
        """Open the store that the settings name."""
        return cls.from_url(settings.blob_url)

    def put(self, source: ByteSource) -> Blob:
        """Keep everything that `source` gives, and return once it is durable.

        Needs a few mebibytes of memory, whatever the size. Raises `Unavailable` where the store cannot keep
        it, and then shows nothing of it.
        """
        head = _read_fully(source, _SMALL + 1)
        if len(head) <= _SMALL:
            return self.put_bytes(head)
        with _explained(), self._storage.upload() as upload:
            digest, size = _pour(head, source, upload)
            name = blob_path(digest)
            # Compression is deterministic, so another size means a damaged object, or one written by another
            # version of the library: both are replaced. Reading it all to know better would cost as much.
            if not (self._storage.size(name) == upload.tell() and self._storage.refresh(name)):
                upload.finish(name)
        return Blob(digest, size)

    def put_bytes(self, data: bytes) -> Blob:
        """Keep these bytes; see `put`."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        name = blob_path(digest)
        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(data)
        with _explained():
            if not (self._holds(name, packed) and self._storage.refresh(name)):
                with self._storage.upload() as upload:
                    upload.write(packed)
                    upload.finish(name)
        return Blob(digest, len(data))

    def open(self, digest: str) -> BinaryIO:
        """Open for reading, decompressed; reading to the end raises `BlobDamaged` where the digest differs.

        Whoever stops early has read unverified bytes. Raises `NotFound` where there is no such blob.
        """
        with _explained():
            try:
                packed = self._storage.open(blob_path(digest))
            except FileNotFoundError:
                raise NotFound("stored report", digest) from None
        return io.BufferedReader(_Verified(packed, digest), buffer_size=_CHUNK)

    def get(self, digest: str) -> bytes:
        """Return all bytes of a blob, verified; for those known to be small."""
        with self.open(digest) as blob:
            return b"".join(iter(lambda: blob.read(_CHUNK), b""))

    def exists(self, digest: str) -> bool:
        """Tell whether there is a blob of this digest."""
        with _explained():
            return self._storage.size(blob_path(digest)) is not None

    def ping(self) -> None:
        """Raise `Unavailable` where no blob could be kept now."""
        with _explained():
            self._storage.ping()

    def _holds(self, name: str, packed: bytes) -> bool:
        """Tell whether exactly these bytes lie there already; they are small, so look at all of them."""
        if self._storage.size(name) != len(packed):
            return False
        try:
            with self._storage.open(name) as stored:
                return stored.read(len(packed)) == packed
        except FileNotFoundError:  # cleared away in this very moment
            return False


class _Verified(io.RawIOBase):
    """Reads a compressed blob and holds its digest against what it should be."""

    def __init__(self, packed: BinaryIO, digest: str) -> None:
        self._packed = packed
        self._digest = digest
        self._hash = hashlib.sha256()
        self._plain = zstandard.ZstdDecompressor().stream_reader(packed, read_size=_CHUNK)

    def readable(self) -> bool:
        return True

    # typeshed asks for any writable buffer; what calls this always hands in a memoryview.
    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        try:
            count = self._plain.readinto(buffer)
        except zstandard.ZstdError as error:
            raise BlobDamaged(self._digest) from error
        self._hash.update(buffer[:count])
        if count == 0 and len(buffer) and f"sha256:{self._hash.hexdigest()}" != self._digest:
            raise BlobDamaged(self._digest)
        return count

    def close(self) -> None:
        self._packed.close()
        super().close()


def _pour(head: bytes, source: ByteSource, upload: Upload) -> tuple[str, int]:
    """Hash, compress and write piece by piece; returns the digest and the size before compression."""
    hasher = hashlib.sha256()
    packer = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
    size = 0
    data = head
    while data:
        hasher.update(data)
        size += len(data)
        upload.write(packer.compress(data))
        data = source.read(_CHUNK)
    upload.write(packer.flush())
    return f"sha256:{hasher.hexdigest()}", size


def _read_fully(source: ByteSource, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end; a socket may give less at a time."""
    first = source.read(size)
    if len(first) == size or not first:
        return first
    parts = [first]
    missing = size - len(first)
    while missing and (data := source.read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what the disk or the network refuses into `Unavailable`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unavailable(
            f"The store of reports cannot be used: {reason}. Nothing was kept; try again."
        ) from error
