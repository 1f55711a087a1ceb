"""The catalogue of backups: dated ones, and the pool of reports they share; nothing half-written counts."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import msgspec
import zstandard

from tidegate.kernel.backups.checking import compare
from tidegate.kernel.backups.encryption import BackupCipher, Readable
from tidegate.kernel.backups.manifest import (
    BackupDamaged,
    KeptBlob,
    Manifest,
    Part,
    decode,
    encode,
    read_blobs,
)
from tidegate.kernel.blob_layout import ROOT, blob_file, blob_folder
from tidegate.kernel.storage import StorageBackend

_MANIFEST = "manifest.json"
_POOL = "reports-"
_AGE = ".age"
NAME = "%Y%m%dT%H%M%SZ"


class BackupCatalogue:
    """Keeps backups: each a folder with a dated name, its manifest written last and removed first."""

    def __init__(self, storage: StorageBackend, cipher: BackupCipher, scratch: Path) -> None:
        self._storage = storage
        self._cipher = cipher
        self._scratch = scratch

    @property
    def cipher(self) -> BackupCipher:
        """What encrypts and decrypts its parts."""
        return self._cipher

    @property
    def pool(self) -> str:
        """The pool that a backup made now shares: one for each group of those who can open it."""
        return f"{_POOL}{self._cipher.group}"

    def new_name(self, at: datetime) -> str:
        """Return a dated name that no backup has."""
        dated = at.astimezone(UTC).strftime(NAME)
        taken = set(self._storage.list_folder(""))
        names = (dated, *(f"{dated}-{number}" for number in range(2, 1000)))
        return next(name for name in names if name not in taken)

    def names(self) -> list[str]:
        """Return the name of everything that is or was to become a backup, newest first."""
        return sorted((name for name in self._storage.list_folder("") if _is_name(name)), reverse=True)

    def manifest(self, name: str) -> Manifest | None:
        """Read a manifest; None where there is none, so that this is no backup. Raises `BackupDamaged`."""
        try:
            with self._storage.open(f"{name}/{_MANIFEST}") as stored:
                return decode(name, stored.read())
        except FileNotFoundError:
            return None

    def backups(self) -> Iterator[Manifest]:
        """Go through the backups whose manifest can be read, newest first."""
        for name in self.names():
            try:
                manifest = self.manifest(name)
            except BackupDamaged:
                continue
            if manifest is not None:
                yield manifest

    def put(
        self, backup: str, name: str, opened: AbstractContextManager[Readable], *, encrypt: bool = True
    ) -> Part:
        """Store a part; nothing of it is kept where `opened` raises, also when it is closed."""
        encrypted = encrypt and self._cipher.encrypts
        cipher = self._cipher if encrypted else BackupCipher()
        full = f"{name}.zst{_AGE if encrypted else ''}"
        with self._storage.upload() as upload:
            with opened as source:
                stored = cipher.write(source, upload)
            upload.finish(f"{backup}/{full}")
        return Part(full, stored.digest, stored.size, stored.content, encrypted)

    def put_blob(self, content: str, opened: AbstractContextManager[Readable]) -> KeptBlob:
        """Store a report in the pool."""
        with self._storage.upload() as upload:
            with opened as source:
                stored = self._cipher.write(source, upload)
            upload.finish(self._blob_path(self.pool, content))
        return KeptBlob(content, stored.digest, stored.size)

    def finish(self, manifest: Manifest) -> None:
        """Make a backup of the parts that were stored."""
        with self._storage.upload() as upload:
            upload.write(encode(manifest))
            upload.finish(f"{manifest.name}/{_MANIFEST}")

    @contextmanager
    def open(self, manifest: Manifest, part: Part) -> Iterator[BinaryIO]:
        """Open a part to read what it means; raises `BackupDamaged` where it is missing."""
        with self._stored(manifest.name, f"{manifest.name}/{part.name}", part.name) as stored:
            with self._cipher.open(stored, encrypted=part.encrypted, scratch=self._scratch) as opened:
                yield opened

    @contextmanager
    def open_blob(self, manifest: Manifest, blob: KeptBlob) -> Iterator[BinaryIO]:
        """Open a report of a backup."""
        path = self._blob_path(manifest.pool, blob.content)
        with self._stored(manifest.name, path, f"the report {blob.content}") as stored:
            with self._cipher.open(
                stored, encrypted=_encrypted(manifest.pool), scratch=self._scratch
            ) as opened:
                yield opened

    @contextmanager
    def blobs(self, manifest: Manifest) -> Iterator[Iterator[KeptBlob]]:
        """Go through the reports of a backup, sorted by their digest; raises `BackupDamaged` on the way."""
        with self.open(manifest, manifest.blobs) as lines:
            yield _listed(manifest, lines)

    def sizes(self, pool: str, contents: Iterable[str]) -> Iterator[tuple[str, int | None]]:
        """Tell of sorted digests how many bytes the pool holds for them; it is listed folder by folder."""
        for folder, group in groupby(contents, key=blob_folder):
            listed = self._storage.list_folder(f"{pool}/{folder}")
            for content in group:
                yield content, listed.get(_file(pool, content))

    def holds(self, manifest: Manifest, part: Part) -> bool:
        """Tell whether a part is there in its full size."""
        return self._storage.size(f"{manifest.name}/{part.name}") == part.size

    def lacks(self, manifest: Manifest) -> str | None:
        """Say which piece is not there in its full size, without reading any report; None where all are."""
        for part in manifest.parts:
            if not self.holds(manifest, part):
                return part.name
        pool = manifest.pool
        with self.blobs(manifest) as blobs:
            for folder, group in groupby(blobs, key=lambda blob: blob_folder(blob.content)):
                listed = self._storage.list_folder(f"{pool}/{folder}")
                for blob in group:
                    if listed.get(_file(pool, blob.content)) != blob.size:
                        return f"the report {blob.content}"
        return None

    def check(self, manifest: Manifest) -> None:
        """Read every byte of a backup again and hold it against its digests; raises `BackupDamaged`."""
        name = manifest.name
        for part in manifest.parts:
            with self._stored(name, f"{name}/{part.name}", part.name) as stored:
                compare(name, part.name, stored, digest=part.digest, size=part.size)
        with self.blobs(manifest) as blobs:
            for blob in blobs:
                what = f"the report {blob.content}"
                with self._stored(name, self._blob_path(manifest.pool, blob.content), what) as stored:
                    compare(name, what, stored, digest=blob.digest, size=blob.size)

    def remove(self, name: str) -> None:
        """Remove a backup, its manifest first: what is left of it when this is cut short is none."""
        self._storage.remove(f"{name}/{_MANIFEST}")
        for part in self._storage.list_folder(name):
            self._storage.remove(f"{name}/{part}")

    def sweep(self, kept: Iterable[Manifest]) -> int:
        """Remove the reports that no backup names any more; returns how many those were.

        Nobody may be making a backup meanwhile: it may count on a report that is about to go.
        """
        by_pool: dict[str, list[Manifest]] = {}
        for manifest in kept:
            by_pool.setdefault(manifest.pool, []).append(manifest)
        pools = [name for name in self._storage.list_folder("") if name.startswith(_POOL)]
        return sum(self._sweep_pool(pool, by_pool.get(pool, [])) for pool in pools)

    def _sweep_pool(self, pool: str, kept: list[Manifest]) -> int:
        removed = 0
        with _all(self.blobs(manifest) for manifest in kept) as lists:
            needed = groupby(
                heapq.merge(*((blob.content for blob in blobs) for blobs in lists)), key=blob_folder
            )
            folder, names = next(needed, ("", iter(())))
            for found in sorted(f"{ROOT}/{each}" for each in self._storage.list_folder(f"{pool}/{ROOT}")):
                while folder and folder < found:
                    folder, names = next(needed, ("", iter(())))
                keep = {_file(pool, content) for content in names} if folder == found else set()
                for file in self._storage.list_folder(f"{pool}/{found}"):
                    if file not in keep:
                        self._storage.remove(f"{pool}/{found}/{file}")
                        removed += 1
        return removed

    @contextmanager
    def _stored(self, backup: str, path: str, what: str) -> Iterator[BinaryIO]:
        try:
            stored = self._storage.open(path)
        except FileNotFoundError:
            raise BackupDamaged(backup, what, "is missing") from None
        with stored:
            yield stored

    @staticmethod
    def _blob_path(pool: str, content: str) -> str:
        return f"{pool}/{blob_folder(content)}/{_file(pool, content)}"


def _is_name(text: str) -> bool:
    dated, _, number = text.partition("-")
    try:
        datetime.strptime(dated, NAME)
    except ValueError:
        return False
    return not number or number.isdigit()


def _listed(manifest: Manifest, lines: Iterable[bytes]) -> Iterator[KeptBlob]:
    count = 0
    try:
        for count, blob in enumerate(read_blobs(lines), start=1):
            blob_file(blob.content)  # a name in the list becomes a path, so it is checked first
            yield blob
    except (msgspec.DecodeError, zstandard.ZstdError, ValueError) as error:
        raise BackupDamaged(manifest.name, "its list of reports", "cannot be read") from error
    if count != manifest.blob_count:
        raise BackupDamaged(manifest.name, "its list of reports", "is cut short")


def _encrypted(pool: str) -> bool:
    return pool != f"{_POOL}{BackupCipher().group}"


def _file(pool: str, content: str) -> str:
    return f"{blob_file(content)}{_AGE if _encrypted(pool) else ''}"


@contextmanager
def _all(opened: Iterable[AbstractContextManager[Iterator[KeptBlob]]]) -> Iterator[list[Iterator[KeptBlob]]]:
    with ExitStack() as stack:
        yield [stack.enter_context(each) for each in opened]
