"""A small client of Tidegate's API: bytes over http or https, patient with a server that is busy or away."""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, TypeAlias
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request

from tidegate.cli.credentials import keep_for_job, kept_for_job, token_for
from tidegate.cli.early_answers import EarlyHTTPHandler, EarlyHTTPSHandler
from tidegate.cli.job_identity import JobToken, job_token
from tidegate.domain.errors import Invalid, TidegateError, says_more

Query: TypeAlias = "Mapping[str, str | int | None]"

TIMEOUT = 60.0
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try."""

_LONGEST_PAUSE = 30.0
_BUSY = (429, 502, 503, 504)
_TOO_LARGE = 413
_MOST_BYTES = 64 * 1024 * 1024
_MOST_IDENTITY = 64 * 1024
_NOT_TRUSTED = (
    "The server does not let this job in by its identity token: {detail}\n"
    "  An administrator says whose jobs are trusted: tidegate publisher add (docs/zero-secrets.md)."
)
_TROUBLE = (URLError, OSError, http.client.HTTPException)


class NotReached(TidegateError):
    """A server that did not answer, however often it was asked."""


class Refused(TidegateError):
    """An answer that is an error; `status` and `problem` are what the server sent."""

    def __init__(self, message: str, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = problem
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Any:
        """Read the body as JSON; raises `NotReached` where it is none: something else has answered."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise NotReached("The server that answered is not Tidegate: its answer is not JSON.") from None


class Server:
    """One server, by its URL; `sleep` and `pauses` are handed in by tests.

    Where a request has to be repeated, `tell` says so once, and for how long.

    The token that is sent is the one given, else that of TIDEGATE_TOKEN or of `tidegate login`, else what the
    identity token of the CI job is exchanged for. It goes to this server alone: a redirect is not followed.

    Raises `Invalid` for a URL that is not http or https.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = TIMEOUT,
        pauses: tuple[float, ...] = PAUSES,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] | None = None,
        token: str | None = None,
    ) -> None:
        _check_url(url)
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._pauses = pauses
        self._sleep = sleep
        self._tell = tell or _to_stderr
        self._token = token or token_for(self.url)
        self._asked_job = False
        # Only these handlers: no file:, no ftp:, and a redirect is an answer like any other.
        self._opener = OpenerDirector()
        for handler in (ProxyHandler(), EarlyHTTPHandler(), EarlyHTTPSHandler()):
            self._opener.add_handler(handler)

    def get(self, *path: str, query: Query | None = None) -> Any:
        """Ask for a JSON document; raises `Refused` and `NotReached`."""
        return self._ask("GET", path, query).document()

    def download(self, *path: str, query: Query | None = None) -> bytes:
        """Ask for bytes as they are; raises `Refused`, and `NotReached` for more than are taken."""
        body = self._ask("GET", path, query).body
        if len(body) == _MOST_BYTES:
            raise NotReached(
                f"The answer has more than {_MOST_BYTES:,} bytes: ask for it with another client."
            )
        return body

    def send(
        self,
        method: str,
        *path: str,
        document: object,
        headers: Mapping[str, str] | None = None,
        query: Query | None = None,
    ) -> Answer:
        """Send a JSON document; repeated while the server cannot be reached: for what is idempotent alone."""
        body = json.dumps(document).encode()
        more = {"Content-Type": "application/json", **(headers or {})}
        return self._ask(method, path, query, body=body, headers=more)

    def send_yaml(self, method: str, *path: str, text: str, query: Query | None = None) -> Answer:
        """Send a document as it was written; repeated as `send` is."""
        headers = {"Content-Type": "application/yaml"}
        return self._ask(method, path, query, body=text.encode(), headers=headers)

    def upload(
        self, *path: str, query: Query, opener: Callable[[], BinaryIO], size: int, content_type: str
    ) -> Answer:
        """Send reports as they are; safe to repeat, because a server knows them again by their digests."""
        headers = {"Content-Type": content_type, "Content-Length": str(size)}
        return self._ask("POST", path, query, headers=headers, opener=opener)

    def _bearer(self) -> str | None:
        """Return the token to send; a job's is exchanged before the first request."""
        if self._token is None and not self._asked_job:
            self._asked_job = True
            found = job_token(self.url, self._identity)
            self._token = self._exchanged(found) if found is not None else None
        return self._token

    def _identity(self, address: str, bearer: str) -> bytes:
        """Ask the job's own system for an identity token."""
        headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json"}
        for pause in (*self._pauses, None):
            try:
                with self._opener.open(Request(address, headers=headers), timeout=self._timeout) as answer:
                    data: bytes = answer.read(_MOST_IDENTITY)
                if answer.status == 200:
                    return data
                trouble = f"it answers with status {answer.status}"
            except _TROUBLE as error:
                trouble = str(getattr(error, "reason", None) or error)
            if pause is not None:
                self._sleep(pause)
        raise NotReached(f"The CI system gives this job no identity token: {trouble}.")

    def _exchanged(self, found: JobToken) -> str:
        """Exchange a job's identity token; raises `Refused` with what an administrator has to do."""
        kept = kept_for_job(self.url, found.text) if found.fixed else None
        if kept is not None:
            return kept
        try:
            answer = self.send("POST", "token-exchange", document={"token": found.text}).document()
        except Refused as refused:
            detail = str(refused.problem.get("detail") or refused)
            raise Refused(_NOT_TRUSTED.format(detail=detail), refused.status, refused.problem) from refused
        token = str(answer["token"])
        if found.fixed:
            keep_for_job(self.url, found.text, token, datetime.fromisoformat(answer["expires_at"]))
        return token

    def _ask(
        self,
        method: str,
        path: tuple[str, ...],
        query: Query | None,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        opener: Callable[[], BinaryIO] | None = None,
    ) -> Answer:
        given = urlencode({name: value for name, value in (query or {}).items() if value is not None})
        address = f"{self.url}/api/v1/" + "/".join(quote(part, safe="") for part in path)
        address += f"?{given}" if given else ""
        for number, pause in enumerate((*self._pauses, None)):
            try:
                answer = self._once(method, address, body, headers or {}, opener)
            except _TROUBLE as error:
                if pause is None:
                    raise NotReached(self._unreached(error)) from error
                why, wait = f"does not answer: {_reason(error)}", pause
            else:
                if answer.status < 300:
                    return answer
                if answer.status not in _BUSY or pause is None:
                    raise _refused(answer)
                why, wait = f"is busy (status {answer.status})", _wanted_pause(answer, pause)
            if number == 0:
                self._tell(self._patience(why, f"{method} /{'/'.join(path)}"))
            self._sleep(wait)
        raise AssertionError("the last try raises or returns")

    def _patience(self, why: str, what: str) -> str:
        times = "once" if len(self._pauses) == 1 else f"up to {len(self._pauses)} times"
        return (
            f"{self.url} {why}. Trying {what} again {times}, for {sum(self._pauses):.0f} s or as it asks ..."
        )

    def _once(
        self,
        method: str,
        address: str,
        body: bytes | None,
        headers: Mapping[str, str],
        opener: Callable[[], BinaryIO] | None,
    ) -> Answer:
        with opener() if opener is not None else nullcontext() as stream:
            accept = {"Accept": "application/json, application/problem+json", "User-Agent": "tidegate"}
            token = self._bearer()
            known = {"Authorization": f"Bearer {token}"} if token else {}
            request = Request(
                address, data=stream or body, headers={**accept, **known, **headers}, method=method
            )
            with self._opener.open(request, timeout=self._timeout) as response:
                return Answer(response.status, dict(response.headers.items()), _body(response))

    def _unreached(self, error: Exception) -> str:
        tries = len(self._pauses) + 1
        return (
            f"{self.url} does not answer ({tries} {'try' if tries == 1 else 'tries'}): {_reason(error)}. "
            "Is the server running, and is this its address?"
        )


def _check_url(url: str) -> None:
    """Raise `Invalid` for what is not the URL of a server; a secret in it is not quoted."""
    if "@" in url:
        raise Invalid(
            "The URL of the server holds a name or a password. Write it without, such as "
            "http://127.0.0.1:8000; the token belongs into TIDEGATE_TOKEN."
        )
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").encode("idna"), parts.port
    except ValueError:  # also a name that cannot be one
        parts, host = urlsplit(""), b""
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise Invalid(f"{url!r} is not the URL of a server. Write such as http://127.0.0.1:8000.")


def _to_stderr(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _body(response: http.client.HTTPResponse) -> bytes:
    """Read what was answered; that a request is too large counts without its reason as well."""
    try:
        return response.read(_MOST_BYTES)
    except _TROUBLE:
        if response.status == _TOO_LARGE:
            return b""
        raise


def _reason(error: Exception) -> object:
    return getattr(error, "reason", None) or error


def _wanted_pause(answer: Answer, pause: float) -> float:
    """Wait as long as the server asks, within reason."""
    try:
        wanted = float(answer.headers.get("Retry-After", ""))
    except ValueError:
        return pause
    return min(max(wanted, 0.0), _LONGEST_PAUSE)


def _refused(answer: Answer) -> Refused:
    """Tell a problem document as a person would want to read it."""
    try:
        problem = json.loads(answer.body)
    except (ValueError, RecursionError):
        problem = None
    if not isinstance(problem, dict) or "title" not in problem:
        message = f"The server answered with status {answer.status}, and not as Tidegate does."
        if answer.status == _TOO_LARGE:
            message = f"The server, or a proxy before it, takes no request of this size ({_TOO_LARGE})."
        return Refused(message, answer.status, {})
    lines = [f"The server refused this: {problem['title']} ({answer.status})."]
    if problem.get("detail"):
        lines.append(f"  {problem['detail']}")
    if answer.status == 401:
        lines.append("  Give the token to this command: TIDEGATE_TOKEN=tdg_…, or run: tidegate login")
    if answer.status == 403:
        lines.append("  What your token may do: tidegate whoami. Which role allows what: docs/access.md")
    faults = problem.get("errors")
    faults = faults if isinstance(faults, list) else []
    for fault in faults:
        if isinstance(fault, dict):
            if len(faults) == 1 and not says_more(lines[-1], str(fault.get("detail"))):
                continue
            place = " ".join(str(fault.get(key)) for key in ("in", "pointer") if fault.get(key))
            lines.append(f"  {place}: {fault.get('detail')}")
    if answer.status >= 500 and problem.get("request_id"):
        lines.append(f"  The server's log has the reason under request {problem['request_id']}.")
    return Refused("\n".join(lines), answer.status, problem)
