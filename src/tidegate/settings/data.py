"""Where data lies: the folder, the database, the reports, Redis."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tidegate.environment import VariableReader, variable

GROUP = "Data"
REDIS = ("redis://", "rediss://")
_SHARED = tuple(f"{name}://" for name in ("redis", "rediss", "redis+unix", "redis+sentinel", "redis+cluster"))
_POSTGRESQL = "postgresql+psycopg"
DATABASES = {
    "sqlite": "sqlite",
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    "postgresql+psycopg": _POSTGRESQL,
}


@dataclass(frozen=True, kw_only=True)
class DataSettings:
    """Where everything is kept, and how long a process waits for it."""

    data_dir: Path = variable(
        Path("data"), "DATA_DIR", "The folder that holds everything Tidegate writes.", group=GROUP
    )
    database_url: str = variable(
        "",
        "DATABASE_URL",
        "Where the database is: `sqlite:///path`, `postgresql://…` or `postgresql+psycopg://…` (both through "
        "psycopg 3). MySQL and MariaDB are not supported.",
        group=GROUP,
        secret=True,
        shown_default="sqlite:///DATA_DIR/tidegate.sqlite3",
    )
    database_replica_url: str = variable(
        "",
        "DATABASE_REPLICA_URL",
        "A streaming replica of a PostgreSQL database, from which reports, exports and lists are read "
        "(docs/read-replica.md).",
        group=GROUP,
        secret=True,
        shown_default="none",
    )
    replica_max_lag_seconds: float = variable(
        10.0,
        "REPLICA_MAX_LAG_SECONDS",
        "How old what the replica shows may be; an older one is not read until it has caught up.",
        group=GROUP,
        least=0,
    )
    replica_wait_seconds: float = variable(
        0.5,
        "REPLICA_WAIT_SECONDS",
        "Seconds to wait until the replica shows a caller what they have last written, before the primary is "
        "read instead.",
        group=GROUP,
        least=0,
        most=10,
    )
    database_pool_size: int = variable(
        5, "DATABASE_POOL_SIZE", "Connections that each worker process keeps open.", group=GROUP, least=1
    )
    database_max_overflow: int = variable(
        5, "DATABASE_MAX_OVERFLOW", "Connections beyond those while all are in use.", group=GROUP, least=0
    )
    database_timeout: float = variable(
        10.0,
        "DATABASE_TIMEOUT",
        "Seconds to wait for a connection and, on SQLite, for the write lock.",
        group=GROUP,
        least=0,
    )
    database_statement_timeout: float = variable(
        30.0,
        "DATABASE_STATEMENT_TIMEOUT",
        "Seconds one statement may take (PostgreSQL).",
        group=GROUP,
        least=0,
    )
    database_lock_timeout: float = variable(
        10.0, "DATABASE_LOCK_TIMEOUT", "Seconds to wait for a lock (PostgreSQL).", group=GROUP, least=0
    )
    blob_url: str = variable(
        "",
        "BLOB_URL",
        "Where reports are kept byte for byte: a folder or a URL that fsspec knows.",
        group=GROUP,
        secret=True,
        shown_default="DATA_DIR/blobs",
    )
    redis_url: str = variable(
        "",
        "REDIS_URL",
        "A Redis that several processes share. The rate limits are counted there unless "
        "RATE_LIMIT_STORAGE_URL says otherwise.",
        group=GROUP,
        secret=True,
        shown_default="none",
    )


def check_data_dir(environment: VariableReader, folder: Path) -> None:
    """Refuse a file where the folder has to be; one that is not there yet is made when it is needed."""
    if os.path.exists(folder) and not os.path.isdir(folder):
        environment.faults.append(f"DATA_DIR: {str(folder)!r} is not a folder.")


def database_url(environment: VariableReader, url: str) -> str:
    """Lead every spelling of PostgreSQL to psycopg 3 and refuse what no test shows working."""
    scheme, separator, rest = url.partition("://")
    if not url or (separator and scheme in DATABASES):
        return f"{DATABASES[scheme]}://{rest}" if url else url
    if scheme.startswith(("mysql", "mariadb")):
        environment.faults.append(
            "DATABASE_URL: MySQL and MariaDB are not supported. Use sqlite:///path or postgresql://…"
        )
    else:
        environment.faults.append(
            "DATABASE_URL: it begins with none of sqlite:///path, postgresql://… and postgresql+psycopg://…"
        )
    return ""


def replica_url(environment: VariableReader, url: str, *, of: str) -> str:
    """Lead the replica's URL to psycopg 3; refuse one of what cannot follow, or is followed by none."""
    if not url:
        return url
    scheme, _, rest = url.partition("://")
    if DATABASES.get(scheme) != _POSTGRESQL:
        environment.faults.append("DATABASE_REPLICA_URL: it does not begin with postgresql://…")
        return ""
    if not of.startswith(_POSTGRESQL):
        environment.faults.append(
            "DATABASE_REPLICA_URL: SQLite has no replicas. Take it away, or let DATABASE_URL name the "
            "PostgreSQL that it follows."
        )
    return f"{_POSTGRESQL}://{rest}"


def check_redis_url(environment: VariableReader, url: str) -> None:
    """Refuse what is no Redis before a process falls over it."""
    if url and not url.startswith(_SHARED):
        environment.faults.append(f"REDIS_URL: it begins with none of {listed(_SHARED)}.")


def check_storage_url(environment: VariableReader, url: str) -> None:
    """Refuse a place where requests cannot be counted."""
    places = ("memory://", *_SHARED)
    if url and not url.startswith(places):
        environment.faults.append(f"RATE_LIMIT_STORAGE_URL: it begins with none of {listed(places)}.")


def listed(schemes: tuple[str, ...]) -> str:
    """Write down what a URL may begin with."""
    return ", ".join(schemes[:-1]) + " and " + schemes[-1]
