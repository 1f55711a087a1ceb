"""E-mail through a real SMTP server in a process of its own: encrypted, refused, threaded, never injected."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme

from tests.support.notifications import event_of
from tidegate.domain.outgoing import AddressPolicy, OutgoingFailed, OutgoingRefused
from tidegate.kernel.outgoing.mail import Mailer
from tidegate.modules.notifications.senders import mail_of

_SENDER = "tidegate@example.org"
_SERVER = """
import asyncio, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

mode, certificate, folder = sys.argv[1:]
count = 0

class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such <user>"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        if mode == "full":
            return "452 4.3.1 no room"
        count += 1
        with open(f"{folder}/{count}.eml", "wb") as file:
            file.write(envelope.content)
        with open(f"{folder}/{count}.json", "w") as file:
            login = session.auth_data
            json.dump({"to": envelope.rcpt_tos, "tls": session.ssl is not None, "login": login}, file)
        return "250 taken"

def allow(server, session, envelope, mechanism, data):
    given = f"{data.login.decode()}:{data.password.decode()}"
    return AuthResult(success=given == "ada:s/cret", auth_data=given)

async def main():
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    smtps = mode == "smtps"
    def protocol():
        return SMTP(Handler(), tls_context=None if smtps else context, authenticator=allow,
                    auth_require_tls=bool(certificate) and not smtps, enable_SMTPUTF8=False)
    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", 0, ssl=context if smtps else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


@dataclass(frozen=True)
class MailServer:
    """Where it listens, and the folder in which it keeps what it takes."""

    port: int
    folder: Path
    authority: Path

    def mailer(self, url: str, *, allow: tuple[str, ...] = ("localhost",), seconds: float = 5) -> Mailer:
        return Mailer(
            AddressPolicy.from_entries(allow),
            url=url.replace("PORT", str(self.port)),
            sender=_SENDER,
            seconds=seconds,
            resolve=lambda host, port: ("127.0.0.1",),
            ca_file=str(self.authority),
        )

    def taken(self) -> tuple[EmailMessage, dict[str, object]]:
        """Return the one message that was taken, and how it came."""
        (path,) = self.folder.glob("*.eml")
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        return message, json.loads(path.with_suffix(".json").read_text())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., MailServer]]:
    running: list[subprocess.Popen[str]] = []
    authority = trustme.CA()
    root, chain = tmp_path / "ca.pem", tmp_path / "server.pem"
    authority.cert_pem.write_to_path(root)
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(chain)

    def start(mode: str = "starttls") -> MailServer:
        arguments = [mode, "" if mode in ("plain", "full") else str(chain), str(tmp_path)]
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", textwrap.dedent(_SERVER), *arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        return MailServer(int(process.stdout.readline()), tmp_path, root)

    yield start
    for process in running:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def message(*addresses: str) -> EmailMessage:
    return mail_of(
        event_of(thread="incident 1\r\n", title="dö\r\nBcc: eve@example.org"),
        "https://tidegate.example.org/incidents/1",
        sender=_SENDER,
        addresses=addresses or ("crew@example.org",),
    )


def _greet(listener: socket.socket, hello: bytes) -> None:
    """Say who this is, and hello."""
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"220 relay\r\n")
        connection.recv(1024)
        connection.sendall(hello + b"\r\n")
        connection.recv(1024)


class TestMailer:
    def test_speaks_starttls_and_signs_in(self, server: Callable[..., MailServer]) -> None:
        mail = server()
        answer = mail.mailer("smtp://ada:s%2Fcret@localhost:PORT").send(message(), ["crew@example.org"])
        assert (answer.taken, answer.refused) == (("crew@example.org",), {})
        came, how = mail.taken()
        assert how == {"to": ["crew@example.org"], "tls": True, "login": "ada:s/cret"}
        assert came["Subject"] == "[harbour/production] dö Bcc: eve@example.org"
        assert came["Bcc"] is None
        assert came["References"] == came["In-Reply-To"] == "<thread.incident-1--.tidegate@example.org>"
        assert came["Message-ID"] == "<event-00001.tidegate@example.org>"
        assert came["List-Id"] == "Tidegate notifications <notifications.example.org>"
        assert "https://tidegate.example.org/incidents/1" in came.get_content()

    def test_speaks_tls_from_the_first_byte(self, server: Callable[..., MailServer]) -> None:
        mail = server("smtps")
        assert mail.mailer("smtps://localhost:PORT").send(message(), ["crew@example.org"]).refused == {}

    def test_sends_nothing_where_starttls_is_not_offered(self, server: Callable[..., MailServer]) -> None:
        mail = server("plain")
        with pytest.raises(OutgoingFailed, match="does not offer STARTTLS"):
            mail.mailer("smtp://ada:secret@localhost:PORT").send(message(), ["crew@example.org"])
        assert list(mail.folder.glob("*.eml")) == []

    @pytest.mark.parametrize("hello", [b"250 relay", b"250-relay\r\n250 AUTH KERBEROS"])
    def test_says_that_nobody_can_sign_in_there(self, hello: bytes, tmp_path: Path) -> None:
        """A relay that takes no names and passwords, or none that is known here."""
        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
            pool.submit(_greet, listener, hello)
            mail = MailServer(listener.getsockname()[1], tmp_path, tmp_path / "none.pem")
            with pytest.raises(OutgoingFailed, match="leave them out of SMTP_URL"):
                mail.mailer("smtp://ada:secret@localhost:PORT?tls=none").send(message(), ["crew@example.org"])

    def test_sends_without_encryption_where_that_is_said_and_allowed(
        self, server: Callable[..., MailServer]
    ) -> None:
        mail = server("plain")
        mail.mailer("smtp://localhost:PORT?tls=none").send(message(), ["crew@example.org"])
        assert mail.taken()[1]["tls"] is False

    def test_refuses_an_address_that_policy_forbids(self, server: Callable[..., MailServer]) -> None:
        mail = server("plain")
        for url in ("smtp://localhost:PORT", "smtp://localhost:PORT?tls=none"):
            with pytest.raises(OutgoingRefused, match="loopback"):
                mail.mailer(url, allow=()).send(message(), ["crew@example.org"])

    def test_refuses_a_certificate_that_is_not_trusted(self, server: Callable[..., MailServer]) -> None:
        mail = server()
        with pytest.raises(OutgoingFailed, match="certificate"):
            mail.mailer("smtp://otherhost:PORT", allow=("otherhost",)).send(message(), ["a@example.org"])

    def test_tells_for_which_addresses_it_was_not_taken(self, server: Callable[..., MailServer]) -> None:
        mail = server()
        sent = mail.mailer("smtp://localhost:PORT").send(message(), ["a@example.org", "nobody@example.org"])
        assert sent.taken == ("a@example.org",)
        assert sent.refused == {"nobody@example.org": "550 5.1.1 no such <user>"}
        none = mail.mailer("smtp://localhost:PORT").send(message(), ["nobody@example.org"])
        assert (none.taken, list(none.refused)) == ((), ["nobody@example.org"])

    def test_says_what_the_server_said(self, server: Callable[..., MailServer]) -> None:
        mail = server("full")
        with pytest.raises(OutgoingFailed, match="it said 452 4.3.1 no room"):
            mail.mailer("smtp://localhost:PORT?tls=none").send(message(), ["a@example.org"])

    @pytest.mark.parametrize(
        ("greeting", "why"),
        [
            (b"421 later\r\n", "it said 421 later"),
            (b"HTTP/1.1 400\r\n\r\n", "it said"),
            (b"", "it broke off|it took too long|failed|closed"),
        ],
    )
    def test_says_that_it_is_no_mail_server(self, tmp_path: Path, greeting: bytes, why: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            mail = MailServer(listening.getsockname()[1], tmp_path, tmp_path / "none")
            mailer = mail.mailer("smtp://localhost:PORT?tls=none", seconds=0.3)
            # The system answers the connection; what is read comes from here, or never.

            def answer() -> None:
                connection, _ = listening.accept()
                connection.sendall(greeting)
                if greeting:
                    connection.close()
                else:
                    kept.append(connection)

            kept: list[socket.socket] = []
            apart = threading.Thread(target=answer)
            apart.start()
            with pytest.raises(OutgoingFailed, match=why):
                mailer.send(message(), ["a@example.org"])
            apart.join()
            for one in kept:
                one.close()

    def test_ends_what_never_ends(self, tmp_path: Path) -> None:

        with socket.create_server(("127.0.0.1", 0)) as listening:
            mail = MailServer(listening.getsockname()[1], tmp_path, tmp_path / "none")
            over = threading.Event()

            def drip() -> None:
                connection, _ = listening.accept()
                with connection:
                    while not over.wait(0.02):
                        try:
                            connection.sendall(b"220-wait\r\n")
                        except OSError:
                            return

            apart = threading.Thread(target=drip)
            apart.start()
            with pytest.raises(OutgoingFailed):
                mail.mailer("smtp://localhost:PORT?tls=none", seconds=0.1).send(message(), ["a@example.org"])
            over.set()
            apart.join()

    def test_says_that_nobody_is_there(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
        mail = MailServer(port, tmp_path, tmp_path / "none")
        with pytest.raises(OutgoingFailed, match="cannot be connected to"):
            mail.mailer("smtp://localhost:PORT?tls=none").send(message(), ["a@example.org"])

    def test_says_that_there_is_no_such_name(self) -> None:
        def fails(host: str, port: int) -> tuple[str, ...]:
            raise OSError("no such name")

        mailer = Mailer(
            AddressPolicy.from_entries(()), url="smtp://a", sender=_SENDER, seconds=1, resolve=fails
        )
        with pytest.raises(OutgoingFailed, match="cannot be resolved"):
            mailer.send(message(), ["a@example.org"])
