"""Use cases of attestations: sign a verdict, whole or as SLSA's summary, and say with which keys."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from tidegate.domain.attestations import Attested, summary_statement, verdict_statement
from tidegate.domain.errors import Conflict, NotFound, TidegateError
from tidegate.kernel.signing_keys import Keyring
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.verdicts.service import VerdictService


class SigningOff(NotFound):
    """There is no key, so there is nothing that is signed."""

    def __init__(self) -> None:
        TidegateError.__init__(
            self,
            "This server signs no verdicts: SIGNING_KEY_FILE names the key that turns it on. "
            "`tidegate keys create signing.pem` makes one.",
        )


class NotPassed(Conflict):
    """A summary says that a gate passed; of this verdict that is not so."""


class NotReproduced(Conflict):
    """What is recorded of a verdict is not what its inputs give: it was changed, and is not signed."""


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key as strangers get it; `x` holds its bytes in base64url, `signs` marks the one in use."""

    keyid: str
    pem: str
    x: str
    signs: bool


class AttestationService:
    """Signs what verdicts say, after making them again from their inputs."""

    def __init__(self, *, verdicts: VerdictService, catalog: CatalogService, keys: Keyring) -> None:
        self._verdicts = verdicts
        self._catalog = catalog
        self._keys = keys

    @property
    def signs(self) -> bool:
        """Tell whether there is a key to sign with."""
        return self._keys.signing is not None

    def verdict(self, verdict_id: str) -> bytes:
        """Return a whole verdict, passing or not, in a signed envelope.

        Raises `SigningOff`, `NotFound`, `NotReproduced`, and `Invalid` for a verdict of another engine.
        """
        return self._signed(verdict_id, verdict_statement)

    def summary(self, verdict_id: str) -> bytes:
        """Return SLSA's summary of a passing verdict in a signed envelope; raises `NotPassed` as well."""
        return self._signed(verdict_id, _summary)

    def public_keys(self) -> tuple[PublishedKey, ...]:
        """Return the keys that verify what this server signs and signed; raises `SigningOff`."""
        keys = self._keys.public()
        if not keys:
            raise SigningOff
        current = None if self._keys.signing is None else self._keys.signing.public
        return tuple(
            PublishedKey(
                keyid=key.keyid,
                pem=key.pem,
                x=base64.urlsafe_b64encode(key.raw).decode().rstrip("="),
                signs=key == current,
            )
            for key in keys
        )

    def _signed(self, verdict_id: str, statement: Callable[[Attested], bytes]) -> bytes:
        key = self._keys.signing
        if key is None:
            raise SigningOff
        return key.sign(statement(self._attested(verdict_id))).to_bytes()

    def _attested(self, verdict_id: str) -> Attested:
        """Make the verdict again: a row that somebody changed must not get signed."""
        stored = self._verdicts.verdict(verdict_id)
        inputs = self._verdicts.inputs(verdict_id)
        verdict = inputs.judge()
        if verdict.digest != stored.digest or verdict.canonical().decode() != stored.document:
            raise NotReproduced(
                f"Verdict {stored.id} does not come out of its inputs as it was recorded: it is not signed. "
                f"`tidegate verdict replay {stored.id}` shows both, and `tidegate audit verify` whether the "
                "record was changed."
            )
        return Attested(
            id=stored.id,
            number=stored.number,
            verdict=verdict,
            inputs=inputs,
            verifier=self._keys.verifier,
            artifact=self._catalog.revision(stored.component, stored.commit).artifact,
        )


def _summary(attested: Attested) -> bytes:
    if not attested.verdict.passed:
        raise NotPassed(
            f"Verdict {attested.id} is {attested.verdict.state}, and a SLSA summary says that a gate passed. "
            "Its attestation holds the whole verdict."
        )
    return summary_statement(attested)
