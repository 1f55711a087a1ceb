"""Feature flags: which experimental parts there are, and what is said of one of them where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from tidegate.domain.errors import Invalid, NotFound, TidegateError
from tidegate.domain.nearest import nearest

EVERYWHERE = ""
"""The place of a setting that holds for every environment which has none of its own."""

LONGEST_REASON = 500
LONGEST_NAME = 100

FlagValues: TypeAlias = Mapping[tuple[str, str], bool]
"""What is said of flags: on or off, by flag and environment (`EVERYWHERE` for all)."""

NOTHING_SAID: FlagValues = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FeatureFlag:
    """An experimental part: `until` is when its owner decides whether it stays, and the flag goes."""

    name: str
    description: str
    default: bool
    owner: str
    until: date

    @property
    def variable(self) -> str:
        """Return the variable that switches it where FEATURE_FLAGS_SOURCE is `env`."""
        return "FEATURE_FLAG_" + self.name.upper().replace("-", "_")

    def overdue(self, today: date) -> bool:
        """Tell whether it should have been decided on."""
        return today > self.until


TRY_IT = "try-it"
VERDICT_FEEDS = "verdict-feeds"
WRITTEN_EXPLANATIONS = "written-explanations"

FLAGS: tuple[FeatureFlag, ...] = (
    FeatureFlag(
        TRY_IT,
        "The page /docs/try, where the API's operations are forms that send real requests.",
        default=True,
        owner="console",
        until=date(2027, 6, 30),
    ),
    FeatureFlag(
        VERDICT_FEEDS,
        "Atom feeds of verdicts, for feed readers.",
        default=True,
        owner="feeds",
        until=date(2027, 6, 30),
    ),
    FeatureFlag(
        WRITTEN_EXPLANATIONS,
        "A verdict put into plain words by the language model that EXPLAIN_URL names.",
        default=True,
        owner="explanations",
        until=date(2027, 6, 30),
    ),
)
"""Every flag that there is, by name. What is in no release any more is taken out, with what it guards."""


class FlagOrigin(StrEnum):
    """What decides a flag, the strongest first."""

    ENVIRONMENT = "environment"
    EVERYWHERE = "everywhere"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class FlagDecision:
    """Whether a flag is on, and what decided it."""

    enabled: bool
    origin: FlagOrigin


@dataclass(frozen=True, slots=True)
class FlagSetting:
    """What somebody said of a flag in an environment, or `EVERYWHERE`, and why."""

    flag: str
    environment: str
    enabled: bool
    reason: str
    set_by: str
    set_at: datetime | None


@dataclass(frozen=True, slots=True)
class FlagState:
    """A flag, what is said of it, and what that comes to outside of any environment."""

    flag: FeatureFlag
    decision: FlagDecision
    settings: tuple[FlagSetting, ...]


class UnknownFlag(NotFound):
    """A flag was named that nobody declared."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = tuple(known)
        super().__init__("flag", name)
        close = nearest(name, names)
        hint = f"Did you mean {close!r}?" if close else "There are: " + ", ".join(names) + "."
        self.args = (f"There is no flag named {name!r}. {hint}",)


class SwitchedOff(TidegateError):
    """An experimental part was asked for that a flag switches off."""

    def __init__(self, flag: FeatureFlag, environment: str, remedy: str) -> None:
        self.flag = flag.name
        self.environment = environment
        where = f" in {environment}" if environment else ""
        super().__init__(f"The flag {flag.name!r} switches this off{where}. To switch it on: {remedy}")


def declared_flag(name: str, flags: Iterable[FeatureFlag] = FLAGS) -> FeatureFlag:
    """Return a flag by its name; raises `UnknownFlag`, which names the one that was meant."""
    known = {flag.name: flag for flag in flags}
    found = known.get(name)
    if found is None:
        raise UnknownFlag(name, known)
    return found


def decide(flag: FeatureFlag, values: FlagValues, environment: str = EVERYWHERE) -> FlagDecision:
    """Decide a flag: by what is said of the environment, else of all of them, else by its default."""
    if environment and (own := values.get((flag.name, environment))) is not None:
        return FlagDecision(own, FlagOrigin.ENVIRONMENT)
    if (general := values.get((flag.name, EVERYWHERE))) is not None:
        return FlagDecision(general, FlagOrigin.EVERYWHERE)
    return FlagDecision(flag.default, FlagOrigin.DEFAULT)


def checked_reason(reason: str) -> str:
    """Return why a flag is set; raises `Invalid` without one: who finds it set later has to know."""
    said = " ".join(reason.split())
    if not 1 <= len(said) <= LONGEST_REASON:
        raise Invalid(
            f"A flag needs a reason of 1 to {LONGEST_REASON} characters.",
            (("/reason", f"Write 1 to {LONGEST_REASON} characters."),),
        )
    return said


def read_values(variables: Mapping[str, str], flags: Iterable[FeatureFlag] = FLAGS) -> FlagValues:
    """Read what variables say: `on` or `off`, and of environments `staging=on`, with commas between them.

    Raises `Invalid` with every fault: one of a variable that names no flag, and one of a value that says
    neither on nor off, or the same twice.
    """
    known = {flag.variable: flag for flag in flags}
    values: dict[tuple[str, str], bool] = {}
    faults: list[tuple[str, str]] = []
    for name, text in variables.items():
        flag = known.get(name)
        if flag is None:
            faults.append((name, _unknown_variable(name, known)))
        else:
            faults.extend((name, fault) for fault in _read(flag, text, values))
    if faults:
        raise Invalid("Flags cannot be read.", tuple(faults))
    return values


def _read(flag: FeatureFlag, text: str, values: dict[tuple[str, str], bool]) -> Iterable[str]:
    for part in text.split(","):
        place, equals, word = part.rpartition("=")
        environment, enabled = place.strip(), _WORDS.get(word.strip().lower())
        if enabled is None or (equals and not environment):
            yield f"{part.strip()!r} is neither on nor off: write on, off or ENVIRONMENT=on."
        elif (flag.name, environment) in values:
            yield f"it says twice what holds {'in ' + environment if environment else 'everywhere'}."
        else:
            values[flag.name, environment] = enabled


_WORDS = {
    "on": True,
    "true": True,
    "1": True,
    "yes": True,
    "off": False,
    "false": False,
    "0": False,
    "no": False,
}


def _unknown_variable(name: str, known: Mapping[str, FeatureFlag]) -> str:
    close = nearest(name, known)
    return "no flag is named so. " + (
        f"Did you mean {close}?" if close else "Known: " + ", ".join(known) + "."
    )
