"""SARIF 2.1.0, the common format of static analysers."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from tidegate.domain.findings import Finding
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode, decode_each, read_text
from tidegate.readers.sarif_rules import TOOLS, Rules, kind_of_tool, words
from tidegate.readers.sarif_shapes import Log, Outline, Rated, Result, Run, RunArtifact, Suppression
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts

_REMAKE = "the tool's SARIF 2.1.0 output, written to a file by the tool itself"
_NO_PROBLEM = {"pass", "notapplicable", "informational"}
_NOT_ACCEPTED = {"rejected", "underreview"}


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if "sarif" in seen.keys.get("$schema", "").casefold():
        return seen.root == "{"
    return seen.has("runs") and bool(seen.inner & {"tool", "results", "invocations"} or seen.has("version"))


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    data = read_text(source, limits, remake=_REMAKE)
    decode(data, Outline, remake=_REMAKE)
    log = decode(data, Log, remake=_REMAKE)
    if log.version is not None and not log.version.startswith("2.1"):
        raise Unreadable(
            f"The report is SARIF {log.version[:20]}, read is 2.1.0: let the tool write that version."
        )
    counts = SeverityCounts()
    runs = log.runs or []
    for number, run in enumerate(runs):
        at = f"$.runs[{number}].results"
        if items:
            yield from _findings(run, at, counts, limits)
        else:
            _count(run, at, counts)
    why_not = _why_not(log, runs)
    tools = list(dict.fromkeys(_tool(run) for run in runs))
    kinds = {kind_of_tool(tool) for tool in tools}
    return Reading(
        format="sarif",
        kind=kinds.pop() if len(kinds) == 1 else Kind.SAST,
        tool=", ".join(tools) or "sarif",
        tool_version=_version(runs[0]) if len(runs) == 1 else "",
        measures=counts.measures(),
        ran=why_not is None,
        why_not=why_not,
    )


def _counts(result: Rated) -> bool:
    """Tell whether a result says that there is a problem now."""
    if result.kind is not None and result.kind.casefold() in _NO_PROBLEM:
        return False
    return result.baseline_state != "absent"


def _suppressed(suppressions: list[Suppression] | None) -> bool:
    if not suppressions:
        return False
    return all((each.status or each.state or "").casefold() not in _NOT_ACCEPTED for each in suppressions)


def _count(run: Run, at: str, counts: SeverityCounts) -> None:
    rules = Rules(run.tool)
    for result in decode_each(run.results or (), Rated, remake=_REMAKE, at=at):
        if _counts(result):
            counts.add(rules.severity(result, rules.of(result)), _suppressed(result.suppressions))


def _findings(run: Run, at: str, counts: SeverityCounts, limits: Limits) -> Iterator[Finding]:
    rules = Rules(run.tool)
    tool = _tool(run)
    artifacts = run.artifacts or []
    for result in decode_each(run.results or (), Result, remake=_REMAKE, at=at):
        if not _counts(result):
            continue
        rule = rules.of(result)
        severity = rules.severity(result, rule)
        suppressed = _suppressed(result.suppressions)
        counts.add(severity, suppressed)
        path, line = _where(result, artifacts)
        text = cut(words(result.message, rule), limits)
        yield Finding(tool, rules.name(result, rule), text, severity, path, line, suppressed)


def _where(result: Result, artifacts: list[RunArtifact]) -> tuple[str, int | None]:
    """Read the first place of a result: its path, percent-decoded, and its line."""
    place = result.locations[0].physical_location if result.locations else None
    if place is None:
        return "", None
    artifact = place.artifact_location
    uri = artifact.uri if artifact else None
    if artifact and uri is None and artifact.index is not None and 0 <= artifact.index < len(artifacts):
        kept = artifacts[artifact.index].location
        uri = kept.uri if kept else None
    return unquote(uri or ""), place.region.start_line if place.region else None


def _tool(run: Run) -> str:
    return (run.tool.driver.name if run.tool and run.tool.driver else None) or "sarif"


def _version(run: Run) -> str:
    driver = run.tool.driver if run.tool else None
    return (driver.version or driver.semantic_version or "") if driver else ""


def _why_not(log: Log, runs: list[Run]) -> str | None:
    if not runs:
        return "The report lists no run: no tool says that it looked for anything."
    if any(part.results for part in log.inline_external_properties or ()):
        return (
            "Results are kept as `inlineExternalProperties`, which are not read: let the tool write them into"
            " `runs`."
        )
    return next((why for run in runs if (why := _why_run_not(run)) is not None), None)


def _why_run_not(run: Run) -> str | None:
    tool = _tool(run)
    if run.external_property_file_references and run.external_property_file_references.results:
        return f"{tool} keeps its results in other files, which were not submitted: let it write one file."
    for call in run.invocations or ():
        notes = [*(call.tool_execution_notifications or ()), *(call.tool_configuration_notifications or ())]
        errors = [note for note in notes if (note.level or "").casefold() == "error"]
        said = (errors[0].message.text or "" if errors[0].message else "") if errors else ""
        if call.execution_successful is False:
            return f"{tool} says that its execution was not successful. {said}".strip()
        if errors:
            return f"{tool} reports {len(errors)} error(s) of its own run. {said}".strip()
    if run.results is None:
        return (
            f"A run of {tool} has no `results`: it did not look for any, an empty list would say that it"
            " found none."
        )
    return None


READER = Reader(
    format="sarif",
    title="SARIF 2.1.0",
    kind=Kind.SAST,
    source="https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html",
    follows={
        "findings.total": "Results of all runs that say there is a problem now and are not suppressed.",
        "findings.suppressed": "Results with `suppressions` none of which is `rejected` or `underReview`.",
        "findings.unrated": "Results of kind `open` or `review` whose rule has no score, and unknown levels.",
        **RATED_FOLLOWS,
        "findings.critical": "Results whose rule has a `security-severity` of at least 9.0.",
        "findings.high": "A `security-severity` of at least 7.0; without one, level `error`.",
        "findings.medium": "A `security-severity` of at least 4.0; without one, level `warning`.",
        "findings.low": "A `security-severity` above 0; without one, level `note`.",
        "findings.info": "Level `none` without a `security-severity`.",
    },
    sniff=_sniff,
    read=_read,
    tools=TOOLS,
    notes=(
        "One finding a result, whatever the number of its locations: a result is one problem.",
        "Results are never merged: two equal results are two places of the same problem.",
        (
            "Kinds `pass`, `notApplicable` and `informational` say that there is no problem; `open` and"
            " `review` leave it to a person, so they count until decided, unrated because such a result has"
            " no level."
        ),
        (
            "A result with one rejected suppression is not suppressed, whatever its other suppressions say,"
            " as the standard has it (3.27.23); the authors' tutorial counts it as suppressed."
        ),
        "`baselineState: absent` is a problem that is gone and does not count; `unchanged` ones count.",
        (
            "A result without a level takes its rule's default, else `warning`; overrides of an invocation"
            " are not read."
        ),
        "A `security-severity` of 0 is how tools write that they have no score; the level decides.",
        (
            "Errors among the notifications on execution or configuration mean that the tool did not do its"
            " work, even where `executionSuccessful` is true."
        ),
        (
            "What the report is evidence of follows from the driver's name (linters, type checkers,"
            " dependency scanners; else static security analysis); runs of several kinds in one file are read"
            " as the latter."
        ),
    ),
)
