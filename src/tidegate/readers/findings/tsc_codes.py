"""The numbers of the errors by which TypeScript's parser says that it could not read a file."""

from __future__ import annotations

from collections.abc import Iterator

# Those of TypeScript's messages that its scanner and parser give out. Errors of regular expressions are not
# among them: the checker gives them out. Source: diagnosticMessages.json, parser.ts and scanner.ts of 5.9.
_CODES = """
    1002-1003 1005 1007 1010-1012 1034 1068-1069 1084 1109-1110 1121 1124-1132 1134-1140 1142 1144-1146
    1160-1161 1177-1181 1185 1198-1199 1209 1260 1351-1353 1357 1359 1381-1382 1385-1390 1433-1443 1472
    1477-1478 1487-1490 2657 2809 2819 6188-6189 17002 17006-17008 17014-17015 17021 18026 18029-18030
"""


def _numbers(text: str) -> Iterator[int]:
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


NOT_PARSED = frozenset(_numbers(_CODES))
"""Codes of errors after which no types were checked."""
