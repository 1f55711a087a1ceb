"""What may be said of a secret that was found: the rule and the place, never its text or a hash of it."""

from __future__ import annotations

import re
from functools import lru_cache

_ABOUT_SECRETS = re.compile(
    r"secret|passw(?:or)?d|passphrase|credential|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|gitleaks"
    r"|hard[-_.]?coded",
    re.IGNORECASE,
)
# How linters begin a message that goes on with what they found: Bandit (B105), and flake8-bandit and ruff
# (S105) after it; ESLint's plugin `no-secrets`. Quoted is a value behind a colon.
_QUOTES = re.compile(
    r"Possible hard-?coded password(?= ?:)|Found a string (?:with entropy|that matches)\b[^:]*"
)


@lru_cache(maxsize=4096)
def is_about_secrets(rule: str) -> bool:
    """Tell whether what a rule finds may be a secret, so that its message could hold the secret's text."""
    return _ABOUT_SECRETS.search(rule) is not None


def without_secret(message: str) -> str:
    """Cut off a message where it begins to quote the password or key that it is about."""
    if "assword" not in message and "a string" not in message:
        return message  # cheap to ask of 100,000 messages
    found = _QUOTES.search(message)
    return message if found is None else message[: found.end()].rstrip()


def first_line(text: str) -> str:
    """Keep the first line of what a parser says: Babel's and Hadolint's copy the source below it."""
    return text.split("\n", 1)[0].rstrip()


def secret_message(rule: str, commit: str = "") -> str:
    """Say what was found in words that hold nothing of it; a commit makes it another secret in history."""
    where = f" in commit {commit[:12]}" if commit else ""
    return f"A secret of the kind {rule}{where}"
