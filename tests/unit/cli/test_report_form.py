"""Tests of the form that `tidegate submit` sends: what a parser of others reads of it, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multipart import MultipartSegment, PushMultipartParser

from tidegate.cli.lazy import NotDone
from tidegate.cli.report_form import OutgoingForm, OutgoingReport
from tidegate.readers.base import Source


def form_of(reports: dict[str, bytes]) -> OutgoingForm:
    """Make a form of reports in memory."""
    return OutgoingForm(
        [OutgoingReport(slot, Source.of_bytes(data), {"format": "junit"}) for slot, data in reports.items()]
    )


def read(form: OutgoingForm) -> dict[str, bytes]:
    """Return what a parser reads: each part's bytes, by its filename or else its name."""
    found: dict[str, bytes] = {}
    name = ""
    with form.open() as stream:
        boundary = form.content_type.partition("boundary=")[2]
        for event in PushMultipartParser(boundary).parse_blocking(stream.read):
            if isinstance(event, MultipartSegment):
                name = event.filename or event.name
                found[name] = b""
            elif event is not None:
                found[name] += event
    return found


class TestForm:
    @given(
        st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="%\\"), min_size=1),
            st.binary(max_size=300),
            max_size=5,
        )
    )
    def test_is_read_as_it_was_written(self, reports: dict[str, bytes]) -> None:
        reports.pop("details", None)
        found = read(form_of(reports))
        details = json.loads(found.pop("details"))
        assert found == reports
        assert details == dict.fromkeys(reports, {"format": "junit"})

    @pytest.mark.parametrize("slot", ['a "b".xml', "a\\b.xml", "50%.xml", "ünit/é.xml", "a;filename=b"])
    def test_keeps_unusual_names(self, slot: str) -> None:
        assert list(read(form_of({slot: b"x"}))) == ["details", slot]

    def test_knows_its_size_before_it_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xml"
        path.write_bytes(b"x" * 1_000_000)
        form = OutgoingForm([OutgoingReport("a.xml", Source.of_path(path), {})])
        with form.open() as stream:
            assert len(stream.read()) == form.size

    def test_can_be_read_again(self) -> None:
        form = form_of({"a": b"x"})
        with form.open() as first, form.open() as second:
            assert first.read() == second.read()

    @pytest.mark.parametrize("slot", ["a\nb", "a%22b", "a%0Ab", "a\udcffb", "C:\\a", "\\\\a"])
    def test_refuses_names_that_would_be_read_as_others(self, slot: str) -> None:
        with pytest.raises(NotDone, match="rename it"):
            form_of({slot: b"x"})

    @pytest.mark.parametrize("now", [b"shorter", b"longer than it was"])
    def test_fails_where_a_report_changes_meanwhile(self, tmp_path: Path, now: bytes) -> None:
        path = tmp_path / "a.xml"
        path.write_bytes(b"as it was")
        form = OutgoingForm([OutgoingReport("a.xml", Source.of_path(path), {})])
        path.write_bytes(now)
        with form.open() as stream, pytest.raises(NotDone, match="changed while it was sent"):
            stream.read()
