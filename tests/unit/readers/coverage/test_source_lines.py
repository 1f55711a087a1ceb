"""Source lines as bytes: what is kept can be read again, and equal lines are equal bytes."""

from __future__ import annotations

import msgspec

from tidegate.domain.source_lines import SourceFile, SourceLines
from tidegate.readers.coverage.source_lines import decode_lines, encode_lines

LINES = SourceLines(
    "lcov",
    {
        "b.c": SourceFile(
            0b1010, 0b10, 1, {1: (1, 2, 77, 0b1)}, {2**64 - 1: True, 3: False}, {"lines": (1, 2)}
        ),
        "a.c": SourceFile(),
    },
    {"branches": (0, 5)},
)


class TestBytes:
    def test_are_read_again_as_they_were(self) -> None:
        assert decode_lines(encode_lines(LINES)) == LINES

    def test_are_equal_whatever_the_order(self) -> None:
        turned = SourceLines("lcov", dict(reversed(LINES.files.items())), LINES.unlisted)
        assert encode_lines(turned) == encode_lines(LINES)

    def test_of_another_version_are_joined_with_nothing(self) -> None:
        document = msgspec.msgpack.decode(encode_lines(LINES))
        assert decode_lines(msgspec.msgpack.encode([2, *document[1:]])) is None
        assert decode_lines(b"\xff") is None
