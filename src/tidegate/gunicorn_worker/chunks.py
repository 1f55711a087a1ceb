"""Where a chunked body ends (RFC 9112, section 7.1); what is in it is read by gunicorn's own reader."""

from __future__ import annotations

from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, LimitRequestHeaders

_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_LONGEST_LINE = 8190
_LONGEST_TRAILERS = 8190
_CRLF = 2


class ChunkScanner:
    """Looks for the end of a chunked body in pieces of any size."""

    def __init__(self) -> None:
        self.decoded = 0
        self._line = bytearray()
        self._left = 0  # bytes of the chunk, and its line end, that are still to come
        self._tail = b""  # what ended the chunk so far
        self._trailers = -1  # bytes of trailers, once they have begun

    def feed(self, data: bytes) -> int | None:
        """Return how many of these bytes belong to the body where its end is among them, else None.

        Raises gunicorn's own errors for what is no chunked body.
        """
        at = 0
        while at < len(data):
            if self._left:
                at = self._skip(data, at)
                continue
            at, line = self._next_line(data, at)
            if line is None:
                return None
            if self._trailers >= 0:
                if not line:
                    return at
                continue
            self._begin(line)
        return None

    def _skip(self, data: bytes, at: int) -> int:
        piece = data[at : at + self._left]
        content = max(0, min(len(piece), self._left - _CRLF))
        self.decoded += content
        self._left -= len(piece)
        self._tail += piece[content:]
        if not self._left:
            if self._tail != b"\r\n":
                raise ChunkMissingTerminator(self._tail)
            self._tail = b""
        return at + len(piece)

    def _next_line(self, data: bytes, at: int) -> tuple[int, bytes | None]:
        end = data.find(b"\n", at)
        piece = data[at:] if end < 0 else data[at : end + 1]
        self._line += piece
        if self._trailers >= 0:
            self._trailers += len(piece)
            if self._trailers > _LONGEST_TRAILERS:
                raise LimitRequestHeaders("limit request trailer section size")
        if len(self._line) > _LONGEST_LINE:
            raise InvalidChunkSize(b"line over %d bytes" % _LONGEST_LINE)
        if end < 0:
            return len(data), None
        line = bytes(self._line)
        self._line.clear()
        if not line.endswith(b"\r\n"):
            raise InvalidChunkSize(line[:20])
        return end + 1, line[:-_CRLF]

    def _begin(self, line: bytes) -> None:
        digits = line.partition(b";")[0].rstrip(b" \t")
        if not digits or len(digits) > 16 or not _DIGITS.issuperset(digits):
            raise InvalidChunkSize(line[:20])
        size = int(digits, 16)
        if size:
            self._left = size + _CRLF
        else:
            self._trailers = 0
