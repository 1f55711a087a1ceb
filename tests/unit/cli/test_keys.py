"""Tests of `tidegate keys`."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.support.attestations import KEY, OTHER_KEY
from tests.unit.cli.workspace import Workspace
from tidegate.domain.signing import SigningKey


class TestCreate:
    def test_writes_a_key_that_nobody_else_can_read(self, workspace: Workspace) -> None:
        result = workspace.run("keys", "create", "signing.pem")
        file = workspace.folder / "signing.pem"
        key = SigningKey.from_pem(file.read_text())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert (result.exit_code, result.stdout) == (0, key.public.pem)
        assert f"key {key.public.keyid}" in result.stderr
        assert "SIGNING_KEY_FILE=signing.pem" in result.stderr

    def test_never_overwrites_one(self, workspace: Workspace) -> None:
        workspace.write("signing.pem", "precious")
        result = workspace.run("keys", "create", "signing.pem")
        assert (result.exit_code, "a key is never overwritten" in result.stderr) == (2, True)
        assert (workspace.folder / "signing.pem").read_text() == "precious"

    def test_follows_no_link(self, workspace: Workspace, tmp_path: Path) -> None:
        (workspace.folder / "signing.pem").symlink_to(tmp_path / "elsewhere")
        assert workspace.run("keys", "create", "signing.pem").exit_code == 2
        assert not (tmp_path / "elsewhere").exists()

    def test_names_a_place_that_cannot_be_written(self, workspace: Workspace) -> None:
        result = workspace.run("keys", "create", "none/signing.pem")
        assert (result.exit_code, "none/signing.pem: cannot be written" in result.stderr) == (2, True)


class TestShow:
    @pytest.mark.parametrize("text", [KEY.private_pem(), KEY.public.pem], ids=["private", "public"])
    def test_prints_the_public_half_of_a_file(self, workspace: Workspace, text: str) -> None:
        workspace.write("key.pem", text)
        result = workspace.run("keys", "show", "key.pem")
        assert (result.exit_code, result.stdout) == (0, KEY.public.pem)
        assert result.stderr == f"key {KEY.public.keyid}\n"

    def test_names_a_file_that_is_no_key(self, workspace: Workspace) -> None:
        result = workspace.run("keys", "show", "gate.yml")
        assert (result.exit_code, "gate.yml: It is not a list" in result.stderr) == (2, True)

    def test_prints_the_keys_of_the_settings_the_one_in_use_first(self, workspace: Workspace) -> None:
        workspace.write("signing.pem", KEY.private_pem())
        old = OTHER_KEY.public.pem
        result = workspace.run("keys", "show", SIGNING_KEY_FILE="signing.pem", SIGNING_OLD_KEYS=old)
        assert result.stdout == KEY.public.pem + old

    def test_says_that_the_settings_name_none(self, workspace: Workspace) -> None:
        result = workspace.run("keys", "show")
        assert (result.exit_code, "SIGNING_KEY_FILE" in result.stderr) == (2, True)
