"""Which reader a workbook needs, told by its content: a file's name says what its owner believes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from tidegate.readers.workbooks.archives import Archive
from tidegate.readers.workbooks.base import Sheet, UnreadableWorkbook, WorkbookLimits
from tidegate.readers.workbooks.csvs import read_csv
from tidegate.readers.workbooks.ods import TYPE, read_ods
from tidegate.readers.workbooks.xlsx import read_xlsx
from tidegate.readers.workbooks.yamls import is_yaml, read_yaml_declarations

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = ((b"%PDF", "a PDF"), (b"<", "a web page or XML"), (b"{", "JSON"), (b"[", "JSON"))


def read_workbook(file: BinaryIO, limits: WorkbookLimits) -> Iterator[Sheet]:
    """Go through a workbook's sheets, each of which is read before the next; raises `UnreadableWorkbook`."""
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    if head.startswith(_OLE):
        encrypted = "E\0n\0c\0r\0y\0p\0t".encode() in head or b"E\0n\0c\0r\0y\0p\0t" in _all(file, limits)
        raise UnreadableWorkbook(
            "The workbook is encrypted: save it without a password."
            if encrypted
            else "The file is an Excel workbook of the old kind (.xls): save it as .xlsx."
        )
    if head.startswith(b"PK"):
        yield from (read_ods if _is_ods(file, limits) else read_xlsx)(file, limits)
        return
    for start, what in _FOREIGN:
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(start):
            raise UnreadableWorkbook(f"The file is {what}, and no workbook: save it as .xlsx, .ods or .csv.")
    if not head.strip():
        raise UnreadableWorkbook("The file is empty.")
    if b"\0" in head:
        raise UnreadableWorkbook(
            "The file is neither .xlsx nor .ods, nor CSV in UTF-8: save it as one of them."
        )
    if is_yaml(head):
        yield from read_yaml_declarations(file)
        return
    yield from read_csv(file, limits)


def _is_ods(file: BinaryIO, limits: WorkbookLimits) -> bool:
    archive = Archive(file, limits)
    return "mimetype" in archive.names and next(archive.pieces("mimetype"), b"").startswith(TYPE)


def _all(file: BinaryIO, limits: WorkbookLimits) -> bytes:
    file.seek(0)
    return file.read(limits.max_bytes)
