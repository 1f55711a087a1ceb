"""Monitoring: what is counted, and when the disk is too full."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.environment import variable

GROUP = "Monitoring"


@dataclass(frozen=True, kw_only=True)
class MonitoringSettings:
    """What operators and their monitoring tools can read."""

    enable_monitoring: bool = variable(
        False,
        "ENABLE_MONITORING",
        "Count what the server does and answer `/metrics`, for Prometheus. Whoever may call the API may read "
        "it.",
        group=GROUP,
    )
    min_free_disk_bytes: int = variable(
        256 * 1024 * 1024,
        "MIN_FREE_DISK_BYTES",
        "Room that the disk of DATA_DIR must have left; with less, `/health` fails. Zero never fails.",
        group=GROUP,
        least=0,
    )
