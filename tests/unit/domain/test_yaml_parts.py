"""A gate and declarations in one file, told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.gate_yaml import read_yaml
from tidegate.domain.yaml_parts import declared_part, gate_part

_GATE = "name: g\nrules:\n- {id: a, that: x, needs: [tests]}\n"
_DECLARATION = "component: harbour\nfacts: {port: 1, list: [a, b]}\n"


class TestGatePart:
    def test_is_the_whole_file_where_nothing_is_declared(self) -> None:
        assert gate_part(_GATE) == _GATE

    def test_keeps_its_lines_below_a_declaration(self) -> None:
        assert gate_part(f"{_DECLARATION}---\n{_GATE}") == f"\n\n---\n{_GATE}"

    def test_stands_above_a_declaration_too(self) -> None:
        assert gate_part(f"{_GATE}---\n{_DECLARATION}") == _GATE

    def test_is_not_there_beside_nothing_but_declarations(self) -> None:
        assert gate_part(f"{_DECLARATION}---\n{_DECLARATION}") is None

    def test_keeps_two_gates_for_their_reader_to_refuse(self) -> None:
        text = f"{_GATE}---\n{_GATE}---\n{_DECLARATION}"
        assert gate_part(text) == f"{_GATE}---\n{_GATE}"

    @pytest.mark.parametrize("end", ["\r", "\r\n", "\x85", "\u2028", "\u2029"])
    def test_keeps_its_floor_whatever_else_ends_lines(self, end: str) -> None:
        declaration = f"component: harbour\ntitle: a{end}  b\n"
        gate = f"name: g{end}extends: floor\nrules: []\n"
        for text in (f"{declaration}---\n{gate}", f"{gate}---\n{declaration}"):
            found = read_yaml(gate_part(text) or "")
            assert (found.value, found.faults) == ({"name": "g", "extends": "floor", "rules": []}, [])

    @given(st.data(), st.sampled_from("\r\x85\u2028\u2029\ufeff\U0001f6a2"), st.booleans())
    def test_means_the_same_wherever_such_a_sign_stands(
        self, data: st.DataObject, sign: str, below: bool
    ) -> None:
        gate = "name: g\ntitle: |+\n  a\n  b\nextends: floor\nrules: [{id: a, that: x}]\nlast: |+\n  c\n\n"
        gate, declaration = (
            text[:at] + sign * many + text[at:]
            for text in (gate, "component: harbour\nfacts: {a: 'b'}\n")
            for at, many in [(data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 2)))]
        )
        text = f"{declaration}---\n{gate}" if below else f"{gate}---\n{declaration}"
        found = read_yaml(gate_part(text) or "")
        # A sign may make the gate's first key another one; then nobody can say what it extends.
        assert found.faults or found.value == read_yaml(gate).value

    def test_is_not_taken_for_a_declaration_for_a_key_that_is_no_word(self) -> None:
        text = f"? [a]\n: b\nrules: []\ncomponent: harbour\n---\n{_GATE}"
        assert gate_part(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            "component: {",
            "name: component\nrules: []\n",
            "- component\n",
            f"{_DECLARATION}rules: []\n",
            "a: &x component\nb: *x\n*x : component\n",
        ],
    )
    def test_of_anything_else_is_the_file_as_it_is(self, text: str) -> None:
        assert gate_part(text) == text


class TestEmptyDocuments:
    @pytest.mark.parametrize("end", ["---\n", "---\n# more to come\n", "---\n---\n"])
    def test_are_no_gate(self, end: str) -> None:
        assert gate_part(f"{_DECLARATION}{end}") is None
        kept = gate_part(f"{_GATE}---\n{_DECLARATION}{end}")
        assert kept is not None and kept.strip() == _GATE.strip()

    def test_are_more_than_a_text_alone(self) -> None:
        assert gate_part(f"{_DECLARATION}--- text\n") is not None


class TestDeclaredPart:
    def test_is_all_but_the_gate(self) -> None:
        text = f"# ours\n{_DECLARATION}---\n{_GATE}---\n{_DECLARATION}---\n"
        assert declared_part(text) == f"# ours\n{_DECLARATION}---\n{_DECLARATION}"

    def test_is_empty_where_nothing_is_declared(self) -> None:
        assert (declared_part(_GATE), declared_part("name: component\n")) == ("", "")

    def test_cannot_be_told_of_what_is_no_yaml(self) -> None:
        assert declared_part("component: {") is None
