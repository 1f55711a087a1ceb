"""In whatever order things happen: `submit`, `verdict`, a release's decision and `check` say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from werkzeug.test import TestResponse

from tests.support.api import OTHER_COMMIT, START, Api, flake8, junit
from tidegate.cli.embedded import CheckedReport, judge_reports, read_one
from tidegate.cli.paths import Named
from tidegate.domain.canonical import canonical_json
from tidegate.domain.evidence import Subject
from tidegate.domain.fact_files import read_told_facts
from tidegate.domain.findings import baseline_of
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.gates import Gate
from tidegate.domain.inheritance import inherit
from tidegate.domain.judging import judge
from tidegate.domain.replays import replay
from tidegate.domain.waivers import Waiver
from tidegate.readers.base import Limits, Source

COMMIT = "c" * 40
KNOWN = flake8("a.py", "b.py")
TESTS = [junit(), junit(failed=1), junit(passed=7), b"<testsuite><testcase", b""]
LINT = [flake8("a.py"), flake8("a.py", "a.py", "c.py"), flake8("b.py", "c.py")]
FLOORS = ["tests.failed == 0", "tests.failed == 0 && tests.passed >= 5", "tests.total > 0"]
OWN = [
    {"id": "new", "that": "findings.new.total == 0", "needs": ["lint"], "on": "warn"},
    {"id": "new", "that": "findings.new.total <= 1", "needs": ["lint"]},
    {"id": "fresh", "that": "tool.ran", "needs": ["tests"], "max_age": "3h"},
    {
        "id": "live",
        "that": 'facts.health.state == "pass" && facts.version.declared == facts.version.observed',
        "needs": ["facts"],
        "max_age": "3h",
    },
]
ENVIRONMENTS = ["staging", "production"]


@dataclass(frozen=True, slots=True)
class Sent:
    """What `check` would be given: a file in its slot, with its time."""

    slot: str
    data: bytes
    format: str | None
    taken_at: datetime
    checked: CheckedReport

    @property
    def run(self) -> tuple[str, bytes, datetime]:
        """Tell which run of a tool it is of; what was sent last of one run is what is meant."""
        return self.slot, self.data, self.taken_at


class Consistency(RuleBasedStateMachine):
    """A control plane, and beside it the files and gates that `tidegate check` would judge by."""

    api: ClassVar[Api]
    numbers: ClassVar[Iterator[int]]

    def __init__(self) -> None:
        super().__init__()
        self.name = f"harbour-{next(self.numbers)}"
        self.floor = f"{self.name}-floor"
        self.guards: dict[str, str | None] = dict.fromkeys(ENVIRONMENTS)
        self.sent: list[Sent] = []
        self.given: list[str] = []
        self.versions = count(1)
        self.released: dict[str, str] = {}
        self.floor_document: dict[str, Any] = {}
        self.own_document: dict[str, Any] = {}
        self.api.put(f"/components/{self.name}", {"title": "Harbour", "owner": "port"})
        self.api.submit(KNOWN, component=self.name, commit=OTHER_COMMIT, slot="lint.txt")
        self.known = baseline_of([self._read("lint.txt", KNOWN, None, START).report.counts.of(None)])
        for environment in ENVIRONMENTS:
            self._guard(environment, None)
        self.change_floor(0)
        self.change_gate(0)

    def teardown(self) -> None:
        """Prove every verdict that was given, and leave no gate in front of the next example."""
        for identifier in self.given:
            shown = self.api.get(f"/verdicts/{identifier}").get_json()
            replayed = self.api.get(f"/verdicts/{identifier}/replay").get_json()
            assert replayed == {
                "same": True,
                "recorded": shown["digest"],
                "replayed": shown["digest"],
                "verdict": shown["verdict"],
            }
            assert replay(self.api.get(f"/verdicts/{identifier}/inputs").get_json()).digest == shown["digest"]
        for environment in ENVIRONMENTS:
            self._guard(environment, None)

    @rule(number=st.sampled_from(range(len(FLOORS))))
    def change_floor(self, number: int) -> None:
        """Put another floor in force, under the gate that stands on it."""
        that = {"id": "tests", "that": FLOORS[number], "needs": ["tests"], "max_age": "24h"}
        self.floor_document = {"name": self.floor, "rules": [that]}
        assert self.api.put(f"/gates/{self.floor}", self.floor_document).status_code in (200, 201)

    @rule(number=st.sampled_from([*range(len(OWN)), len(OWN) - 1]))
    def change_gate(self, number: int) -> None:
        """Put another version of the gate in force."""
        self.own_document = {"name": self.name, "extends": self.floor, "rules": [OWN[number]]}
        assert self.api.put(f"/gates/{self.name}", self.own_document).status_code in (200, 201)

    @rule(environment=st.sampled_from(ENVIRONMENTS), which=st.sampled_from(["own", "floor", None]))
    def change_environment(self, environment: str, which: str | None) -> None:
        """Guard an environment by another gate, or by none."""
        self._guard(environment, {"own": self.name, "floor": self.floor, None: None}[which])

    @rule(hours=st.sampled_from([0.5, 2, 30]))
    def wait(self, hours: float) -> None:
        """Let time pass."""
        self.api.clock.advance(timedelta(hours=hours))

    @rule(
        data=st.sampled_from([*TESTS, *LINT]),
        slot=st.sampled_from(["one", "two"]),
        hours_old=st.sampled_from([None, 0, 1, 20]),
        format=st.sampled_from([None, None, None, "junit", "flake8"]),
    )
    def submit(self, data: bytes, slot: str, hours_old: int | None, format: str | None) -> None:
        """Submit a report."""
        now = self.api.clock.now()
        taken_at = None if hours_old is None else now - timedelta(hours=hours_old)
        self._submit(slot, data, format, taken_at)

    @rule(
        reports=st.dictionaries(
            st.sampled_from(["one", "two", "three"]),
            st.tuples(st.sampled_from([*TESTS, *LINT]), st.sampled_from([None, 0, 20])),
            min_size=1,
        )
    )
    def submit_together(self, reports: dict[str, tuple[bytes, int | None]]) -> None:
        """Submit several reports at once; some of them may have been submitted before."""
        now = self.api.clock.now()
        times = {
            slot: None if hours is None else now - timedelta(hours=hours)
            for slot, (_, hours) in reports.items()
        }
        details = {slot: {"taken_at": at.isoformat()} for slot, at in times.items() if at is not None}
        answer = self.api.submit_all(
            {slot: data for slot, (data, _) in reports.items()},
            details,
            component=self.name,
            commit=COMMIT,
            baseline=OTHER_COMMIT,
        )
        # Slots differ, so each is new or not by what was there before all of them.
        sent = [self._sent(slot, data, None, times[slot]) for slot, (data, _) in reports.items()]
        assert [one["repeated"] for one in answer.get_json()["evidence"]] == [one is None for one in sent]
        assert answer.status_code == (201 if any(sent) else 200)
        self.sent += [one for one in sent if one is not None]
        self._compare(answer)

    @rule(
        environment=st.sampled_from(ENVIRONMENTS),
        facts=st.dictionaries(
            st.sampled_from(["health.state", "version"]), st.sampled_from(["pass", "2.0", 2]), min_size=1
        ),
        declared=st.booleans(),
    )
    def tell_facts(self, environment: str, facts: dict[str, object], declared: bool) -> None:
        """Declare or observe something of what runs."""
        side = "declared" if declared else "observed"
        path = f"/components/{self.name}/facts/{side}?environment={environment}"
        assert self.api.post(path, {"facts": facts}).status_code == 200

    @rule(environment=st.sampled_from(ENVIRONMENTS))
    def withdraw_fact(self, environment: str) -> None:
        """Say that nobody knows how the target is."""
        path = f"/components/{self.name}/facts/health.state/observed?environment={environment}"
        assert self.api.delete(path).status_code == 200

    @precondition(lambda self: self.sent)
    @rule(
        choice=st.integers(0, 99),
        format=st.sampled_from(["as it was", None, "cobertura"]),
        dated=st.booleans(),
    )
    def submit_again(self, choice: int, format: str | None, dated: bool) -> None:
        """Submit what was submitted before, the same or read in another way."""
        one = self.sent[choice % len(self.sent)]
        wanted = one.format if format == "as it was" else format
        self._submit(one.slot, one.data, wanted, one.taken_at if dated else None)

    @precondition(lambda self: any(self.guards.values()))
    @rule(environment=st.sampled_from(ENVIRONMENTS), again=st.booleans())
    def release(self, environment: str, again: bool) -> None:
        """Ask for a release: one that is new, or one that is there."""
        versions = [version for version, where in self.released.items() if where == environment]
        version = versions[-1] if again and versions else f"{next(self.versions)}.0.0"
        wanted = {"version": version, "revision": COMMIT, "environment": environment}
        answer = self.api.post(f"/components/{self.name}/releases", wanted)
        if not self._registered:
            assert answer.status_code == 404
        elif self.guards[environment] is None:
            assert answer.status_code == 422
        elif self._check(environment)["state"] == "pass":
            assert answer.status_code == (200 if version in self.released else 201)
            self.released[version] = environment
        else:
            assert answer.status_code == 409
            assert answer.get_json()["type"].endswith("/gate-closed")

    @precondition(lambda self: self.sent)
    @rule(rule=st.sampled_from(["tests", "new", "fresh"]), hours=st.sampled_from([1, 40]))
    def waive(self, rule: str, hours: int) -> None:
        """Grant a waiver to `check`: it excuses what it covers; the server has none and says as before."""
        now, subject = self.api.clock.now(), Subject(self.name, COMMIT, "production")
        waiver = Waiver(
            "w", self.name, rule, self.name, "ann", "ben", "soon", START, START + timedelta(hours=hours)
        )
        gate, checked = self._gate(self.name), self._files()
        found = judge_reports(gate, checked, self.known, [waiver], now, subject)
        plain = judge_reports(gate, checked, self.known, [], now, subject)
        for ours, theirs in zip(found.rules, plain.rules, strict=True):
            excused = ours.rule == rule and waiver.in_force(now) and ours.found == ("fail",)
            assert (ours.waiver == "w") is excused
            assert (ours.state, ours.measured) == (theirs.state, theirs.measured)
        assert judge(gate, [], [waiver], now, subject).state == "missing"

    @invariant()
    def everybody_says_the_same(self) -> None:
        """Ask for a verdict of each guarded environment now."""
        for environment, gate in self.guards.items():
            path = f"/components/{self.name}/revisions/{COMMIT}/verdicts"
            if gate is not None and self._registered:
                ruling = self.api.post(path, {"environment": environment}).get_json()
                self.given.append(ruling["id"])
                assert canonical_json(ruling["verdict"]) == canonical_json(self._check(environment))

    @property
    def _registered(self) -> bool:
        return bool(self.sent)

    def _guard(self, environment: str, gate: str | None) -> None:
        document = {"rank": 1, "gate": gate}
        answer = self.api.put(f"/environments/{environment}", document, headers={"If-Match": "*"})
        if answer.status_code == 412:
            answer = self.api.put(f"/environments/{environment}", document)
        assert answer.status_code in (200, 201), answer.get_json()
        self.guards[environment] = gate

    def _submit(self, slot: str, data: bytes, format: str | None, taken_at: datetime | None) -> None:
        query = {"format": format, "taken_at": taken_at and taken_at.isoformat(), "baseline": OTHER_COMMIT}
        given = {name: str(value) for name, value in query.items() if value is not None}
        answer = self.api.submit(data, component=self.name, commit=COMMIT, slot=slot, **given)
        sent = self._sent(slot, data, format, taken_at)
        assert answer.status_code == (200 if sent is None else 201), answer.get_json()
        self.sent += [] if sent is None else [sent]
        self._compare(answer)

    def _sent(self, slot: str, data: bytes, format: str | None, taken_at: datetime | None) -> Sent | None:
        """Return what has been added by a submission, None where it was the one that counts already."""
        in_slot = [one for one in self._counted() if one.slot == slot]
        newest = in_slot[-1] if in_slot else None
        if newest is not None and newest.data == data and (taken_at is None or taken_at <= newest.taken_at):
            read = _aged(self._read(slot, data, format, newest.taken_at), newest.checked, taken_at)
            if read.evidence == newest.checked.evidence:
                return None
            return Sent(slot, data, format, newest.taken_at, read)
        at = taken_at or self.api.clock.now()
        return Sent(slot, data, format, at, self._read(slot, data, format, at))

    def _compare(self, answer: TestResponse) -> None:
        rulings = answer.get_json()["verdicts"]
        guarded = {name for name, gate in self.guards.items() if gate is not None}
        assert {one["environment"] for one in rulings} == guarded
        for one in rulings:
            self.given.append(one["id"])
            assert canonical_json(one["verdict"]) == canonical_json(self._check(one["environment"]))

    def _check(self, environment: str) -> Any:
        """Judge as `tidegate check` does, with the files that are there."""
        gate = self._gate(str(self.guards[environment]))
        subject = Subject(self.name, COMMIT, environment)
        now = self.api.clock.now()
        known = self.api.get(f"/components/{self.name}/facts?environment={environment}").get_data(True)
        facts = read_told_facts(known, "facts.json")
        return judge_reports(gate, self._files(), self.known, [], now, subject, facts).to_document()

    def _gate(self, name: str) -> Gate:
        draft = draft_of(self.floor_document)
        floor = Gate(draft.name, draft.title, draft.rules)
        return floor if name == self.floor else inherit(floor, draft_of(self.own_document))

    def _counted(self) -> list[Sent]:
        """Return what was sent, each run as it was read last and each slot's newest, in order of arrival."""
        runs = {one.run: number for number, one in enumerate(self.sent)}
        kept: dict[str, list[Sent]] = {}
        for one in sorted(
            (self.sent[number] for number in sorted(runs.values())), key=lambda one: one.taken_at
        ):
            facts = one.checked.evidence
            replaces = facts.ran and facts.unreadable is None
            kept[one.slot] = [one] if replaces else [*kept.get(one.slot, ()), one]
        return [one for reports in kept.values() for one in reports]

    def _files(self) -> list[CheckedReport]:
        return [one.checked for one in self._counted()]

    def _read(self, slot: str, data: bytes, format: str | None, taken_at: datetime) -> CheckedReport:
        return read_one(Source.of_bytes(data, slot), Named(slot, format), taken_at, Limits(), 0)


def _aged(read: CheckedReport, known: CheckedReport, taken_at: datetime | None) -> CheckedReport:
    """Let a run that is sent once more age from the oldest time that was given for it."""
    given = [read.evidence.made_at, known.evidence.made_at]
    if taken_at is not None and taken_at < known.evidence.since:
        given.append(taken_at)
    oldest = min((one for one in given if one is not None), default=None)
    return replace(read, report=replace(read.report, evidence=replace(read.evidence, made_at=oldest)))


@pytest.fixture
def machine(api: Api) -> type[Consistency]:
    """Make machines that share one API; each has a component and gates of its own."""

    class OnThisApi(Consistency):
        numbers = count()

    OnThisApi.api = api
    return OnThisApi


def test_everybody_says_the_same_whatever_happens(machine: type[Consistency]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # A sequence is short enough to be read as it is; to shorten one takes minutes.
            phases=(Phase.reuse, Phase.generate),
        ),
    )


def test_facts_let_and_stop_whoever_asks(machine: type[Consistency]) -> None:
    told = machine()
    told.change_gate(len(OWN) - 1)
    told.change_environment("production", "own")
    told._submit("one", junit(passed=7), None, None)
    for facts, declared in (({"version": "2.0"}, True), ({"version": "2.0", "health.state": "pass"}, False)):
        told.tell_facts("staging", facts, declared)
        told.release("production", False)
        assert told._check("production")["state"] == "missing"
        told.tell_facts("production", facts, declared)
    told.everybody_says_the_same()
    assert told._check("production")["state"] == "pass"
    told.release("production", False)
    told.wait(3.5)
    assert told._check("production")["state"] == "stale"
    told.release("production", True)
    told.tell_facts("production", {"health.state": "pass"}, False)
    told.tell_facts("production", {"version": 2}, False)
    assert told._check("production")["state"] == "error"
    told.everybody_says_the_same()
    told.teardown()


def test_a_report_and_its_copy_count_once_whoever_asks(machine: type[Consistency]) -> None:
    told = machine()
    told.change_environment("production", "own")
    told.change_floor(1)
    told.submit_together({"one": (junit(passed=4), None), "two": (junit(passed=4), None)})
    told._submit("three", junit(passed=4), None, None)
    rule, *_ = told._check("production")["rules"]
    assert (rule["state"], rule["measured"]["tests.passed"]) == ("fail", 4)
    assert rule["warnings"] == ["one, three and two are one and the same report, which counts once."]
    told.everybody_says_the_same()
    told.teardown()


def test_of_one_time_what_came_last_counts_whoever_asks(machine: type[Consistency]) -> None:
    told = machine()
    told.change_environment("production", "own")
    for data in (junit(), junit(failed=1), junit(passed=7), junit(failed=1), b""):
        told._submit("one", data, "junit", told.api.clock.now())
        rule, *_ = told._check("production")["rules"]
        assert rule["state"] == {b"": "unreadable", junit(failed=1): "fail"}.get(data, "pass")
        told.everybody_says_the_same()
    told.teardown()


def test_a_report_that_took_its_own_place_back_hides_no_older_one(machine: type[Consistency]) -> None:
    told = machine()
    now = told.api.clock.now()
    told._submit("two", flake8("b.py"), None, now)
    told._submit("two", flake8("b.py"), "cobertura", now)
    told.change_environment("production", "own")
    told._submit("two", flake8("b.py"), "flake8", now - timedelta(hours=20))
    told.everybody_says_the_same()
    told.teardown()
