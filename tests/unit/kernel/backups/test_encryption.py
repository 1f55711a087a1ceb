"""Encryption: what goes in comes out, nobody else reads it, and faults on the way arrive as they were."""

from __future__ import annotations

import io
from pathlib import Path

import pyrage  # type: ignore[import-untyped]  # ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.canonical import digest_of
from tidegate.kernel.backups.checking import Verified
from tidegate.kernel.backups.encryption import BackupCipher, read_keys
from tidegate.kernel.backups.manifest import BackupDamaged, BackupError

_KEY = pyrage.x25519.Identity.generate()
_CIPHERS = [BackupCipher(), BackupCipher((str(_KEY.to_public()),), (str(_KEY),))]


class _Broken:
    """Gives a little, then fails."""

    def __init__(self) -> None:
        self._left = 1

    def read(self, _size: int, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise KeyError("the source broke")
        return b"a little"


class _Full:
    def write(self, _data: bytes, /) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("cipher", _CIPHERS, ids=["plain", "encrypted"])
class TestWrite:
    @given(data=st.binary(max_size=5000))
    def test_gives_back_what_went_in(self, cipher: BackupCipher, data: bytes) -> None:
        target = io.BytesIO()
        encrypted = cipher.write(io.BytesIO(data), target)
        assert encrypted == (digest_of(target.getvalue()), len(target.getvalue()), digest_of(data))
        target.seek(0)
        with cipher.open(target, encrypted=cipher.encrypts, scratch=Path(".")) as opened:
            assert opened.read() == data

    def test_what_breaks_the_source_is_reported_as_it_was(self, cipher: BackupCipher) -> None:
        with pytest.raises(KeyError, match="the source broke"):
            cipher.write(_Broken(), io.BytesIO())

    def test_a_full_disk_is_reported_as_it_was(self, cipher: BackupCipher) -> None:
        with pytest.raises(OSError, match="No space left"):
            cipher.write(io.BytesIO(b"x" * 100_000), _Full())


class TestKeys:
    def test_are_read_as_age_writes_them(self) -> None:
        assert read_keys("# created today\nage1a, age1b # ours\n\nage1c") == ("age1a", "age1b", "age1c")

    def test_what_is_none_is_refused_and_not_repeated(self) -> None:
        with pytest.raises(BackupError) as refused:
            BackupCipher(identities=("AGE-SECRET-KEY-NONSENSE",))
        assert "NONSENSE" not in str(refused.value)
        with pytest.raises(BackupError, match="recipient"):
            BackupCipher(("ssh-rsa nonsense",))

    def test_recipients_in_another_order_are_the_same_group(self) -> None:
        keys = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2)]
        assert (
            BackupCipher((keys[0], keys[1])).group
            == BackupCipher((keys[1], keys[0])).group
            != BackupCipher((keys[0],)).group
        )


def test_content_that_is_not_what_it_should_be_is_found_at_its_end() -> None:
    source = Verified(io.BytesIO(b"abc"), content=digest_of(b"abd"), backup="x", what="y")
    assert source.read() == b"abc"
    with pytest.raises(BackupDamaged, match="its digest names"):
        source.read()
