"""Limits: how often one may call, and how much a request or a report may hold."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.environment import variable

GROUP = "Limits"


@dataclass(frozen=True, kw_only=True)
class LimitSettings:
    """What one caller, one request and one report may ask of the server."""

    rate_limit_enabled: bool = variable(
        True, "RATE_LIMIT_ENABLED", "Limit how often one address may call.", group=GROUP
    )
    rate_limit_per_minute: int = variable(
        6000, "RATE_LIMIT_PER_MINUTE", "Requests a minute that one address may make.", group=GROUP, least=1
    )
    token_exchange_per_minute: int = variable(
        60,
        "TOKEN_EXCHANGE_PER_MINUTE",
        "Exchanges of identity tokens for API tokens a minute that one address may try. Where they cannot be "
        "counted, none is made.",
        group=GROUP,
        least=1,
    )
    sign_in_per_minute: int = variable(
        60,
        "SIGN_IN_PER_MINUTE",
        "How often a minute one address may try to sign in, or to use a code. Where it cannot be counted (a "
        "Redis that is away) nobody signs in; who is signed in goes on.",
        group=GROUP,
        least=1,
    )
    rate_limit_storage_url: str = variable(
        "",
        "RATE_LIMIT_STORAGE_URL",
        "Where requests are counted: `memory://` for each process by itself, `redis://…` for all together.",
        group=GROUP,
        secret=True,
        shown_default="REDIS_URL, else memory://",
    )
    max_report_bytes: int = variable(
        256 * 1024 * 1024, "MAX_REPORT_BYTES", "Size of the largest report.", group=GROUP, least=1
    )
    max_report_depth: int = variable(
        200, "MAX_REPORT_DEPTH", "How deep a report may nest.", group=GROUP, least=1
    )
    max_report_items: int = variable(
        5_000_000,
        "MAX_REPORT_ITEMS",
        "How many cases, findings or elements a report may hold.",
        group=GROUP,
        least=1,
    )
    max_report_lines: int = variable(
        20_000_000,
        "MAX_REPORT_LINES",
        "How many lines of source a coverage report may list and still be joined with others.",
        group=GROUP,
        least=1,
    )
    max_json_bytes: int = variable(
        1024 * 1024,
        "MAX_JSON_BYTES",
        "Size of the largest request that is not a report.",
        group=GROUP,
        least=1,
    )
    max_incoming_bytes: int = variable(
        4 * 1024 * 1024 * 1024,
        "MAX_INCOMING_BYTES",
        "How much of DATA_DIR the bodies of requests may take while they arrive, all together (503).",
        group=GROUP,
        least=1,
    )
