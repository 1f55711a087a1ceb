"""How attestations are put together, and how `/health` says whether verdicts are signed."""

from __future__ import annotations

from tidegate.kernel.container import Container, Work
from tidegate.kernel.health import HealthCheck, HealthCheckFailed
from tidegate.kernel.signing_keys import Keyring, keyring
from tidegate.modules.attestations.service import AttestationService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.verdicts.service import VerdictService


def build(container: Container) -> None:
    """Register how the service is built, with keys that are read once."""
    keys = keyring(container.settings)

    def service(work: Work) -> AttestationService:
        return AttestationService(
            verdicts=work.use(VerdictService), catalog=work.use(CatalogService), keys=keys
        )

    container.provide(AttestationService, service)
    container.contribute(HealthCheck, lambda _: HealthCheck("signing", "system", lambda: _check(keys)))


def _check(keys: Keyring) -> str:
    if keys.signing is None:
        return "Off: verdicts are not signed. SIGNING_KEY_FILE names the key that turns it on."
    if not keys.signing.public.verifies(keys.signing.sign(b"health")):
        raise HealthCheckFailed("A signature by SIGNING_KEY does not verify: verdicts cannot be signed.")
    old = len(keys.public()) - 1
    kept = f", and {old} older {'key verifies' if old == 1 else 'keys verify'}" if old else ""
    return f"On: key {keys.signing.public.keyid} signs{kept}."
