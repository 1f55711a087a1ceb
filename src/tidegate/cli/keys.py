"""`tidegate keys`: make a key that signs verdicts, and show the half of it that verifies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tidegate.cli.lazy import NotDone
from tidegate.cli.terminal import read_text

if TYPE_CHECKING:
    from tidegate.domain.signing import PublicKey


@click.group()
def keys() -> None:
    """Make and show the keys that sign verdicts."""


@keys.command()
@click.argument("file", type=click.Path(path_type=Path))
def create(file: Path) -> None:
    """Write a new signing key to FILE, and print its public half.

    Nobody but you can read the file; one that is there is left alone. SIGNING_KEY_FILE=FILE lets the server
    sign with it.
    """
    from tidegate.domain.signing import SigningKey

    key = SigningKey.generate()
    try:
        # Made with its mode, never readable in between; O_EXCL follows no link that waits there.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NotDone(
            f"{file} is there already, and a key is never overwritten. Name another file."
        ) from None
    except OSError as error:
        raise NotDone(f"{file}: cannot be written: {error.strerror or error}.") from error
    with open(handle, "w", encoding="ascii") as stream:
        stream.write(key.private_pem())
    click.echo(key.public.pem, nl=False)
    click.echo(f"key {key.public.keyid}\nThe private key is in {file}: SIGNING_KEY_FILE={file}", err=True)


@keys.command()
@click.argument("file", required=False)
def show(file: str | None) -> None:
    """Print the public keys in FILE, or those that the settings name, as PEM; their ids to standard error.

    FILE holds a signing key or public keys.
    """
    for key in keys_in_settings() if file is None else _in_file(file):
        click.echo(key.pem, nl=False)
        click.echo(f"key {key.keyid}", err=True)


def _in_file(file: str) -> tuple[PublicKey, ...]:
    from tidegate.domain.signing import KeyRefused, SigningKey, read_public_keys

    text = read_text(file, "key")
    try:
        return (SigningKey.from_pem(text).public,) if "PRIVATE KEY" in text else read_public_keys(text)
    except KeyRefused as error:
        raise NotDone(f"{file}: {error}") from None


def keys_in_settings() -> tuple[PublicKey, ...]:
    """Return the keys that the settings name, the one that signs first."""
    from tidegate.kernel.signing_keys import keyring
    from tidegate.settings import read_settings

    found = keyring(read_settings()).public()
    if not found:
        raise NotDone("The settings name no key: SIGNING_KEY_FILE is the one that signs.")
    return found


def trusted_keys(files: tuple[str, ...]) -> dict[str, PublicKey]:
    """Read the public keys that a person trusts, by their ids."""
    from tidegate.domain.signing import KeyRefused, read_public_keys

    found: dict[str, PublicKey] = {}
    for file in files:
        try:
            found.update((key.keyid, key) for key in read_public_keys(read_text(file, "key")))
        except KeyRefused as error:
            raise NotDone(f"{file}: {error}") from None
    return found
