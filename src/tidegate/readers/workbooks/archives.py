"""The zip archive that a workbook is: opened only when all that it holds was unpacked once, within limits."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO
from xml.parsers import expat

from tidegate.readers.workbooks.base import UnreadableWorkbook, WorkbookLimits

_PIECE = 256 * 1024
_LOCAL = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 0x1


class Archive:
    """A zip archive whose parts are read from their own bytes; the sizes in its directory are checked."""

    def __init__(self, file: BinaryIO, limits: WorkbookLimits) -> None:
        self._file = file
        self._left = limits.max_unpacked
        self._limits = limits
        try:
            self._members = zipfile.ZipFile(file).infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UnreadableWorkbook(f"The file is cut off or damaged: {error}. Save it again.") from None
        names = [member.filename for member in self._members]
        if len(names) > limits.max_members:
            raise UnreadableWorkbook(
                f"The archive holds {len(names):,} files; {limits.max_members:,} are read."
            )
        if len(set(names)) < len(names):
            raise UnreadableWorkbook("The archive holds a file twice: nobody can tell which one counts.")
        self.names = frozenset(names)
        self._check_sizes()

    def check_others(self, read: frozenset[str]) -> None:
        """Unpack the parts that were not read yet, so that no library meets more than the limit."""
        for member in self._members:
            if member.filename not in read:
                for _ in self.pieces(member.filename):
                    pass

    def pieces(self, name: str) -> Iterator[bytes]:
        """Unpack a part piece by piece."""
        member = next(one for one in self._members if one.filename == name)
        if member.flag_bits & _ENCRYPTED or member.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise UnreadableWorkbook(
                f"{name} in the archive is encrypted or packed in an unusual way. Save it again."
            )
        size = 0
        for piece in self._unpacked(member):
            size += len(piece)
            self._left -= len(piece)
            if size > member.file_size:
                raise UnreadableWorkbook(
                    f"{name} in the archive unpacks to more than it says: it is not read."
                )
            if self._left < 0:
                raise self._too_large()
            yield piece
        if size != member.file_size:
            raise UnreadableWorkbook(f"{name} in the archive is cut off. Save the workbook again.")

    def read(self, name: str) -> bytes:
        """Unpack a small part as a whole."""
        return b"".join(self.pieces(name))

    def _check_sizes(self) -> None:
        if sum(member.file_size for member in self._members) > self._limits.max_unpacked:
            raise self._too_large()

    def _too_large(self) -> UnreadableWorkbook:
        return UnreadableWorkbook(
            f"The workbook unpacks to more than {self._limits.max_unpacked:,} bytes (WORKBOOK_MAX_UNPACKED). "
            "Split it, or delete what is not meant to be imported."
        )

    def _unpacked(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        self._file.seek(member.header_offset)
        head = self._file.read(_LOCAL.size)
        if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
            raise UnreadableWorkbook(f"{member.filename} in the archive is damaged. Save the workbook again.")
        *_, name_length, extra_length = _LOCAL.unpack(head)
        self._file.seek(name_length + extra_length, 1)
        left = member.compress_size
        unpacker = zlib.decompressobj(-15) if member.compress_type == zipfile.ZIP_DEFLATED else None
        try:
            while left > 0 and (data := self._file.read(min(_PIECE, left))):
                left -= len(data)
                if unpacker is None:
                    yield data
                    continue
                while data:
                    yield unpacker.decompress(data, _PIECE)
                    data = unpacker.unconsumed_tail
            if unpacker is not None:
                yield unpacker.flush()
        except zlib.error as error:
            raise UnreadableWorkbook(f"{member.filename} in the archive is damaged: {error}.") from None


def elements(archive: Archive, name: str) -> list[tuple[str, dict[str, str]]]:
    """Return the elements of a small part, without their namespaces, and their attributes."""
    found: list[tuple[str, dict[str, str]]] = []
    if name in archive.names:
        parser = safe_parser(lambda tag, attributes: found.append((tag.rpartition(":")[2], attributes)))
        feed(parser, archive, name)
    return found


def safe_parser(on_start: Callable[[str, dict[str, str]], None]) -> expat.XMLParserType:
    """Make a parser that refuses a document type, and with it every entity."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = on_start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def feed(parser: expat.XMLParserType, archive: Archive, name: str) -> None:
    """Have a part parsed; raises `UnreadableWorkbook` where it is no XML."""
    try:
        for piece in archive.pieces(name):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableWorkbook(
            f"{name} in the archive is damaged: {error}. Save the workbook again."
        ) from None


def _refuse_doctype(*_: object) -> None:
    raise UnreadableWorkbook(
        "The workbook's XML declares a document type, which no spreadsheet program does."
    )
