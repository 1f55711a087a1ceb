"""Rules of parity: read from documents, found by fields."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tidegate.domain.errors import Invalid
from tidegate.domain.parity_rules import DEFAULT_RULES, OBSERVED_RULES, Expect, ParityRules, parse_rules
from tidegate.domain.parity_values import Comparison

_WHOLE: dict[str, Any] = {
    "rules": [
        {"fields": "notes", "ignore": True},
        {"fields": ["cpu.*", "memory"], "compare": "number", "tolerance": "5%", "subjects": "targets"},
        {"fields": ["load"], "compare": "number", "tolerance": "0.5"},
        {"fields": ["health.*"], "max_age": "10m", "expect": "observed"},
    ]
}


class TestRules:
    def test_are_read_and_written(self) -> None:
        rules = parse_rules(_WHOLE)
        written = {"rules": [{**_WHOLE["rules"][0], "fields": ["notes"]}, *_WHOLE["rules"][1:]]}
        assert rules.to_document() == written
        assert parse_rules(written).digest == rules.digest
        assert rules.digest.startswith("sha256:")

    def test_are_found_by_the_first_glob_that_matches(self) -> None:
        rules = parse_rules(_WHOLE)
        assert rules.of("notes", target=True).ignore
        assert rules.of("cpu.load", target=True).comparison == "number, within 5%"
        assert rules.of("load", target=True).comparison == "number, within 0.5"
        assert rules.of("cpu.load", target=False).compare is Comparison.TEXT
        assert rules.of("health.state", target=False).expect is Expect.RIGHT
        assert rules.of("health.state", target=False) is rules.of("health.state", target=False)

    def test_without_any_compare_texts(self) -> None:
        assert ParityRules(()).of("a", target=True).comparison == "text"

    def test_by_default_know_versions_and_distrust_what_is_old(self) -> None:
        assert DEFAULT_RULES.of("api_version", target=True).comparison == "version"
        assert DEFAULT_RULES.of("version", target=False).max_age is None
        assert DEFAULT_RULES.of("health.state", target=True).max_age == timedelta(hours=24)
        assert DEFAULT_RULES.of("license", target=False).max_age is None
        assert parse_rules(DEFAULT_RULES.to_document()) == DEFAULT_RULES

    @pytest.mark.parametrize("name", ["health.state", "http.status", "tls.expires_at", "commit", "modules.a"])
    def test_by_default_ask_nobody_to_declare_what_probes_tell_unasked(self, name: str) -> None:
        assert DEFAULT_RULES.of(name, target=True).expect is Expect.RIGHT
        assert OBSERVED_RULES.of(name, target=True).expect is Expect.BOTH
        assert DEFAULT_RULES.of("version", target=True).expect is Expect.BOTH

    @pytest.mark.parametrize("document", [None, [], {"rules": "x"}, {"rule": []}])
    def test_are_a_list(self, document: object) -> None:
        with pytest.raises(Invalid, match="mapping with `rules`"):
            parse_rules(document)

    def test_name_every_fault_by_its_place(self) -> None:
        faulty: list[Any] = [
            {"fields": "a", "compar": "text"},
            {"fields": ["Ä"], "compare": "about"},
            {"fields": "!", "ignore": "perhaps"},
            {"fields": [], "max_age": "soon"},
            {"fields": "a", "tolerance": 1},
            {"fields": "a", "compare": "number", "tolerance": "much"},
            {"fields": "a", "compare": "number", "tolerance": -1},
            {"fields": "a", "expect": "all", "max_age": 5},
            "a",
        ]
        with pytest.raises(Invalid) as raised:
            parse_rules({"rules": faulty, "more": 1})
        assert [where for where, _ in raised.value.problems] == [
            "more",
            "rules/0/compar",
            "rules/1/compare",
            "rules/1/fields/0",
            "rules/2/fields",
            "rules/2/ignore",
            "rules/3/fields",
            "rules/3/max_age",
            "rules/4/tolerance",
            "rules/5/tolerance",
            "rules/6/tolerance",
            "rules/7/max_age",
            "rules/7/expect",
            "rules/8",
            "rules/8/fields",
        ]
        assert "Did you mean `compare`?" in dict(raised.value.problems)["rules/0/compar"]

    def test_are_not_too_many(self) -> None:
        with pytest.raises(Invalid, match="at most 200"):
            parse_rules({"rules": [{"fields": "a"}] * 201})
