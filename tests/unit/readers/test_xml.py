"""The XML scaffold refuses what is dangerous or damaged, and reads what is merely unusual."""

from __future__ import annotations

import io
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reading import measure, recognises, refusal
from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.test_results import junit
from tidegate.readers.xml import MAX_TOKEN_BYTES, XmlDocument, XmlFault, feed, printable, whole_number
from tidegate.readers.xml_root import root_of

if TYPE_CHECKING:
    from typing_extensions import Buffer

READER = junit.READER
GOOD = '<testsuites><testsuite name="s" tests="1"><testcase name="c"/></testsuite></testsuites>'
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


class TestRefusing:
    @pytest.mark.parametrize(
        ("report", "what"),
        [
            ("", "The report is empty"),
            ("   ", "ends before it is complete"),
            ("pytest says hello", "Line 1, column 1: this is not XML"),
            ("<testsuites><testsuite>", "ends before it is complete"),
            ("<testsuites><testsuite name='a", "ends before it is complete"),
            ("<testsuites><![CDATA[ abc", "ends before it is complete"),
            (
                "<testsuites>\n<testsuite></testcase></testsuites>",
                "Line 2, column 14: an end tag that does not close",
            ),
            ("<testsuites></testsuites>\nDone.", "Line 2, column 1: something follows"),
            ("<testsuites>&nbsp;</testsuites>", "an entity that is not defined"),
            ("<testsuites a='1' a='2'/>", "duplicate attribute"),
            ("<catalog/>", "the root element is <catalog>, not <testsuite> or <testsuites>"),
            ("<x:testsuites xmlns:x='u'/>", "the root element is <x:testsuites>"),
            ("<testsuites xmlns:x='u'><x:testcase/></testsuites>", "<x:testcase> has a namespace prefix"),
        ],
    )
    def test_says_what_is_wrong_and_what_to_do(self, report: str, what: str) -> None:
        message = refusal(READER, report)
        assert what in message
        assert message.endswith(".")

    @pytest.mark.parametrize(
        ("report", "what"),
        [
            (GOOD.encode().replace(b"name='c'", b"\0").replace(b'"c"', b'"\0"'), "NUL"),
            (GOOD.encode().replace(b'"c"', b'"caf\xe9"'), "bytes that are not in the document's encoding"),
            (GOOD.encode().replace(b'"c"', b'"caf\xe9"'), "encoding, UTF-8. Write the report in UTF-8"),
            (b"<testsuites>\xef\xbf\xbe</testsuites>", "a character that XML does not allow here"),
            (b"<?xml version='1.0' encoding='klingon'?>" + GOOD.encode(), "'klingon', which is not known"),
            (
                b"<?xml version='1.0' encoding='undefined'?>" + GOOD.encode(),
                "'undefined', which is not known",
            ),
            (
                GOOD.encode("utf-16")[:-1],
                "The report begins as UTF-16, but is not in that encoding throughout",
            ),
        ],
    )
    def test_names_the_encoding_as_the_cause(self, report: bytes, what: str) -> None:
        assert what in refusal(READER, report)

    @pytest.mark.parametrize(
        "subset",
        [
            '<!ENTITY l0 "lol">' + LAUGHS,
            '<!ENTITY out SYSTEM "file:///etc/passwd">',
            '<!ENTITY % out SYSTEM "http://127.0.0.1/x.dtd"> %out;',
            '<!ATTLIST testcase time CDATA "1">',
        ],
    )
    def test_expands_no_entity_and_takes_no_default(self, subset: str) -> None:
        started = time.perf_counter()
        message = refusal(READER, f"<!DOCTYPE testsuites [{subset}]><testsuites>&l9;</testsuites>")
        assert "the document declares" in message
        assert "Line 1" in message
        assert time.perf_counter() - started < 1

    def test_refuses_an_entity_of_an_external_dtd(self) -> None:
        report = '<!DOCTYPE testsuites SYSTEM "junit.dtd"><testsuites>&thing;</testsuites>'
        assert "uses entities of its own" in refusal(READER, report)

    def test_refuses_nesting_of_100_000_levels_in_a_second_and_bounded_memory(self) -> None:
        report = b"<testsuites>" + b"<a>" * 100_000
        tracemalloc.start()
        started = time.perf_counter()
        message = refusal(READER, report)
        elapsed, peak = time.perf_counter() - started, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert "nested deeper than 200 levels" in message
        assert elapsed < 1
        assert peak < 4 * 1024 * 1024

    def test_refuses_the_first_element_beyond_the_depth_wherever_it_stands(self) -> None:
        limits = Limits(max_depth=3)
        measure(READER, f"<testsuites>{'<a><b/></a>' * 50}</testsuites>", limits)
        late = f"<testsuites>{'<a><b/></a>' * 50}<a><b><c/></b></a></testsuites>"
        assert "nested deeper than 3" in refusal(READER, late, limits)

    def test_refuses_more_elements_than_the_limit(self) -> None:
        limits = Limits(max_items=10)
        measure(READER, f"<testsuites>{'<a/>' * 9}</testsuites>", limits)
        assert "more than 10 elements" in refusal(READER, f"<testsuites>{'<a/>' * 10}</testsuites>", limits)

    def test_refuses_more_bytes_than_the_limit_before_reading(self) -> None:
        assert "over the limit of 10." in refusal(READER, GOOD, Limits(max_bytes=10))

    def test_refuses_more_bytes_than_the_source_promised(self) -> None:
        lying = Source("report", GOOD.encode(), 5, lambda: io.BytesIO(GOOD.encode()))
        with pytest.raises(Unreadable, match="over the limit of 50"):
            list(READER.read(lying, Limits(max_bytes=50), False))

    def test_refuses_one_tag_that_would_fill_the_memory(self) -> None:
        message = refusal(READER, b"<testsuites a='" + b"x" * (MAX_TOKEN_BYTES + 200_000) + b"'/>")
        assert "one tag or comment of more than 8 MiB" in message

    @settings(max_examples=60, deadline=1000)
    @given(st.binary(max_size=200), st.integers(0, len(GOOD)))
    def test_gives_no_other_error_for_any_bytes(self, junk: bytes, at: int) -> None:
        for report in (junk, GOOD.encode()[:at] + junk + GOOD.encode()[at:]):
            try:
                list(READER.read(Source.of_bytes(report), Limits(), True))
            except Unreadable as unreadable:
                assert str(unreadable)

    @given(st.integers(1, len(GOOD) - 1))
    def test_never_reads_a_report_that_was_cut(self, at: int) -> None:
        assert refusal(READER, GOOD[:at])


class TestReading:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
    def test_reads_a_document_in_the_encoding_that_it_declares(self, encoding: str) -> None:
        declared = encoding.removesuffix("-sig")
        report = f"<?xml version='1.0' encoding='{declared}'?>{GOOD.replace('c', 'é')}".replace(
            "testé", "testc"
        )
        report = report.replace("énéoding", "encoding").replace("éase", "case")
        data = report.encode(encoding)
        assert recognises(READER, data)
        assert measure(READER, data).measures["tests.total"] == 1

    @pytest.mark.parametrize(
        "subset", ["", ' SYSTEM "junit.dtd"', ' PUBLIC "-//x" "junit.dtd"[]', " [<!ELEMENT a ANY>]"]
    )
    def test_reads_a_document_with_a_doctype_without_entities(self, subset: str) -> None:
        report = f"<!DOCTYPE testsuites{subset}>{GOOD}"
        assert recognises(READER, report)
        assert measure(READER, report).measures["tests.total"] == 1

    def test_keeps_no_text_of_hundreds_of_megabytes(self) -> None:
        piece = b"x" * 1024 * 1024
        size = 100 * len(piece)

        class Endless(io.RawIOBase):
            """A report whose one system-out has 100 MiB, made as it is read."""

            def __init__(self) -> None:
                begin, end = (
                    b"<testsuite><testcase name='a'><system-out>",
                    b"</system-out></testcase></testsuite>",
                )
                self.parts = iter([begin, *[piece] * 100, end])
                self.rest = b""

            def readable(self) -> bool:
                return True

            def readinto(self, buffer: Buffer) -> int:
                view = memoryview(buffer)
                if not self.rest:
                    self.rest = next(self.parts, b"")
                size = min(len(view), len(self.rest))
                view[:size], self.rest = self.rest[:size], self.rest[size:]
                return size

        source = Source("r", b"<testsuite>", size, lambda: io.BufferedReader(Endless()))
        tracemalloc.start()
        stream = READER.read(source, Limits(), True)
        assert len(list(stream)) == 1
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 * 1024 * 1024


class TestRootOf:
    def test_tells_root_attributes_doctype_and_first_child(self) -> None:
        root = root_of(Source.of_bytes(b'<!DOCTYPE a PUBLIC "p" "s"><a b="1"><c/></a>'))
        assert root is not None
        assert (root.name, root.attributes, root.doctype, root.child) == ("a", {"b": "1"}, "p s", "c")

    def test_tells_a_document_with_entities_by_its_doctype(self) -> None:
        root = root_of(Source.of_bytes(b'<!DOCTYPE testsuites [<!ENTITY a "b">]><testsuites/>'))
        assert root is not None
        assert root.name == "testsuites"

    @pytest.mark.parametrize("data", [b"", b"{}", b"TN:", b"<", b"\xff\xfe\x00", b"< ?", b"<!-- x -->"])
    def test_is_none_for_what_has_no_root(self, data: bytes) -> None:
        assert root_of(Source.of_bytes(data)) is None

    @pytest.mark.parametrize("encoding", ["klingon", "utf-16", "shift_jis"])
    def test_is_recognised_behind_any_declared_encoding(self, encoding: str) -> None:
        root = root_of(Source.of_bytes(f"<?xml version='1.0' encoding='{encoding}'?><a/>".encode()))
        assert root is not None
        assert root.name == "a"

    def test_tells_the_root_of_a_report_that_was_cut(self) -> None:
        root = root_of(Source.of_bytes(b"<testsuites><test"))
        assert root is not None
        assert root.name == "testsuites"

    @given(st.binary(max_size=100))
    def test_never_raises(self, data: bytes) -> None:
        root_of(Source.of_bytes(b"<" + data))


class TestSmallParts:
    def test_a_whole_number_is_zero_or_more(self) -> None:
        assert whole_number("7", "hits") == 7
        for text in (None, "", "x", "1.5", "-1", "9" * 20, "9" * 5000):
            with pytest.raises(XmlFault, match="hits"):
                whole_number(text, "hits")

    def test_a_long_text_is_cut_for_messages(self) -> None:
        assert printable(None) == ""
        assert len(printable("x" * 1000)) == 60

    def test_a_document_must_say_what_it_listens_to(self) -> None:
        document = XmlDocument()
        document.listen(None)
        with pytest.raises(NotImplementedError):
            list(feed(Source.of_bytes(b"<a/>"), Limits(), document))
        with pytest.raises(NotImplementedError):
            document.ends()
