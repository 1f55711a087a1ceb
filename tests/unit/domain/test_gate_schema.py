"""The published JSON Schema takes what the parser takes and refuses typical faults."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.unit.domain.samples import rule
from tidegate.domain.gate_documents import examine
from tidegate.domain.gate_schema import gate_schema

_GATES = Path(__file__).parents[3] / "gates"
_VALIDATOR = Draft202012Validator(gate_schema())
# As long as the ids of GitHub's reusable workflows are.
BUILDER = (
    "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml"
    "@refs/tags/v2.0.0"
)
_RULE = rule("tests.failed == 0")


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(gate_schema())


@pytest.mark.parametrize("name", ["floor.yml", "production.yml"])
def test_the_gates_here_are_valid(name: str) -> None:
    document = yaml.load((_GATES / name).read_text(), Loader=yaml.BaseLoader)
    assert list(_VALIDATOR.iter_errors(document)) == []


@pytest.mark.parametrize(
    "document",
    [
        {"name": "g", "rules": [_RULE]},
        {"name": "g", "title": None, "extends": None, "rules": [{**_RULE, "max_age": None, "on": None}]},
        {"name": "g", "extends": "floor", "rules": []},
        {"name": "g", "extends": "floor.yml", "rules": None},
        {"name": "a.b-c_9", "rules": [rule("findings.total == 0", "lint/flake8", max_age="36h", on="warn")]},
        {"name": "g", "rules": [rule("findings.total == 0", "sast/My Tool")]},
        {"name": "g", "rules": [rule("provenance.subjects >= 1", "provenance")]},
        {"name": "g", "rules": [rule("provenance.subjects >= 1", f"provenance/{BUILDER}")]},
        {"name": "g", "rules": [rule("provenance.subjects >= 1", f"provenance/{'a' * 200}")]},
    ],
)
def test_both_accept(document: dict[str, object]) -> None:
    assert examine(document)[1] == ()
    assert list(_VALIDATOR.iter_errors(document)) == []


@pytest.mark.parametrize(
    "document",
    [
        {"name": "g"},
        {"name": "g", "rules": [rule("provenance.subjects >= 1", "provenance/")]},
        {"name": "g", "rules": [rule("provenance.subjects >= 1", f"provenance/{'a' * 201}")]},
        {"name": "g", "rules": [rule("findings.total == 0", f"lint/{'a' * 65}")]},
        {"rules": [_RULE]},
        {"name": "g", "rules": []},
        {"name": "g", "rules": None},
        {"name": "g", "extends": "", "rules": []},
        {"name": "G", "rules": [_RULE]},
        {"name": "g", "rule": [_RULE], "rules": [_RULE]},
        {"name": "g", "rules": [{**_RULE, "max-age": "1d"}]},
        {"name": "g", "rules": [{**_RULE, "max_age": "1 day"}]},
        {"name": "g", "rules": [{**_RULE, "max_age": 86400}]},
        {"name": "g", "rules": [{**_RULE, "on": "ignore"}]},
        {"name": "g", "rules": [{**_RULE, "needs": []}]},
        {"name": "g", "rules": [{**_RULE, "needs": ["test"]}]},
        {"name": "g", "rules": [{**_RULE, "needs": ["tests", "tests"]}]},
        {"name": "g", "rules": [{**_RULE, "needs": ["tests/"]}]},
        {"name": "g", "rules": [{**_RULE, "that": " "}]},
        {"name": "g", "rules": [{**_RULE, "that": "x" * 2001}]},
        {"name": "g", "rules": [{**_RULE, "title": "x" * 201}]},
        {"name": "g", "rules": [{"id": "r"}]},
        {"name": "g", "rules": ["r"]},
    ],
)
def test_both_refuse(document: dict[str, object]) -> None:
    assert examine(document)[0] is None
    assert list(_VALIDATOR.iter_errors(document)) != []
