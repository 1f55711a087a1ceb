"""Probes: how often targets are asked, how many at a time, and how long what they said is kept."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.environment import variable

GROUP = "Probes"


@dataclass(frozen=True, kw_only=True)
class ProbeSettings:
    """How the worker probes targets; what it may reach, `OUTGOING_ALLOW` says."""

    scan_interval_minutes: float = variable(
        1.0,
        "SCAN_INTERVAL_MINUTES",
        "Minutes between two probes of a target that names no interval of its own.",
        group=GROUP,
        least=1,
        most=1440,
    )
    probe_concurrency: int = variable(
        100,
        "PROBE_CONCURRENCY",
        "Targets that one `tidegate worker` probes at a time.",
        group=GROUP,
        least=1,
        most=2000,
    )
    probe_per_host: int = variable(
        10,
        "PROBE_PER_HOST",
        "Targets on one host that one worker probes at a time.",
        group=GROUP,
        least=1,
        most=2000,
    )
    probe_timeout: float = variable(
        10.0,
        "PROBE_TIMEOUT",
        "Seconds that each path of a target may take to answer.",
        group=GROUP,
        least=1,
        most=60,
    )
    probe_max_bytes: int = variable(
        262_144,
        "PROBE_MAX_BYTES",
        "Bytes of an answer that are read; a longer one is a failure.",
        group=GROUP,
        least=1024,
        most=16_777_216,
    )
    probe_raw_hours: int = variable(
        48,
        "PROBE_RAW_HOURS",
        "Hours for which every probe is kept; beyond, each hour is kept in sum.",
        group=GROUP,
        least=24,
        most=720,
    )
    probe_keep_days: int = variable(
        400,
        "PROBE_KEEP_DAYS",
        "Days for which the hours of probes are kept.",
        group=GROUP,
        least=31,
    )
