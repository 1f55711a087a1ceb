"""Access: the first administrator, and how long tokens and sessions live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.environment import VariableReader, variable

GROUP = "Access"


@dataclass(frozen=True, kw_only=True)
class AccessSettings:
    """Who gets in at the first start, and for how long machines do."""

    admin_initial_password: str = variable(
        "",
        "ADMIN_INITIAL_PASSWORD",
        "The password of the first administrator, `admin`, who is made at the start where there is no user "
        "yet: 12 to 128 characters, not soon guessed. Later it changes nothing, and the log says so.",
        group=GROUP,
        secret=True,
        shown_default="none",
    )
    token_default_days: int = variable(
        90,
        "TOKEN_DEFAULT_DAYS",
        "Days that an API token lives where nothing else is said.",
        group=GROUP,
        least=1,
    )
    token_max_days: int = variable(
        365, "TOKEN_MAX_DAYS", "Days that an API token may live at most.", group=GROUP, least=1
    )
    oidc_audience: str = variable(
        "",
        "OIDC_AUDIENCE",
        "The audience that identity tokens of jobs have to be for, where it is not PUBLIC_URL.",
        group=GROUP,
        shown_default="PUBLIC_URL",
    )
    session_idle_minutes: int = variable(
        60,
        "SESSION_IDLE_MINUTES",
        "Minutes after which a person who does nothing has to sign in again.",
        group=GROUP,
        least=1,
    )
    session_max_hours: int = variable(
        12,
        "SESSION_MAX_HOURS",
        "Hours after which a person has to sign in again, whatever they do.",
        group=GROUP,
        least=1,
    )
    passkey_after_password: bool = variable(
        False,
        "PASSKEY_AFTER_PASSWORD",
        "Ask people who have a passkey for it after their password as well. Without it a passkey is another "
        "way to sign in, and the password alone is enough.",
        group=GROUP,
    )
    passkey_after_sign_on: bool = variable(
        False,
        "PASSKEY_AFTER_SIGN_ON",
        "Ask people who have a passkey for it after they have signed in through a provider as well. "
        "Without it the provider is trusted to ask for a second factor where it wants one.",
        group=GROUP,
    )
    session_fresh_minutes: int = variable(
        10,
        "SESSION_FRESH_MINUTES",
        "Minutes after signing in until a person has to prove again who it is (by password, by passkey or "
        "anew at the provider) before giving roles, making tokens, or whatever else decides who gets in.",
        group=GROUP,
        least=1,
    )
    show_administrators: bool = variable(
        False,
        "SHOW_ADMINISTRATORS",
        "Name administrators to people who have signed in and have no role yet, so that they know whom to "
        "ask. Without it nobody is named.",
        group=GROUP,
    )
    setup_from_anywhere: bool = variable(
        False,
        "SETUP_FROM_ANYWHERE",
        "Let the first administrator be made at `/setup` from other machines than this one as well, with the "
        "code that the start prints.",
        group=GROUP,
    )


def check_access(environment: VariableReader, values: Mapping[str, Any]) -> None:
    """Refuse a usual life of tokens that is longer than the longest."""
    usual, most = values["token_default_days"], values["token_max_days"]
    if usual > most:
        environment.faults.append(
            f"TOKEN_DEFAULT_DAYS: {usual} is more than TOKEN_MAX_DAYS, which is {most}. Lower one of them."
        )
