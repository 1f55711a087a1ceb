"""Clients that submit reports all at once, and note down what was acknowledged to them."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from tests.support.server import Answer, Client, NoAnswer

COMMITS = tuple(hashlib.sha1(bytes([number]), usedforsecurity=False).hexdigest() for number in range(16))


class Called(Protocol):
    """What can be called: a server process, or a whole stack behind its proxy."""

    def client(self) -> Client:
        """Return a client for one thread."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be submitted where."""

    commit: str
    slot: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What the server said that it has."""

    evidence: str
    digest: str
    repeated: bool
    verdicts: tuple[str, ...]
    report: Report


@dataclass
class Ledger:
    """What happened to every request; safe to share between threads."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: list[Answer] = field(default_factory=list)
    unanswered: list[NoAnswer] = field(default_factory=list)

    def note(self, report: Report, answer: Answer) -> None:
        """Keep what an answer says."""
        if answer.status not in (200, 201):
            self.refused.append(answer)
            return
        body = answer.body
        verdicts = tuple(one["id"] for one in body["verdicts"])
        stored = body["evidence"]
        self.acknowledged.append(
            Acknowledged(stored["id"], stored["digest"], body["repeated"], verdicts, report)
        )

    def statuses(self) -> Counter[int]:
        """Count the refusals by their status."""
        return Counter(answer.status for answer in self.refused)


def reports(seed: int) -> Iterable[Report]:
    """Make up reports without end: new ones, ones whose bytes another slot has too, and large ones.

    Every fortieth has more than a mebibyte, which takes another way through the server than a small one.
    """
    chance = random.Random(seed)
    shared = [_junit(chance, cases=3, mark=f"shared-{number}") for number in range(5)]
    count = 0
    while True:
        count += 1
        commit = chance.choice(COMMITS)
        slot = f"part-{chance.randrange(6)}"
        if count % 40 == 0:
            yield Report(commit, slot, _junit(chance, cases=4, mark=f"{seed}-{count}", padding=1_200_000))
        elif count % 7 == 0:
            yield Report(commit, slot, chance.choice(shared))
        else:
            yield Report(commit, slot, _junit(chance, cases=chance.randrange(1, 60), mark=f"{seed}-{count}"))


def _junit(chance: random.Random, *, cases: int, mark: str, padding: int = 0) -> bytes:
    bad = chance.random() < 0.2
    lines = [f'<testsuite name="{mark}" tests="{cases}" failures="{int(bad)}" errors="0">']
    for number in range(cases):
        failure = "<failure message='it leaks'/>" if bad and number == 0 else ""
        lines.append(f'<testcase classname="{mark}" name="t{number}" time="0.01">{failure}</testcase>')
    # Noise that does not compress away, so that a large report is large on disk too.
    noise = chance.randbytes(padding // 2).hex()
    lines.append(f"<system-out>{noise}</system-out></testsuite>")
    return "\n".join(lines).encode()


class InTwoParts:
    """A body that stops halfway until it is told to go on; `http.client` reads from it."""

    def __init__(self, content: bytes) -> None:
        self._parts = [content[: len(content) // 2], content[len(content) // 2 :]]
        self.halfway, self.go_on = threading.Event(), threading.Event()

    def read(self, _size: int = -1) -> bytes:
        """Return the next part; waits before the second one."""
        if len(self._parts) == 1:
            self.halfway.set()
            self.go_on.wait(30)
        return self._parts.pop(0) if self._parts else b""


class Load:
    """Threads that submit until they are told to stop, or nobody answers any more."""

    def __init__(self, server: Called, *, clients: int, seed: int, pause: float = 0.0) -> None:
        """`pause`: seconds between two requests of a client, where not speed is what is asked for."""
        self.ledger = Ledger()
        self._pause = pause
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(server.client(), seed * 1000 + number), daemon=True)
            for number in range(clients)
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads), "a client hangs"

    def wait_for(self, acknowledged: int, patience: float = 60) -> None:
        """Return once this many submissions were acknowledged."""
        until = time.monotonic() + patience
        while len(self.ledger.acknowledged) < acknowledged:
            assert time.monotonic() < until, f"only {len(self.ledger.acknowledged)} were acknowledged"
            time.sleep(0.002)

    def wait_for_end(self) -> None:
        """Return once every client has found nobody to talk to."""
        for thread in self._threads:
            thread.join(60)

    def _run(self, client: Client, seed: int) -> None:
        for report in reports(seed):
            if self._stop.wait(self._pause):
                break
            try:
                answer = client.submit(report.content, commit=report.commit, slot=report.slot)
            except NoAnswer as lost:
                self.ledger.unanswered.append(lost)
                if lost.refused:
                    break
            else:
                self.ledger.note(report, answer)
        client.close()


def at_once(server: Called, actions: Iterable[Callable[[Client], Answer]]) -> list[Answer]:
    """Do everything at the same moment, each over a connection of its own; answers in the order given."""
    todo = list(actions)
    answers: list[Answer | Exception | None] = [None] * len(todo)
    gate = threading.Barrier(len(todo))

    def run(number: int) -> None:
        client = server.client()
        try:
            client.send("GET", "/healthz")  # so that the connection is there before the race begins
            gate.wait(30)
            answers[number] = todo[number](client)
        except (NoAnswer, threading.BrokenBarrierError) as error:
            answers[number] = error
        finally:
            client.close()

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(todo))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    given = [answer for answer in answers if isinstance(answer, Answer)]
    assert len(given) == len(todo), answers
    return given
