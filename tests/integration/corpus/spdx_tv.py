"""Agreement of SPDX tag-value with the manifest."""

from __future__ import annotations

from tests.integration.corpus.spdx_json import agreement

__all__ = ["DIFFERS", "agreement"]

DIFFERS = {
    "spdx-tv/spdx-tools-python__SPDXLite.spdx": (
        "valid, but it does not say what it describes, as the beginning of a longer one would not: not run"
    ),
}
