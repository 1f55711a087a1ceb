"""What may be said of a secret that was found: the rule and the place, never its text or a hash of it."""

from __future__ import annotations

import re
from functools import lru_cache

_ABOUT_SECRETS = re.compile(
    r"secret|passw(?:or)?d|passphrase|credential|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|gitleaks"
    r"|hard[-_.]?coded",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def is_about_secrets(rule: str) -> bool:
    """Tell whether what a rule finds may be a secret, so that its message could hold the secret's text."""
    return _ABOUT_SECRETS.search(rule) is not None


def secret_message(rule: str, commit: str = "") -> str:
    """Say what was found in words that hold nothing of it; a commit makes it another secret in history."""
    where = f" in commit {commit[:12]}" if commit else ""
    return f"A secret of the kind {rule}{where}"
