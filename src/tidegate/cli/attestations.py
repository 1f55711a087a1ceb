"""`tidegate verdict attestation` and `verify`: signed verdicts from a server, verified without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from tidegate.cli.keys import trusted_keys
from tidegate.cli.lazy import NotDone
from tidegate.cli.options import TimeParameter, server_option
from tidegate.cli.terminal import write_document

if TYPE_CHECKING:
    from tidegate.domain.signed_verdicts import SignedVerdict

_LEEWAY = timedelta(minutes=5)  # by which the clocks of two machines may differ


@click.command()
@click.argument("identifier", metavar="ID")
@server_option
@click.option("--vsa", is_flag=True, help="SLSA's summary, which passing verdicts alone have.")
@click.option("--output-file", metavar="FILE", help="Write it to a file instead of standard output.")
def attestation(identifier: str, server: str, vsa: bool, output_file: str | None) -> None:
    """Fetch the signed verdict with this ID.

    It is not verified here: `tidegate verdict verify` does that, by a key that you trust.
    """
    from tidegate.cli.client import Server

    data = Server(server).download("verdicts", identifier, "vsa" if vsa else "attestation")
    write_document(data, output_file)


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--key", "key_files", metavar="FILE", multiple=True, required=True, help="Public keys (PEM) to trust."
)
@click.option(
    "--component", metavar="C", envvar="TIDEGATE_COMPONENT", help="It must be about this component."
)
@click.option("--revision", metavar="R", envvar="TIDEGATE_REVISION", help="It must be about this commit.")
@click.option("--artifact", metavar="SHA256", help="It must be about this artifact (sha256:…).")
@click.option("--environment", metavar="E", help="It must be for this environment.")
@click.option("--gate", metavar="G", help="It must be by this gate: its name, or a version's digest.")
@click.option("--verifier-id", metavar="URI", help="It must name this verifier.")
@click.option("--max-age", metavar="AGE", help="It must be no older than this, such as 24h or 7d.")
@click.option("--at", type=TimeParameter(), help="Whether it had expired at this time. Default: now.")
def verify(
    file: str, key_files: tuple[str, ...], max_age: str | None, at: datetime | None, **about: Any
) -> None:
    """Verify a signed verdict by keys that you trust, without any server.

    FILE is what `tidegate verdict attestation` fetched (`-` for standard input). What it must be about is
    compared as far as you say it: name at least --revision and --environment.

    Exit code: 0 signed and pass, 1 signed and not pass, or expired; 2 no verdict to rely on (not signed by a
    key that is trusted, changed, or about something else).
    """
    from tidegate.domain.dsse import NotTrusted
    from tidegate.domain.signed_verdicts import read_signed_verdict
    from tidegate.kernel.clock import SystemClock

    now = at or SystemClock().now()
    allowed = _age(max_age)
    try:
        found = read_signed_verdict(_data(file), trusted_keys(key_files))
    except NotTrusted as error:
        raise NotDone(f"{file} is NOT VERIFIED. {error}") from None
    expectations = tuple(_expectations(found, about))
    wrong = [each for each in expectations if each.wanted is not None and each.wanted not in each.found]
    if wrong:
        listed = "\n".join(f"  {each.name}: {each.found[0]}, and not {each.wanted}" for each in wrong)
        raise NotDone(f"{file} is signed, and NOT about what was asked:\n{listed}")
    _show(found)
    unasked = [each.name for each in expectations if each.wanted is None and each.matters]
    if unasked:
        click.echo(f"Not compared, since you did not say what it must be: {', '.join(unasked)}.", err=True)
    trouble = _trouble(found, now, allowed)
    if trouble is not None:
        click.echo(f"NOT PASSED: {trouble}")
        raise click.exceptions.Exit(1)
    click.echo("Verified: the gate passed.")


@dataclass(frozen=True, slots=True)
class _Expectation:
    """What was asked of one part (None where nothing was), and what would meet it, the first to be shown."""

    name: str
    wanted: str | None
    found: tuple[str, ...]
    matters: bool = False


def _expectations(signed: SignedVerdict, about: dict[str, str | None]) -> Iterator[_Expectation]:
    subject = signed.subject
    yield _Expectation("component", about["component"], (subject.component,), matters=True)
    yield _Expectation("revision", about["revision"], (subject.revision,), matters=about["artifact"] is None)
    yield _Expectation("artifact", about["artifact"], (signed.artifact or "none is named",))
    yield _Expectation("environment", about["environment"], (subject.environment or "any",), matters=True)
    yield _Expectation("gate", about["gate"], (signed.gate, signed.gate_digest))
    yield _Expectation("verifier", about["verifier_id"], (signed.verifier,))


def _show(signed: SignedVerdict) -> None:
    from tidegate.domain.times import write_time

    expires = "nothing in it ends" if signed.expires is None else write_time(signed.expires)
    rows = {
        "verdict": str(signed.state),
        "component": signed.subject.component,
        "revision": signed.subject.revision,
        "artifact": signed.artifact or "-",
        "environment": signed.subject.environment or "-",
        "gate": f"{signed.gate} {signed.gate_digest}",
        "given": write_time(signed.at),
        "expires": "a summary does not say: use --max-age" if signed.summary else expires,
        "verifier": signed.verifier,
        "key": signed.keyid,
    }
    for name, value in rows.items():
        # Signed, but still by others: no control character reaches the terminal.
        click.echo(f"{name:<12} {''.join(sign if sign.isprintable() else '?' for sign in value)}")


def _trouble(signed: SignedVerdict, now: datetime, allowed: timedelta | None) -> str | None:
    """Say why a verdict that is signed does not let anything ship, or None."""
    from tidegate.domain.times import write_time

    if not signed.passed:
        return f"the gate said {signed.state}."
    if signed.expired(now):
        return "the verdict has expired: its evidence or a waiver ended. Judge again."
    if signed.at > now + _LEEWAY:
        return f"the verdict was given at {write_time(signed.at)}, which is yet to come: check the clocks."
    if allowed is not None and now - signed.at > allowed:
        return f"the verdict is of {write_time(signed.at)}, longer ago than --max-age allows. Judge again."
    return None


def _age(text: str | None) -> timedelta | None:
    if text is None:
        return None
    from tidegate.domain.gates import parse_duration

    found = parse_duration(text)
    if found is None:
        raise click.UsageError(f"--max-age {text!r} is not an age such as 30m, 24h or 7d.")
    return found


def _data(file: str) -> bytes:
    from tidegate.domain.dsse import MOST_BYTES

    try:
        with click.open_file(file, "rb") as stream:
            data: bytes = stream.read(MOST_BYTES + 2)
    except OSError as error:
        raise NotDone(f"{file}: cannot be read: {error.strerror or error}.") from error
    return data
