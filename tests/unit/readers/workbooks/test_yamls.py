"""Declarations in YAML: what they say, and what is wrong with them by line."""

from __future__ import annotations

import io

import msgspec
import pytest

from tidegate.domain.errors import Invalid
from tidegate.readers.workbooks.base import WorkbookLimits
from tidegate.readers.workbooks.detect import read_workbook
from tidegate.readers.workbooks.rows import ReadWorkbook, read_sheets
from tidegate.readers.workbooks.yaml_documents import MOST_BYTES

_BACKSTAGE = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: harbour
  annotations:
    github.com/project-slug: port/harbour
    tidegate.io/lock.present: "true"
    production.tidegate.io/base_url: https://harbour.example.org
    production.tidegate.io/version: "1.10"
spec:
  owner: group:default/port
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata:
  name: harbour-api
"""


def workbook(text: str | bytes) -> ReadWorkbook:
    data = text.encode() if isinstance(text, str) else text
    return read_sheets(read_workbook(io.BytesIO(data), WorkbookLimits()))


def said(text: str) -> dict[str, dict[str, object]]:
    """Return what is said of each subject; fails where anything is wrong."""
    found = workbook(text)
    assert found.problems == []
    return {
        f"{one.component}/{one.environment}": dict(
            zip(
                (name for _, name in found.sheets[one.sheet].columns.fields),
                msgspec.json.decode(one.values),
                strict=True,
            )
        )
        for one in found.entries
    }


def problems(text: str) -> list[tuple[str, str]]:
    return [(one.cell, one.reason) for one in workbook(text).problems]


class TestDeclarations:
    def test_say_facts_of_a_component_and_of_its_targets(self) -> None:
        text = (
            "# ours\n---\ncomponent: harbour\nenvironments:\n  production:\n    base_url: https://a.example\n"
            "    interval: 60\nfacts:\n  image.user: app\n"
        )
        assert said(text) == {
            "harbour/production": {"base_url": "https://a.example", "interval": 60},
            "harbour/": {"image.user": "app"},
        }

    def test_keep_versions_as_texts_and_read_plain_numbers_and_truths(self) -> None:
        text = "component: a\nfacts:\n  version: 1.10\n  port: 80\n  on: true\n  zip: '0123'\n  no: no\n"
        assert said(text)["a/"] == {"version": "1.10", "port": 80, "on": True, "zip": "0123", "no": "no"}

    def test_take_values_away_that_are_empty_and_keep_empty_texts(self) -> None:
        text = "component: a\nfacts:\n  one:\n  two: ~\n  three: ''\n  four: \"'x\"\n"
        assert said(text)["a/"] == {"one": None, "two": None, "three": "", "four": "'x"}

    def test_name_facts_with_dots_by_nesting(self) -> None:
        assert said("component: a\nfacts:\n  health: {state: pass}\n") == {"a/": {"health.state": "pass"}}

    def test_give_targets_the_owner_of_their_component_where_they_name_none(self) -> None:
        text = "component: a\nowner: port\nenvironments:\n  one: {}\n  two: {owner: dock}\n"
        assert said(text) == {"a/one": {"owner": "port"}, "a/two": {"owner": "dock"}}

    def test_may_share_a_file_with_a_gate(self) -> None:
        found = workbook("component: a\nfacts: {port: 1}\n---\nname: g\nrules: []\n")
        assert (len(found.entries), found.skipped) == (1, ["document 2"])

    def test_name_every_fault_by_its_line(self) -> None:
        text = (
            "component: a\nenvironments:\n  one:\n    list: [1]\n    component: b\nfacts:\n  x: 1\n  x: 2\n"
            "  Bad: 1\nnonsense: 1\n"
        )
        assert sorted(line for line, _ in problems(text)) == ["line 10", "line 5", "line 8", "line 9"]

    def test_name_a_list_where_a_value_is_meant(self) -> None:
        assert problems("component: a\nfacts:\n  ports: [1]\n") == [
            ("line 3", "A fact is a text, a number, true or false; here stands a list or a mapping.")
        ]

    @pytest.mark.parametrize(
        "text", ["component: a\nfacts: 3\n", f"component: a\nfacts: {'{a: ' * 9}1{'}' * 9}"]
    )
    def test_name_what_is_no_mapping_of_fields(self, text: str) -> None:
        assert problems(text) == [("line 2", "Here stands a mapping of fields and their values.")]

    def test_need_a_component_that_is_a_text(self) -> None:
        assert problems("component: [a]\nfacts: {x: 1}\n") == [("line 1", "The row names no component.")]

    @pytest.mark.parametrize("nothing", ["", " ~", " null", " {}"])
    def test_may_say_nothing_of_environments(self, nothing: str) -> None:
        assert said(f"component: a\nfacts: {{x: 1}}\nenvironments:{nothing}\n") == {"a/": {"x": 1}}

    def test_name_keys_that_are_no_words(self) -> None:
        found = problems("component: a\nfacts:\n  ? [1]\n  : 2\n  x: 1\n")
        assert found == [("line 3", "A key is a plain word; here stands a list or a mapping.")]

    @pytest.mark.parametrize("value", ["[production]", "production", "''"])
    @pytest.mark.parametrize("key", ["environments", "facts"])
    def test_name_what_is_no_mapping(self, key: str, value: str) -> None:
        ((line, reason),) = problems(f"component: a\n{key}: {value}\n")
        assert line == "line 2" and "Here stands a mapping of" in reason

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("component: a\ncomponent: b\nfacts: {x: 1}\n", "line 2"),
            ("component: a\nfacts: {x: 1}\nfacts: {y: 1}\n", "line 3"),
            ("component: a\nenvironments:\n  one: {x: 1}\n  one: {y: 1}\n", "line 4"),
            ("component: a\nfacts:\n  x: {y: 1,\n    y: 2}\n", "line 4"),
        ],
    )
    def test_name_keys_that_are_there_twice(self, text: str, line: str) -> None:
        ((found, reason),) = problems(text)
        assert found == line and "stands here twice" in reason

    def test_are_of_so_many_fields_at_most(self) -> None:
        fields = "".join(f"  f{number}: 1\n" for number in range(20_000))
        ((line, reason),) = problems(f"component: a\nfacts:\n{fields}")
        assert (line, reason) == ("line 501", "Here begins what is more than 498 fields of one subject.")
        fields = "".join(f"  f{number}: 1\n" for number in range(498))
        assert len(said(f"component: a\nfacts:\n{fields}")["a/"]) == 498

    def test_repeat_no_long_name_for_each_of_its_parts(self) -> None:
        parts = ", ".join(f"k{number}: 1" for number in range(1000))
        ((line, _),) = problems(f"component: a\nfacts:\n  {'n' * 900}: {{{parts}}}\n")
        assert line == "line 3"

    def test_name_what_says_nothing_of_its_component(self) -> None:
        found = workbook("component: a\nfacts: {port: 1}\n---\ncomponent: b\n")
        assert found.skipped == ["document 2 (says nothing of its component)"]


class TestBackstage:
    def test_says_by_annotations_what_holds_of_a_component_and_its_targets(self) -> None:
        target = {"base_url": "https://harbour.example.org", "version": "1.10", "owner": "port"}
        assert said(_BACKSTAGE) == {"harbour/": {"lock.present": True}, "harbour/production": target}

    def test_leaves_out_what_is_no_component_and_names_it(self) -> None:
        assert workbook(_BACKSTAGE).skipped == ["document 2 (kind API)"]

    @pytest.mark.parametrize("value", ["[tidegate.io/zone]", "tidegate.io/zone"])
    def test_names_annotations_that_are_no_mapping(self, value: str) -> None:
        text = "apiVersion: b/v1\nkind: Component\nmetadata:\n  name: a\n  annotations: "
        assert problems(text + value) == [("line 5", "Here stands a mapping of annotations.")]

    def test_names_kinds_that_are_there_twice(self) -> None:
        text = _BACKSTAGE.replace("kind: Component", "kind: API\nkind: Component")
        assert [line for line, _ in problems(text)] == ["line 3"]

    def test_names_annotations_and_owners_that_are_no_texts(self) -> None:
        text = _BACKSTAGE.replace('"1.10"', "[1]").replace("group:default/port", "[1]")
        assert [line for line, _ in problems(text)] == ["line 9", "line 11"]

    def test_may_name_no_owner(self) -> None:
        assert said(_BACKSTAGE.replace("  owner: group:default/port\n", ""))["harbour/"] == {
            "lock.present": True
        }

    def test_needs_a_name(self) -> None:
        assert ("line 1", "The row names no component.") in problems(
            _BACKSTAGE.replace("  name: harbour\n", "", 1)
        )


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("name: g\nrules: []\n", "The file declares nothing"),
            ("component: a\n", "names a component and says nothing of it"),
            ("apiVersion: b\nkind: Component\nmetadata: {name: a}\n", "annotations `tidegate.io/FIELD`"),
            ("component: a\nfacts: {x: !!str 1}\n", "Line 2: the tag 'tag:yaml.org,2002:str' is not"),
            ("component: a\nfacts: &x {x: 1}\n", "Line 2: anchors and aliases are not allowed"),
            ("component: a\nfacts: {\n", "Line 3 is not YAML"),
            ("component: \x01\n", "The file is not YAML"),
            ("component: a\n" + "# more\n" * (MOST_BYTES // 7), "more than 1,048,576 bytes"),
            ("component: a\n---\n" * 1001, "1,002 documents"),
            ("component: " + "[" * 3000, "YAML"),
        ],
    )
    def test_say_what_is_wrong_with_the_file(self, text: str, reason: str) -> None:
        with pytest.raises(Invalid, match=reason):
            workbook(text)

    def test_say_where_it_is_not_in_utf_8(self) -> None:
        with pytest.raises(Invalid, match="not in UTF-8"):
            workbook(b"component: \xff\n")

    def test_build_nothing_of_references_to_references(self) -> None:
        lines = ["component: a", "facts:", "  a0: &a0 {x: 1}"]
        lines += [f"  a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}" for n in range(1, 60)]
        with pytest.raises(Invalid, match="Line 3: anchors and aliases are not allowed"):
            workbook("\n".join(lines))
