"""A process without what only Unix has: the nearest to Windows that can be tried on this machine.

It takes names away and refuses what Windows refuses; it has no other file system, and no other kernel.
"""

from __future__ import annotations

import errno
import importlib
import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent

_PATH = f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
_SETUP = f"{_PATH}from tests.support import windows; windows.imitate(); "
SERVE = (sys.executable, "-c", f"{_SETUP} from tidegate.cli.server import serve_with_waitress as f; f()")
TIDEGATE = (sys.executable, "-c", f"{_SETUP} from tidegate.cli import main; main(prog_name='tidegate')")

# What other libraries do there is theirs: they decide when they are imported.
_FIRST = "asyncio filelock multiprocessing platform selectors shutil socket subprocess tempfile uuid waitress"
_MODULES = "fcntl grp pwd resource termios"
_OS = "O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_SYNC chown fork geteuid getpgid getuid killpg mkfifo "
_OS += "sched_getaffinity setsid statvfs uname"
_SIGNALS = "SIGHUP SIGUSR1 SIGUSR2 SIGCHLD SIGPIPE SIGALRM SIGQUIT setitimer alarm pthread_sigmask"


def imitate() -> None:
    """Take away from this process what Windows does not have."""
    for name in _FIRST.split():
        importlib.import_module(name)
    for module, names in ((os, _OS), (signal, _SIGNALS), (select, "poll epoll")):
        for name in names.split():
            delattr(module, name)
    for name in _MODULES.split():
        sys.modules[name] = None  # type: ignore[assignment]  # so an import of it fails
    setattr(os, "open", _refusing_folders(os.open))
    for name in ("replace", "rename", "unlink", "remove"):
        setattr(os, name, _refusing_open_files(getattr(os, name)))
    # Of the platform's name itself, on which much of Python stands here.
    setattr(importlib.import_module("tidegate.kernel.files"), "REPLACES_OPEN_FILES", False)


def _refusing_folders(act: Callable[..., int]) -> Callable[..., int]:
    def opened(path: Any, *more: Any, **named: Any) -> int:
        if os.path.isdir(path) and not _asked_by_python():
            raise PermissionError(errno.EACCES, "Windows opens no folder", str(path))
        return act(path, *more, **named)

    return opened


def _refusing_open_files(act: Callable[..., None]) -> Callable[..., None]:
    def done(*paths: Any, **named: Any) -> None:
        for path in paths if not _asked_by_python() else ():
            if os.path.realpath(path) in _open_files():
                error = PermissionError(errno.EACCES, "Windows does this to no open file", str(path))
                setattr(error, "winerror", 32)
                raise error
        act(*paths, **named)

    return done


def _asked_by_python() -> bool:
    """Tell whether Python's own tempfile or shutil asks: there they go other ways by themselves."""
    return Path(sys._getframe(2).f_code.co_filename).name in ("tempfile.py", "shutil.py")


def _open_files() -> set[str]:
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:
            continue  # closed meanwhile, such as the listing's own
    return found
