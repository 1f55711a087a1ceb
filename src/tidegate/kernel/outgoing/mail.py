"""The client of outgoing e-mail: its addresses are checked and its times bounded like those of requests."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Self
from urllib.parse import SplitResult, unquote, urlsplit

from tidegate.domain.outgoing import AddressPolicy, OutgoingFailed, OutgoingRefused
from tidegate.kernel.outgoing.client import BoundedClient
from tidegate.kernel.outgoing.network import CONNECT_TIMEOUT, Resolver, system_addresses

if TYPE_CHECKING:
    from tidegate.settings import Settings

_PORTS = {"smtp": 587, "smtps": 465}
_WORDS = re.compile(r"[^ -~]+")
_WHOLE = 3  # times that a single wait may take


@dataclass(frozen=True, slots=True)
class MailAnswer:
    """Which addresses the mail server took a message for, and what it said of the others."""

    taken: tuple[str, ...]
    refused: Mapping[str, str]


class Mailer(BoundedClient):
    """Sends e-mail through one mail server, each over a connection of its own; safe in many threads."""

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        url: str,
        sender: str,
        seconds: float,
        resolve: Resolver = system_addresses,
        ca_file: str = "",
    ) -> None:
        super().__init__(policy, seconds=seconds, resolve=resolve, ca_file=ca_file)
        self._url = url
        self.sender = sender

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the client that the settings describe."""
        return cls(
            AddressPolicy.from_entries(settings.outgoing_allow),
            url=settings.smtp_url,
            sender=settings.smtp_from,
            seconds=settings.outgoing_timeout,
            ca_file=settings.outgoing_ca_file,
        )

    @property
    def on(self) -> bool:
        """Tell whether there is a mail server."""
        return bool(self._url)

    def send(self, message: EmailMessage, recipients: Sequence[str]) -> MailAnswer:
        """Hand a message to the mail server; raises `OutgoingRefused` and `OutgoingFailed`.

        It may take it for some of the addresses alone: the answer tells for which.
        """
        parts = urlsplit(self._url)
        host = parts.hostname or "the mail server"
        try:
            with self._session(parts) as session:
                refused = session.send_message(message, self.sender, list(recipients))
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except smtplib.SMTPNotSupportedError as error:
            raise OutgoingFailed(host, f"it cannot take such a message: {_plain(error)}") from error
        except smtplib.SMTPResponseException as error:
            raise OutgoingFailed(
                host, f"it said {error.smtp_code} {_plain(error.smtp_error)}".strip()
            ) from error
        except smtplib.SMTPException as error:
            raise OutgoingFailed(host, "it broke off, or its answer is not SMTP") from error
        except TimeoutError as error:
            raise OutgoingFailed(host, "it took too long") from error
        except ssl.SSLError as error:
            why = getattr(error, "verify_message", "") or error.reason or "it does not speak TLS as it should"
            raise OutgoingFailed(host, f"its certificate or TLS is not trusted: {_plain(why)}") from error
        except (OSError, ValueError) as error:
            raise OutgoingFailed(host, _plain(error) or "the connection failed") from error
        told = {address: f"{code} {_plain(text)}".strip() for address, (code, text) in refused.items()}
        return MailAnswer(tuple(one for one in recipients if one not in told), told)

    @contextmanager
    def _session(self, parts: SplitResult) -> Iterator[smtplib.SMTP]:
        """Open a session, encrypted unless the URL says otherwise, and signed in where it holds a name."""
        encrypted = parts.query != "tls=none"
        connected = self._connected(parts, encrypted=encrypted)
        session = _Session(connected, str(parts.hostname), self._limits.seconds)
        # Every wait is bounded by the socket's timeout, all of them together by this.
        watchdog = threading.Timer(self._limits.seconds * _WHOLE, _cut, [session])
        watchdog.daemon = True
        watchdog.start()
        try:
            if parts.scheme == "smtps":
                session.secure(self._context())
            session.greet()
            if parts.scheme == "smtp" and encrypted:
                with _needed(parts, "it does not offer STARTTLS; SMTP_URL can end in ?tls=none"):
                    session.starttls(context=self._context())
            if parts.username:
                with _needed(parts, "it takes no name and password here: leave them out of SMTP_URL"):
                    session.login(unquote(parts.username), unquote(parts.password or ""))
            yield session
            with suppress(smtplib.SMTPException, OSError):  # what was taken is taken
                session.quit()
        finally:
            watchdog.cancel()
            session.close()

    def _connected(self, parts: SplitResult, *, encrypted: bool) -> socket.socket:
        """Connect to an address of the mail server that the policy lets through, and to no other."""
        host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise OutgoingFailed(host, "its name cannot be resolved") from error
        refusals = {one: self._policy.refusal(host, one, secure=encrypted) for one in addresses}
        fine = [address for address, refusal in refusals.items() if refusal is None]
        if not fine:
            why = next(iter(refusals.values()), None) or "its name cannot be resolved"
            raise OutgoingRefused(host, why.replace("it is not https", "it is not encrypted"))
        trouble: OSError | None = None
        for address in fine:
            try:
                made = socket.create_connection((address, port), min(CONNECT_TIMEOUT, self._limits.seconds))
            except OSError as error:
                trouble = error
                continue
            made.settimeout(self._limits.seconds)
            return made
        raise OutgoingFailed(host, "it cannot be connected to") from trouble


@contextmanager
def _needed(parts: SplitResult, without: str) -> Iterator[None]:
    """Say what to do where the mail server does not offer what a step needs."""
    try:
        yield
    except smtplib.SMTPException as error:
        # The library says by the base class itself that no way to sign in suits both.
        if type(error) in (smtplib.SMTPNotSupportedError, smtplib.SMTPException):
            raise OutgoingFailed(str(parts.hostname), without) from error
        raise


class _Session(smtplib.SMTP):
    """A session over a connection that was made already: the library would resolve the name once more."""

    def __init__(self, connected: socket.socket, host: str, seconds: float) -> None:
        super().__init__(local_hostname="tidegate", timeout=seconds)
        self.sock: socket.socket = connected
        self._host = host  # what the certificate is checked against

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS from the first byte."""
        self.sock = context.wrap_socket(self.sock, server_hostname=self._host)

    def greet(self) -> None:
        """Read the greeting and say hello."""
        code, text = self.getreply()
        if code != 220:
            raise smtplib.SMTPConnectError(code, text)
        self.ehlo_or_helo_if_needed()


def _cut(session: smtplib.SMTP) -> None:
    with suppress(OSError, AttributeError):  # it may have ended by itself
        session.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # as above


def _plain(said: object) -> str:
    """Write what a server said in one short line of plain characters."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return _WORDS.sub(" ", text).strip()[:200]
