"""Facts in files."""

from __future__ import annotations

import io
import json

import pytest

from tidegate.domain import fact_files
from tidegate.domain.errors import Invalid
from tidegate.domain.fact_files import read_facts, read_told_facts
from tidegate.domain.facts import NO_TIME, Fact, Side


def read(text: str, name: str = "facts.csv") -> list[Fact]:
    return list(read_facts(io.StringIO(text, newline=""), name, Side.OBSERVED))


class TestCsv:
    def test_has_a_row_for_each_fact(self) -> None:
        text = (
            "\ufeffComponent,environment,field,value,source,seen_at\r\n"
            "shop,production,version,1.10,probe,2026-11-28T12:00:00Z\r\n"
            "harbour,,license,MIT,,\r\n"
        )
        first, second = read(text)
        assert (str(first.subject), first.field, first.value) == ("harbour", "license", "MIT")
        assert (first.source, first.seen_at) == ("facts.csv", NO_TIME)
        assert (str(second.subject), second.value, second.source) == ("shop/production", "1.10", "probe")
        assert second.seen_at.hour == 12

    @pytest.mark.parametrize(
        "text",
        [
            "component,version,replicas,up,note\nshop,1.10,3,true,'0.5\n",
            "component,field,value\nshop,version,1.10\nshop,replicas,3\nshop,up,true\nshop,note,'0.5\n",
        ],
    )
    def test_holds_what_a_workbook_would(self, text: str) -> None:
        found = {fact.field: fact.value for fact in read(text)}
        assert found == {"version": "1.10", "replicas": 3, "up": True, "note": "0.5"}
        assert found["up"] is True

    def test_has_a_column_for_each_field_and_an_empty_cell_is_none(self) -> None:
        text = "component,environment,version,port\nshop,production,1.2,\nharbour,production,1.3,443\n\n"
        assert [(fact.subject.component, fact.field, fact.value) for fact in read(text)] == [
            ("harbour", "port", 443),
            ("harbour", "version", "1.3"),
            ("shop", "version", "1.2"),
        ]

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "facts.csv:1: the heading names no column `component`"),
            ("component,a,a\n", "facts.csv:1: the column 'a' is there twice"),
            ("component,Ä\n", "facts.csv:1: 'ä' cannot name a field"),
            ("component,field\n", "facts.csv:1: there is no column `value`"),
            ("component,field,value,x\n", "facts.csv:1: the column 'x' is not known"),
            ("component,a\nshop\n", "facts.csv:2: it has 1 cells, the heading has 2"),
            ("component,a\nShop!,1\n", "facts.csv:2: 'Shop!' cannot name a component"),
            ("component,environment,a\nshop,P!,1\n", "facts.csv:2: 'P!' cannot name an environment"),
            ('component,a\nshop,"1\n', "facts.csv:2: this is no CSV"),
            ("component,field,value,seen_at\nshop,a,1,today\n", "facts.csv:2: 'today' is no moment"),
        ],
    )
    def test_names_the_line_that_is_wrong(self, text: str, why: str) -> None:
        with pytest.raises(Invalid, match=why):
            read(text)

    def test_keeps_its_order_where_it_is_too_long_to_sort(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fact_files, "SORTED_IN_MEMORY", 2)
        text = "component,a\n" + "".join(f"{name},1\n" for name in "cba")
        assert [fact.subject.component for fact in read(text)] == ["c", "b", "a"]


class TestJson:
    def test_is_a_list_or_what_the_api_answers(self) -> None:
        fact = {"component": "shop", "environment": None, "field": "port", "value": 443, "side": "declared"}
        for document in ([fact], {"items": [fact]}):
            (found,) = read(json.dumps(document), "facts.json")
            assert (str(found.subject), found.value, found.side) == ("shop", 443, Side.OBSERVED)

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("{", "facts.json: this is no JSON"),
            ("{}", "facts.json: write a list of facts"),
            ("[1]", "facts.json: fact 1: a fact has component, field and value"),
            ('[{"component": "a", "field": "b", "value": null}]', "fact 1: The value of b cannot be kept"),
        ],
    )
    def test_names_what_is_wrong(self, text: str, why: str) -> None:
        with pytest.raises(Invalid, match=why):
            read(text, "facts.json")

    def test_is_not_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fact_files, "_MOST_JSON", 1)
        with pytest.raises(Invalid, match="write it as CSV"):
            read("[]", "facts.json")


class TestTold:
    def test_yaml_says_of_each_fact_its_side_and_times(self) -> None:
        text = (
            "- {component: shop, environment: production, field: version, value: '1.10', side: declared}\n"
            "- {component: shop, field: up, value: true, seen_at: 2026-11-28T12:00:00Z,"
            " until: 2026-11-28T13:00:00Z}\n"
        )
        first, second = read_told_facts(text, "facts.yml")
        assert (first.side, first.value, first.seen_at, first.until) == (
            Side.DECLARED,
            "1.10",
            NO_TIME,
            None,
        )
        assert (second.side, second.value, second.seen_at.hour) == (Side.OBSERVED, True, 12)
        assert second.until is not None and second.until.hour == 13

    def test_csv_holds_observed_facts(self) -> None:
        (only,) = read_told_facts("component,environment,version\nshop,production,1.2\n", "facts.csv")
        assert (only.side, only.value) == (Side.OBSERVED, "1.2")

    @pytest.mark.parametrize(
        ("text", "name", "why"),
        [
            ("a: [", "facts.yml", "this is no YAML"),
            ("[", "facts.json", "this is no JSON"),
            ("a: 1", "facts.yml", "write a list of facts"),
            ("- 1", "facts.yml", "fact 1: a fact has component"),
            ("- {component: shop, field: a, value: 1, side: x}", "facts.yml", "'x' is no side"),
            ("- {component: shop, field: a, value: 1, side: [x]}", "facts.yml", "is no side"),
            ("- {component: shop, field: a, value: 1, value: 2}", "facts.yml", "line 1 .* a key twice"),
            (
                '[{"component": "s", "field": "a", "value": 1, "value": 2}]',
                "facts.json",
                "'value' is there twice",
            ),
            ("- {component: shop, field: a, value: .nan}", "facts.yml", "cannot be kept"),
            ('[{"component": "shop", "field": "a", "value": NaN}]', "facts.json", "cannot be kept"),
            ("- {component: shop, field: a, value: [1]}", "facts.yml", "cannot be kept"),
            ("- {component: shop, field: a, value: 1, until: today}", "facts.yml", "is no moment"),
        ],
    )
    def test_names_what_is_wrong(self, text: str, name: str, why: str) -> None:
        with pytest.raises(Invalid, match=why):
            read_told_facts(text, name)
