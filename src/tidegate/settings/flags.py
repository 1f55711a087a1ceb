"""Feature flags: where they are read from, and what variables say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.domain.errors import Invalid
from tidegate.domain.flags import FLAGS, read_values
from tidegate.environment import VariableReader, variable

GROUP = "Feature flags"
_PREFIX = "FEATURE_FLAG_"
_SAYS = (
    "`on` or `off`, and of environments `staging=on`, with commas between them; read where "
    "FEATURE_FLAGS_SOURCE is `env`."
)


@dataclass(frozen=True, kw_only=True)
class FlagSettings:
    """Which source decides flags, and the settings of each flag where that source are variables."""

    feature_flags_source: str = variable(
        "db",
        "FEATURE_FLAGS_SOURCE",
        "What switches experimental parts (docs/flags.md): `db`, rows that `tidegate flag set`, the page and "
        "the API write, or `env`, the FEATURE_FLAG_… variables.",
        group=GROUP,
        choices=("db", "env"),
    )
    feature_flags_max_age: float = variable(
        5.0,
        "FEATURE_FLAGS_MAX_AGE",
        "Seconds that a process remembers the flags of the database before it reads them again.",
        group=GROUP,
        least=0,
        most=300,
    )
    feature_flag_try_it: str = variable(
        "",
        "FEATURE_FLAG_TRY_IT",
        f"The flag `try-it`: {_SAYS}",
        group=GROUP,
        shown_default="on",
    )
    feature_flag_verdict_feeds: str = variable(
        "",
        "FEATURE_FLAG_VERDICT_FEEDS",
        f"The flag `verdict-feeds`: {_SAYS}",
        group=GROUP,
        shown_default="on",
    )
    feature_flag_written_explanations: str = variable(
        "",
        "FEATURE_FLAG_WRITTEN_EXPLANATIONS",
        f"The flag `written-explanations`: {_SAYS}",
        group=GROUP,
        shown_default="on",
    )

    def flag_variables(self) -> dict[str, str]:
        """Return the variables that say something of a flag."""
        return _said({flag.variable: getattr(self, flag.variable.lower()) for flag in FLAGS})


def check_flags(environment: VariableReader, values: Mapping[str, Any]) -> None:
    """Refuse variables of flags that nobody declared or reads, and values that say neither on nor off."""
    said = _said({flag.variable: values[flag.variable.lower()] for flag in FLAGS})
    known = {flag.variable for flag in FLAGS}
    unknown = {name: "on" for name in environment.names(_PREFIX) if name.removesuffix("_FILE") not in known}
    try:
        read_values({**said, **unknown})
    except Invalid as error:
        environment.faults.extend(f"{name}: {fault}" for name, fault in error.problems)
        return
    if said and values["feature_flags_source"] != "env":
        names = ", ".join(said)
        environment.faults.append(
            f"{names}: no variable decides a flag while FEATURE_FLAGS_SOURCE is db. Set "
            "FEATURE_FLAGS_SOURCE=env, or take it away and use tidegate flag set."
        )


def _said(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in variables.items() if text}
