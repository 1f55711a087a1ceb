"""What the pages' service answers: the overview, trends, changes, trials, what a search finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from tidegate.domain.catalog import Component, Environment, Revision
from tidegate.domain.facts import FactValue, FieldName
from tidegate.domain.health_words import HealthState
from tidegate.domain.measures import Value
from tidegate.domain.records import StoredRelease, VerdictSummary
from tidegate.modules.verdicts.ports import Tried

Shape: TypeAlias = Literal["pass", "fail", "missing", "stale"]
"""Which of the shapes of states is drawn beside words of another kind."""


@dataclass(frozen=True, slots=True)
class RunningState:
    """What runs in a target beside what was declared; versions are None where nothing was said of them.

    `state` is None before the first probe. `late`: it was not probed in time, nobody knows what runs now.
    `differing` names the declared fields, `version` among them, that were observed with another value.
    """

    environment: str
    base_url: str | None
    state: HealthState | None
    probed_at: datetime | None
    late: bool
    declared: FactValue | None
    observed: FactValue | None
    differing: tuple[FieldName, ...]

    @property
    def shape(self) -> Shape:
        """Return the shape of the worst that is known."""
        if self.state is HealthState.FAIL or self.differing:
            return "fail"
        if self.late or self.state is None or self.state is HealthState.UNKNOWN:
            return "missing"
        return "stale" if self.state is HealthState.WARN else "pass"

    @property
    def words(self) -> str:
        """Say what runs, and what of it is not as it should be."""
        if self.observed is None:
            does = self.state in (HealthState.PASS, HealthState.WARN) and not self.late
            what = "answers" if does else ""
        else:
            what = (
                f"{'ran' if self.late or self.state is HealthState.FAIL else 'runs'} {_short(self.observed)}"
            )
        late = "not probed in time" if self.late and self.state is not None else ""
        said = [late, _HEALTH.get(self.state, ""), what, *self._differences()]
        return ", ".join(one for one in said if one)

    def _differences(self) -> tuple[str, ...]:
        others = len(self.differing) - ("version" in self.differing)
        version = ""
        if self.declared is not None and (self.observed is None or "version" in self.differing):
            version = f"declared {_short(self.declared)}"
        fields = f"{others} {'field differs' if others == 1 else 'fields differ'}" if others else ""
        return version, fields


_LONGEST_VERSION = 60


def _short(version: FactValue) -> str:
    text = str(version)
    return text if len(text) <= _LONGEST_VERSION else f"{text[:_LONGEST_VERSION]}…"


_HEALTH = {
    None: "not probed yet",
    HealthState.FAIL: "fails",
    HealthState.UNKNOWN: "not understood",
    HealthState.WARN: "warns",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A component in an environment: the newest verdict and the newest release, None before the first.

    `outdated` says that another version of the gate, or another gate, guards the environment by now;
    `running` is None where the component has no target there.
    """

    environment: str
    verdict: VerdictSummary | None
    release: StoredRelease | None
    outdated: bool = False
    running: RunningState | None = None

    @property
    def runs_another(self) -> bool:
        """Tell whether another version than the one released last was seen running."""
        if self.release is None or self.running is None or self.running.observed is None:
            return False
        return str(self.running.observed).removeprefix("v") != self.release.version


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A component, and how it stands in each environment."""

    component: Component
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Components by environments."""

    environments: tuple[Environment, ...]
    rows: tuple[OverviewRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class JudgedRevision:
    """A revision, and its newest verdict for each environment that has judged it."""

    revision: Revision
    verdicts: tuple[VerdictSummary, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """A measure at each of the trends' commits; None where a verdict did not measure it."""

    measure: str
    values: tuple[Value | None, ...]

    @property
    def last(self) -> Value | None:
        """Return the newest value."""
        return self.values[-1] if self.values else None


@dataclass(frozen=True, slots=True)
class Trends:
    """How measures went over commits, oldest first; `left_out` names those that there is no room for."""

    commits: tuple[str, ...] = ()
    trends: tuple[Trend, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A rule whose state is another than in the verdict before; None where one of them has no such rule."""

    rule: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ReleaseSuggestions:
    """What may be released next: the newest revisions with their verdicts, and versions above the last."""

    revisions: tuple[JudgedRevision, ...]
    versions: tuple[str, ...]
    last: StoredRelease | None


@dataclass(frozen=True, slots=True)
class TriedRevision:
    """What a gate would have said of a revision, and the versions that were released from it.

    `passes_now`: what the gate in force says of it; None where none is.
    """

    tried: Tried
    releases: tuple[StoredRelease, ...]
    passes_now: bool | None = None

    @property
    def changes(self) -> bool:
        """Tell whether it would pass where it does not now, or the other way round."""
        return self.passes_now is not None and self.passes_now != self.tried.verdict.passed

    @property
    def blocking(self) -> tuple[str, ...]:
        """Return the rules that would have stopped it."""
        return tuple(rule.rule for rule in self.tried.verdict.rules if rule.blocks)


@dataclass(frozen=True, slots=True)
class TrialShown:
    """What a gate would have said of the last revisions: those that it would have stopped come first."""

    revisions: tuple[TriedRevision, ...]

    @property
    def stopped(self) -> tuple[TriedRevision, ...]:
        """Return those that it would have stopped, newest first."""
        return tuple(one for one in self.revisions if not one.tried.verdict.passed)

    @property
    def let_through(self) -> tuple[TriedRevision, ...]:
        """Return those that it would have let through, newest first."""
        return tuple(one for one in self.revisions if one.tried.verdict.passed)

    @property
    def environment(self) -> str | None:
        """Name the environment whose facts were read; None where the gate reads none."""
        return next((one.tried.verdict.subject.environment for one in self.revisions), None)

    @property
    def compared(self) -> bool:
        """Tell whether each was judged by the gate in force as well."""
        return any(one.passes_now is not None for one in self.revisions)

    @property
    def stopped_and_released(self) -> int:
        """Count the revisions that it would have stopped and that were released, however often."""
        return sum(bool(one.releases) for one in self.stopped)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found."""

    components: tuple[Component, ...] = ()
    revisions: tuple[Revision, ...] = ()
    releases: tuple[StoredRelease, ...] = ()

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing."""
        return not (self.components or self.revisions or self.releases)
