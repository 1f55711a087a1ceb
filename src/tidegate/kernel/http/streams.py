"""The body of a request as it is read: within the limit, however it is sent, and decompressed."""

from __future__ import annotations

import io
import sys
import tempfile
import zlib
from typing import IO, TYPE_CHECKING, cast

import flask
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import cached_property
from werkzeug.wsgi import get_input_stream

from tidegate.kernel.http.problems import ProblemError
from tidegate.kernel.http.use import current_container

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_GZIP = ("gzip", "x-gzip")
_IN_MEMORY = 512 * 1024
_PIECE = 64 * 1024


class Request(flask.Request):
    """A request whose stream answers 413 at the limit; Werkzeug's cuts a chunked body off in silence."""

    @cached_property
    def stream(self) -> IO[bytes]:
        """Return the body's bytes; `max_content_length` bounds what is sent, and what it decompresses to."""
        limit = sys.maxsize if self.max_content_length is None else self.max_content_length
        if self.content_length is not None and self.content_length > limit:
            raise RequestEntityTooLarge()
        # One byte more is let through, so that a body that is too long can be told from one that just fits.
        sent = io.BufferedReader(
            _Bounded(get_input_stream(self.environ, max_content_length=limit + 1), limit)
        )
        if self.content_encoding_name == "identity":
            return sent
        if self.content_encoding_name in _GZIP:
            return io.BufferedReader(_Bounded(io.BufferedReader(_Decompressed(sent)), limit))
        raise ProblemError(
            "unsupported-media-type",
            f"Content-Encoding {self.content_encoding_name!r} is not read here: send the body as gzip, or "
            "uncompressed.",
            headers={"Accept-Encoding": "gzip, identity"},
        )

    @property
    def content_encoding_name(self) -> str:
        """Return how the body is compressed, in lower case; `identity` where it is not."""
        return (self.content_encoding or "").strip().lower() or "identity"

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        """Return where a form's file is kept while it arrives.

        Beside the data, as the API's uploads are: /tmp may be small, in memory, or not there to be written.
        """
        folder = current_container().settings.data_dir / "incoming"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cast("IO[bytes]", tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder)))


class _Bounded(io.RawIOBase):
    """A stream that raises where it holds more than `limit` bytes."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        piece = self._stream.read(len(view))
        self._left -= len(piece)
        if self._left < 0:
            raise RequestEntityTooLarge()
        view[: len(piece)] = piece
        return len(piece)


class _Decompressed(io.RawIOBase):
    """What a gzip stream (RFC 1952) holds, decompressed a piece at a time; it may have several members."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._member = self._begin()
        self._begun = False
        self._input = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        while True:
            if not self._input:
                self._input = self._stream.read(_PIECE)
                if not self._input:
                    return self._end()
            if piece := self._decompress(len(view)):
                view[: len(piece)] = piece
                return len(piece)

    def _decompress(self, most: int) -> bytes:
        self._begun = True
        try:
            piece = self._member.decompress(self._input, most)
        except zlib.error as error:
            raise ProblemError(
                "malformed", f"The body is not gzip, as Content-Encoding says: {error}."
            ) from None
        if self._member.eof:
            self._input = self._member.unused_data
            self._member, self._begun = self._begin(), False
        else:
            self._input = self._member.unconsumed_tail
        return piece

    def _end(self) -> int:
        if self._begun:
            raise ProblemError("malformed", "The body ends in the middle of its gzip stream: send it again.")
        return 0

    @staticmethod
    def _begin() -> zlib._Decompress:
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
