"""How gunicorn runs Tidegate: all of it from the settings, read in the process that starts the workers."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import gunicorn.glogging
import gunicorn.util
import msgspec

from tidegate import registry
from tidegate.app import check_store, first_start, make_container, prepare_schema
from tidegate.domain.errors import TidegateError, underneath
from tidegate.environment import process_variables
from tidegate.kernel.http.problem_table import problem_of_status
from tidegate.kernel.http.problems import HIDDEN_DETAIL, MEDIA_TYPE, RETRY_AFTER, Occurrence
from tidegate.kernel.logging import configure_logging
from tidegate.kernel.telemetry.folder import SharedFolder
from tidegate.kernel.telemetry.start import wanted_exporter
from tidegate.settings import read_settings

_OTHER_FILES = 256


def room_for_connections(wanted: int) -> int:
    """Let the process have a file for each connection and one for its body; returns how many it can have."""
    needed = 2 * wanted + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    with suppress(OSError, ValueError):  # systemd's filter, for one, does not allow it
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        soft = raised
    return min(wanted, max((soft - _OTHER_FILES) // 2, 1))


# While it reads this file gunicorn tells a fault in one message, later only with a traceback.
_SETTINGS = read_settings()
if not {"SECRET_KEY", "SECRET_KEY_FILE"} & process_variables(Path(".env")).keys():
    # One was made up for this start: what one worker signs, all of them have to know.
    os.environ["SECRET_KEY"] = _SETTINGS.secret_key
registry.enabled(_SETTINGS.modules)
wanted_exporter(os.environ)
# Bandit (B108) sees a shared folder below: gunicorn gives its file there a name that nobody can guess.
_SHARED_MEMORY = "/dev/shm"  # nosec B108
# Where prometheus-client looks for the folder in which several processes count together.
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_shared_folder: SharedFolder | None = None
# Asked before gunicorn puts a handler of its own in its place.
_HANGUP_IGNORED = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN

wsgi_app = "tidegate.wsgi:app"
bind = f"{_SETTINGS.host}:{_SETTINGS.port}"
worker_class = "tidegate.gunicorn_worker.GunicornWorker"
workers = _SETTINGS.workers
threads = _SETTINGS.threads
timeout = _SETTINGS.timeout
graceful_timeout = _SETTINGS.graceful_timeout
keepalive = _SETTINGS.keep_alive
worker_connections = room_for_connections(_SETTINGS.connections)
# What a client does not take waits without a thread; the kernel's own way would keep one.
sendfile = False
proc_name = "tidegate"
# A worker process shows by a file that it lives; on a slow disk it would be taken for dead.
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


def answer_problem(connection: Any, status: int, reason: str, detail: str) -> None:
    """Answer what gunicorn itself refuses, such as an address that is too long, as a problem as well."""
    occurrence = Occurrence(problem_of_status(status), detail or HIDDEN_DETAIL)
    body = msgspec.json.encode(occurrence.body(uuid.uuid4().hex) | {"status": status})
    later = f"Retry-After: {RETRY_AFTER}\r\n" if status == 503 else ""
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nCache-Control: no-store\r\n{later}"
        f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    gunicorn.util.write_nonblock(connection, head.encode("latin-1") + body)


# Its limits cannot be raised above what is set here, and it has no other setting for what it answers then.
gunicorn.util.write_error = answer_problem


def on_starting(_server: Any) -> None:
    """Refuse to start where the settings do not allow it, and migrate once before any worker starts."""
    try:
        check_store(_SETTINGS)
        container = make_container(_SETTINGS, watched=False)
        try:
            prepare_schema(container)
            if offer := first_start(container):
                print(offer, file=sys.stderr, flush=True)
        finally:
            container.database.dispose()
        count_together()
    except TidegateError as error:
        words = underneath(error)
        print(f"Error: {error}" + (f"\n  {words}" if words else ""), file=sys.stderr)
        sys.exit(2)


def count_together() -> None:
    """Give the workers a folder in which they count together; in memory where there is such a place."""
    global _shared_folder
    os.environ.pop(_FOLDER, None)
    if _SETTINGS.enable_monitoring:
        in_memory = [Path(_SHARED_MEMORY)] if os.path.isdir(_SHARED_MEMORY) else []
        _shared_folder = SharedFolder([*in_memory, _SETTINGS.data_dir])
        os.environ[_FOLDER] = str(_shared_folder.path)


def when_ready(server: Any) -> None:
    """Let a terminal that closes end the server, and not make it read its settings again and live on."""
    handler = signal.SIG_IGN if _HANGUP_IGNORED else lambda *_: server.signal(signal.SIGTERM, None)
    signal.signal(signal.SIGHUP, handler)


def post_worker_init(_worker: Any) -> None:
    """Let a worker ignore that a terminal closes, where the server does (`nohup`)."""
    if _HANGUP_IGNORED:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def worker_exit(_server: Any, _worker: Any) -> None:
    """Let the objects of a worker die with it: Python would go through all of them first, for seconds."""
    gc.freeze()


def child_exit(_server: Any, worker: Any) -> None:
    """Take a dead worker's connections out of the sums; what it counted stays."""
    if _shared_folder is not None:
        # Only now: when it is imported, the library decides by the environment how processes count.
        from prometheus_client.multiprocess import mark_process_dead

        folder = str(_shared_folder.path)
        mark_process_dead(worker.pid, folder)  # type: ignore[no-untyped-call]  # it has no types


def on_exit(_server: Any) -> None:
    """Leave nothing behind, and lose no time with objects that end with the process."""
    gc.freeze()
    if _shared_folder is not None:
        _shared_folder.remove()
