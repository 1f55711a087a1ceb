"""How gunicorn runs Tidegate: all of it from the settings, read in the process that starts the workers."""

from __future__ import annotations

import os
import sys
from typing import Any

import gunicorn.glogging

from tidegate import registry
from tidegate.app import make_container, migrate
from tidegate.domain.errors import TidegateError
from tidegate.environment import SettingsError
from tidegate.kernel.logging import configure_logging
from tidegate.settings import Settings, is_loopback, read_settings

# While it reads this file gunicorn tells a fault in one message, later only with a traceback.
_SETTINGS = read_settings()
registry.enabled(_SETTINGS.modules)
# Bandit (B108) sees a shared folder below: gunicorn gives its file there a name that nobody can guess.
_SHARED_MEMORY = "/dev/shm"  # nosec B108

wsgi_app = "tidegate.wsgi:app"
bind = f"{_SETTINGS.host}:{_SETTINGS.port}"
worker_class = "gthread"
workers = _SETTINGS.workers
threads = _SETTINGS.threads
timeout = _SETTINGS.timeout
graceful_timeout = _SETTINGS.graceful_timeout
keepalive = _SETTINGS.keep_alive
proc_name = "tidegate"
# A worker's sign of life is a file; on a disk that is slow for a moment it would be taken for dead.
worker_tmp_dir = _SHARED_MEMORY if os.path.isdir(_SHARED_MEMORY) else None
accesslog = None
# Its file would be written outside the data folder, and nobody here speaks through it.
control_socket_disable = True
# The proxies to trust are a setting of Tidegate's own (TRUSTED_PROXY_HOPS).
forwarded_allow_ips = ""
# A request line or header beyond these is no client of ours.
limit_request_line = 8190
limit_request_fields = 100


class Logger(gunicorn.glogging.Logger):
    """Sends gunicorn's lines through the renderer of all others from the very first one on."""

    def setup(self, cfg: Any) -> None:
        """Set gunicorn's loggers up, and hand them over."""
        super().setup(cfg)
        configure_logging(_SETTINGS)


logger_class = Logger


def on_starting(server: Any) -> None:
    """Refuse to listen where the settings do not allow it, and migrate once before any worker starts."""
    try:
        check_addresses(server.cfg.address, _SETTINGS)
        if _SETTINGS.auto_migrate:
            container = make_container(_SETTINGS)
            try:
                migrate(container)
            finally:
                container.database.dispose()
    except TidegateError as error:
        sys.exit(f"Error: {error}")


def check_addresses(addresses: list[Any], settings: Settings) -> None:
    """Hold an address given on gunicorn's command line to the rule of HOST; a socket file is no address."""
    for address in addresses:
        if isinstance(address, tuple) and not settings.open_to_all and not is_loopback(address[0]):
            fault = (
                f"--bind: {address[0]!r} can be reached from other machines, and Tidegate does not yet ask "
                "who is calling. Bind to 127.0.0.1, or say I_KNOW_TIDEGATE_HAS_NO_ACCESS_CONTROL=true."
            )
            raise SettingsError((fault,))
