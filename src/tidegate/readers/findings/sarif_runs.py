"""What a SARIF run says of itself: whether its tool did its work, when, and on which commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from tidegate.readers.findings.bandit import Metrics, why_metrics_not
from tidegate.readers.findings.sarif_shapes import Invocation, Log, Notification, Run
from tidegate.readers.findings.sarif_tools import safe_words, short_name, warns_of_work_undone
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import SeverityCounts

CONVERTER = "Tidegate"
"""Who converts reports by `tidegate read --output sarif`, as a run's `conversion` names it."""

_HARMLESS = {"none", "note"}
_Metrics = dict[str, Metrics]


def tool_of(run: Run) -> str:
    """Return the driver's name."""
    return (run.tool.driver.name if run.tool and run.tool.driver else None) or "sarif"


def made_at(runs: Iterable[Run]) -> datetime | None:
    """Return when the report was made by its own account: when the first of its runs was over."""
    ends = (max(times) for run in runs if (times := [*_times(run.invocations or ())]))
    return min(ends, default=None)


def _times(calls: Iterable[Invocation]) -> Iterable[datetime]:
    for call in calls:
        moment = own_time(call.end_time_utc, zone=UTC) or own_time(call.start_time_utc, zone=UTC)
        if moment is not None:
            yield moment


def commits_of(run: Run) -> tuple[str, ...]:
    """Return the commits that a run says it looked at: one of each repository."""
    named = (each.revision_id for each in run.version_control_provenance or ())
    return tuple(dict.fromkeys(each for each in named if isinstance(each, str) and each))


def why_log_not(log: Log) -> str | None:
    """Say why nothing in a log can be believed, None where its runs decide."""
    if not log.runs:
        return (
            "The report lists no run: no tool says that it looked for anything. Run the tool, and let it"
            " write the file itself."
        )
    if any(part.results for part in log.inline_external_properties or ()):
        return (
            "Results are kept as `inlineExternalProperties`, which are not read: let the tool write them into"
            " `runs`."
        )
    return None


def why_run_not(run: Run, counts: SeverityCounts) -> str | None:
    """Say how a run tells that its tool did not do its work, given what it counts."""
    tool = tool_of(run)
    converter = run.conversion.tool.driver if run.conversion and run.conversion.tool else None
    if converter is not None and (converter.name or "").casefold() == CONVERTER.casefold():
        return (
            f"{CONVERTER} made this log of another report, for viewers: it tells neither every rating nor"
            f" when {tool} ran. Submit the report that {tool} wrote."
        )
    if run.external_property_file_references and run.external_property_file_references.results:
        return f"{tool} keeps its results in other files, which were not submitted: let it write one file."
    for call in run.invocations or ():
        why = _why_call_not(tool, call)
        if why is not None:
            return why
    if run.results is None:
        return (
            f"A run of {tool} has no `results`: it did not look for any, an empty list would say that it"
            " found none."
        )
    if short_name(tool) == "eslint" and not run.results and not run.artifacts:
        return f"{tool} lists every file that it checks as an artifact, and lists none: give it the sources."
    if short_name(tool) == "bandit" and run.properties and run.properties.metrics is not None:
        return _why_bandit_not(run.properties.metrics, counts)
    return None


def _why_bandit_not(metrics: object, counts: SeverityCounts) -> str | None:
    try:
        return why_metrics_not(msgspec.convert(metrics, _Metrics), counts)
    except msgspec.MsgspecError:
        return "Bandit's `metrics` are not what it writes: what it scanned is not known. Scan again."


def _why_call_not(tool: str, call: Invocation) -> str | None:
    """Say how one start of the tool tells that it failed; a silent one is believed by its exit code."""
    notes = [*(call.tool_execution_notifications or ()), *(call.tool_configuration_notifications or ())]
    undone = [note for note in notes if _says_undone(tool, note)]
    about = _about(undone[0]) if undone else ""
    if call.process_start_failure_message is not None:
        return f"{tool} did not start: see `processStartFailureMessage` in the report."
    if call.execution_successful is False:
        return f"{tool} says that its execution was not successful{about}."
    if undone:
        count = f"{len(undone)} error(s) of its own run"
        return f"{tool} reports {count}, see its notifications: something was not looked at{about}."
    if call.execution_successful is None:
        if call.exit_signal_name is not None or call.exit_signal_number is not None:
            return f"{tool} was ended by signal {call.exit_signal_name or call.exit_signal_number}."
        if call.exit_code not in (None, 0):
            return (
                f"{tool} ended with exit code {call.exit_code} and does not say that it was successful"
                " (`executionSuccessful`)."
            )
    return None


def _says_undone(tool: str, note: Notification) -> bool:
    level = (note.level or ("error" if note.exception is not None else "warning")).casefold()
    if level == "warning":
        return warns_of_work_undone(tool, _name(note), _text(note))
    return level not in _HARMLESS


def _name(note: Notification) -> str:
    return (note.descriptor.id if note.descriptor else None) or ""


def _text(note: Notification) -> str:
    return (note.message.text if note.message else None) or ""


def _about(note: Notification) -> str:
    """Say what a notification is about: what it is called and the file that it names, never its text."""
    places = (place.physical_location for place in note.locations or ())
    files = (place.artifact_location.uri for place in places if place and place.artifact_location)
    said = [part for part in (safe_words(_name(note), _text(note)), next(files, None)) if part]
    return f" ({', '.join(said)[:200]})" if said else ""
