"""The work in the background: how it is woken, and when it counts as dead."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.environment import variable

GROUP = "Worker"


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """How workers work, and how long what they did is kept."""

    worker_concurrency: int = variable(
        2,
        "WORKER_CONCURRENCY",
        "Jobs that one `tidegate worker` does at a time; backups have a slot of their own besides.",
        group=GROUP,
        least=1,
    )
    worker_poll: float = variable(
        5.0,
        "WORKER_POLL_SECONDS",
        "Seconds after which a worker polls for jobs without being woken; on SQLite it polls five times a "
        "second.",
        group=GROUP,
        least=0,
    )
    worker_graceful_timeout: float = variable(
        30.0,
        "WORKER_GRACEFUL_TIMEOUT",
        "Seconds that jobs in flight get to finish when a worker stops; then they are handed back.",
        group=GROUP,
        least=0,
    )
    worker_expected: str = variable(
        "",
        "WORKER_EXPECTED",
        "Whether a worker belongs to this installation: then `/health` fails while none is alive. A worker "
        "that died without a clean stop fails it in any case, until another one is alive.",
        group=GROUP,
        choices=("true", "false"),
        shown_default="true in production and staging, else false",
    )
    worker_silence: float = variable(
        60.0,
        "WORKER_SILENCE_SECONDS",
        "Seconds without a heartbeat (one comes every five) after which a worker counts as dead.",
        group=GROUP,
        least=10,
    )
    worker_heartbeat_file: str = variable(
        "",
        "WORKER_HEARTBEAT_FILE",
        "A file that a worker touches with every heartbeat, for a health check that asks no server.",
        group=GROUP,
        shown_default="none",
    )
    jobs_keep_days: int = variable(
        90,
        "JOBS_KEEP_DAYS",
        "Days that jobs which are done, and the runs of all, are kept, unless their task says otherwise.",
        group=GROUP,
        least=14,
    )
    idempotency_keep_days: int = variable(
        30,
        "IDEMPOTENCY_KEEP_DAYS",
        "Days for which a repeated `Idempotency-Key` gets the first answer again.",
        group=GROUP,
        least=1,
    )
