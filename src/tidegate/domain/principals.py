"""Principals: who is asking, as the audit log, limits, idempotency keys and later permissions name them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PrincipalKind(StrEnum):
    """What kind of caller it is; `system` is one of Tidegate's own processes."""

    ANONYMOUS = "anonymous"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking; `name` is unique within its kind, and empty for a caller of whom nothing is known."""

    kind: PrincipalKind
    name: str = ""

    def __str__(self) -> str:
        """Write it as an actor of the audit log: `anonymous`, `system:worker`."""
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)


ANONYMOUS = Principal(PrincipalKind.ANONYMOUS)
COMMAND_LINE = Principal(PrincipalKind.SYSTEM, "cli")
SERVER = Principal(PrincipalKind.SYSTEM, "server")
WORKER = Principal(PrincipalKind.SYSTEM, "worker")
