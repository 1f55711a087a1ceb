"""Agreement of SPDX XML with the manifest."""

from __future__ import annotations

from tests.integration.corpus.spdx_json import agreement

__all__ = ["DIFFERS", "agreement"]

DIFFERS: dict[str, str] = {}
