"""A child gate adds to its floor and cannot loosen it: what passes the child passes the floor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.samples import NOON, SUBJECT, gate, report, rule
from tidegate.domain.evidence import Evidence
from tidegate.domain.gate_documents import Draft, InvalidGate, draft_of
from tidegate.domain.gates import Gate, On, format_duration
from tidegate.domain.inheritance import complete, floor_path, inherit, load
from tidegate.domain.judging import judge
from tidegate.domain.measures import Kind, Value

_GATES = Path(__file__).parents[3] / "gates"


def _child(*rules: dict[str, object]) -> Draft:
    return draft_of({"name": "child", "extends": "floor", "rules": list(rules)})


def _joined(floor: dict[str, object], child: dict[str, object]) -> str:
    (only,) = inherit(gate(floor), _child(child)).rules
    return only.that


class TestJoining:
    def test_keeps_the_floors_rules_first_and_adds_the_childs(self) -> None:
        floor = gate(rule("tests.failed == 0", id="a"), rule("tests.errors == 0", id="b"))
        result = inherit(floor, _child(rule("tool.ran", id="c")))
        assert [r.id for r in result.rules] == ["a", "b", "c"]
        assert (result.name, result.floor) == ("child", floor.digest)

    def test_joins_rules_of_one_id(self) -> None:
        floor = gate(rule("tests.failed == 0", max_age="7d", on="warn", title="Floor"))
        (only,) = inherit(floor, _child(rule("tests.errors == 0", "tests", "lint", max_age="1d"))).rules
        assert only.that == "tests.failed == 0 && tests.errors == 0"
        assert [str(n) for n in only.needs] == ["lint", "tests"]
        assert only.max_age is not None and format_duration(only.max_age) == "1d"
        assert (only.on, only.title) == (On.BLOCK, "Floor")

    def test_keeps_the_floors_age_and_the_childs_title(self) -> None:
        floor = gate(rule("tests.failed == 0", max_age="7d", title="Floor"))
        (only,) = inherit(floor, _child(rule("tests.failed == 0", title="Child"))).rules
        assert only.max_age == floor.rules[0].max_age
        assert only.title == "Child"
        assert only.that == "tests.failed == 0"

    def test_takes_the_childs_age_where_the_floor_has_none(self) -> None:
        (only,) = inherit(
            gate(rule("tests.failed == 0")), _child(rule("tests.failed == 0", max_age="1h"))
        ).rules
        assert only.max_age is not None and format_duration(only.max_age) == "1h"

    @pytest.mark.parametrize(
        ("floor", "child", "joined"),
        [
            ("tests.passed >= 1", "tests.passed >= 10", "tests.passed >= 10"),
            ("tests.passed >= 10", "tests.passed > 10", "tests.passed > 10"),
            ("tests.failed <= 3", "tests.failed == 0", "tests.failed == 0"),
            ("tests.failed <= 3", "3 > tests.failed", "3 > tests.failed"),
            (
                "tests.failed == 0 || tool.ran",
                "tests.errors == 0",
                "(tests.failed == 0 || tool.ran) && tests.errors == 0",
            ),
            ("tool.ran && tests.failed == 0", "tool.ran", "tool.ran && tests.failed == 0"),
            ("'a' == 'a'", "tool.ran // why", "('a' == 'a') && (tool.ran // why\n)"),
            ("tests.failed <= 3", "tests.failed >= 1", "tests.failed <= 3 && tests.failed >= 1"),
        ],
    )
    def test_says_nothing_twice(self, floor: str, child: str, joined: str) -> None:
        assert _joined(rule(floor), rule(child)) == joined

    def test_a_gate_without_a_floor_is_complete(self) -> None:
        assert complete(draft_of({"name": "g", "rules": [rule("tool.ran")]})).floor is None

    def test_a_floor_that_is_not_at_hand_is_refused(self) -> None:
        with pytest.raises(InvalidGate, match="extends another, which is not at hand"):
            complete(_child())

    def test_a_joined_rule_that_nests_too_deep_is_refused(self) -> None:
        deep = "(" * 14 + "tool.ran" + " || tests.failed == 1)" * 14 + " && 'a' == 'a'"
        deeper = "(" * 32 + "tool.ran" + ")" * 32 + " && 'a' == 'b'"
        with pytest.raises(InvalidGate, match="Together with the floor's rule"):
            inherit(gate(rule(deep)), _child(rule(deeper)))


class TestLoosening:
    @pytest.mark.parametrize(
        ("floor", "child", "fault"),
        [
            (
                rule("tool.ran", "tests", "lint"),
                rule("tool.ran", "tests"),
                "The floor's rule needs `lint` and this one drops it. Add `lint`",
            ),
            (
                rule("tool.ran", "lint"),
                rule("tool.ran", "lint/flake8"),
                "The floor's rule needs `lint` and this one drops it.",
            ),
            (
                rule("tool.ran", max_age="1d"),
                rule("tool.ran", max_age="2d"),
                "The floor lets evidence be no older than 1d. Write 1d or less.",
            ),
            (
                rule("tool.ran"),
                rule("tool.ran", on="warn"),
                "The floor's rule blocks and this one only warns.",
            ),
            (
                rule("coverage.line_rate >= 0.8", "coverage"),
                rule("coverage.line_rate >= 0.7", "coverage"),
                "The floor asks for coverage.line_rate at least 0.8, which is more than",
            ),
            (rule("tests.failed == 0"), rule("tests.failed <= 3"), "asks for tests.failed at most 0"),
            (rule("tests.failed < 3"), rule("tests.failed <= 3"), "asks for tests.failed below 3"),
            (rule("tests.total > 3"), rule("tests.total >= 3"), "asks for tests.total above 3"),
            (
                rule("coverage.line_rate >= 0.8", "coverage/jacoco"),
                rule("tool.ran", "coverage/jacoco", "coverage"),
                "With `coverage`, `coverage.line_rate` in the floor's rule would speak of other reports too.",
            ),
            (
                rule("findings.total == 0", "lint"),
                rule("tool.ran", "lint", "sast"),
                "With `sast`, `findings.total` in the floor's rule",
            ),
        ],
    )
    def test_is_refused(self, floor: dict[str, object], child: dict[str, object], fault: str) -> None:
        with pytest.raises(InvalidGate) as caught:
            inherit(gate(floor), _child(child))
        assert fault in str(caught.value)

    def test_every_place_is_reported_with_its_line(self) -> None:
        child = draft_of(
            "name: c\nextends: floor\nrules:\n"
            "  - {id: a, that: tests.failed <= 1, needs: [tests], on: warn}\n"
            "  - {id: b, that: tool.ran, needs: [lint]}\n"
        )
        floor = gate(rule("tests.failed == 0", id="a"), rule("tool.ran", id="b"))
        with pytest.raises(InvalidGate) as caught:
            inherit(floor, child)
        assert [(f.where, f.line) for f in caught.value.faults] == [
            ("/rules/0", 4),
            ("/rules/0", 4),
            ("/rules/1", 5),
        ]

    def test_naming_a_tool_beside_its_kind_is_no_loosening(self) -> None:
        (only,) = inherit(
            gate(rule("findings.total == 0", "lint")),
            _child(rule("findings.total == 0", "lint", "lint/flake8")),
        ).rules
        assert [str(n) for n in only.needs] == ["lint", "lint/flake8"]

    def test_a_rule_of_another_id_may_ask_for_anything(self) -> None:
        assert (
            len(inherit(gate(rule("tests.failed == 0")), _child(rule("tests.failed <= 9", id="x"))).rules)
            == 2
        )


class TestFiles:
    def _read(self, files: dict[str, str]) -> Callable[[str], str]:
        return files.__getitem__

    def test_floors_are_found_beside_the_file(self) -> None:
        body = "rules:\n  - {id: %s, that: tool.ran, needs: [tests]}\n"
        files = {
            "gates/a.yml": "name: a\nextends: b\n" + body % "x",
            "gates/b.yml": "name: b\nextends: ../c.yaml\n" + body % "y",
            "c.yaml": "name: c\n" + body % "z",
        }
        assert [r.id for r in load("gates/a.yml", self._read(files)).rules] == ["z", "y", "x"]

    def test_circles_are_refused(self) -> None:
        files = {"a.yml": "name: a\nextends: b\nrules: []\n", "b.yml": "name: b\nextends: a\nrules: []\n"}
        with pytest.raises(InvalidGate, match="circle"):
            load("a.yml", self._read(files))

    def test_itself_is_no_floor(self) -> None:
        with pytest.raises(InvalidGate, match="circle"):
            load("a.yml", self._read({"a.yml": "name: a\nextends: a\nrules: []\n"}))

    def test_endless_floors_are_refused(self) -> None:
        def read(path: str) -> str:
            return f"name: a\nextends: x{path}\nrules: []\n"

        with pytest.raises(InvalidGate, match="more than 8 deep"):
            load("a.yml", read)

    @pytest.mark.parametrize(
        ("reference", "path"),
        [("floor", "gates/floor.yml"), ("../f.yaml", "f.yaml"), ("x/y.json", "gates/x/y.json")],
    )
    def test_references_are_relative(self, reference: str, path: str) -> None:
        assert floor_path("gates/production.yml", reference) == path

    def test_the_production_gate_here_extends_its_floor(self) -> None:
        def read(path: str) -> str:
            return Path(path).read_text(encoding="utf-8")

        production, floor = (load(str(_GATES / f"{name}.yml"), read) for name in ("production", "floor"))
        assert production.floor == floor.digest
        assert {r.id for r in floor.rules} < {r.id for r in production.rules}
        by_id = {r.id: r for r in production.rules}
        assert by_id["coverage"].that == "coverage.line_rate >= 0.9"


_KINDS = (Kind.TESTS, Kind.LINT, Kind.COVERAGE)
_THATS = (
    "tests.failed <= {n}",
    "tests.failed < {n}",
    "tests.total >= {n}",
    "findings.total <= {n}",
    "findings.total == {n} || tests.failed == {n}",
    "!(tests.failed > {n})",
    "coverage.line_rate >= 0.{n}",
    "coverage.line_rate > 0.{n} && tests.errors <= {n}",
    "tool.ran && tests.failed == {n}",
)
_NEEDS = ("tests", "lint", "lint/flake8", "lint/ruff", "coverage", "coverage/lcov", "types")


@st.composite
def _rules(draw: st.DrawFn) -> dict[str, object]:
    return rule(
        draw(st.sampled_from(_THATS)).format(n=draw(st.integers(0, 3))),
        *draw(st.lists(st.sampled_from(_NEEDS), min_size=1, max_size=4, unique=True)),
        id=draw(st.sampled_from(["a", "b"])),
        max_age=draw(st.sampled_from([None, "2h", "1d"])),
        on=draw(st.sampled_from(["block", "block", "warn"])),
    )


@st.composite
def _evidence(draw: st.DrawFn) -> Evidence:
    kind = draw(st.sampled_from([*_KINDS, Kind.TYPES]))
    small = st.integers(0, 3)
    measures: dict[Kind, dict[str, Value]] = {
        Kind.TESTS: {"tests.failed": draw(small), "tests.errors": draw(small), "tests.total": draw(small)},
        Kind.LINT: {"findings.total": draw(small)},
        Kind.TYPES: {"findings.total": draw(small)},
        Kind.COVERAGE: {"coverage.lines_total": 4, "coverage.lines_covered": draw(st.integers(0, 4))},
    }
    tool = draw(
        st.sampled_from({Kind.LINT: ["flake8", "ruff"], Kind.COVERAGE: ["lcov", "jacoco"]}.get(kind, ["t"]))
    )
    hours = draw(st.sampled_from([1, 3, 30]))
    ran = draw(st.sampled_from([True, True, True, False]))
    return report(
        kind, measures[kind], tool=tool, slot=draw(st.sampled_from("xyz")), hours_old=hours, ran=ran
    )


def _try(make: Callable[[], Gate]) -> Gate | None:
    try:
        return make()
    except InvalidGate:
        return None


@settings(max_examples=400, deadline=None)
@given(
    st.lists(_rules(), min_size=1, max_size=2),
    st.lists(_rules(), max_size=2),
    st.lists(_evidence(), max_size=6),
)
def test_whatever_passes_the_child_passes_the_floor(
    floor_rules: list[dict[str, object]], child_rules: list[dict[str, object]], evidence: list[Evidence]
) -> None:
    floor = _try(lambda: gate(*floor_rules))
    if floor is None:
        return
    child = _try(lambda: inherit(floor, _child(*child_rules)))
    if child is not None and judge(child, evidence, (), NOON, SUBJECT).passed:
        assert judge(floor, evidence, (), NOON, SUBJECT).passed


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(_THATS[:4] + _THATS[6:]),
    st.sampled_from(_THATS),
    st.integers(0, 3),
    st.integers(0, 3),
    st.fixed_dictionaries(
        {n: st.integers(0, 4) for n in ("tests.failed", "tests.errors", "tests.total", "findings.total")}
    ),
    st.integers(0, 4),
)
def test_a_joined_expression_holds_when_both_do(
    floor: str, child: str, n: int, m: int, counts: dict[str, int], covered: int
) -> None:
    needs = ("tests", "lint", "coverage")
    one, other = rule(floor.format(n=n), *needs), rule(child.format(n=m), *needs)
    joined = _try(lambda: inherit(gate(one), _child(other)))
    if joined is None:
        return
    values = {**counts, "coverage.line_rate": covered / 4, "tool.ran": True}
    both = all(gate(r).rules[0].expression.evaluate(values) for r in (one, other))
    assert joined.rules[0].expression.evaluate(values) is both
