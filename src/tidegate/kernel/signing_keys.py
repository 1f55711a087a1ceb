"""The keys that sign what this installation says, and those that it believes, read once from its settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.readers.base import Trust
from tidegate.settings import Settings

if TYPE_CHECKING:
    from tidegate.domain.signing import PublicKey, SigningKey


@dataclass(frozen=True, slots=True)
class Keyring:
    """The key that signs, the keys that signed before, and the URI of whoever signs."""

    verifier: str
    signing: SigningKey | None = None
    old: tuple[PublicKey, ...] = ()

    def public(self) -> tuple[PublicKey, ...]:
        """Return every key that verifies, the one in use first."""
        current = () if self.signing is None else (self.signing.public,)
        return (*current, *(key for key in self.old if key not in current))


def keyring(settings: Settings) -> Keyring:
    """Read the keys that the settings hold; they were found to be keys when the settings were read."""
    if not settings.signing_key and not settings.signing_old_keys:
        return Keyring(settings.verifier_id)
    # A process that signs nothing does not pay for the library.
    from tidegate.domain.signing import SigningKey, read_public_keys

    return Keyring(
        settings.verifier_id,
        SigningKey.from_pem(settings.signing_key) if settings.signing_key else None,
        read_public_keys(settings.signing_old_keys) if settings.signing_old_keys else (),
    )


def trust(settings: Settings) -> Trust:
    """Read the keys by which signed reports are believed; they were found to be keys with the settings."""
    keys = tuple(Path(file).read_text("utf-8") for file in settings.provenance_keys)
    return Trust(provenance_keys=keys, timezone=settings.report_timezone)
