"""What a person sees at which address; a file per part of the console."""

from tidegate.modules.console.views import (
    account,
    catalog,
    gates,
    operations,
    passkeys,
    people,
    registration,
    set_up,
    sign_on,
    tokens,
    verdicts,
)
from tidegate.modules.console.views.frame import pages

__all__ = [
    "account",
    "catalog",
    "gates",
    "operations",
    "pages",
    "passkeys",
    "registration",
    "people",
    "registration",
    "set_up",
    "sign_on",
    "tokens",
    "verdicts",
]
