"""Tests of the settings of notifications: what is no mail server stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.environment import SettingsError
from tidegate.settings import Settings, read_settings

URL, SENDER = "smtp://ada:s%2Fcret@mail.example.org:587", "tidegate@example.org"


def read(folder: Path, **variables: str) -> Settings:
    return read_settings({"DATA_DIR": str(folder), **variables})


class TestMailServer:
    @pytest.mark.parametrize(
        "url", [URL, "smtps://mail.example.org", "smtp://relay.internal:25?tls=none", "smtp://[::1]/"]
    )
    def test_is_taken(self, tmp_path: Path, url: str) -> None:
        assert read(tmp_path, SMTP_URL=url, SMTP_FROM=SENDER).smtp_url == url

    @pytest.mark.parametrize(
        "url",
        [
            "mail.example.org",
            "http://mail.example.org",
            "smtp://",
            "smtp://mail.example.org:99999",
            "smtp://mail.example.org/path",
            "smtp://mail.example.org?tls=no",
            "smtp://mail.example.org?tls",
            "smtps://mail.example.org?tls=none",
            "smtp://mail.example.org?tls=none&tls=none",
            "smtp://mail.example.org#a",
        ],
    )
    def test_is_refused_without_its_value(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(SettingsError, match="SMTP_URL: its value is not a URL"):
            read(tmp_path, SMTP_URL=url, SMTP_FROM=SENDER)

    def test_needs_an_address_that_mail_comes_from(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="SMTP_FROM: SMTP_URL needs it"):
            read(tmp_path, SMTP_URL=URL)
        with pytest.raises(SettingsError, match="SMTP_URL: SMTP_FROM needs it"):
            read(tmp_path, SMTP_FROM=SENDER)
        with pytest.raises(SettingsError, match="is not an address"):
            read(tmp_path, SMTP_URL=URL, SMTP_FROM="Tidegate")

    def test_tells_no_log_its_password(self, tmp_path: Path) -> None:
        settings = read(tmp_path, SMTP_URL=URL, SMTP_FROM=SENDER)
        assert {"s%2Fcret", "s/cret"} <= set(settings.secrets())
        assert "cret" not in repr(settings)
