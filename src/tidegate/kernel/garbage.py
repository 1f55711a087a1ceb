"""The garbage collector, paused while a great many values are made at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause the collector of cycles: for a million small values it costs as much as all the rest.

    It is the whole process's. Of two that pause it at once the first that ends lets it go on.
    """
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            gc.enable()
