"""Repeated keys in long reports: found wherever they stand, and nowhere else."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.readers import json_keys
from tidegate.readers.json_keys import KeyWalk, NotWalked, RepeatedKey, parse_once
from tidegate.readers.json_shapes import Shape, compile_run

Pairs: TypeAlias = "list[tuple[str, Any]]"
"""An object as it is written, keys and all; a tuple of values is a list."""

_texts = st.text(alphabet='[]{}"\\_\u00e9ab :,\n', max_size=6)
_keys = st.sampled_from(["a", "b", "id", "n c", "__", '"', "", "\u00e9", "{", "]", "\\"])
_values = st.recursive(
    _texts | st.integers() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4).map(tuple)
    | st.lists(st.tuples(_keys, inner), max_size=5, unique_by=lambda pair: pair[0])
    | st.lists(st.tuples(_keys, inner), max_size=3),
    max_leaves=25,
)
_STYLES = {"compact": (",", ":", ""), "spaced": (", ", ": ", ""), "indented": (",\n  ", ": ", "\n  ")}
_STYLES["odd"] = ("\t,  ", " : ", " \r\n")


def written(value: Any, style: tuple[str, str, str], escaped: bool = False) -> str:
    """Write a value in one style; if asked, as ASCII, and keys of one letter as an escape."""
    comma, colon, space = style
    if isinstance(value, list):
        pairs = (f"{_key(key, escaped)}{colon}{written(each, style, escaped)}" for key, each in value)
        return "{" + space + comma.join(pairs) + space + "}"
    if isinstance(value, tuple):
        return "[" + space + comma.join(written(each, style, escaped) for each in value) + space + "]"
    return json.dumps(value, ensure_ascii=escaped)


def _key(key: str, escaped: bool) -> str:
    if escaped and len(key) == 1:
        return f'"\\u{ord(key):04x}"'
    return json.dumps(key, ensure_ascii=escaped)


def repeats(value: Any) -> bool:
    """Tell in the plainest way whether an object has a key twice."""
    if isinstance(value, list):
        return len(dict(value)) < len(value) or any(repeats(each) for _, each in value)
    return isinstance(value, tuple) and any(map(repeats, value))


def walk(text: str | bytes, depth: int = 200) -> None:
    KeyWalk(text.encode() if isinstance(text, str) else text, depth).run()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learn at once, and look through windows of a few bytes."""
    monkeypatch.setattr(json_keys, "_FIRST_LEARNED", 0)
    monkeypatch.setattr(json_keys, "_WINDOW", 48)
    monkeypatch.setattr(json_keys, "_MARGIN", 16)
    monkeypatch.setattr(json_keys, "_SHORTEST_PARSED", 8)


class TestWalk:
    @given(
        values=st.lists(_values, min_size=1, max_size=3),
        times=st.integers(1, 4),
        styles=st.lists(st.sampled_from(sorted(_STYLES)), min_size=2, max_size=2),
        window=st.sampled_from([8, 64, 4096]),
        longest=st.sampled_from([16, 200, 16384]),
        data=st.data(),
    )
    @settings(max_examples=150, deadline=None)
    def test_finds_a_repeated_key_exactly_where_there_is_one(
        self, values: list[Any], times: int, styles: list[str], window: int, longest: int, data: st.DataObject
    ) -> None:
        escaped = data.draw(st.booleans())
        parts = [written(value, _STYLES[styles[0]], False) for value in values for _ in range(times)]
        parts += [written(value, _STYLES[styles[1]], escaped) for value in values]
        text = "[" + ", ".join(parts) + "]"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_keys, "_FIRST_LEARNED", 0)
            patch.setattr(json_keys, "_WINDOW", window)
            patch.setattr(json_keys, "_MARGIN", window // 4)
            patch.setattr(json_keys, "_LONGEST_PARSED", longest)
            if any(map(repeats, values)):
                with pytest.raises(RepeatedKey):
                    walk(text)
            else:
                walk(text)

    @pytest.mark.parametrize("style", sorted(_STYLES))
    @pytest.mark.parametrize(
        "last",
        [
            [("id", 1), ("at", [("line", 1), ("line", 2)]), ("tags", ("x",))],
            [("id", 1), ("at", [("line", 1)]), ("tags", ("x",)), ("id", 2)],
            [("id", 1), ("at", [("line", 1)]), ("at", [("line", 1)]), ("tags", ("x",))],
            [("id", 1), ("at", [("line", 1)]), ("more", ([("a", 1), ("a", 2)],))],
        ],
    )
    def test_one_object_of_thousands_is_found(self, last: Pairs, style: str) -> None:
        good = [("id", 'x"{'), ("at", [("line", 1)]), ("tags", ("x", "y"))]
        text = written(tuple([*[good] * 5000, last, good]), _STYLES[style])
        with pytest.raises(RepeatedKey):
            walk(text)
        walk(written(tuple([good] * 5000), _STYLES[style]))

    def test_an_escaped_key_equals_the_one_written_out(self) -> None:
        good = '{"a": "1", "b": 2}'
        with pytest.raises(RepeatedKey):
            walk("[" + f"{good}, " * 1000 + '{"a": "1", "\\u0061": 2}]')
        with pytest.raises(RepeatedKey):
            walk('{"a": {"x": "' + "x" * 20_000 + '"}, "\\u0061": {}}')

    def test_a_key_twice_in_an_object_that_is_too_long_to_parse_is_found(self) -> None:
        long = ", ".join(f'"k{number}": {{"v": {number}}}' for number in range(5000))
        walk("{" + long + "}")
        with pytest.raises(RepeatedKey) as caught:
            walk("{" + long + ', "k7": {"v": 1}}')
        assert caught.value.key == b"k7"

    def test_maps_of_names_to_values_are_followed_one_by_one(self) -> None:
        one = {
            f"src/{number}.py": {"lines": [1, 2], "of": {f"f({number})": {"x": 1}}} for number in range(3000)
        }
        walk(json.dumps({"files": one, "more": [[1, [2, 3]], [{}], {}, [], [["a", "b"]]]}))

    def test_kinds_without_end_are_walked(self) -> None:
        walk(json.dumps([{f"k{number}": {"a": 1}} for number in range(1000)]))
        many = [{"id": 1} | {f"k{number}_{more}": 1 for more in range(9)} for number in range(1000)]
        walk(json.dumps(many))
        with pytest.raises(RepeatedKey):
            walk(json.dumps(many)[:-1] + ', {"id": 1, "id": 2}]')

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "[",
            "{",
            '{"a"',
            '{"a": ',
            "[1, ",
            '["a',
            '{"a": {"b": 1]}',
            '{"a": [{"b": 1}}',
            "{1: 2}",
            "[{} {}]",
        ],
    )
    def test_what_is_no_json_is_not_walked(self, text: str) -> None:
        with pytest.raises(NotWalked):
            walk(text)

    def test_the_depth_counts_all_levels_however_they_are_passed(self, small: None) -> None:
        one = '{"a": {"b": [[1], [2]]}}'
        text = "[" + ", ".join([one] * 20) + "]"
        walk(text, 5)
        with pytest.raises(NotWalked):
            walk(text, 4)
        with pytest.raises(NotWalked):
            walk('[{"a": 1}]', 1)
        walk("[[1]]", 2)
        with pytest.raises(NotWalked):
            walk("[[1]]", 1)

    def test_a_text_that_is_longer_than_a_window_is_passed_whole(self, small: None) -> None:
        walk(json.dumps(["x" * 1000, {"a": 'y\\"' * 1000}, [1] * 500, 12345678901234567890]))

    @pytest.mark.parametrize("many", [1, 40])
    @pytest.mark.parametrize("last", ['"k1": 1', '"k\\u0031": 1', '"k1": [1]', '"k1": {}'])
    def test_plain_members_of_a_long_object_are_compared(self, small: None, many: int, last: str) -> None:
        plain = ", ".join(f'"k{index}": {index}, "t{index}": "a, \\" b"' for index in range(many + 1))
        walk(f'{{"first": [1], {plain}, "list": [1, 2]}}')
        with pytest.raises(RepeatedKey):
            walk(f'{{"first": [1], {plain}, "list": [1, 2], {last}}}')

    def test_objects_that_are_too_long_to_parse_are_seldom_tried(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried = []

        def parse(text: str, encoding: str = "utf-8") -> tuple[Any, int]:
            tried.append(text)
            return parse_once(text, encoding)

        monkeypatch.setattr(json_keys, "parse_once", parse)
        long = {"lines": list(range(10_000)), "": {}}
        walk(json.dumps([long] * 200))
        assert len([text for text in tried if "lines" in text]) < 50

        with pytest.raises(RepeatedKey):
            walk(json.dumps([long] * 200)[:-2] + ', "lines": 1}]')

    def test_a_shorter_object_makes_all_of_its_kind_be_tried_again(self) -> None:
        kind = json_keys._Kind()
        for _ in range(100):
            kind.is_longer()
        assert sum(not kind.passes() for _ in range(160)) == 10
        kind.learn({"a": 1}, b'{"a": 1}')
        assert not kind.passes()

    def test_memory_is_bounded_by_a_window(self) -> None:
        text = ("[" + ", ".join(['{"a": "' + "x" * 80 + '", "b": [1, 2]}'] * 200_000) + "]").encode()
        tracemalloc.start()
        walk(text)
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
        tracemalloc.stop()

    @pytest.mark.parametrize(
        "text",
        [
            "[" + "[[[1]]]," * 40_000 + "1]",
            "[" + '"a",' * 100_000 + "{}]",
            "[" + "{}," * 60_000 + "{}]",
            "[" + '{"a":[{}' + ",{}" * 40_000 + "]}]",
            '{"a":' * 150 + "1" + "}" * 150,
            '["' + '\\"' * 500_000 + '"]',
        ],
        ids=["lists", "texts", "empty", "one object", "deep", "escapes"],
    )
    def test_hostile_texts_take_no_longer_than_others(self, text: str) -> None:
        began = time.process_time()
        walk(text)
        # A text that is worse than linear takes minutes.
        assert time.process_time() - began < 20


class TestShape:
    def test_a_pattern_takes_objects_with_some_of_the_keys_in_their_order(self) -> None:
        shape = Shape()
        for value in ({"a": 1, "c": "x"}, {"a": None, "b": [{"d": 1}], "c": "y"}, {"a": [], "c": {"e": 1}}):
            shape.add(value)
        run = compile_run(shape, b'{"a": 1, "c": "x"}')
        assert run is not None
        for good in (
            b'{"a": 1, "b": [{"d": 2}, {"d": 3}], "c": {"e": 4}}',
            b'{"a": 1, "c": ""}, {"a": [], "c": "x"}',
        ):
            found = run.match(good)
            assert found is not None
            assert found.end() == len(good)
        for other in (
            b'{"a": 1, "a": 2, "c": 1}',
            b'{"c": 1, "a": 1}',
            b'{"a": 1, "c": 1, "c": 1}',
            b'{"a": 1}',
        ):
            assert run.match(other) is None
        assert shape.depth() == 3

    def test_no_pattern_is_made_of_too_many_parts(self) -> None:
        shape = Shape()
        shape.add({f"a{number}": {f"b{more}": 1 for more in range(20)} for number in range(30)})
        assert compile_run(shape, b"{}") is None


def test_parsing_tells_where_the_value_ends() -> None:
    assert parse_once('{"a": [1, 2.5e3]} and more') == ({"a": [0, 0]}, 17)
