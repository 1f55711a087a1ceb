"""How a process starts: where it runs, its key, its modules, its migrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.environment import VariableReader, truth, variable

GROUP = "Start"
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


@dataclass(frozen=True, kw_only=True)
class StartSettings:
    """What is decided once for the whole process."""

    environment: str = variable(
        "development",
        "FLASK_ENV",
        "Where this runs. `production` refuses a weak SECRET_KEY; it and `staging` write logs as JSON. "
        "`FLASK_DEBUG=true` alone means `development`.",
        group=GROUP,
        aliases=("APP_ENV",),
        choices=("development", "testing", "staging", "production"),
    )
    secret_key: str = variable(
        "",
        "SECRET_KEY",
        "Signs what the server hands out and must get back unchanged, and encrypts the secrets of channels. "
        "At least 32 characters, at least 10 "
        'different ones; make one with `python -c "import secrets; print(secrets.token_urlsafe(48))"`. '
        "Outside production a fresh one is made at every start.",
        group=GROUP,
        aliases=("SESSION_SECRET",),
        secret=True,
    )
    modules: tuple[str, ...] = variable(
        (),
        "DEFAULT_ENABLED_MODULES",
        "The modules that start, separated by commas. An unknown name, or one whose needs are not "
        "named as well, stops the start. Empty: all of them.",
        group=GROUP,
        shown_default="all",
    )
    auto_migrate: bool = variable(
        False,
        "AUTO_MIGRATE",
        "Bring the database to the newest schema at the start, after a backup of it. Of several replicas "
        "that start together one migrates, and the others wait.",
        group=GROUP,
    )
    migrate_timeout: float = variable(
        600.0,
        "MIGRATE_TIMEOUT",
        "Seconds that a process waits for another one to end its migration before it stops with an error.",
        group=GROUP,
        least=1,
    )
    migrate_backup: bool = variable(
        True,
        "MIGRATE_BACKUP",
        "Take a backup before every migration of a database that is not empty; without one nothing is "
        "migrated.",
        group=GROUP,
    )
    git_commit: str = variable(
        "",
        "GIT_COMMIT",
        "The commit that this was built from, shown by `/status`.",
        group=GROUP,
        shown_default="unknown",
    )


def check_environment(environment: VariableReader, name: str) -> None:
    """Hold FLASK_DEBUG against FLASK_ENV: the debugger runs any code for whoever asks."""
    debug = environment.raw("FLASK_DEBUG")
    if debug is None:
        return
    try:
        wanted = truth(debug)
    except ValueError:
        environment.faults.append(f"FLASK_DEBUG: {debug!r} is not true or false.")
        return
    if wanted and name in ("production", "staging"):
        environment.faults.append(
            f"FLASK_DEBUG and FLASK_ENV contradict each other: debugging is never on in {name}. "
            "Remove FLASK_DEBUG, or set FLASK_ENV=development."
        )


def check_secret_key(environment: VariableReader, values: Mapping[str, Any]) -> None:
    """Refuse a key that could be guessed, where it counts."""
    if values["environment"] != "production":
        return
    weakness = _weakness(values["secret_key"])
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
