"""Gates are read from YAML and JSON, and everything wrong with one is reported at once, with its place."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.samples import gate, rule
from tidegate.domain.gate_documents import GateProblem, InvalidGate, draft_of, examine, restore
from tidegate.domain.gate_yaml import read_yaml
from tidegate.domain.gates import Gate, Need, On
from tidegate.domain.inheritance import complete
from tidegate.domain.measures import Kind

GOOD = """\
# a comment
name: production
title: Ready for production
rules:
  - id: tests-pass
    title: Tests pass
    that: >-
      tests.failed == 0
      && tests.errors == 0
    needs: [tests]
    max_age: 24h
    on: block
  - {id: lint, that: findings.total == 0, needs: [lint/flake8], on: warn}
"""


def _problems(text: str) -> tuple[GateProblem, ...]:
    draft, problems = examine(text)
    assert draft is None
    return problems


def _only(text: str) -> GateProblem:
    (problem,) = _problems(text)
    return problem


def _with(line: str) -> str:
    return f"name: g\nrules:\n  - id: r\n    that: tests.failed == 0\n    needs: [tests]\n    {line}\n"


class TestReading:
    def test_reads_yaml(self) -> None:
        draft = draft_of(GOOD)
        assert (draft.name, draft.title, draft.extends) == ("production", "Ready for production", None)
        first, second = draft.rules
        assert first.that == "tests.failed == 0 && tests.errors == 0"
        assert (first.max_age, first.on) == (timedelta(hours=24), On.BLOCK)
        assert (second.title, second.max_age, second.on) == ("lint", None, On.WARN)
        assert second.needs == (Need(Kind.LINT, "flake8"),)

    def test_reads_the_same_from_plain_values(self) -> None:
        plain = {
            "name": "production",
            "title": "Ready for production",
            "extends": None,
            "rules": [
                {
                    "id": "tests-pass",
                    "title": "Tests pass",
                    "that": "tests.failed == 0 && tests.errors == 0",
                    "needs": ["tests"],
                    "max_age": "1d",
                },
                {"id": "lint", "that": "findings.total == 0", "needs": ["lint/flake8"], "on": "warn"},
            ],
        }
        assert complete(draft_of(plain)) == complete(draft_of(GOOD))
        assert complete(draft_of(plain)).digest == complete(draft_of(GOOD)).digest

    def test_a_child_may_add_nothing(self) -> None:
        assert draft_of("name: g\nextends: floor\nrules:\n").rules == ()
        assert draft_of("name: g\nextends: floor\nrules: []\n").rules == ()

    @pytest.mark.parametrize(
        ("text", "seconds"), [("90s", 90), ("5m", 300), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600)]
    )
    def test_reads_ages(self, text: str, seconds: int) -> None:
        (only,) = draft_of(_with(f"max_age: {text}")).rules
        assert only.max_age == timedelta(seconds=seconds)


class TestProblems:
    def test_all_are_reported_at_once_in_order_of_lines(self) -> None:
        text = (
            "name: Bad Name\nextend: floor\nrules:\n"
            "  - id: a\n    that: tests.fialed == 0\n    needs: [test]\n    max_age: 1 day\n    on: stop\n"
            "  - id: a\n    needs: []\n"
        )
        problems = _problems(text)
        assert [p.line for p in problems] == sorted(p.line or 0 for p in problems)
        assert {p.where for p in problems} == {
            "/name",
            "/extend",
            "/rules/0/that",
            "/rules/0/needs/0",
            "/rules/0/max_age",
            "/rules/0/on",
            "/rules/1/id",
            "/rules/1",
            "/rules/1/needs",
        }

    @pytest.mark.parametrize(
        ("line", "what", "suggestion"),
        [
            ("max_agee: 1d", "There is no key `max_agee` here.", "Did you mean `max_age`?"),
            ("zzz: 1d", "There is no key `zzz` here.", "Use `id`, `title`"),
            ("max_age: 1 day", "`1 day` is not an age.", "Write 1d."),
            ("max_age: 24 hours", "`24 hours` is not an age.", "Write 24h."),
            ("max_age: soon", "`soon` is not an age.", "such as 24h"),
            ("max_age: 0h", "`0h` is not an age.", "such as 24h"),
            ("max_age: [1d]", "A text must stand here.", None),
            ("on: blok", "A rule can `block` or `warn`.", "Did you mean `block`?"),
            ("on: [block]", "A rule can `block` or `warn`.", None),
            ("title: [a]", "A text must stand here.", None),
            ("title: " + "x" * 201, "The title has 201 characters; 200 are allowed.", None),
        ],
    )
    def test_each_says_what_where_and_how_to_fix_it(
        self, line: str, what: str, suggestion: str | None
    ) -> None:
        problem = _only(_with(line))
        assert (problem.line, problem.what) == (6, what)
        assert (problem.suggestion or "").find(suggestion or "") >= 0

    @pytest.mark.parametrize(
        ("needs", "what", "suggestion"),
        [
            ("[test]", "There is no kind of evidence `test`.", "Did you mean `tests`?"),
            ("[qqqq]", "There is no kind of evidence `qqqq`.", "Use `tests`, `coverage`"),
            ("[tests/]", "After the slash stands a tool's name.", "Write `tests` or `tests/TOOL`."),
            ("[tests, tests]", "A need stands here twice.", "Keep one of them."),
            ("tests", "Needs must be a list of kinds of evidence.", "Write such as [tests]."),
            ("[]", "Needs must be a list of kinds of evidence.", "Write such as [tests]."),
            ("[[tests]]", "A text must stand here.", None),
            (f"[{', '.join(['tests'] * 21)}]", "There are 21 needs; 20 are allowed.", None),
            ("[lint]", "`tests.failed` is not measured by the evidence that the rule needs.", "Add `tests`"),
        ],
    )
    def test_needs_are_checked(self, needs: str, what: str, suggestion: str | None) -> None:
        problem = _only(f"name: g\nrules:\n  - id: r\n    that: tests.failed == 0\n    needs: {needs}\n")
        assert problem.what == what
        assert (problem.suggestion or "").find(suggestion or "") >= 0

    def test_a_measure_of_many_kinds_lists_them(self) -> None:
        problem = _only("name: g\nrules:\n  - {id: r, that: findings.total == 0, needs: [tests]}\n")
        assert problem.suggestion is not None and problem.suggestion.startswith(
            "Need one of `analysis`, `dependencies`"
        )

    @pytest.mark.parametrize(
        "need", ["lint/eslint", "tests/jest", "coverage/gcovr", "dependencies/npm-audit", "lint/flak8"]
    )
    def test_a_tool_is_allowed_however_it_is_spelt(self, need: str) -> None:
        draft, problems = examine({"name": "g", "rules": [rule("tool.ran", need)]})
        assert draft is not None and problems == ()

    def test_a_tool_that_is_not_known_is_allowed(self) -> None:
        draft = draft_of(
            "name: g\nrules:\n  - {id: r, that: findings.total == 0, needs: [lint/Checkstyle]}\n"
        )
        assert draft.rules[0].needs == (Need(Kind.LINT, "checkstyle"),)

    @pytest.mark.parametrize(
        ("style", "line", "column"),
        [
            ("tests.fialed == 0", 3, 11),
            ('"tests.fialed == 0"', 3, 12),
            ("|\n      tool.ran &&\n      tests.fialed == 0", 5, 7),
            (">-\n      tests.fialed == 0", 4, 7),
        ],
    )
    def test_the_place_inside_an_expression_is_reported(self, style: str, line: int, column: int) -> None:
        problem = _only(f"name: g\nrules:\n  - that: {style}\n    id: r\n    needs: [tests]\n")
        assert (problem.line, problem.column) == (line, column)

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("name: g\nrules: []\n", "A gate without rules would let everything pass."),
            ("name: g\nrules: {}\n", "The rules must be a list."),
            ("name: g\nrules:\n", "The rules must be a list."),
            ("name: g\nrules: [a]\n", "A rule is a mapping with id, that and needs."),
            ("- a\n", "A gate is a mapping with a name and rules."),
            ("", "The document is empty."),
            ("# only a comment\n", "The document is empty."),
            ("name: g\n---\nname: h\n", "There is a second document after `---`."),
            ("name: &a g\nrules: []\n", "Anchors and aliases are not allowed."),
            ("name: *a\n", "Anchors and aliases are not allowed."),
            (
                "name: !!python/name:os.system g\n",
                "The tag `tag:yaml.org,2002:python/name:os.system` is not allowed.",
            ),
            ("? [a]\n: b\n", "A key must be a plain word."),
            ("[" * 20 + "]" * 20, "The document is larger or deeper than any gate needs."),
            ("[" + "a," * 10_001 + "]", "The document is larger or deeper than any gate needs."),
            ("x" * 300_000, "The document has 300000 characters; 262144 are allowed."),
        ],
    )
    def test_documents_that_are_no_gate(self, text: str, what: str) -> None:
        assert _only(text).what == what

    @pytest.mark.parametrize(
        "text", ["name: [", "a: b: c", "\x01", "name: 'x", "%YAML 9.9\n---\na", "\t- a: b"]
    )
    def test_bad_yaml_is_reported(self, text: str) -> None:
        assert _only(text).what.startswith("This is not YAML: ")

    def test_doubled_keys_are_refused_at_the_second(self) -> None:
        text = "name: g\nname: h\nrules:\n  - {id: r, that: tests.failed == 0, needs: [tests]}\n"
        problem = _only(text)
        assert (problem.where, problem.line, problem.what) == (
            "/name",
            2,
            "The key `name` stands here twice.",
        )

    def test_a_doubled_key_with_a_tree_below_is_refused(self) -> None:
        text = "name: g\nrules:\n  - {id: r, that: tests.failed == 0, needs: [tests]}\nrules:\n  - {a: [b]}\n"
        assert _only(text).line == 4

    def test_missing_keys_are_named(self) -> None:
        assert [p.what for p in _problems("title: x\n")] == [
            "The key `name` is missing.",
            "The key `rules` is missing.",
        ]

    def test_too_many_rules_are_refused(self) -> None:
        _, problems = examine(
            {"name": "g", "rules": [rule("tests.failed == 0", id=f"r{n}") for n in range(201)]}
        )
        assert [p.what for p in problems] == ["There are 201 rules; 200 are allowed."]

    @pytest.mark.parametrize("value", ["a\0b", "\ud800", "", "  ", 7, True])
    def test_values_that_are_no_text(self, value: object) -> None:
        _, problems = examine({"name": "g", "title": "t", "rules": [rule("tests.failed == 0", id=value)]})
        assert problems[0].where == "/rules/0/id"

    def test_the_error_lists_every_problem_by_pointer(self) -> None:
        with pytest.raises(InvalidGate, match=r"line 1, column 7: /name: .*\(and 1 more\)") as caught:
            draft_of("name: X\nrules: []\n")
        assert [where for where, _ in caught.value.problems] == ["/name", "/rules"]
        assert "Use up to 64" in caught.value.problems[0][1]

    def test_the_error_of_one_problem_stands_alone(self) -> None:
        with pytest.raises(InvalidGate, match="allowed.$") as caught:
            draft_of(_with("title: " + "x" * 201))
        assert "more)" not in str(caught.value)

    def test_pointers_are_escaped(self) -> None:
        _, problems = examine({"name": "g", "a/b~": 1, "rules": [rule("tests.failed == 0")]})
        assert problems[0].where == "/a~1b~0"

    def test_hostile_yaml_is_refused_quickly(self) -> None:
        bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
        for text in (bomb, "[" * 100_000, "{" * 100_000, "- " * 50_000, "? " * 50_000, "a: " * 50_000):
            start = time.perf_counter()
            assert _problems(text)
            assert time.perf_counter() - start < 1


class TestYaml:
    def test_words_stay_words(self) -> None:
        tree = read_yaml("on: no\nyes: 1.0\nempty:\nnothing: ~\nquoted: '~'\n")
        assert tree.value == {"on": "no", "yes": "1.0", "empty": None, "nothing": None, "quoted": "~"}


_TOOL_NAMES = st.text(min_size=1, max_size=64).filter(
    lambda name: name.isprintable() and name.strip() == name and not name.isspace()
)
_NEEDS = st.builds(
    lambda kind, tool: f"{kind}/{tool}" if tool else f"{kind}",
    st.sampled_from(Kind),
    _TOOL_NAMES | st.just(""),
)


def _floor(floor: Gate, _: str) -> Gate:
    return floor


class TestRestoring:
    @given(
        needs=st.lists(_NEEDS, min_size=1, max_size=6), title=st.text(max_size=30), floors=st.integers(0, 4)
    )
    @settings(max_examples=150, deadline=None)
    def test_every_gate_that_was_accepted_is_restored(
        self, needs: list[str], title: str, floors: int
    ) -> None:
        stored: Gate | None = None
        for level in range(floors + 1):
            own = [rule("tool.ran", *needs, id=f"r{level}-{n}") for n in range(60)]
            document = {"name": "g", "title": title or None, "rules": own, "extends": "f" if level else None}
            draft, _ = examine(document)
            if draft is None:
                return  # not accepted, so never stored
            stored = complete(draft, None if stored is None else partial(_floor, stored))
        assert stored is not None
        again = restore(json.loads(stored.canonical()))
        assert (again, again.digest) == (stored, stored.digest)

    def test_a_name_that_grows_when_its_letters_are_folded_is_measured_folded(self) -> None:
        _, problems = examine({"name": "g", "rules": [rule("tool.ran", "lint/" + "ß" * 33)]})
        assert [p.what for p in problems] == ["After the slash stands a tool's name."]

    def test_a_rule_that_took_the_needs_of_its_floors_is_restored(self) -> None:
        floor = complete(
            draft_of({"name": "f", "rules": [rule("tool.ran", *(f"lint/a{n}" for n in range(20)))]})
        )
        needs = [f"lint/a{n}" for n in range(20)]
        child = draft_of({"name": "g", "extends": "f", "rules": [rule("tool.ran", *needs)]})
        joined = complete(child, lambda _: floor)
        assert restore(json.loads(joined.canonical())) == joined

    def test_the_canonical_form_is_read_again(self) -> None:
        given = gate(
            rule("tests.failed == 0", max_age="36h"), rule("tool.ran", "lint/flake8", id="s", on="warn")
        )
        again = restore(json.loads(given.canonical()))
        assert again == given
        assert again.digest == given.digest

    @pytest.mark.parametrize(
        "change", [{"floor": 3}, {"name": "X"}, {"rules": []}, {"rules": [{}]}, {"extra": 1}]
    )
    def test_anything_else_is_refused(self, change: dict[str, object]) -> None:
        document = json.loads(gate(rule("tests.failed == 0")).canonical())
        with pytest.raises(InvalidGate):
            restore({**document, **change})
