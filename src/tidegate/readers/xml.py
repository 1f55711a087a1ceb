"""Safe streaming XML for the readers: expat fed in chunks, within limits; errors say where and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, Never, TypeAlias
from xml.parsers import expat
from xml.parsers.expat import errors

from tidegate.readers.base import MAX_COUNT, Limits, Source, Unreadable
from tidegate.readers.encodings import declared_encoding, is_foreign, xml_in_utf8
from tidegate.readers.xml_runs import Pieces

Attributes: TypeAlias = "dict[str, str]"
OnStart: TypeAlias = "Callable[[Attributes], None]"
OnEnd: TypeAlias = "Callable[[], None]"
OnOther: TypeAlias = "Callable[[str, Attributes], None]"

CHUNK_BYTES = 64 * 1024
# expat holds one tag, comment or declaration whole: without a bound a single one could fill the memory.
MAX_TOKEN_BYTES = 8 * 1024 * 1024

_AGAIN = "Make the report again"
_CUT = (
    "the report ends before it is complete",
    "The tool was stopped or the file was cut: make the report again",
)
_ENCODING = "Write the report in UTF-8, or declare its true encoding in the first line"
_LIMIT = "Raise the limit only if you trust the report"
_NO_ENTITIES = "Write the report without a DTD of its own"
_CODES = errors.codes
_INVALID = _CODES[errors.XML_ERROR_INVALID_TOKEN]
_FAULTS: Mapping[int, tuple[str, str]] = {
    _CODES[errors.XML_ERROR_SYNTAX]: (
        "this is not XML",
        "Send the report alone, without the output that the tool prints around it",
    ),
    _CODES[errors.XML_ERROR_NO_ELEMENTS]: _CUT,
    _CODES[errors.XML_ERROR_UNCLOSED_TOKEN]: _CUT,
    _CODES[errors.XML_ERROR_PARTIAL_CHAR]: _CUT,
    _CODES[errors.XML_ERROR_UNCLOSED_CDATA_SECTION]: _CUT,
    _CODES[errors.XML_ERROR_INVALID_TOKEN]: (
        (
            "a character that XML does not allow here (a stray '<' or '&', a NUL or control character, or"
            " bytes that are not in the document's encoding)"
        ),
        f"{_AGAIN}, in UTF-8 and with such characters escaped or left out",
    ),
    _CODES[errors.XML_ERROR_TAG_MISMATCH]: (
        "an end tag that does not close the element before it",
        "The file was damaged or put together by hand: make the report again",
    ),
    _CODES[errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]: (
        "something follows the end of the document",
        "Send one report a file, without the output of other tools",
    ),
    _CODES[errors.XML_ERROR_UNKNOWN_ENCODING]: ("an encoding that is not known", _ENCODING),
    _CODES[errors.XML_ERROR_INCORRECT_ENCODING]: (
        "the document is not in the encoding that it declares",
        _ENCODING,
    ),
    _CODES[errors.XML_ERROR_UNDEFINED_ENTITY]: (
        "an entity that is not defined",
        f"{_AGAIN} with plain characters instead of named entities",
    ),
}


class XmlFault(Exception):
    """What a reader found wrong at the current place; becomes `Unreadable` with line and column."""

    def __init__(self, what: str, todo: str = _AGAIN) -> None:
        self.what = what
        self.todo = todo
        super().__init__(what)


class XmlDocument:
    """What a reader wants to hear of a document; readers subclass it and keep their counts in it.

    `starts` and `ends` name the elements that matter, without namespaces, and what to call for each; all
    others pass unheard. Text is skipped inside expat unless `listen` asked for it.
    """

    roots: frozenset[str] = frozenset()
    harmless: frozenset[str] = frozenset()  # elements that `others` need not hear of
    holder: str | None = (
        None  # the element whose children may be taken as bytes (`tidegate.readers.xml_runs`)
    )

    def __init__(self) -> None:
        self._parser: expat.XMLParserType | None = None
        self.depth: Callable[[], int] = lambda: 0  # open elements, the one that just started included
        self.skip: Callable[[int], bool] = lambda _: False  # counts elements that the parser does not see

    def starts(self) -> dict[str, OnStart]:
        """Name the elements whose start matters."""
        raise NotImplementedError

    def ends(self) -> Mapping[str, OnEnd]:
        """Name the elements whose end matters."""
        raise NotImplementedError

    def others(self) -> OnOther | None:
        """Give what is called, with its name without a namespace, for each element not in `starts`."""
        return None

    def settle(self) -> None:
        """Work on what was put off since the last chunk; called after each."""

    def take(self, run: bytes) -> bool:
        """Read what stands in a `holder` from its bytes; False, with nothing done, where it is not plain.

        Counts its elements through `skip`, which is false where that would pass a limit.
        """
        raise NotImplementedError

    def attach(
        self, parser: expat.XMLParserType, depth: Callable[[], int], skip: Callable[[int], bool]
    ) -> None:
        """Remember the parser that feeds this document, and how to ask for the depth and to skip elements."""
        self._parser, self.depth, self.skip = parser, depth, skip

    def listen(self, sink: Callable[[str], None] | None) -> None:
        """Hand all text from here on to `sink`, in pieces; None stops that."""
        if self._parser is not None:
            self._parser.CharacterDataHandler = sink


def feed(source: Source, limits: Limits, document: XmlDocument) -> Iterator[None]:
    """Parse a report into a document, pausing after every chunk of 64 KiB so that its items can be handed on.

    Raises `Unreadable` for whatever is not a complete document within the limits. Entities are never
    expanded: a document that declares any, or defaults for attributes, is refused as it is met.
    """
    if source.size > limits.max_bytes:
        raise Unreadable(_too_big(source.size, limits))
    declared_as = declared_encoding(source.head) or "UTF-8"
    source, encoding = xml_in_utf8(source)
    parser, began = _parser(document, limits, encoding)
    pieces = Pieces(parser, document, began)
    read = 0
    with source.open() as stream:
        for chunk in _chunks(stream):
            read += len(chunk)
            if read > limits.max_bytes:
                raise Unreadable(_too_big(read, limits))
            with _faults(parser, declared_as, chunk, read):
                pieces.parse(chunk)
                document.settle()
            if pieces.waiting > MAX_TOKEN_BYTES:
                raise _unreadable(
                    parser,
                    f"one tag or comment of more than {MAX_TOKEN_BYTES // 1024 // 1024} MiB",
                    "Configure the tool to write long texts as element content, or to leave them out",
                )
            yield
    if not read:
        raise Unreadable(
            "The report is empty: the tool wrote nothing. Look at the log of the step that should have"
            " made it."
        )
    with _faults(parser, declared_as):
        pieces.finish()
        document.settle()
    yield


def whole_number(text: str | None, what: str) -> int:
    """Read a count of zero or more; raises `XmlFault` where it is none or is absent."""
    try:
        number = int(text or "")
    except ValueError:
        raise XmlFault(f"{what} is {printable(text)!r}, not a whole number") from None
    if number < 0:
        raise XmlFault(f"{what} is negative ({number})")
    if number > MAX_COUNT:
        raise XmlFault(f"{what} is {printable(text)}, more than anything that was ever counted")
    return number


def declared(attributes: Attributes, name: str) -> int | None:
    """Read a total that a report declares; None where it declares none or something that is no count."""
    text = attributes.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def _parser(
    document: XmlDocument, limits: Limits, encoding: str | None
) -> tuple[expat.XMLParserType, Callable[[], int]]:
    """Make a parser that counts, bounds and dispatches; its locals are hot, so they are closures.

    The second value tells at which byte the document's `holder` started last.
    """
    parser = expat.ParserCreate(encoding)
    other, harmless = document.others(), document.harmless
    starts = document.starts()
    start_of, end_of = starts.get, document.ends().get
    max_depth, max_items = limits.max_depth, limits.max_items
    opened = closed = unchecked = 0
    began = -1

    def on_root(name: str, attributes: Attributes) -> None:
        if name not in document.roots:
            wanted = " or ".join(f"<{root}>" for root in sorted(document.roots))
            raise XmlFault(
                f"the root element is <{printable(name)}>, not {wanted}", "Name the report's true format"
            )
        parser.StartElementHandler = on_start
        on_start(name, attributes)

    def on_start(name: str, attributes: Attributes) -> None:
        nonlocal opened
        opened += 1
        if opened > unchecked:
            check()
        action = start_of(name)
        if action is not None:
            action(attributes)
        elif ":" in name and start_of(name.rpartition(":")[2]) is not None:
            raise XmlFault(f"<{printable(name)}> has a namespace prefix", "Write the report without prefixes")
        elif other is not None and name not in harmless:
            other(name.rpartition(":")[2], attributes)

    def check() -> None:
        # Depth grows by one an element at most: no limit can be passed before the next `unchecked` elements.
        nonlocal unchecked
        if opened - closed > max_depth:
            raise XmlFault(f"elements nested deeper than {max_depth} levels", _LIMIT)
        if opened > max_items:
            raise XmlFault(f"more than {max_items} elements", f"Split the report. {_LIMIT}")
        unchecked = min(max_items, closed + max_depth)

    def on_end(name: str) -> None:
        nonlocal closed
        closed += 1
        action = end_of(name)
        if action is not None:
            action()

    def on_holder(attributes: Attributes) -> None:
        nonlocal began
        began = parser.CurrentByteIndex
        if holder_starts is not None:
            holder_starts(attributes)

    def skip(count: int) -> bool:
        nonlocal opened, closed, unchecked
        if opened - closed >= max_depth or opened + count > max_items:
            return False  # The parser meets the element that is too much, and tells its place.
        opened, closed, unchecked = opened + count, closed + count, min(max_items, unchecked + count)
        return True

    holder_starts = None
    if document.holder is not None:
        holder_starts = starts.get(document.holder)
        starts[document.holder] = on_holder
    parser.StartElementHandler = on_root
    parser.EndElementHandler = on_end
    parser.EntityDeclHandler = _refuse_entity
    parser.ExternalEntityRefHandler = _refuse_entity
    parser.SkippedEntityHandler = _refuse_entity
    parser.AttlistDeclHandler = _refuse_defaults
    document.attach(parser, lambda: opened - closed, skip)
    return parser, lambda: began


def _refuse_entity(*_: object) -> Never:
    raise XmlFault("the document declares or uses entities of its own, which no report needs", _NO_ENTITIES)


def _refuse_defaults(*_: object) -> Never:
    # A default of a megabyte on an element that occurs a million times is a bomb as well.
    raise XmlFault("the document declares default attributes, which no report needs", _NO_ENTITIES)


@contextmanager
def _faults(parser: expat.XMLParserType, encoding: str, chunk: bytes = b"", read: int = 0) -> Iterator[None]:
    """Turn what goes wrong while a document is parsed into `Unreadable` with its place."""
    try:
        yield
    except XmlFault as fault:
        raise _unreadable(parser, fault.what, fault.todo) from None
    except expat.ExpatError as error:
        what, todo = _FAULTS.get(error.code, (expat.ErrorString(error.code), _AGAIN))
        if error.code == _INVALID and is_foreign(chunk, parser.ErrorByteIndex - (read - len(chunk))):
            what, todo = f"bytes that are not in the document's encoding, {printable(encoding)}", _ENCODING
        raise Unreadable(_sentence(error.lineno, error.offset, what, todo)) from None
    except (LookupError, ValueError):
        # Python's codecs stand in for encodings that expat lacks, and fail in their own ways.
        raise _unreadable(parser, _unknown(encoding), _ENCODING) from None


def _unknown(encoding: str) -> str:
    return f"the report declares the encoding {printable(encoding)!r}, which is not known"


def _unreadable(parser: expat.XMLParserType, what: str, todo: str) -> Unreadable:
    return Unreadable(_sentence(parser.CurrentLineNumber, parser.CurrentColumnNumber, what, todo))


def _sentence(line: int, column: int, what: str, todo: str) -> str:
    return f"Line {line}, column {column + 1}: {what}. {todo}."


def _too_big(size: int, limits: Limits) -> str:
    return f"The report has {size} bytes or more, over the limit of {limits.max_bytes}. {_LIMIT}."


def printable(text: str | None) -> str:
    """Cut a text from a report so that it fits a message."""
    text = text or ""
    return text if len(text) <= 60 else text[:57] + "..."
