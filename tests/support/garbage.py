"""Keeps Python from looking for garbage, again and again, among the tests and modules that stay to the end.

A full search of what ten thousand collected tests hold is long, and whatever makes an application brings one
on: it took two fifths of the time of a test with an API of its own.
"""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

# An application with what a few requests leave behind is some 50,000 objects.
_SEARCH_AFTER = (20_000, 10, 10)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, and never again among what there is then."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_SEARCH_AFTER)
        gc.enable()
