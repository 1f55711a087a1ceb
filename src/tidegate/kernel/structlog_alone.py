"""structlog, imported without rich: it takes that, and by it pygments, wherever the command line has them.

They would draw tracebacks that are never asked for here, and are 4 MiB of every process that serves.
"""

from __future__ import annotations

import sys

_RICH = "rich"

if _RICH in sys.modules:
    import structlog
else:
    sys.modules[_RICH] = None  # type: ignore[assignment]  # how Python is told that there is no such module
    try:
        import structlog
    finally:
        del sys.modules[_RICH]

__all__ = ["structlog"]
