"""Every setting of Tidegate: declared once, a file for each group; read once at the start, never changed."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tidegate.environment import SettingsError, VariableReader, process_variables, variable_of
from tidegate.settings.access import AccessSettings, check_access
from tidegate.settings.backups import BackupSettings, check_backups
from tidegate.settings.data import (
    DataSettings,
    check_data_dir,
    check_redis_url,
    check_storage_url,
    database_url,
    replica_url,
)
from tidegate.settings.explanations import ExplanationSettings, check_explanations
from tidegate.settings.flags import FlagSettings, check_flags
from tidegate.settings.incidents import IncidentSettings, check_status_pages
from tidegate.settings.limits import LimitSettings
from tidegate.settings.logs import LogSettings
from tidegate.settings.monitoring import MonitoringSettings
from tidegate.settings.notifications import NotificationSettings, check_notifications
from tidegate.settings.outgoing import OutgoingSettings, check_outgoing
from tidegate.settings.parity import ParitySettings
from tidegate.settings.probes import ProbeSettings
from tidegate.settings.server import (
    LOOPBACK_NAMES,
    ServerSettings,
    check_origins,
    check_public_url,
    is_loopback,
)
from tidegate.settings.sharing import SharingSettings
from tidegate.settings.sign_on import SignOnSettings, check_sign_on
from tidegate.settings.signing import SigningSettings, check_signing, secret_lines
from tidegate.settings.start import StartSettings, check_environment, check_secret_key
from tidegate.settings.worker import WorkerSettings

__all__ = ["LOOPBACK_NAMES", "Settings", "is_loopback", "read_settings", "written_values"]

_MADE_AT_START = "made-at-start-"


# A dataclass takes the fields of its last base first: read the groups from below.
@dataclass(frozen=True, kw_only=True)
class Settings(
    MonitoringSettings,
    LogSettings,
    LimitSettings,
    SignOnSettings,
    AccessSettings,
    BackupSettings,
    FlagSettings,
    ExplanationSettings,
    SharingSettings,
    SigningSettings,
    OutgoingSettings,
    IncidentSettings,
    ParitySettings,
    NotificationSettings,
    ProbeSettings,
    WorkerSettings,
    DataSettings,
    ServerSettings,
    StartSettings,
):
    """What an operator may decide; secrets, and URLs that may hold one, are left out of the repr."""

    def __post_init__(self) -> None:
        """Fill in what follows from other settings."""
        hardened = self.environment in ("production", "staging")
        filled = {
            "secret_key": self.secret_key or _MADE_AT_START + secrets.token_urlsafe(48),
            "database_url": self.database_url or f"sqlite:///{self.data_dir}/tidegate.sqlite3",
            "blob_url": self.blob_url or str(self.data_dir / "blobs"),
            "backup_url": self.backup_url or str(self.data_dir / "backups"),
            "backup_nightly": self.backup_nightly or ("true" if self.production else "false"),
            "rate_limit_storage_url": self.rate_limit_storage_url or self.redis_url or "memory://",
            "worker_expected": self.worker_expected or ("true" if hardened else "false"),
            "allowed_hosts": self.allowed_hosts or (LOOPBACK_NAMES if is_loopback(self.host) else ()),
            "log_format": self.log_format or ("json" if hardened else "console"),
        }
        for name, value in filled.items():
            object.__setattr__(self, name, value)

    @property
    def secret_key_given(self) -> bool:
        """Whether the key outlives this process, and is the same in every other one."""
        return not self.secret_key.startswith(_MADE_AT_START)

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
            self.database_replica_url,
            self.blob_url,
            self.backup_url,
            self.redis_url,
            self.rate_limit_storage_url,
            self.outgoing_proxy,
            self.smtp_url,
        )
        passwords = (password for url in urls if (password := _password(url)))
        keys = (
            self.secret_key,
            self.admin_initial_password,
            self.oidc_client_secret,
            self.oauth_client_secret,
            self.explain_api_key,
            *self.backup_identity.split(),
            *secret_lines(self.signing_key),
        )
        return tuple({*keys, *(form for text in passwords for form in (text, unquote(text)))})


def read_settings(given: Mapping[str, str] | None = None, *, dotenv: Path | None = Path(".env")) -> Settings:
    """Read the settings once from the variables given, else from the process and its `.env` file.

    Raises `SettingsError`, which names everything that is wrong at once and shows no secret.
    """
    environment = VariableReader(process_variables(dotenv) if given is None else given)
    values: dict[str, Any] = {}
    for declared in dataclasses.fields(Settings):
        found = environment.value(variable_of(declared), declared.default)
        values[declared.name] = found
    check_data_dir(environment, values["data_dir"])
    values["database_url"] = database_url(environment, values["database_url"])
    values["database_replica_url"] = replica_url(
        environment, values["database_replica_url"], of=values["database_url"]
    )
    check_environment(environment, values["environment"])
    check_redis_url(environment, values["redis_url"])
    check_storage_url(environment, values["rate_limit_storage_url"])
    check_secret_key(environment, values)
    check_access(environment, values)
    check_origins(environment, values["cors_origins"])
    check_public_url(environment, values["public_url"])
    check_backups(environment, values)
    check_signing(environment, values)
    check_sign_on(environment, values)
    check_explanations(environment, values)
    check_flags(environment, values)
    check_outgoing(environment, values)
    check_notifications(environment, values)
    check_status_pages(environment, values["status_pages_public"])
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


def _password(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None
