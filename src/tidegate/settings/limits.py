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
    max_submission_reports: int = variable(
        100, "MAX_SUBMISSION_REPORTS", "How many reports one submission may hold.", group=GROUP, least=1
    )
    max_submission_bytes: int = variable(
        512 * 1024 * 1024,
        "MAX_SUBMISSION_BYTES",
        "Size of the reports of one submission, all together; never less than MAX_REPORT_BYTES.",
        group=GROUP,
        least=1,
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
    workbook_max_bytes: int = variable(
        64 * 1024 * 1024, "WORKBOOK_MAX_BYTES", "Size of the largest workbook.", group=GROUP, least=1
    )
    workbook_max_unpacked: int = variable(
        512 * 1024 * 1024,
        "WORKBOOK_MAX_UNPACKED",
        "How many bytes a workbook may unpack to.",
        group=GROUP,
        least=1,
    )
    workbook_max_rows: int = variable(
        200_000, "WORKBOOK_MAX_ROWS", "How many rows a sheet may have.", group=GROUP, least=1
    )
    workbook_max_cells: int = variable(
        4_000_000,
        "WORKBOOK_MAX_CELLS",
        "How many cells a workbook may reach over; each takes up to a hundred bytes of memory.",
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

    @property
    def reports_bytes(self) -> int:
        """Return how large the reports of one submission may be, all together."""
        return max(self.max_submission_bytes, self.max_report_bytes)

    @property
    def largest_body(self) -> int:
        """Return the size of the largest body that any operation takes: a form of reports.

        Beside the reports it holds their details, and the heads of its parts.
        """
        return self.reports_bytes + self.max_json_bytes + 1024 * 1024
