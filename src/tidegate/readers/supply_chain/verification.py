"""The step from a signed report that was read to one that counts: a key that is trusted verifies it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from tidegate.domain.dsse import signed_bytes
from tidegate.domain.trusted_keys import TrustedKey, read_trusted_keys
from tidegate.readers.base import Reading, Signed, Trust

NO_KEY = (
    "Its signature was not verified, for want of a key: name the builder's public key with `tidegate check"
    " --provenance-key FILE`, on a server with PROVENANCE_KEYS."
)
KEYLESS = (
    "It is signed by a certificate that lived for minutes (keyless), and only keys that are given are"
    " verified: let the builder sign with one, such as `cosign attest-blob --key cosign.key`."
)


def verified(reading: Reading, trust: Trust) -> Reading:
    """Say of a signed report that it ran where one of the keys made its signature, else why it did not."""
    if reading.signed is None:
        return reading
    why_not = _why_not(reading.signed, trust)
    return replace(reading, ran=why_not is None, why_not=why_not)


def _why_not(signed: Signed, trust: Trust) -> str | None:
    keys = _keys(trust)
    data = signed_bytes(signed.payload)
    # The key id is a hint that nobody signed: it chooses no key, and every key is tried.
    if any(key.verifies(signed.signature, data) for key in keys):
        if trust.artifact and trust.artifact not in signed.artifacts:
            return (
                f"It is of other artifacts than {trust.artifact}, which is to be shipped: submit the"
                " provenance of that one, or name with `--artifact` what was built."
            )
        return None
    if signed.keyless:
        return KEYLESS
    if not keys:
        return NO_KEY
    which = f"None of the {len(keys)} keys that are trusted here has"
    which = "The one key that is trusted here has not" if len(keys) == 1 else which
    return (
        f"{which} signed this content: it was changed, or another key signed it. If that one is to be"
        " trusted, name it with `--provenance-key FILE` (PROVENANCE_KEYS)."
    )


@lru_cache(maxsize=4)
def _keys(trust: Trust) -> tuple[TrustedKey, ...]:
    return read_trusted_keys(trust.provenance_keys)
