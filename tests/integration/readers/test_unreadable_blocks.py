"""A report that is broken blocks the rule that needs it, also where the rule narrows its need to one tool."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.integration.readers.checks import BY_FORMAT
from tests.support.reading import TRUST
from tests.support.report_samples import SAMPLES
from tidegate.domain.evidence import Evidence, Subject
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.inheritance import complete
from tidegate.domain.judging import judge
from tidegate.domain.measures import Kind
from tidegate.domain.states import State
from tidegate.readers.base import Limits, Source
from tidegate.readers.evidence import read_evidence

_NOW = datetime(2030, 1, 2, tzinfo=UTC)


def _take(data: bytes, slot: str, format: str | None = None) -> Evidence:
    return read_evidence(
        Source.of_bytes(data), slot=slot, taken_at=_NOW, limits=Limits(), format=format, trust=TRUST
    ).evidence


def _state(need: str, *evidence: Evidence) -> State:
    rule = {"id": "r", "that": "tool.ran", "needs": [need]}
    gate = complete(draft_of({"name": "g", "rules": [rule]}))
    named = [commit for one in evidence for commit in one.commits]
    return judge(gate, evidence, (), _NOW, Subject("shop", (*named, "0f" * 20)[0])).state


@pytest.mark.parametrize("format", sorted(SAMPLES))
class TestBrokenReport:
    def test_blocks_what_is_needed_of_its_tool(self, format: str) -> None:
        sound = _take(SAMPLES[format], "sound")
        # A NUL is allowed in no format; it comes last, so that the format is still recognised.
        broken = _take(SAMPLES[format] + b"\0 \xff", "broken", format)
        # Where a format may be of any of several kinds, one that is broken is of each.
        assert (broken.kind, broken.format, broken.tool) == (BY_FORMAT[format].kind, format, "")
        assert broken.kind in (sound.kind, Kind.ANALYSIS)
        assert broken.unreadable
        for need in (f"{sound.kind}", f"{sound.kind}/{sound.tool}".replace(" ", "")):
            assert _state(need, sound) is State.PASS
            assert _state(need, broken) is State.UNREADABLE
            assert _state(need, sound, broken) is State.UNREADABLE

    def test_blocks_every_need_where_not_even_its_kind_is_known(self, format: str) -> None:
        sound, unknown = _take(SAMPLES[format], "sound"), _take(b"\0\1 cut to pieces", "broken")
        assert (unknown.kind, unknown.tool) == (None, "")
        assert _state(f"{sound.kind}", sound, unknown) is State.UNREADABLE
        assert _state(f"{sound.kind}/{sound.tool}".replace(" ", ""), sound, unknown) is State.UNREADABLE
