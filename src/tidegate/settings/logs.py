"""Logs: what is written, and for whom."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.environment import variable

GROUP = "Logs"


@dataclass(frozen=True, kw_only=True)
class LogSettings:
    """How much is logged, and in which form."""

    log_level: str = variable(
        "INFO",
        "LOG_LEVEL",
        "The least important log lines that are written.",
        group=GROUP,
        choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    )
    log_format: str = variable(
        "",
        "LOG_FORMAT",
        "`json` for collectors or `console` for people.",
        group=GROUP,
        choices=("json", "console"),
        shown_default="json in production and staging, else console",
    )
