"""Agreement of hostile JSON with what the test suite it comes from asks; every reader refuses all of it."""

from __future__ import annotations

from tests.integration.corpus.json_rows import Got
from tidegate.readers.base import Unreadable

DIFFERS: dict[str, str] = {}
WORDS = {
    "i_number_huge_exp": "expected `object`",
    "i_string_UTF-16LE_with_BOM": "UTF-16",
    "i_string_invalid_utf-8": "not UTF-8 at line 1, byte 2",
    "i_string_utf16LE_no_BOM": "like UTF-16",
    "i_structure_UTF-8_BOM_empty_object": "missing required field",
    "n_number_NaN": "expected `object`",
    "n_object_trailing_comma": "trailing comma",
    "n_string_unescaped_newline": "expected `object`",
    "n_structure_100000_opening_arrays": "200 levels deep",
    "n_structure_UTF8_BOM_no_data": "empty",
    "n_structure_lone-open-bracket": "expected `object`",
    "n_structure_no_data": "empty",
    "n_structure_object_unclosed_no_value": "ends before its JSON does",
    "y_object_duplicated_key": "The key `a` stands twice",
    "y_string_nonCharacterInUTF-8_U+FFFF": "expected `object`",
    "y_structure_lonely_null": "expected `object`",
}
"""What the refusal of a reader of objects (SARIF) says, by the file's name within its suite."""


def agreement(row: dict[str, str], got: Got) -> bool:
    """None of these is a report: readable JSON is refused by its shape, the rest by its fault."""
    return isinstance(got, Unreadable)
