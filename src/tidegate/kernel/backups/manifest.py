"""What a backup consists of: its parts with their digests, and what the database said of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from tidegate.domain.canonical import canonical_json, digest_of
from tidegate.domain.errors import TidegateError

FORMAT = 1


class BackupError(TidegateError):
    """A backup could not be made, read or restored; the text says why and what to do."""


class BackupDamaged(BackupError):
    """What lies in the backup is not what was put there."""

    def __init__(self, backup: str, what: str, how: str) -> None:
        self.backup = backup
        super().__init__(
            f"The backup {backup} cannot be used: {what} {how}. Nothing was restored; take another backup."
        )


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stored piece: `digest` and `size` are of what was stored, `content` the digest of what it means.

    `encrypted` says that it can be read with an age identity alone.
    """

    name: str
    digest: str
    size: int
    content: str
    encrypted: bool = False


class KeptBlob(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One report in the pool that backups share: the digest of its bytes, and what was stored for them."""

    content: str
    digest: str
    size: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that is known of a backup; it is written last, so that a backup without one is none."""

    name: str
    taken_at: datetime
    reason: str
    tidegate: str
    dialect: str
    server: str
    revision: str | None
    head: str | None
    rows: dict[str, int]
    database: Part
    settings: Part
    blobs: Part
    pool: str
    blob_count: int
    blob_bytes: int
    missing_count: int = 0
    missing: tuple[str, ...] = ()
    format: int = FORMAT
    digest: str = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The pieces that are this backup's own."""
        return (self.database, self.settings, self.blobs)

    @property
    def encrypted(self) -> bool:
        """Tell whether an identity is needed to restore it."""
        return self.database.encrypted

    @property
    def size(self) -> int:
        """The bytes of its own pieces; the reports lie in a pool that backups share."""
        return sum(part.size for part in self.parts)


def encode(manifest: Manifest) -> bytes:
    """Write a manifest with its own digest, so that a changed one is recognised."""
    complete = msgspec.structs.replace(manifest, digest=_digest(manifest))
    return msgspec.json.format(msgspec.json.encode(complete), indent=2)


def decode(name: str, data: bytes) -> Manifest:
    """Read what `encode` wrote; raises `BackupDamaged` where it is anything else."""
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupDamaged(name, "its manifest", f"is not one that this version reads ({error})") from error
    if manifest.format != FORMAT:
        raise BackupDamaged(
            name, "its manifest", f"has the format {manifest.format}, this version reads {FORMAT}"
        )
    plain = msgspec.structs.replace(manifest, digest="")
    if manifest.name != name or manifest.digest != _digest(plain):
        raise BackupDamaged(name, "its manifest", "is not as it was written")
    return plain


def write_blob(blob: KeptBlob) -> bytes:
    """Write one line of the list of reports."""
    return msgspec.json.encode(blob) + b"\n"


def read_blobs(lines: Iterable[bytes]) -> Iterator[KeptBlob]:
    """Read the list of reports, sorted by what they are, a line at a time."""
    decoder = msgspec.json.Decoder(KeptBlob)
    for line in lines:
        yield decoder.decode(line)


def _digest(manifest: Manifest) -> str:
    return digest_of(canonical_json(msgspec.to_builtins(manifest)))
