"""Write docs/openapi.json, the snapshot of the API; `--check` shows how the API differs from it."""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask

from scripts.generated import main
from tidegate.app import create_app
from tidegate.kernel.http.openapi import document_bytes
from tidegate.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent


def plain_app(data_dir: Path = Path("data")) -> Flask:
    """Make the app as it is without any setting; nothing is opened, so nothing is written."""
    return create_app(read_settings({"DATA_DIR": str(data_dir), "LOG_LEVEL": "WARNING"}))


def documents(app: Flask) -> dict[Path, str]:
    """Return what the snapshot has to hold."""
    return {ROOT / "docs/openapi.json": document_bytes(app).decode("utf-8")}


if __name__ == "__main__":
    sys.exit(main(documents(plain_app()), sys.argv[1:], remedy="python -m scripts.write_openapi"))
