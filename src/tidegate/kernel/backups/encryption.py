"""Encryption of backups: compression, encryption where recipients are named, and digests on the way."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol, cast

import pyrage  # type: ignore[import-untyped]  # ships no types
import zstandard

from tidegate.domain.canonical import digest_of
from tidegate.kernel.backups.manifest import BackupError

_CHUNK = 1024 * 1024
_LEVEL = 3
_PLAIN = "plain"


class Readable(Protocol):
    """Where the bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; empty at the end."""
        ...


class Writable(Protocol):
    """Where they go."""

    def write(self, data: bytes, /) -> int:
        """Take bytes."""
        ...


class StoredStream(NamedTuple):
    """What was stored, and the digest of what it means."""

    digest: str
    size: int
    content: str


class BackupCipher:
    """Encrypts for age recipients, decrypts with age identities; without any it only compresses.

    Raises `BackupError` for keys that are none.
    """

    def __init__(self, recipients: tuple[str, ...] = (), identities: tuple[str, ...] = ()) -> None:
        self._recipients = tuple(_key(text, _recipient, "recipient") for text in recipients)
        self._identities = tuple(_key(text, _identity, "identity") for text in identities)
        self.group = digest_of("\n".join(sorted(recipients)).encode())[-8:] if recipients else _PLAIN
        """Names those who can open what is encrypted now."""

    @property
    def encrypts(self) -> bool:
        """Tell whether anything is encrypted."""
        return bool(self._recipients)

    def write(self, source: Readable, target: Writable) -> StoredStream:
        """Compress, encrypt and write everything that the source gives, in constant memory."""
        plain, stored = _DigestingReader(source), _DigestingWriter(target)
        packed = zstandard.ZstdCompressor(level=_LEVEL).stream_reader(cast(BinaryIO, plain))
        if self._recipients:
            try:
                pyrage.encrypt_io(packed, stored, self._recipients)
            except (pyrage.EncryptError, OSError):
                # It tells what went wrong in reading or writing as a text alone.
                raise (plain.error or stored.error or BackupError("age could not encrypt.")) from None
            if stored.error is not None:
                # What cannot be written at the very end it does not tell at all.
                raise stored.error
        else:
            while data := packed.read(_CHUNK):
                stored.write(data)
        return StoredStream(stored.digest, stored.size, plain.digest)

    @contextmanager
    def open(self, stored: BinaryIO, *, encrypted: bool, scratch: Path) -> Iterator[BinaryIO]:
        """Open what `write` wrote; whoever reads holds the content's digest against what it should be.

        Raises `BackupError` where there is no identity that opens it.
        """
        if not encrypted:
            yield _plain(stored)
            return
        if not self._identities:
            raise BackupError(
                "This backup is encrypted: give the file with an age identity of its recipients "
                "(--identity FILE, or BACKUP_IDENTITY_FILE for the worker's restore test)."
            )
        with tempfile.SpooledTemporaryFile(max_size=_CHUNK, dir=str(scratch)) as opened:
            try:
                pyrage.decrypt_io(stored, opened, self._identities)
            except (pyrage.DecryptError, OSError) as error:
                raise BackupError(f"The backup cannot be decrypted with this identity: {error}.") from error
            opened.seek(0)
            yield _plain(cast(BinaryIO, opened))


def read_keys(text: str) -> tuple[str, ...]:
    """Read keys as age's own files hold them: one a line or separated by commas, `#` begins a comment."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    return tuple(word.strip() for line in lines for word in line.split(",") if word.strip())


def _plain(packed: BinaryIO) -> BinaryIO:
    reader = zstandard.ZstdDecompressor().stream_reader(packed, read_size=_CHUNK)
    return io.BufferedReader(cast(Any, reader), buffer_size=_CHUNK)


def _key(text: str, read: Callable[[str], object], what: str) -> object:
    try:
        return read(text)
    except (pyrage.RecipientError, pyrage.IdentityError) as error:
        # An identity is a secret, so that no key is repeated.
        raise BackupError(f"An age {what} cannot be read: {error}.") from None


def _recipient(text: str) -> object:
    return pyrage.ssh.Recipient.from_str(text) if text.startswith("ssh-") else _age_recipient(text)


def _age_recipient(text: str) -> object:
    return pyrage.x25519.Recipient.from_str(text)


def _identity(text: str) -> object:
    return pyrage.x25519.Identity.from_str(text)


class _DigestingReader:
    """Reads from a source, digests what comes, and remembers what went wrong."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self.error: Exception | None = None

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._source.read(size if size > 0 else _CHUNK)
        except Exception as error:
            self.error = error
            raise
        self._hash.update(data)
        return data


class _DigestingWriter:
    """Writes to a target, and digests and counts what went there."""

    def __init__(self, target: Writable) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self.size = 0
        self.error: Exception | None = None

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def write(self, data: bytes) -> int:
        try:
            self._target.write(data)
        except Exception as error:
            self.error = error
            raise
        self._hash.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: age calls it."""
