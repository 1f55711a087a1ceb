"""Written explanations: a language model that puts a verdict into plain words, off by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tidegate.environment import VariableReader, variable

GROUP = "Written explanations"


@dataclass(frozen=True, kw_only=True)
class ExplanationSettings:
    """Which service writes explanations, if any does."""

    explain_url: str = variable(
        "",
        "EXPLAIN_URL",
        "The base address of a service with OpenAI's interface, such as `https://api.groq.com/openai/v1`; "
        "what is asked goes to `/chat/completions` below it. Empty: explanations are written by rule alone. "
        "One on this machine or network needs OUTGOING_ALLOW.",
        group=GROUP,
        shown_default="none",
    )
    explain_api_key: str = variable(
        "",
        "EXPLAIN_API_KEY",
        "The key that the service asks for, where it asks for one.",
        group=GROUP,
        aliases=("GROQ_API_KEY",),
        secret=True,
        shown_default="none",
    )
    explain_model: str = variable(
        "",
        "EXPLAIN_MODEL",
        "The model that writes, as the service names it; EXPLAIN_URL needs it.",
        group=GROUP,
        shown_default="none",
    )
    explain_timeout: int = variable(
        20,
        "EXPLAIN_TIMEOUT",
        "Seconds that the service may take in all; then the text that is written by rule is shown.",
        group=GROUP,
        least=1,
        most=50,
    )

    @property
    def explanations(self) -> bool:
        """Whether a model may be asked at all."""
        return bool(self.explain_url)

    @property
    def explain_host(self) -> str:
        """The host that is asked."""
        return urlsplit(self.explain_url).hostname or ""


def check_explanations(environment: VariableReader, values: Mapping[str, Any]) -> None:
    """Refuse an address that is none, and one without a model."""
    url = values["explain_url"]
    if not url:
        return
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        plain = not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        usable = plain = False
    if not (usable and plain):
        environment.faults.append(
            "EXPLAIN_URL: its value is not an address such as https://api.groq.com/openai/v1, without a "
            "password or query. The key goes into EXPLAIN_API_KEY."
        )
    if not values["explain_model"]:
        environment.faults.append(
            "EXPLAIN_MODEL: EXPLAIN_URL is given, and no model that is to write. Name one that it has."
        )
