"""The settings as a backup keeps them: every name, every value that is not secret."""

from __future__ import annotations

import msgspec

import tidegate
from tidegate.settings import Settings, written_values


def settings_document(settings: Settings) -> bytes:
    """Write the settings such that an installation can be set up again with them; secrets are named alone."""
    values = written_values(settings)
    document = {
        "tidegate": tidegate.__version__,
        "settings": {name: value for name, value in values.items() if value is not None},
        "secrets": sorted(name for name, value in values.items() if value is None),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2)
