"""Tests of static files: kept for ever under the name of their content, and no other name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tidegate.kernel.http.assets import Asset, address_of, read_assets


@pytest.fixture
def address(app: Flask) -> str:
    """Return where the style sheet is served."""
    with app.app_context():
        return address_of("style.css")


class TestAssets:
    def test_are_served_under_a_name_that_holds_their_digest(self, client: FlaskClient, address: str) -> None:
        answer = client.get(address)

        assert re.fullmatch(r"/static/style\.[0-9a-f]{16}\.css", address)
        assert (answer.status_code, answer.mimetype) == (200, "text/css")
        assert answer.data == read_assets()["style.css"].content()
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"

    def test_are_what_pages_ask_for(self, client: FlaskClient, address: str) -> None:
        assert f'<link rel="stylesheet" href="{address}">' in client.get("/problems").text

    @pytest.mark.parametrize("name", ["style.css", "style.0123456789abcdef.css", "none.css", "style"])
    def test_have_no_other_name(self, client: FlaskClient, name: str) -> None:
        answer = client.get(f"/static/{name}")

        assert answer.status_code == 404
        assert "immutable" not in answer.headers["Cache-Control"]

    def test_are_not_served_under_the_name_of_what_they_were(self, tmp_path: Path) -> None:
        file = tmp_path / "style.css"
        file.write_text("a {}")
        asset = Asset.of(file)
        assert asset.content() == b"a {}"

        file.write_text("b {}")
        assert asset.content() is None
        file.unlink()
        assert asset.content() is None
