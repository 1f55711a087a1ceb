"""What pages show that no single module knows: the overview, trends, trials, what a search finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from tidegate.domain.canonical import Json
from tidegate.domain.catalog import Component, Environment, Revision
from tidegate.domain.facts import FactSubject, FactValue, FieldName, Side
from tidegate.domain.measures import Value
from tidegate.domain.parity_rules import DEFAULT_RULES
from tidegate.domain.parity_values import agree
from tidegate.domain.records import StoredRelease, StoredVerdict, VerdictSummary
from tidegate.domain.shown_verdicts import ShownVerdict
from tidegate.domain.versions import Version
from tidegate.kernel.clock import Clock
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.ports import (
    Cell,
    Change,
    JudgedRevision,
    Overview,
    OverviewRow,
    ReleaseSuggestions,
    RunningState,
    SearchResult,
    Trend,
    Trends,
    TrialShown,
    TriedRevision,
)
from tidegate.modules.facts.service import FactService
from tidegate.modules.gates.service import GateService
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.probes.service import ProbeService
from tidegate.modules.releases.service import ReleaseService
from tidegate.modules.verdicts.service import GateTrial, VerdictService

MOST_ENVIRONMENTS = 12
MOST_FOUND = 20
SUGGESTED = 10
MOST_ROWS, MOST_CELLS = 25, 60
"""How many rows, and how many places in them, a page shows of what has a column for each environment."""
TREND, MOST_TRENDS = 24, 20
"""How many revisions a chart looks back on, and how many charts a page shows."""


class ConsoleService:
    """Puts together what the pages show; it changes nothing."""

    def __init__(
        self,
        *,
        catalog: CatalogService,
        verdicts: VerdictService,
        releases: ReleaseService,
        gates: GateService,
        inventory: InventoryService,
        probes: ProbeService,
        facts: FactService,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._verdicts = verdicts
        self._releases = releases
        self._gates = gates
        self._inventory = inventory
        self._probes = probes
        self._facts = facts
        self._clock = clock

    def overview(self, cursor: str | None, *, owner: str | None = None) -> Overview:
        """Return how each component stands in each environment, a page of components at a time.

        The more environments there are, the fewer components: a page stays light.
        """
        environments = self.environments()
        page = self._catalog.components(_request_of(cursor, environments), owner=owner)
        names = [component.name for component in page.items]
        places = [environment.name for environment in environments]
        verdicts = {
            (one.component, one.environment): one
            for one in self._verdicts.newest_of_components(names, places)
        }
        releases = {(one.component, one.environment): one for one in self._releases.newest_of(names, places)}
        running = self._running([FactSubject(name, place) for name in names for place in places])
        in_force = self._gates.in_force({one.gate for one in environments if one.gate is not None})

        def cell(component: Component, environment: Environment) -> Cell:
            place = component.name, environment.name
            verdict, now = verdicts.get(place), in_force.get(environment.gate or "")
            outdated = verdict is not None and verdict.gate_digest != now
            runs = running.get(FactSubject(*place))
            return Cell(environment.name, verdict, releases.get(place), outdated, runs)

        rows = (OverviewRow(one, tuple(cell(one, where) for where in environments)) for one in page.items)
        return Overview(environments, tuple(rows), page.next_cursor)

    def running(self, component: str) -> tuple[RunningState, ...]:
        """Return what runs of a component that the caller may see, the targets nearest to users first."""
        found = self._running([FactSubject(component, one.name) for one in self.environments()])
        return tuple(found.values())

    def _running(self, subjects: Sequence[FactSubject]) -> Mapping[FactSubject, RunningState]:
        targets = {one.subject: one for one in self._inventory.several(subjects)}
        there = [one for one in subjects if one in targets]
        states = self._probes.states_of(there)
        declared, observed = (self._facts.values_of(side, there) for side in (Side.DECLARED, Side.OBSERVED))
        now = self._clock.now()
        found = {}
        for one in there:
            state, should, does = states.get(one), declared.get(one, {}), observed.get(one, {})
            found[one] = RunningState(
                one.environment or "",
                targets[one].base_url,
                state.state if state else None,
                state.probed_at if state else None,
                state is not None and state.is_late(now),
                should.get("version"),
                does.get("version"),
                _differing(should, does),
            )
        return found

    def environments(self) -> tuple[Environment, ...]:
        """Return the environments, those nearest to users first."""
        page = self._catalog.environments(PageRequest(limit=100))
        return tuple(reversed(page.items))[:MOST_ENVIRONMENTS]

    def revisions(self, component: str, cursor: str | None) -> Page[JudgedRevision]:
        """Return a component's revisions, newest first, each with its newest verdicts."""
        page = self._catalog.revisions(component, _request_of(cursor, self.environments()))
        return Page(self._judged(page.items), page.next_cursor)

    def revision(self, component: str, commit: str) -> JudgedRevision:
        """Return a revision with its newest verdicts; raises `NotFound`."""
        return self._judged((self._catalog.revision(component, commit),))[0]

    def trends(self, component: str, environment: str, *, beginning: str = "") -> Trends:
        """Return how measures went over the newest revisions, as their last verdicts measured them.

        Those measures whose names begin so, as far as a page has room for them.
        """
        revisions = self._catalog.revisions(component, PageRequest(limit=TREND)).items
        newest = self._verdicts.newest_of_revisions([one.id for one in revisions])
        stored = self._verdicts.verdicts_by_id([one.id for one in newest if one.environment == environment])
        measured = [_measured(one) for one in stored]
        names = sorted({name for values in measured for name in values if name.startswith(beginning)})
        return Trends(
            tuple(one.commit for one in stored),
            tuple(Trend(name, tuple(each.get(name) for each in measured)) for name in names[:MOST_TRENDS]),
            tuple(names[MOST_TRENDS:]),
        )

    def changes(self, stored: StoredVerdict) -> tuple[StoredVerdict | None, tuple[Change, ...]]:
        """Return the verdict before this one, and the rules that ended otherwise in it."""
        before = next(iter(self._verdicts.before(stored, most=1)), None)
        if before is None:
            return None, ()
        old, new = _states(before), _states(stored)
        names = [*new, *(name for name in old if name not in new)]
        changed = (Change(name, old.get(name), new.get(name)) for name in names)
        return before, tuple(one for one in changed if one.before != one.after)

    def release_suggestions(self, component: str) -> ReleaseSuggestions:
        """Return what may be released next; raises `NotFound`."""
        revisions = self.revisions(component, None).items[:SUGGESTED]
        last = next(iter(self._releases.releases(component, PageRequest(limit=1)).items), None)
        following = Version.parse(last.version).following() if last else (Version(1, 0, 0),)
        return ReleaseSuggestions(tuple(revisions), tuple(str(one) for one in following), last)

    def newest_verdict(self, component: str, commit: str, environment: str) -> VerdictSummary | None:
        """Return the newest verdict on a revision for an environment, None where there is none."""
        verdicts = self.revision(component, commit).verdicts
        return next((one for one in verdicts if one.environment == environment), None)

    def tried(self, asked: GateTrial, in_force: str | None = None) -> TrialShown:
        """Try a gate on history, and name the releases among what it was tried on; nothing is recorded.

        With the document of the gate `in_force` each revision tells as well what that one says of it.
        """
        trial = self._verdicts.try_on_history(asked)
        now: dict[tuple[str, str], bool] = {}
        if in_force is not None:
            before = self._verdicts.try_on_history(replace(asked, gate=in_force))
            now = {(one.component, one.commit): one.verdict.passed for one in before.tried}
        releases: dict[tuple[str, str], list[StoredRelease]] = {}
        for one in self._releases.of_revisions([(one.component, one.commit) for one in trial.tried]):
            releases.setdefault((one.component, one.commit), []).append(one)
        return TrialShown(
            tuple(
                TriedRevision(
                    one,
                    tuple(releases.get((one.component, one.commit), ())),
                    now.get((one.component, one.commit)),
                )
                for one in trial.tried
            )
        )

    def search(self, text: str) -> SearchResult:
        """Find components by the beginning of their name, revisions by commit or digest, releases by tag.

        Without a text the first components are found.
        """
        wanted = text.strip()
        lower = wanted.lower()
        return SearchResult(
            self._catalog.components_named(lower, most=MOST_FOUND),
            self._catalog.revisions_named(lower, most=MOST_FOUND),
            self._releases.tagged(wanted, most=MOST_FOUND),
        )

    def _judged(self, revisions: Sequence[Revision]) -> tuple[JudgedRevision, ...]:
        order = {one.name: place for place, one in enumerate(self.environments())}
        verdicts: dict[str, list[VerdictSummary]] = {one.id: [] for one in revisions}
        for verdict in self._verdicts.newest_of_revisions(list(verdicts)):
            verdicts[verdict.revision_id].append(verdict)
        for found in verdicts.values():
            found.sort(key=lambda one: (order.get(one.environment, len(order)), one.environment))
        return tuple(JudgedRevision(one, tuple(verdicts[one.id])) for one in revisions)


def _request_of(cursor: str | None, environments: Sequence[Environment]) -> PageRequest:
    rows = MOST_CELLS // max(1, len(environments))
    return PageRequest(min(MOST_ROWS, rows), cursor)


def _differing(
    declared: Mapping[FieldName, FactValue], observed: Mapping[FieldName, FactValue]
) -> tuple[FieldName, ...]:
    both = sorted(declared.keys() & observed.keys())
    compared = ((name, DEFAULT_RULES.of(name, target=True).compare) for name in both)
    return tuple(name for name, how in compared if not agree(how, declared[name], observed[name]))


def shown(stored: StoredVerdict) -> ShownVerdict:
    """Return a recorded verdict as it is shown."""
    found: Mapping[str, Json] = msgspec.json.decode(stored.document)
    return ShownVerdict.of(found, recorded=True)


class _RecordedRule(msgspec.Struct):
    """As much of a rule in a verdict's document as a chart or a comparison needs."""

    rule: str
    state: str
    measured: dict[str, bool | int | float | None]


class _RecordedRules(msgspec.Struct):
    rules: list[_RecordedRule]


def _rules(stored: StoredVerdict) -> list[_RecordedRule]:
    try:
        return msgspec.json.decode(stored.document, type=_RecordedRules).rules
    except msgspec.ValidationError:
        # Another version of Tidegate wrote this document in another shape; the chart has a gap there.
        return []


def _measured(stored: StoredVerdict) -> dict[str, Value]:
    return {
        name: value for rule in _rules(stored) for name, value in rule.measured.items() if value is not None
    }


def _states(stored: StoredVerdict) -> dict[str, str]:
    return {rule.rule: rule.state for rule in _rules(stored)}
