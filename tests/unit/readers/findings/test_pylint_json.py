"""pylint's JSON, with and without statistics."""

from __future__ import annotations

import json

import pytest

from tests.support.reading import read, recognises
from tidegate.readers.base import Unreadable
from tidegate.readers.findings import pylint_text
from tidegate.readers.findings.pylint_json import READER


def message(code: str = "W0611", type: str = "warning", id: str = "message-id") -> dict[str, object]:
    text = "Unused import os\nimport os"
    return {"type": type, "symbol": "s", "message": text, "path": "src/a.py", "line": 3, id: code}


def json2(*messages: dict[str, object], modules: int = 1, **counts: int) -> str:
    return json.dumps(
        {
            "messages": messages,
            "statistics": {"messageTypeCount": counts, "modulesLinted": modules, "score": 1.0},
        }
    )


class TestMessages:
    def test_are_the_same_problem_in_json_json2_and_text(self) -> None:
        _, listed = read(READER, json.dumps([message()]))
        _, counted = read(READER, json2(message(id="messageId"), warning=1))
        _, text = read(pylint_text.READER, "src/a.py:3:0: W0611: Unused import os (unused-import)\n")
        assert listed[0].fingerprint == counted[0].fingerprint == text[0].fingerprint

    def test_are_rated_by_their_category(self) -> None:
        reading, _ = read(READER, json.dumps([message(), message("C0114", "convention")]))
        assert (reading.ran, reading.measures["findings.medium"], reading.measures["findings.low"]) == (
            True,
            1,
            1,
        )


class TestARunWithoutMessages:
    def test_is_recognised_by_its_statistics(self) -> None:
        clean = json2(warning=0)
        assert recognises(READER, clean)
        assert read(READER, clean)[0].ran

    def test_is_believed_of_an_empty_list_only_when_the_format_is_named(self) -> None:
        assert not recognises(READER, "[]")
        assert read(READER, "[]")[0].measures["findings.total"] == 0


class TestAToolThatDidNotDoItsWork:
    @pytest.mark.parametrize("code", ["F0001", "E0001"])
    def test_is_recognised_by_a_file_that_was_not_processed(self, code: str) -> None:
        assert not read(READER, json.dumps([message(code, "error")]))[0].ran

    def test_is_recognised_by_statistics_that_differ(self) -> None:
        assert not read(READER, json2(message(id="messageId"), warning=2))[0].ran
        assert not read(READER, json2(message(id="messageId"), error=1))[0].ran

    def test_is_recognised_by_no_module(self) -> None:
        assert read(READER, json2(modules=0))[0].why_not == "pylint says that it linted no module."


class TestRecognition:
    def test_goes_by_the_keys_of_a_message(self) -> None:
        assert recognises(READER, json.dumps([message()]))
        assert not recognises(READER, '[{"filePath": "a.js", "messages": []}]')

    @pytest.mark.parametrize("text", ["", '{"messages": []}', '[{"type": 1}]', "[{"])
    def test_of_a_wrong_shape_is_unreadable(self, text: str) -> None:
        with pytest.raises(Unreadable):
            read(READER, text)
