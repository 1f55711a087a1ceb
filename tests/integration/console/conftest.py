"""One Chromium for the tests of a module."""

from __future__ import annotations

from tests.support.browser import chromium_kept

__all__ = ["chromium_kept"]
