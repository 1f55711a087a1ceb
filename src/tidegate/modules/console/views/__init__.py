"""What a person sees at which address; a file per part of the console."""

from tidegate.modules.console.views import (
    account,
    catalog,
    gate_editing,
    gates,
    operations,
    passkeys,
    people,
    proof,
    registration,
    releases,
    set_up,
    sign_on,
    tokens,
    verdicts,
)
from tidegate.modules.console.views.frame import pages

__all__ = [
    "account",
    "catalog",
    "gate_editing",
    "gates",
    "operations",
    "pages",
    "passkeys",
    "people",
    "proof",
    "registration",
    "releases",
    "set_up",
    "sign_on",
    "tokens",
    "verdicts",
]
