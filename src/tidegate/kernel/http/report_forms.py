"""Several reports in one form (multipart/form-data), taken in part by part: the whole form, or nothing of it.

Neither Flask's `request.form` nor Werkzeug's parser is asked. They leave out parts that they do not
understand, and where a read ends inside the line of a boundary, Werkzeug adds a byte to the part before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from flask import request
from multipart import MultipartError, MultipartSegment, PushMultipartParser
from werkzeug.exceptions import RequestEntityTooLarge

from tidegate.kernel.http.problems import Fault, ProblemError
from tidegate.kernel.http.uploads import spool_folder, spooled_source
from tidegate.readers.base import Source

if TYPE_CHECKING:
    from tidegate.settings import Settings

MEDIA_TYPE = "multipart/form-data"
_IN_MEMORY = 1024 * 1024
_PIECE = 256 * 1024
_LONGEST_HEADER = 8 * 1024
_AS_IT_IS = (None, "binary", "8bit", "7bit")
_HOW = "curl --form report=@junit.xml --form report=@coverage.xml"


@dataclass(frozen=True, slots=True)
class FormLimits:
    """How many reports a form may hold, and bytes of one, of all of them, of the details, of the body."""

    reports: int
    report_bytes: int
    all_bytes: int
    details_bytes: int
    body_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take the limits from the settings."""
        return cls(
            reports=settings.max_submission_reports,
            report_bytes=settings.max_report_bytes,
            all_bytes=settings.reports_bytes,
            details_bytes=settings.max_json_bytes,
            body_bytes=settings.largest_body,
        )


@dataclass(frozen=True, slots=True)
class ReportForm:
    """A form that has arrived: reports by the names of their files, and the text of the part `details`."""

    reports: tuple[Source, ...]
    details: bytes | None


@contextmanager
def uploaded_form(limits: FormLimits, *, spool: Path) -> Iterator[ReportForm]:
    """Receive a form of reports; what was spooled to the folder `spool` is gone afterwards.

    Refuses another media type (415), a form that is no whole one (400), parts that mean nothing (422), and
    what is too large (413) before it is read to its end.
    """
    if request.mimetype != MEDIA_TYPE:
        raise ProblemError(
            "unsupported-media-type",
            f"Send the reports as a form of files ({_HOW}); one report alone may be sent as the body of "
            "POST …/evidence.",
            headers={"Accept-Post": MEDIA_TYPE},
        )
    request.max_content_length = limits.body_bytes
    with ExitStack() as stack:
        yield _received(_FormParts(limits, lambda: stack.enter_context(spool_folder(spool)), stack))


def _received(parts: _FormParts) -> ReportForm:
    try:
        parser = PushMultipartParser(parts.boundary, max_header_size=_LONGEST_HEADER)
        for event in parser.parse_blocking(request.stream.read, _PIECE):
            parts.take(event)
    except MultipartError as error:
        raise ProblemError(
            "malformed", f"The form cannot be read: {error}. Nothing of it was recorded; send it again."
        ) from None
    except RequestEntityTooLarge:
        raise ProblemError(
            "too-large",
            f"The reports of one submission may have {parts.limits.all_bytes:,} bytes together. The operator "
            "sets how many: MAX_SUBMISSION_BYTES.",
        ) from None
    return parts.form()


class _FormParts:
    """What has arrived of a form."""

    def __init__(self, limits: FormLimits, folder: Callable[[], Path], stack: ExitStack) -> None:
        self.limits = limits
        self.boundary: str = request.mimetype_params.get("boundary", "")
        self._make_folder = folder
        self._folder: Path | None = None
        self._stack = stack
        self._reports: list[Source] = []
        self._names: set[str] = set()
        self._details: bytes | None = None
        self._open: _ReportPart | _DetailsPart | None = None
        self._bytes = 0
        self._in_memory = 0

    def take(self, event: MultipartSegment | bytes | None) -> None:
        """Take in what the parser met: the head of a part, some of its bytes, or its end."""
        if isinstance(event, MultipartSegment):
            self._open = self._begin(event)
        elif self._open is not None:
            if event is None:
                self._end(self._open)
            else:
                self._add(self._open, event)

    def form(self) -> ReportForm:
        """Return the form, once its end has arrived."""
        if not self._reports:
            raise _fault("/report", f"The form holds no report: send a part for each ({_HOW}).")
        return ReportForm(tuple(self._reports), self._details)

    def _begin(self, head: MultipartSegment) -> _ReportPart | _DetailsPart:
        if head.header("Content-Transfer-Encoding") not in _AS_IT_IS:
            raise _fault(f"/{head.name[:80]}", "It is encoded for mail: send the bytes as they are.")
        if head.name == "report":
            return self._begin_report(head.filename or "")
        if head.name != "details":
            raise _fault(
                f"/{head.name[:80]}",
                "There is no such part: each report is a file named `report`; `details` says more of them.",
            )
        if head.filename is not None:
            raise _fault("/details", "It is a text, not a file: curl --form 'details=<details.json'.")
        if self._details is not None:
            raise _fault("/details", "Given more than once.")
        return _DetailsPart()

    def _begin_report(self, filename: str) -> _ReportPart:
        place = f"/report/{len(self._reports)}"
        if len(self._reports) == self.limits.reports:
            raise _too_large(
                place,
                f"One submission may hold {self.limits.reports:,} reports. The operator sets how many: "
                "MAX_SUBMISSION_REPORTS.",
            )
        if not filename:
            raise _fault(
                place,
                f"The part has no `filename`, which names its report's slot: send it as a file ({_HOW}).",
            )
        if filename in self._names:
            raise _fault(
                place,
                f"{filename[:300]!r} was sent before in this form: two reports of one name need two slots "
                "(curl --form 'report=@unit/junit.xml;filename=unit/junit.xml').",
            )
        self._names.add(filename)
        return _ReportPart(filename, place)

    def _add(self, part: _ReportPart | _DetailsPart, data: bytes) -> None:
        if isinstance(part, _DetailsPart):
            part.data += data
            if len(part.data) > self.limits.details_bytes:
                raise _too_large(
                    "/details",
                    f"At most {self.limits.details_bytes:,} bytes are read of it (MAX_JSON_BYTES).",
                )
            return
        part.size += len(data)
        self._bytes += len(data)
        if part.size > self.limits.report_bytes:
            raise _too_large(
                part.place,
                f"{part.name[:300]!r} is larger than the {self.limits.report_bytes:,} bytes that are read of "
                "a report. The operator sets how many: MAX_REPORT_BYTES.",
            )
        if self._bytes > self.limits.all_bytes:
            raise RequestEntityTooLarge
        if part.file is None and self._in_memory + len(data) > _IN_MEMORY:
            self._in_memory -= len(part.data)
            part.move_to(self._stack.enter_context(self._in_folder(part).open("wb")))
        self._in_memory += part.write(data)

    def _end(self, part: _ReportPart | _DetailsPart) -> None:
        self._open = None
        if isinstance(part, _DetailsPart):
            self._details = bytes(part.data)
            begin = self._details
        else:
            self._reports.append(self._source(part))
            begin = self._reports[-1].head
        if begin.startswith(f"--{self.boundary}".encode()):
            # RFC 2046 lets a part without a body end like this; the parser took the next one for its body.
            raise ProblemError(
                "malformed",
                "The form cannot be read: an empty part lacks the line break before the boundary.",
            )

    def _source(self, part: _ReportPart) -> Source:
        if part.file is None:
            return Source.of_bytes(bytes(part.data), part.name)
        part.file.close()
        return spooled_source(self._in_folder(part), part.name)

    def _in_folder(self, part: _ReportPart) -> Path:
        if self._folder is None:
            self._folder = self._make_folder()
        return self._folder / part.place.rpartition("/")[2]


class _DetailsPart:
    """The part `details` while it arrives."""

    def __init__(self) -> None:
        self.data = bytearray()


class _ReportPart:
    """A report while it arrives: in memory while there is room, else in a file."""

    def __init__(self, name: str, place: str) -> None:
        self.name = name
        self.place = place
        self.size = 0
        self.data = bytearray()
        self.file: IO[bytes] | None = None

    def move_to(self, file: IO[bytes]) -> None:
        """Go on in a file."""
        file.write(self.data)
        self.data = bytearray()
        self.file = file

    def write(self, data: bytes) -> int:
        """Add bytes; returns how many of them are in memory."""
        if self.file is not None:
            self.file.write(data)
            return 0
        self.data += data
        return len(data)


def _fault(place: str, detail: str) -> ProblemError:
    return ProblemError("invalid", "The form has a fault.", faults=[Fault("body", place, detail)])


def _too_large(place: str, detail: str) -> ProblemError:
    return ProblemError("too-large", detail, faults=[Fault("body", place, detail)])
