"""Tests of secrets that are kept encrypted: read back for their purpose alone, by the key that wrote them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.fakes.web import settings_for
from tidegate.app import make_container
from tidegate.domain.principals import WORKER
from tidegate.kernel import secret_cipher
from tidegate.kernel.secret_cipher import KEY_FILE, SecretCipher, SecretUnreadable
from tidegate.settings import read_settings

KEY = "a-key-of-some-length-0123456789"


class TestSecretCipher:
    def test_reads_back_what_it_wrote(self) -> None:
        cipher = SecretCipher(KEY)
        kept = [cipher.encrypt("hidden", purpose="a") for _ in range(2)]
        assert kept[0] != kept[1]
        assert "hidden" not in "".join(kept)
        assert SecretCipher(KEY).decrypt(kept[0], purpose="a") == "hidden"

    @pytest.mark.parametrize(("key", "purpose"), [(KEY, "b"), (KEY + "1", "a")])
    def test_reads_nothing_of_another_purpose_or_key(self, key: str, purpose: str) -> None:
        kept = SecretCipher(KEY).encrypt("hidden", purpose="a")
        with pytest.raises(SecretUnreadable, match="SECRET_KEY"):
            SecretCipher(key).decrypt(kept, purpose=purpose)

    @pytest.mark.parametrize("kept", ["", "v1:", "v1:no base64", "v1:AAAA", "v1:" + "A" * 100])
    def test_reads_nothing_that_was_changed(self, kept: str) -> None:
        with pytest.raises(SecretUnreadable):
            SecretCipher(KEY).decrypt(kept, purpose="a")


class TestKey:
    def cipher(self, folder: Path, **more: str) -> SecretCipher:
        container = make_container(read_settings({"DATA_DIR": str(folder), **more}))
        secret_cipher.install(container)
        work = container.work(WORKER)
        found = work.use(SecretCipher)
        assert work.use(SecretCipher) is found
        work.close()
        container.database.dispose()
        return found

    def test_is_the_same_for_every_process_of_a_folder(self, tmp_path: Path) -> None:
        kept = self.cipher(tmp_path).encrypt("hidden", purpose="a")
        assert self.cipher(tmp_path).decrypt(kept, purpose="a") == "hidden"
        assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.glob(f"{KEY_FILE}*")] == [KEY_FILE]

    def test_is_the_one_that_was_made_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cipher(tmp_path)
        first = (tmp_path / KEY_FILE).read_text()
        monkeypatch.setattr(Path, "exists", lambda _: False)
        secret_cipher._make(tmp_path / KEY_FILE)
        assert (tmp_path / KEY_FILE).read_text() == first

    def test_is_made_of_the_one_that_is_set(self, tmp_path: Path) -> None:
        key = "another-key-0123456789-abcdefghijk"
        kept = self.cipher(tmp_path, SECRET_KEY=key).encrypt("hidden", purpose="a")
        assert SecretCipher(key).decrypt(kept, purpose="a") == "hidden"
        assert not (tmp_path / KEY_FILE).exists()
        assert not settings_for(tmp_path).secret_key_given
