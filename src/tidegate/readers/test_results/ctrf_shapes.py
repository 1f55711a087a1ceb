"""The parts of a CTRF report that are read, and those that its schema requires."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from tidegate.readers.base import MAX_COUNT

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
_Status = Literal["passed", "failed", "skipped", "pending", "other"]


class CtrfHead(msgspec.Struct):
    """What says whether a document declares itself as CTRF; reporters before the schema had it do not."""

    format: Any = msgspec.field(name="reportFormat", default=msgspec.UNSET)
    version: Any = msgspec.field(name="specVersion", default=msgspec.UNSET)


class CtrfTool(msgspec.Struct):
    """Who ran the tests."""

    name: _Text
    version: str | None = None


class Summary(msgspec.Struct):
    """What the run declares of itself."""

    tests: _Count
    passed: _Count
    failed: _Count
    skipped: _Count
    pending: _Count
    other: _Count
    start: float | None = None
    stop: float | None = None
    flaky: _Count | None = None
    suites: _Count | None = None


class DeclaredSummary(Summary, kw_only=True):
    """The same, with the times that the schema requires."""

    start: int
    stop: int
    duration: float | None = None


class CtrfAttempt(msgspec.Struct, gc=False):
    """One try of a test; the last one is the test's own."""

    status: str


class CtrfEnvironment(msgspec.Struct):
    """Where the tests ran."""

    commit: str | None = None


class Test(msgspec.Struct):
    """One test, as reporters write it, with or without the schema's consent."""

    name: str
    status: str
    duration: float | None = None
    suite: str | list[str] | None = None
    message: str | None = None
    flaky: bool | None = None
    retries: int | None = None
    attempts: list[CtrfAttempt] | None = msgspec.field(name="retryAttempts", default=None)


class Results(msgspec.Struct):
    """One run."""

    tool: CtrfTool
    summary: Summary
    tests: list[Test]
    environment: CtrfEnvironment | None = None


class CtrfReport(msgspec.Struct):
    """A report that does not declare itself."""

    results: Results
    timestamp: str | None = None


class _Attachment(msgspec.Struct, gc=False):
    name: str
    content_type: str = msgspec.field(name="contentType")
    path: str


class _DeclaredAttempt(msgspec.Struct):
    attempt: Annotated[int, msgspec.Meta(ge=1)]
    status: _Status
    attachments: list[_Attachment] | None = None


class _CtrfStep(msgspec.Struct, gc=False):
    name: str
    status: _Status


class DeclaredTest(msgspec.Struct, kw_only=True):
    """One test, as the schema requires it; whole numbers are not required of durations."""

    name: _Text
    status: _Status
    duration: float
    suite: str | list[str] | None = None
    message: str | None = None
    flaky: bool | None = None
    retries: int | None = None
    attempts: list[_DeclaredAttempt] | None = msgspec.field(name="retryAttempts", default=None)
    attachments: list[_Attachment] | None = None
    steps: list[_CtrfStep] | None = None
    start: float | None = None
    stop: float | None = None
    line: int | None = None


class _DeclaredResults(msgspec.Struct):
    tool: CtrfTool
    summary: DeclaredSummary
    tests: list[DeclaredTest]
    environment: CtrfEnvironment | None = None


class _CtrfBaseline(msgspec.Struct):
    report_id: _Text = msgspec.field(name="reportId")


class DeclaredReport(msgspec.Struct, kw_only=True):
    """A report that says that it is CTRF, and of which version."""

    format: Literal["CTRF"] = msgspec.field(name="reportFormat")
    version: Annotated[str, msgspec.Meta(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")] = msgspec.field(
        name="specVersion"
    )
    results: _DeclaredResults
    baseline: _CtrfBaseline | None = None
    report_id: str | None = msgspec.field(name="reportId", default=None)
    timestamp: str | None = None
    generated_by: str | None = msgspec.field(name="generatedBy", default=None)
    extra: dict[str, Any] | None = None
