"""One small sound report of every format, as a tool would write it; each format's sample reads as `ran`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SAMPLES: Mapping[str, bytes] = {
    path.stem: path.read_bytes()
    for path in sorted(Path(__file__).parent.iterdir())
    if path.is_file() and path.suffix != ".py"
}
"""By the name of the format, which is the name of the file beside this one."""
