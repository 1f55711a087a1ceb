"""Parity: how often the worker compares, how much is compared at once, and how long reports are kept."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.environment import variable

GROUP = "Parity"


@dataclass(frozen=True, kw_only=True)
class ParitySettings:
    """What a parity report may ask of the server, and of its disk."""

    parity_interval_minutes: int = variable(
        5,
        "PARITY_INTERVAL_MINUTES",
        "How often the worker compares what is declared of targets with what is observed, so that incidents "
        "open and close by themselves; 0 for never.",
        group=GROUP,
        least=0,
        most=1440,
    )
    parity_max_rows_at_once: int = variable(
        10_000,
        "PARITY_MAX_ROWS_AT_ONCE",
        "How many fields a request compares while it waits; larger reports are made by the worker.",
        group=GROUP,
        least=1,
    )
    parity_max_rows: int = variable(
        5_000_000, "PARITY_MAX_ROWS", "How many fields a report may compare.", group=GROUP, least=1
    )
    parity_max_workbook_rows: int = variable(
        50_000,
        "PARITY_MAX_WORKBOOK_ROWS",
        "How many rows of a report an Excel workbook holds; JSON and CSV hold all.",
        group=GROUP,
        least=1,
        most=1_000_000,
    )
    parity_keep_days: int = variable(
        90, "PARITY_KEEP_DAYS", "How many days parity reports are kept.", group=GROUP, least=1
    )
