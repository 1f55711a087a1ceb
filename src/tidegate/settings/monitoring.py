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
        "Collect metrics and serve them at `/metrics`, for Prometheus. Any caller of the API can read them.",
        group=GROUP,
    )
    min_free_disk_bytes: int = variable(
        256 * 1024 * 1024,
        "MIN_FREE_DISK_BYTES",
        "Free space that the disk of DATA_DIR must have; with less, `/health` fails. Zero: no check.",
        group=GROUP,
        least=0,
    )
