"""pylint's JSON: the list of `json`, and the object with statistics of `json2`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.findings.pylint_words import (
    FOLLOWS,
    NOTES,
    pylint_finding,
    says_not_checked,
    why_not_checked,
)
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode, read_text
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "pylint-json"
_REMAKE = "`pylint --output-format=json2:pylint.json src`"


class _Message(msgspec.Struct, gc=False):
    type: str
    message: str
    path: str
    line: int | None = None
    id: str = msgspec.field(name="message-id", default="")
    messageId: str = ""  # what json2 calls it


class _Statistics(msgspec.Struct):
    messageTypeCount: dict[str, int]
    modulesLinted: int


class _Json2(msgspec.Struct):
    messages: list[_Message]
    statistics: _Statistics


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.root == "[":
        return {"message-id", "symbol", "path"} <= seen.inner
    return seen.has("messages") and (seen.has("statistics") or "messageId" in seen.inner)


def _load(source: Source, limits: Limits) -> tuple[list[_Message], _Statistics | None]:
    data = read_text(source, limits, remake=_REMAKE)
    if data.lstrip().startswith(b"{"):
        document = decode(data, _Json2, remake=_REMAKE)
        return document.messages, document.statistics
    return decode(data, list[_Message], remake=_REMAKE), None


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    messages, statistics = _load(source, limits)
    counts = SeverityCounts()
    types: Counter[str] = Counter()
    not_checked = 0
    for message in messages:
        code = message.id or message.messageId
        finding = pylint_finding(code, cut(message.message, limits), message.path, message.line)
        types[message.type] += 1
        not_checked += says_not_checked(code)
        counts.add(finding.severity)
        if items:
            yield finding
    why_not = why_not_checked(not_checked) or (_disagreement(types, statistics) if statistics else None)
    measures = counts.measures(tells_suppressed=False)
    return Reading(FORMAT, Kind.LINT, "pylint", measures, ran=why_not is None, why_not=why_not)


def _disagreement(types: Mapping[str, int], statistics: _Statistics) -> str | None:
    if not statistics.modulesLinted:
        return "pylint says that it linted no module."
    declared = {name: count for name, count in statistics.messageTypeCount.items() if count}
    if declared != dict(types):
        return (
            f"pylint counted {sum(declared.values())} messages, but {sum(types.values())} are listed, "
            "or their types differ."
        )
    return None


READER = Reader(
    format=FORMAT,
    title="pylint JSON (json and json2)",
    kind=Kind.LINT,
    source="https://pylint.readthedocs.io/en/stable/user_guide/usage/output.html",
    follows={
        "tool.ran": (
            "False where a message is fatal or a syntax error (E0001); in json2 also where the statistics "
            "differ from the messages listed, or tell of no module."
        ),
        "findings.total": "Entries of the list, or of `messages` in json2.",
        **FOLLOWS,
    },
    sniff=_sniff,
    read=_read,
    notes=(
        *NOTES,
        "An empty list is no format by content, several tools write it: name it, as in `pylint-json:path`. "
        "json2 tells how many modules were linted, and is recognised.",
    ),
)
