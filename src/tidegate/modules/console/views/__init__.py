"""What a person sees at which address; a file per part of the console."""

from tidegate.modules.console.views import (
    account,
    catalog,
    explanations,
    gate_editing,
    gates,
    operations,
    passkeys,
    people,
    proof,
    publishers,
    registration,
    releases,
    set_up,
    sharing,
    sign_on,
    tokens,
    verdicts,
)
from tidegate.modules.console.views.frame import pages

__all__ = [
    "account",
    "catalog",
    "explanations",
    "gate_editing",
    "gates",
    "operations",
    "pages",
    "passkeys",
    "people",
    "proof",
    "publishers",
    "registration",
    "releases",
    "set_up",
    "sharing",
    "sign_on",
    "tokens",
    "verdicts",
]
