"""What the outbox tells: 10,000 events to one webhook by two workers' threads, none lost and none doubled."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from benchmarks.table import Row
from tests.support.notifications import Notifying, event_of
from tests.support.receivers import receiver
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database
from tidegate.modules.notifications.dispatch import DispatchService
from tidegate.settings import read_settings

EVENTS = 10_000
_PATIENCE = 600


def one_webhook() -> Row:
    """Tell a receiver on loopback; it is told each event once while nobody dies."""
    with tempfile.TemporaryDirectory() as name, receiver() as crew:
        folder = Path(name)
        settings = read_settings({"DATA_DIR": str(folder), "OUTGOING_ALLOW": "127.0.0.1/32"})
        database = Database(settings.database_url)
        schema.upgrade(database)
        place = Notifying.made(settings, database)
        place.channel(crew.url)
        place.tell(*(event_of(number) for number in range(EVENTS)))
        began, pause = time.perf_counter(), threading.Event()
        with place.sending(2):
            while place.do(DispatchService, DispatchService.counts).waiting:
                pause.wait(0.2)
                if time.perf_counter() - began > _PATIENCE:
                    break
        seconds = time.perf_counter() - began
        database.dispose()
    told = Counter(one.headers["webhook-id"] for one in crew.got)
    faults = EVENTS - len(told) + sum(count - 1 for count in told.values())
    return Row(
        f"{EVENTS:,} notifications to one webhook, two workers",
        EVENTS / seconds,
        "1/s",
        "lost or doubled",
        faults,
        faults / EVENTS,
        "0 lost, 0 doubled",
        faults == 0,
    )


ROWS = (one_webhook,)
