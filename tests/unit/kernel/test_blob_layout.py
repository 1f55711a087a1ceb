"""A blob's place follows from its digest, and the other way round."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.kernel.blob_layout import blob_file, blob_files, blob_folder, blob_path

_DIGEST = f"sha256:ab{'0' * 62}"


def test_a_digest_names_folder_and_file() -> None:
    assert blob_path(_DIGEST) == f"sha256/ab/ab{'0' * 62}.zst"
    assert blob_path(_DIGEST) == f"{blob_folder(_DIGEST)}/{blob_file(_DIGEST)}"


def test_files_tell_their_digests(tmp_path: Path) -> None:
    path = tmp_path / blob_path(_DIGEST)
    path.parent.mkdir(parents=True)
    path.touch()
    assert list(blob_files(tmp_path)) == [(_DIGEST, path)]
    assert not list(blob_files(tmp_path / "empty"))


@pytest.mark.parametrize("text", ["", "sha256:", "sha256:../../etc/passwd", f"sha256:{'A' * 64}", "0" * 64])
def test_what_is_no_digest_has_no_place(text: str) -> None:
    with pytest.raises(ValueError, match="is not a digest"):
        blob_path(text)
