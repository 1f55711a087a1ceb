"""Principals: who is asking, as permissions, the audit log, limits and idempotency keys name them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class PrincipalKind(StrEnum):
    """What kind of caller it is; `system` is one of Tidegate's own processes, `ci` a pipeline itself."""

    ANONYMOUS = "anonymous"
    SYSTEM = "system"
    PERSON = "person"
    TOKEN = "token"  # nosec B105  # the word, no secret
    CI = "ci"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking; `name` is unique within its kind, and empty for a caller of whom nothing is known.

    `credential` says by what the caller proved it, such as `token Ab3dEf…` (never the secret), and `address`
    from where: both are told in the audit log, and neither makes another principal.
    """

    kind: PrincipalKind
    name: str = ""
    credential: str = field(default="", compare=False)
    address: str = field(default="", compare=False)

    def __str__(self) -> str:
        """Write it as an actor of the audit log: `anonymous`, `system:worker`, `token:ci-harbour`."""
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)

    @property
    def is_system(self) -> bool:
        """Tell whether this is one of Tidegate's own processes, started by who runs the machine."""
        return self.kind is PrincipalKind.SYSTEM


ANONYMOUS = Principal(PrincipalKind.ANONYMOUS)
COMMAND_LINE = Principal(PrincipalKind.SYSTEM, "cli")
SERVER = Principal(PrincipalKind.SYSTEM, "server")
WORKER = Principal(PrincipalKind.SYSTEM, "worker")
