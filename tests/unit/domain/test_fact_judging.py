"""Rules over facts never say a wrong yes: missing, stale, withdrawn, foreign, future and odd facts block."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.samples import NOON, SUBJECT, gate, rule, suite
from tidegate.domain.attestations import Attested, expiry, summary_statement, verdict_statement
from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Subject
from tidegate.domain.fact_judging import in_words
from tidegate.domain.fact_snapshots import FactSnapshot, restore_facts
from tidegate.domain.facts import NO_TIME, Fact, FactSubject, FactValue, Side
from tidegate.domain.replays import Inputs, replay
from tidegate.domain.states import State
from tidegate.domain.verdicts import RuleVerdict

HERE = FactSubject("shop", "production")
HEALTHY = rule('facts.health.state == "pass"', "facts")
SAME = rule("facts.version.declared == facts.version.observed", "facts")
BACKUP = rule('facts.backup.age < duration("24h")', "facts")


def fact(
    field: str, value: FactValue, side: Side = Side.OBSERVED, *, hours: float = 1, of: FactSubject = HERE
) -> Fact:
    moment = NOON - timedelta(hours=hours)
    return Fact(of, side, field, value, "prober", moment, moment)


def inputs(of: dict[str, Any], *facts: Fact, subject: Subject = SUBJECT) -> Inputs:
    return Inputs.of(gate(of), [suite()], [], NOON, subject, facts=facts)


def judge(of: dict[str, Any], *facts: Fact, subject: Subject = SUBJECT) -> RuleVerdict:
    (only,) = inputs(of, *facts, subject=subject).judge().rules
    return only


class TestPasses:
    def test_what_was_observed_lately_and_holds(self) -> None:
        found = judge(HEALTHY, fact("health.state", "pass"))
        assert (found.state, found.reason) == (State.PASS, 'It holds: facts.health.state is "pass".')
        assert found.facts == (fact("health.state", "pass"),)

    def test_declared_and_observed_that_agree_however_long_ago_it_was_declared(self) -> None:
        declared = fact("version", "2.0", Side.DECLARED, hours=9_000)
        assert judge(SAME, declared, fact("version", "2.0")).state is State.PASS

    def test_an_age_within_its_bound(self) -> None:
        assert judge(BACKUP, fact("backup", "done", hours=23)).state is State.PASS

    def test_measures_and_facts_together(self) -> None:
        both = rule('tests.failed == 0 && facts.health.state == "pass"', "tests", "facts")
        found = judge(both, fact("health.state", "pass"))
        assert found.reason == 'It holds: tests.failed is 0, facts.health.state is "pass".'

    def test_a_field_that_cel_cannot_spell(self) -> None:
        assert judge(rule('facts["tls-days"] >= 14', "facts"), fact("tls-days", 20)).state is State.PASS

    @pytest.mark.parametrize(
        ("that", "state"),
        [
            ('facts["tls-days.age"] < duration("3h")', State.PASS),
            ('facts["tls-days"] >= 14 && facts["tls-days.age"] < duration("1h")', State.FAIL),
            (
                'facts["tls-days.since"] < timestamp("2100-01-01T00:00:00Z") && facts["tls-days"] > 1',
                State.PASS,
            ),
            (
                "facts.note != 'facts[\"tls-days.age\"]' && facts[\"tls-days.age\"] < duration('3h')",
                State.PASS,
            ),
            ('facts["tls-days.age"] < duration("3h") // not "facts["tls-days.age"]', State.PASS),
        ],
    )
    def test_ages_of_a_field_that_cel_cannot_spell(self, that: str, state: State) -> None:
        known = fact("tls-days", 20, hours=2), fact("note", "none", hours=1)
        assert judge(rule(that, "facts"), *known).state is state


class TestFails:
    @pytest.mark.parametrize(
        ("of", "facts", "change"),
        [
            (
                HEALTHY,
                [fact("health.state", "fail")],
                'health.state must be observed as "pass"; it is "fail"',
            ),
            (
                SAME,
                [fact("version", "2.0", Side.DECLARED), fact("version", "1.9")],
                'version must run as declared: "2.0" is declared, "1.9" is observed',
            ),
            (
                BACKUP,
                [fact("backup", "done", hours=30.5)],
                "observe backup again: it was seen 30h30m ago, under 24h is asked",
            ),
            (
                rule('facts.up.age >= duration("2h")', "facts"),
                [fact("up", "x")],
                "up must have been seen 2h ago or earlier; it was seen 1h ago",
            ),
            (
                rule("facts.replicas >= 3", "facts"),
                [fact("replicas", 2)],
                "facts.replicas must rise by 1 to 3",
            ),
            (
                rule('facts.region in ["eu"]', "facts"),
                [fact("region", "us")],
                "region must be observed as one of ['eu']",
            ),
            (
                rule('"fail" != facts.health.state', "facts"),
                [fact("health.state", "fail")],
                'health.state must be observed as something that is not "fail"; it is "fail"',
            ),
            (
                rule("facts.a == facts.b.declared", "facts"),
                [fact("a", "x"), fact("b", "y", Side.DECLARED)],
                'a must be the same as b: "x" is not "y"',
            ),
            (
                rule('facts.version.since > timestamp("2026-01-31T12:00:00Z")', "facts"),
                [fact("version", "x")],
                "version must be observed as something that is above 2026-01-31T12:00:00.000Z; it is "
                "2026-01-31T11:00:00.000Z",
            ),
            (rule("facts.enabled", "facts"), [fact("enabled", False)], "facts.enabled must become true"),
            (
                rule('facts.version.matches("2.*")', "facts"),
                [fact("version", "1")],
                "ensure that `facts.version.matches('2.*')` is true",
            ),
        ],
    )
    def test_and_says_what_would_pass(self, of: dict[str, Any], facts: list[Fact], change: str) -> None:
        found = judge(of, *facts)
        assert (found.state, found.change) == (State.FAIL, change)

    def test_and_names_source_and_time(self) -> None:
        reason = judge(HEALTHY, fact("health.state", "fail")).reason
        assert 'Told: health.state "fail" observed at 2026-01-31T11:00:00.000Z by prober.' in reason


class TestBlocks:
    def test_what_was_never_observed_with_the_command_that_tells_it(self) -> None:
        found = judge(HEALTHY)
        assert (found.state, found.blocks, found.facts) == (State.MISSING, True, ())
        assert found.change == (
            "observe health.state: tidegate fact observe --component shop --environment production "
            "health.state=VALUE, or let a probe's contract read it"
        )

    def test_what_is_only_declared(self) -> None:
        found = judge(SAME, fact("version", "2.0", Side.DECLARED))
        assert found.state is State.MISSING
        assert 'is not observed; it is only declared, as "2.0" by prober' in found.reason

    def test_what_is_only_observed(self) -> None:
        found = judge(SAME, fact("version", "2.0"))
        assert found.state is State.MISSING
        assert found.change is not None and "tidegate fact declare" in found.change

    @pytest.mark.parametrize(
        "of", [FactSubject("shop"), FactSubject("shop", "staging"), FactSubject("x", "production")]
    )
    def test_facts_of_another_component_or_environment(self, of: FactSubject) -> None:
        assert judge(HEALTHY, fact("health.state", "pass", of=of)).state is State.MISSING

    def test_a_verdict_for_no_environment(self) -> None:
        found = judge(HEALTHY, fact("health.state", "pass"), subject=Subject("shop", "0f" * 20))
        assert (found.state, found.change) == (State.MISSING, "name the environment, as with --environment")

    def test_what_holds_no_longer(self) -> None:
        one = fact("health.state", "pass")
        gone = Fact(one.subject, one.side, one.field, one.value, "x", one.since, one.seen_at, until=NOON)
        assert judge(HEALTHY, gone).state is State.MISSING

    def test_what_was_not_seen_for_a_day_where_the_rule_says_nothing(self) -> None:
        found = judge(HEALTHY, fact("health.state", "pass", hours=24.1))
        assert (found.state, found.found) == (State.STALE, (State.STALE,))
        assert "24h" in found.reason or "1d" in found.reason

    def test_what_is_older_than_the_rule_allows(self) -> None:
        of = rule('facts.health.state == "pass"', "facts", max_age="15m")
        assert judge(of, fact("health.state", "pass")).state is State.STALE
        assert judge(of, fact("health.state", "pass", hours=0.2)).state is State.PASS

    def test_a_time_that_no_file_tells(self) -> None:
        one = Fact(HERE, Side.OBSERVED, "health.state", "pass", "facts.csv", NO_TIME, NO_TIME)
        assert judge(HEALTHY, one).state is State.STALE
        assert "at a time that is not told" in judge(HEALTHY, one).reason

    def test_a_beginning_that_no_file_tells(self) -> None:
        one = Fact(HERE, Side.OBSERVED, "version", "2", "facts.yml", NO_TIME, NOON)
        of = rule('facts.version.since < timestamp("2026-01-01T00:00:00Z")', "facts")
        assert judge(of, one).state is State.MISSING

    def test_what_is_dated_ahead(self) -> None:
        found = judge(HEALTHY, fact("health.state", "pass", hours=-1))
        assert found.state is State.ERROR
        assert found.change == "correct the clock of prober, and tell health.state again"

    def test_a_value_of_another_type_by_name(self) -> None:
        found = judge(rule('facts.health.state != "fail"', "facts"), fact("health.state", 5))
        assert found.state is State.ERROR
        assert "compares a whole number with a text" in found.reason
        assert "health.state 5 observed" in found.reason

    def test_a_value_of_another_type_although_the_other_side_decides(self) -> None:
        of = rule("facts.replicas >= 3 || facts.up", "facts")
        assert judge(of, fact("replicas", "many"), fact("up", True)).state is State.ERROR

    def test_what_cannot_be_computed(self) -> None:
        of = rule("1 / facts.zero == 1", "facts")
        assert judge(of, fact("zero", 0)).state is State.ERROR

    def test_both_missing_reports_and_missing_facts_are_named(self) -> None:
        of = rule('coverage.line_rate >= 0.5 && facts.health.state == "pass"', "coverage", "facts")
        found = judge(of)
        assert found.change is not None
        assert found.change.startswith("submit a report of coverage; observe health.state")

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "a\x00b"])
    def test_a_value_that_no_fact_can_have(self, value: FactValue) -> None:
        with pytest.raises(Invalid, match="cannot be kept"):
            judge(HEALTHY, fact("health.state", value))

    def test_a_field_that_is_told_twice(self) -> None:
        with pytest.raises(Invalid, match="observed twice"):
            judge(HEALTHY, fact("health.state", "pass"), fact("health.state", "fail"))


_VALUES = st.one_of(
    st.sampled_from(["pass", "fail", "2.0", ""]), st.booleans(), st.integers(-3, 3), st.floats(-2, 2)
)
_FACTS = st.builds(
    fact,
    st.sampled_from(["health.state", "version", "backup", "other"]),
    _VALUES,
    st.sampled_from(list(Side)),
    hours=st.sampled_from([-1, -0.01, 0, 1, 23.99, 24, 24.01, 900]),
    of=st.sampled_from([HERE, HERE, HERE, FactSubject("shop", "staging"), FactSubject("shop")]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_FACTS, max_size=6, unique_by=lambda one: (one.subject, one.side, one.field)), st.randoms())
def test_a_pass_follows_from_fresh_facts_of_this_very_target(facts: list[Fact], random: Any) -> None:
    known = {(one.side, one.field): one for one in facts if one.subject == HERE}
    health = known.get((Side.OBSERVED, "health.state"))
    declared, observed = (known.get((side, "version")) for side in Side)
    expected = {
        "health": health is not None and health.value == "pass" and _is_fresh(health),
        "same": declared is not None
        and observed is not None
        and (type(declared.value), declared.value) == (type(observed.value), observed.value)
        and _is_fresh(observed)
        and declared.seen_at <= NOON + timedelta(minutes=5),
    }
    rules = [{**HEALTHY, "id": "health"}, {**SAME, "id": "same"}]
    shuffled = random.sample(facts, len(facts))
    made = Inputs.of(gate(*rules), [], [], NOON, SUBJECT, facts=shuffled)
    verdict = made.judge()
    for one in verdict.rules:
        assert not one.state == State.PASS or expected[one.rule]
    assert (
        verdict.canonical() == Inputs.of(gate(*rules), [], [], NOON, SUBJECT, facts=facts).judge().canonical()
    )
    assert replay(json.loads(made.canonical())).canonical() == verdict.canonical()


def _is_fresh(one: Fact) -> bool:
    return NOON - timedelta(hours=24) <= one.seen_at <= NOON + timedelta(minutes=5)


class TestRecord:
    def test_holds_exactly_the_facts_that_rules_read(self) -> None:
        made = inputs(
            HEALTHY,
            fact("health.state", "pass"),
            fact("version", "2.0"),
            fact("health.state", "x", Side.DECLARED),
        )
        assert made.facts.facts == (fact("health.state", "pass"),)
        assert made.judge().facts_digest == made.facts.digest

    def test_is_the_same_bytes_as_before_where_no_rule_reads_facts(self) -> None:
        made = inputs(rule("tests.failed == 0"), fact("health.state", "pass"))
        verdict = made.judge().to_document()
        rules: Any = verdict["rules"]
        assert "facts" not in made.to_document() and "facts_digest" not in verdict
        assert "facts" not in rules[0]

    def test_restores_facts_of_no_environment_as_none(self) -> None:
        documents: Any = FactSnapshot((fact("a", 1),)).to_document()
        assert restore_facts(documents, Subject("shop", "0f" * 20)) == ()

    def test_a_rule_without_a_max_age_lets_no_fact_be_older_than_a_day(self) -> None:
        assert gate(HEALTHY).rules[0].fact_age == timedelta(hours=24)
        assert gate(BACKUP).rules[0].fact_age is None
        assert gate(HEALTHY).rules[0].to_document()["max_age"] is None  # reports beside it may be of any age
        assert gate(HEALTHY).rules[0].to_document()["needs"] == ["facts"]


class TestSigned:
    def test_expires_when_an_observed_fact_grows_too_old(self) -> None:
        made = inputs(SAME, fact("version", "2", Side.DECLARED, hours=900), fact("version", "2", hours=2))
        assert expiry(made.judge(), made) == NOON + timedelta(hours=22)

    def test_expires_when_an_age_comes_to_its_bound(self) -> None:
        made = inputs(BACKUP, fact("backup", "done", hours=4))
        assert expiry(made.judge(), made) == NOON + timedelta(hours=20)

    def test_never_expires_beyond_the_calendar(self) -> None:
        ages = rule('facts.health.state == "pass"', "facts", max_age="999999w")
        made = inputs(ages, fact("health.state", "pass"))
        assert expiry(made.judge(), made) == datetime.max.replace(tzinfo=UTC)

    def test_names_the_digest_of_the_facts(self) -> None:
        made = inputs(HEALTHY, fact("health.state", "pass"))
        attested = Attested("id", 1, made.judge(), made, "https://tidegate.test")
        digest = {"sha256": made.facts.digest.removeprefix("sha256:")}
        predicate = json.loads(verdict_statement(attested))["predicate"]
        assert predicate["facts"] == {"digest": digest, "items": made.facts.to_document()}
        summary = json.loads(summary_statement(attested))["predicate"]
        assert {"uri": f"tidegate:facts/{made.facts.digest}", "digest": digest} in summary[
            "inputAttestations"
        ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0s"), (59, "59s"), (60, "1m"), (61, "1m1s"), (3_600, "1h"), (95_400, "26h30m")],
)
def test_durations_are_written_as_cel_reads_them(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
