"""Use cases of written explanations: show what would be sent, and send it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from tidegate.domain.canonical import Json
from tidegate.domain.errors import NotFound
from tidegate.domain.explanations import INSTRUCTIONS, Explanation, ExplanationFailed, facts_of
from tidegate.domain.flags import WRITTEN_EXPLANATIONS
from tidegate.domain.outgoing import OutgoingFailed, OutgoingRefused
from tidegate.domain.records import StoredVerdict
from tidegate.domain.shown_verdicts import ShownVerdict
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.flags import Flags
from tidegate.kernel.outgoing.client import Outgoing
from tidegate.modules.audit.service import AuditService
from tidegate.modules.verdicts.service import VerdictService

MOST_BYTES = 256 * 1024
LONGEST_TEXT = 4_000
_MOST_TOKENS = 600
_PATH = "/chat/completions"
_asking = threading.BoundedSemaphore(1)
"""One thread of a process at most waits for a model: the others answer everybody else."""


@dataclass(frozen=True, slots=True)
class ModelService:
    """The service that is asked: `url` is empty where there is none."""

    url: str
    model: str
    host: str
    seconds: int
    key: str = ""

    @property
    def address(self) -> str:
        """Where requests go."""
        base = self.url.rstrip("/")
        return base if base.endswith(_PATH) else base + _PATH

    def __repr__(self) -> str:
        """Leave the key out."""
        return f"ModelService({self.url!r}, {self.model!r})"


@dataclass(frozen=True, slots=True)
class Question:
    """A verdict, and the very bytes that would be sent of it, and where to."""

    verdict: StoredVerdict
    shown: ShownVerdict
    body: bytes
    address: str
    model: str


class _CompletionMessage(msgspec.Struct):
    content: str


class _CompletionChoice(msgspec.Struct):
    message: _CompletionMessage


class _Completion(msgspec.Struct):
    choices: list[_CompletionChoice]


class ExplanationService:
    """Has a model put verdicts into plain words."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        verdicts: VerdictService,
        audit: AuditService,
        outgoing: Outgoing,
        service: ModelService,
        flags: Flags,
    ) -> None:
        self._uow = uow
        self._verdicts = verdicts
        self._audit = audit
        self._outgoing = outgoing
        self._service = service
        self._flags = flags

    def question(self, verdict_id: str) -> Question:
        """Return what would be sent; raises `NotFound`, also where no model is configured.

        Raises `SwitchedOff` where a flag says so in the verdict's environment.
        """
        verdict = self._verdicts.verdict(verdict_id)
        if not self._service.url:
            raise NotFound("written explanation", verdict_id)
        self._flags.require(WRITTEN_EXPLANATIONS, verdict.environment)
        shown = ShownVerdict.of(msgspec.json.decode(verdict.document), recorded=True)
        body: Mapping[str, Json] = {
            "model": self._service.model,
            "messages": [
                {"role": "system", "content": INSTRUCTIONS},
                {"role": "user", "content": msgspec.json.encode(facts_of(shown)).decode()},
            ],
            "max_tokens": _MOST_TOKENS,
            "temperature": 0,
            "stream": False,
        }
        encoded = msgspec.json.encode(body)
        return Question(verdict, shown, encoded, self._service.address, self._service.model)

    def explain(self, question: Question) -> Explanation:
        """Send a question and return the answer; raises `ExplanationFailed`.

        That it was asked is recorded before it is sent. Nothing of the answer is kept.
        """
        if not _asking.acquire(blocking=False):
            raise ExplanationFailed("Another explanation is being written at this moment: ask again.")
        try:
            with self._uow.transaction():
                verdict = question.verdict
                self._audit.append(
                    action="explanation.asked",
                    subject=f"revision:{verdict.component}@{verdict.commit}",
                    details={"verdict": verdict.id, "host": self._service.host, "model": question.model},
                )
            # The service may take its time: no connection is held meanwhile.
            self._uow.release()
            return Explanation(self._answer(question), question.model, self._service.host)
        finally:
            _asking.release()

    def _answer(self, question: Question) -> str:
        headers = {"Accept": "application/json"}
        if self._service.key:
            headers["Authorization"] = f"Bearer {self._service.key}"
        limits = replace(
            self._outgoing.limits, seconds=float(self._service.seconds), most_bytes=MOST_BYTES, redirects=0
        )
        try:
            answer = self._outgoing.post(
                question.address,
                question.body,
                content_type="application/json",
                headers=headers,
                limits=limits,
            )
        except (OutgoingFailed, OutgoingRefused) as error:
            raise ExplanationFailed(str(error)) from error
        if answer.status != 200:
            raise ExplanationFailed(_refusal(self._service.host, answer.status))
        return _text_of(answer.body, self._service.host)


def _refusal(host: str, status: int) -> str:
    """Say what a status means; what the answer says beside it is the service's own and is not shown."""
    meaning = {
        401: "it does not know the key: see EXPLAIN_API_KEY",
        403: "the key may not do this: see EXPLAIN_API_KEY",
        404: "it has no such model or address: see EXPLAIN_URL and EXPLAIN_MODEL",
        429: "it was asked too often: ask again later",
    }
    return f"{host} answered with {status}: {meaning.get(status, 'it did not write anything')}."


def _text_of(body: bytes, host: str) -> str:
    """Return what was written, of a bounded length and without characters that steer a terminal."""
    try:
        choices = msgspec.json.decode(body, type=_Completion).choices
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ExplanationFailed(f"{host} answered with something else than a chat completion.") from error
    written = choices[0].message.content if choices else ""
    text = "".join(letter for letter in written if letter.isprintable() or letter in "\n\t").strip()
    if not text:
        raise ExplanationFailed(f"{host} wrote nothing.")
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + " […]"
