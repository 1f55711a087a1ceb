"""Where a blob lies in its store, by the digest of its bytes: `sha256/ab/abcd….zst`; written here alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = "sha256"
_ENDING = ".zst"
_DIGEST = re.compile(r"sha256:(?P<hex>[0-9a-f]{64})")


def blob_path(digest: str) -> str:
    """Return the blob's name in its store; raises `ValueError` for what is no digest."""
    return f"{blob_folder(digest)}/{blob_file(digest)}"


def blob_folder(digest: str) -> str:
    """Return the folder of a blob; folders in their order hold digests in theirs."""
    return f"{ROOT}/{_hex(digest)[:2]}"


def blob_file(digest: str) -> str:
    """Return the blob's name in its folder."""
    return f"{_hex(digest)}{_ENDING}"


def blob_files(store: Path) -> Iterator[tuple[str, Path]]:
    """Go through the blobs of a local store: the digest that each file is named by, and the file."""
    for path in (store / ROOT).glob(f"*/*{_ENDING}"):
        yield f"{ROOT}:{path.name.removesuffix(_ENDING)}", path


def _hex(digest: str) -> str:
    found = _DIGEST.fullmatch(digest)
    if found is None:
        raise ValueError(f"{digest!r} is not a digest: sha256: and 64 lower-case hexadecimal digits")
    return found["hex"]
