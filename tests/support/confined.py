"""Tries what a confined process must not do, and prints as JSON what it was let do; runs by itself."""

import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_USER_NAMESPACE = 0x10000000


def _call(name: str, *arguments: object) -> None:
    if getattr(_LIBC, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


def _write(folder: str) -> None:
    path = os.path.join(folder, "probe")
    with open(path, "w") as file:
        file.write("x")
    os.unlink(path)


def _read(path: str) -> None:
    with open(path, "rb") as file:
        file.read()


TRIES: dict[str, Callable[[], object]] = {
    "mount": lambda: _call("mount", b"x", b"/tmp", b"tmpfs", 0, None),
    "make a namespace": lambda: _call("unshare", _NEW_USER_NAMESPACE),
    "trace": lambda: _call("ptrace", 0, 0, 0, 0),
    "change its personality": lambda: _call("personality", 8),
    "become root": lambda: os.setuid(0),
    "give files away": lambda: os.chown(".", 0, 0),
    "make a program that runs as its owner": lambda: os.chmod(".", 0o4750),
    "run in real time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "speak raw": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
    "see other processes": lambda: os.stat("/proc/1"),
    "signal other processes": lambda: os.kill(1, signal.SIGCONT),
    "see the machine's disks": lambda: os.stat("/dev/sda"),
}


def main(folders: list[str]) -> None:
    """Try all of it, writing into each folder, and reading the secrets where they lie and as handed over."""
    tries = dict(TRIES)
    for folder in folders:
        tries[f"write {folder}"] = partial(_write, folder)
    for path in ("/etc/tidegate/secret_key", "/etc/tidegate/tidegate.env", os.environ["SECRET_KEY_FILE"]):
        name = path if path.startswith("/etc") else "the credential"
        tries[f"read {name}"] = partial(_read, path)
    let = []
    for name, action in tries.items():
        try:
            action()
        except OSError:
            continue
        let.append(name)
    print(json.dumps(let))


if __name__ == "__main__":
    main(sys.argv[1:])
