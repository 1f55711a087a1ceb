"""The signals that ask a process to stop, as far as the platform has them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_NAMES = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")  # the last one is Ctrl-Break on Windows


@contextmanager
def when_asked_to_stop(act: Callable[[], object]) -> Iterator[None]:
    """Call `act` at each signal that asks this process to stop, until the block ends.

    Ctrl-C counts also where the shell started the process with SIGINT ignored, as it does in the background
    of a script. A hang-up that is ignored stays so: that is what `nohup` is for.
    """
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    hangup = getattr(signal, "SIGHUP", None)
    taken = [number for number in numbers if number != hangup or before[number] is not signal.SIG_IGN]
    try:
        for number in taken:
            signal.signal(number, lambda *_: act())
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])
