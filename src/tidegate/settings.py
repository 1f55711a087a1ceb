"""Every setting of Tidegate: declared once here, read once at the start, never changed afterwards."""

from __future__ import annotations

import dataclasses
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tidegate.environment import Environment, SettingsError, process_variables, truth, variable, variable_of

_START = "Start"
_SERVER = "Server"
_DATA = "Data"
_WORKER = "Worker"
_BACKUPS = "Backups"
_LIMITS = "Limits"
_LOGS = "Logs"
_WATCH = "Monitoring"

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_STRONG_LENGTH = 32
_STRONG_VARIETY = 10
_PLACEHOLDERS = (
    "changeme",
    "change-me",
    "change_me",
    "secret-key",
    "secret_key",
    "your-",
    "your_",
    "example",
)
_POSTGRESQL = "postgresql+psycopg"
_REDIS = ("redis://", "rediss://")
_DATABASES = {
    "sqlite": "sqlite",
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    "postgresql+psycopg": _POSTGRESQL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator may decide; secrets, and URLs that may hold one, are left out of the repr."""

    environment: str = variable(
        "development",
        "FLASK_ENV",
        "Where this runs. `production` refuses a weak SECRET_KEY; it and `staging` write logs as JSON. "
        "`FLASK_DEBUG=true` alone means `development`.",
        group=_START,
        aliases=("APP_ENV",),
        choices=("development", "testing", "staging", "production"),
    )
    secret_key: str = variable(
        "",
        "SECRET_KEY",
        "Signs what the server hands out and must get back unchanged. At least 32 characters, at least 10 "
        'different ones; make one with `python -c "import secrets; print(secrets.token_urlsafe(48))"`. '
        "Outside production a fresh one is made at every start.",
        group=_START,
        aliases=("SESSION_SECRET",),
        secret=True,
    )
    modules: tuple[str, ...] = variable(
        (),
        "DEFAULT_ENABLED_MODULES",
        "The modules that start, separated by commas. An unknown name, or one whose needs are not "
        "named as well, stops the start. Empty: all of them.",
        group=_START,
        shown_default="all",
    )
    auto_migrate: bool = variable(
        False,
        "AUTO_MIGRATE",
        "Bring the database to the newest schema at the start, after a backup of it. Of several replicas "
        "that start together one migrates, and the others wait.",
        group=_START,
    )
    migrate_timeout: float = variable(
        600.0,
        "MIGRATE_TIMEOUT",
        "Seconds that a process waits for another one to end its migration before it gives up.",
        group=_START,
        least=1,
    )
    migrate_backup: bool = variable(
        True,
        "MIGRATE_BACKUP",
        "Take a backup before every migration of a database that is not empty; without one nothing is "
        "migrated.",
        group=_START,
    )
    git_commit: str = variable(
        "",
        "GIT_COMMIT",
        "The commit that this was built from, as `/status` tells it.",
        group=_START,
        shown_default="unknown",
    )
    host: str = variable(
        "127.0.0.1",
        "HOST",
        "The address to listen on. Any other than this machine's own is refused unless "
        "I_KNOW_TIDEGATE_HAS_NO_ACCESS_CONTROL is true.",
        group=_SERVER,
    )
    port: int = variable(8000, "PORT", "The port to listen on.", group=_SERVER, least=1, most=65535)
    open_to_all: bool = variable(
        False,
        "I_KNOW_TIDEGATE_HAS_NO_ACCESS_CONTROL",
        "Tidegate does not yet ask who is calling. True lets it answer callers from other machines: "
        "everybody who reaches it may do everything.",
        group=_SERVER,
    )
    allowed_hosts: tuple[str, ...] = variable(
        (),
        "ALLOWED_HOSTS",
        "The names under which the server may be called, separated by commas; a request with another "
        "`Host` is refused. Empty: this machine's own names, or any once "
        "I_KNOW_TIDEGATE_HAS_NO_ACCESS_CONTROL is true.",
        group=_SERVER,
        shown_default="see meaning",
    )
    proxy_hops: int = variable(
        0,
        "TRUSTED_PROXY_HOPS",
        "How many proxies stand in front and set `X-Forwarded-For`, `-Proto` and `-Host`. Zero trusts none.",
        group=_SERVER,
        least=0,
    )
    cors_origins: tuple[str, ...] = variable(
        (),
        "CORS_ORIGINS",
        "Origins whose pages may call the API from a browser, separated by commas, such as "
        "`https://console.example.org`. Empty: none.",
        group=_SERVER,
        aliases=("CORS_ORIGIN",),
        shown_default="none",
    )
    workers: int = variable(2, "WEB_CONCURRENCY", "Worker processes of gunicorn.", group=_SERVER, least=1)
    threads: int = variable(4, "WEB_THREADS", "Threads of each worker process.", group=_SERVER, least=1)
    timeout: int = variable(
        60,
        "WEB_TIMEOUT",
        "Seconds after which a worker that answers nothing is replaced.",
        group=_SERVER,
        least=1,
    )
    graceful_timeout: int = variable(
        30,
        "WEB_GRACEFUL_TIMEOUT",
        "Seconds that requests in flight get to finish when the server stops.",
        group=_SERVER,
        least=0,
    )
    keep_alive: int = variable(
        5, "WEB_KEEPALIVE", "Seconds that an idle connection is kept.", group=_SERVER, least=0
    )
    health_timeout: float = variable(
        2.0,
        "HEALTH_TIMEOUT",
        "Seconds that one check of `/health` may take; one that takes longer has failed.",
        group=_SERVER,
        least=0,
    )
    data_dir: Path = variable(
        Path("data"), "DATA_DIR", "The folder that holds everything Tidegate writes.", group=_DATA
    )
    database_url: str = variable(
        "",
        "DATABASE_URL",
        "Where the database is: `sqlite:///path`, `postgresql://…` or `postgresql+psycopg://…` (both through "
        "psycopg 3). MySQL and MariaDB are not supported.",
        group=_DATA,
        secret=True,
        shown_default="sqlite:///DATA_DIR/tidegate.sqlite3",
    )
    database_pool_size: int = variable(
        5, "DATABASE_POOL_SIZE", "Connections that each worker process keeps open.", group=_DATA, least=1
    )
    database_max_overflow: int = variable(
        5, "DATABASE_MAX_OVERFLOW", "Connections beyond those while all are in use.", group=_DATA, least=0
    )
    database_timeout: float = variable(
        10.0,
        "DATABASE_TIMEOUT",
        "Seconds to wait for a connection and, on SQLite, for the write lock.",
        group=_DATA,
        least=0,
    )
    database_statement_timeout: float = variable(
        30.0,
        "DATABASE_STATEMENT_TIMEOUT",
        "Seconds one statement may take (PostgreSQL).",
        group=_DATA,
        least=0,
    )
    database_lock_timeout: float = variable(
        10.0, "DATABASE_LOCK_TIMEOUT", "Seconds to wait for a lock (PostgreSQL).", group=_DATA, least=0
    )
    blob_url: str = variable(
        "",
        "BLOB_URL",
        "Where reports are kept byte for byte: a folder or a URL that fsspec knows.",
        group=_DATA,
        secret=True,
        shown_default="DATA_DIR/blobs",
    )
    redis_url: str = variable(
        "",
        "REDIS_URL",
        "A Redis that several processes share. The rate limits are counted there unless "
        "RATE_LIMIT_STORAGE_URL says otherwise.",
        group=_DATA,
        secret=True,
        shown_default="none",
    )
    jobs_url: str = variable(
        "",
        "JOBS_URL",
        "How workers are woken: `redis://…`, `postgresql://…` or `sqlite:///path`. Jobs themselves are rows "
        "of the database: a worker that is not woken finds them every WORKER_POLL_SECONDS.",
        group=_WORKER,
        secret=True,
        shown_default="REDIS_URL, else sqlite:///DATA_DIR/wakeups.sqlite3",
    )
    worker_concurrency: int = variable(
        2, "WORKER_CONCURRENCY", "Jobs that one `tidegate worker` does at a time.", group=_WORKER, least=1
    )
    worker_poll: float = variable(
        5.0,
        "WORKER_POLL_SECONDS",
        "Seconds after which a worker looks for jobs without being woken.",
        group=_WORKER,
        least=0,
    )
    worker_graceful_timeout: float = variable(
        30.0,
        "WORKER_GRACEFUL_TIMEOUT",
        "Seconds that jobs in flight get to finish when a worker stops; then they are handed back.",
        group=_WORKER,
        least=0,
    )
    worker_expected: str = variable(
        "",
        "WORKER_EXPECTED",
        "Whether a worker belongs to this installation: then `/health` fails while none is alive. A worker "
        "that ended without a word fails it in any case, until another one is there.",
        group=_WORKER,
        choices=("true", "false"),
        shown_default="true in production and staging, else false",
    )
    worker_silence: float = variable(
        60.0,
        "WORKER_SILENCE_SECONDS",
        "Seconds without a sign of life (one comes every five) after which a worker counts as dead.",
        group=_WORKER,
        least=10,
    )
    worker_sign_file: str = variable(
        "",
        "WORKER_SIGN_FILE",
        "A file that a worker touches with every sign of life, for a health check that asks no server.",
        group=_WORKER,
        shown_default="none",
    )
    jobs_keep_days: int = variable(
        90,
        "JOBS_KEEP_DAYS",
        "Days that jobs which are done, and the runs of all, are kept.",
        group=_WORKER,
        least=14,
    )
    idempotency_keep_days: int = variable(
        30,
        "IDEMPOTENCY_KEEP_DAYS",
        "Days for which a repeated `Idempotency-Key` gets the first answer again.",
        group=_WORKER,
        least=1,
    )
    backup_url: str = variable(
        "",
        "BACKUP_URL",
        "Where backups are kept: a folder or a URL that fsspec knows, such as `s3://bucket/folder`.",
        group=_BACKUPS,
        secret=True,
        shown_default="DATA_DIR/backups",
    )
    backup_keep: int = variable(
        30, "BACKUP_KEEP", "How many whole backups are kept; older ones are removed.", group=_BACKUPS, least=1
    )
    backup_recipients: str = variable(
        "",
        "BACKUP_RECIPIENTS",
        "Encrypt backups for these age recipients (`age1…`, `ssh-…`), separated by commas or one a line.",
        group=_BACKUPS,
        shown_default="none: backups are not encrypted",
    )
    backup_identity: str = variable(
        "",
        "BACKUP_IDENTITY",
        "The age identity that opens encrypted backups for the weekly restore test; give it as "
        "BACKUP_IDENTITY_FILE. Making backups does not need it.",
        group=_BACKUPS,
        secret=True,
        shown_default="none",
    )
    backup_nightly: str = variable(
        "",
        "BACKUP_NIGHTLY",
        "Whether the worker takes a backup every night and restores one every week as a test; then `/health` "
        "fails when one is late or failed.",
        group=_BACKUPS,
        choices=("true", "false"),
        shown_default="true in production, else false",
    )
    backup_at: str = variable(
        "02:30", "BACKUP_AT", "When the nightly backup begins, in UTC; written as `02:30`.", group=_BACKUPS
    )
    backup_restore_test: bool = variable(
        True,
        "BACKUP_RESTORE_TEST",
        "Whether the newest backup is restored every Sunday into a scratch database and verified. On "
        "PostgreSQL the role needs CREATEDB for it.",
        group=_BACKUPS,
    )
    rate_limit_enabled: bool = variable(
        True, "RATE_LIMIT_ENABLED", "Limit how often one address may call.", group=_LIMITS
    )
    rate_limit_per_minute: int = variable(
        6000, "RATE_LIMIT_PER_MINUTE", "Requests a minute that one address may make.", group=_LIMITS, least=1
    )
    rate_limit_storage_url: str = variable(
        "",
        "RATE_LIMIT_STORAGE_URL",
        "Where requests are counted: `memory://` for each process by itself, `redis://…` for all together.",
        group=_LIMITS,
        secret=True,
        shown_default="REDIS_URL, else memory://",
    )
    max_report_bytes: int = variable(
        256 * 1024 * 1024, "MAX_REPORT_BYTES", "Size of the largest report.", group=_LIMITS, least=1
    )
    max_report_depth: int = variable(
        200, "MAX_REPORT_DEPTH", "How deep a report may nest.", group=_LIMITS, least=1
    )
    max_report_items: int = variable(
        5_000_000,
        "MAX_REPORT_ITEMS",
        "How many cases, findings or elements a report may hold.",
        group=_LIMITS,
        least=1,
    )
    max_json_bytes: int = variable(
        1024 * 1024,
        "MAX_JSON_BYTES",
        "Size of the largest request that is not a report.",
        group=_LIMITS,
        least=1,
    )
    log_level: str = variable(
        "INFO",
        "LOG_LEVEL",
        "The least important log lines that are written.",
        group=_LOGS,
        choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    )
    log_format: str = variable(
        "",
        "LOG_FORMAT",
        "`json` for collectors or `console` for people.",
        group=_LOGS,
        choices=("json", "console"),
        shown_default="json in production and staging, else console",
    )
    enable_monitoring: bool = variable(
        False,
        "ENABLE_MONITORING",
        "Count what the server does and answer `/metrics`, for Prometheus. Whoever may call the API may read "
        "it.",
        group=_WATCH,
    )
    min_free_disk_bytes: int = variable(
        256 * 1024 * 1024,
        "MIN_FREE_DISK_BYTES",
        "Room that the disk of DATA_DIR must have left; with less, `/health` fails. Zero never fails.",
        group=_WATCH,
        least=0,
    )

    def __post_init__(self) -> None:
        """Fill in what follows from other settings."""
        hardened = self.environment in ("production", "staging")
        filled = {
            "secret_key": self.secret_key or secrets.token_urlsafe(48),
            "database_url": self.database_url or f"sqlite:///{self.data_dir}/tidegate.sqlite3",
            "blob_url": self.blob_url or str(self.data_dir / "blobs"),
            "backup_url": self.backup_url or str(self.data_dir / "backups"),
            "backup_nightly": self.backup_nightly or ("true" if self.production else "false"),
            "jobs_url": self.jobs_url
            or self._redis_for_jobs()
            or f"sqlite:///{self.data_dir}/wakeups.sqlite3",
            "rate_limit_storage_url": self.rate_limit_storage_url or self.redis_url or "memory://",
            "worker_expected": self.worker_expected or ("true" if hardened else "false"),
            "allowed_hosts": self.allowed_hosts or (() if self.open_to_all else LOOPBACK_NAMES),
            "log_format": self.log_format or ("json" if hardened else "console"),
        }
        for name, value in filled.items():
            object.__setattr__(self, name, value)

    def _redis_for_jobs(self) -> str:
        """Return the Redis where it is one that wakes workers: rate limits may lie in a cluster of them."""
        return self.redis_url if self.redis_url.startswith(_REDIS) else ""

    @property
    def production(self) -> bool:
        """Whether this is where nothing may be weak."""
        return self.environment == "production"

    @property
    def backups_expected(self) -> bool:
        """Whether the worker takes backups, so that a late one is a fault."""
        return self.backup_nightly == "true"

    def secrets(self) -> tuple[str, ...]:
        """Return every text that must appear in no log line: the key, and the passwords inside URLs."""
        urls = (
            self.database_url,
            self.blob_url,
            self.backup_url,
            self.redis_url,
            self.jobs_url,
            self.rate_limit_storage_url,
        )
        passwords = (password for url in urls if (password := _password(url)))
        keys = (self.secret_key, *self.backup_identity.split())
        return tuple({*keys, *(form for text in passwords for form in (text, unquote(text)))})


def read_settings(given: Mapping[str, str] | None = None, *, dotenv: Path | None = Path(".env")) -> Settings:
    """Read the settings once from the variables given, else from the process and its `.env` file.

    Raises `SettingsError`, which names everything that is wrong at once and shows no secret.
    """
    environment = Environment(process_variables(dotenv) if given is None else given)
    values: dict[str, Any] = {}
    for declared in dataclasses.fields(Settings):
        found = environment.value(variable_of(declared), declared.default)
        values[declared.name] = found
    values["environment"] = _environment(environment, values["environment"])
    values["database_url"] = _database_url(environment, values["database_url"])
    _check_jobs_url(environment, values["jobs_url"])
    _check_secret_key(environment, values)
    _check_host(environment, values)
    _check_backups(environment, values)
    if environment.faults:
        raise SettingsError(tuple(environment.faults))
    return Settings(**values)


def written_values(settings: Settings) -> dict[str, str | None]:
    """Return each variable's name and its value as one would give it; None for those that may be secret."""
    return {
        variable.name: None if variable.secret else _written(getattr(settings, declared.name))
        for declared in dataclasses.fields(settings)
        for variable in (variable_of(declared),)
    }


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _environment(environment: Environment, name: str) -> str:
    """Hold FLASK_DEBUG against FLASK_ENV: the debugger runs any code for whoever asks."""
    debug = environment.raw("FLASK_DEBUG")
    if debug is None:
        return name
    try:
        wanted = truth(debug)
    except ValueError:
        environment.faults.append(f"FLASK_DEBUG: {debug!r} is not true or false.")
        return name
    if wanted and name in ("production", "staging"):
        environment.faults.append(
            f"FLASK_DEBUG and FLASK_ENV contradict each other: debugging is never on in {name}. "
            "Take FLASK_DEBUG away, or say FLASK_ENV=development."
        )
    return name


def _database_url(environment: Environment, url: str) -> str:
    """Lead every spelling of PostgreSQL to psycopg 3 and refuse what no test shows working."""
    scheme, separator, rest = url.partition("://")
    if not url or (separator and scheme in _DATABASES):
        return f"{_DATABASES[scheme]}://{rest}" if url else url
    if scheme.startswith(("mysql", "mariadb")):
        environment.faults.append(
            "DATABASE_URL: MySQL and MariaDB are not supported. Use sqlite:///path or postgresql://…"
        )
    else:
        environment.faults.append(
            "DATABASE_URL: it begins with none of sqlite:///path, postgresql://… and postgresql+psycopg://…"
        )
    return ""


def _check_jobs_url(environment: Environment, url: str) -> None:
    if url and not url.startswith((*_REDIS, *(f"{scheme}://" for scheme in _DATABASES))):
        environment.faults.append(
            "JOBS_URL: it begins with none of sqlite:///path, redis://…, rediss://… and postgresql://…"
        )


def _check_secret_key(environment: Environment, values: Mapping[str, Any]) -> None:
    key: str = values["secret_key"]
    if values["environment"] != "production":
        return
    weakness = _weakness(key)
    if weakness:
        environment.faults.append(
            f"SECRET_KEY {weakness}, which is too weak for production. A strong one is random, has at least "
            f"{_STRONG_LENGTH} characters and at least {_STRONG_VARIETY} different ones. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )


def _weakness(key: str) -> str | None:
    if not key:
        return "is not given"
    if len(key) < _STRONG_LENGTH:
        return f"has {len(key)} characters"
    if len(set(key)) < _STRONG_VARIETY:
        return f"has only {len(set(key))} different characters"
    if any(placeholder in key.lower() for placeholder in _PLACEHOLDERS):
        return "reads like a placeholder"
    return None


def _check_host(environment: Environment, values: Mapping[str, Any]) -> None:
    if values["open_to_all"] or is_loopback(values["host"]):
        return
    environment.faults.append(
        f"HOST: {values['host']!r} can be reached from other machines, and Tidegate does not yet ask who is "
        "calling. Use HOST=127.0.0.1, or say I_KNOW_TIDEGATE_HAS_NO_ACCESS_CONTROL=true."
    )


def _check_backups(environment: Environment, values: Mapping[str, Any]) -> None:
    try:
        found = time.fromisoformat(values["backup_at"])
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        environment.faults.append(f"BACKUP_AT: {values['backup_at']!r} is not a time of day such as 02:30.")


def is_loopback(host: str) -> bool:
    """Tell whether an address or name is this machine's own, reached from nowhere else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _password(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None
