"""SARIF 2.1.0, the common format of static analysers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tidegate.domain.evidence import ToolRun
from tidegate.domain.findings import Finding
from tidegate.domain.measures import Kind, combine
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.ruff import why_not_checked
from tidegate.readers.findings.sarif_places import Places
from tidegate.readers.findings.sarif_rules import Rules, is_counted, words
from tidegate.readers.findings.sarif_runs import commits_of, made_at, tool_of, why_log_not, why_run_not
from tidegate.readers.findings.sarif_shapes import Log, Outline, Rated, Result, Run, Suppression
from tidegate.readers.findings.sarif_tools import kind_of_tool, not_checked_rule
from tidegate.readers.findings.sarif_trivy import RULE_OF_LEAKS, scanner_of, why_silent
from tidegate.readers.findings.secret_words import (
    first_line,
    is_about_secrets,
    secret_message,
    without_secret,
)
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode, decode_each, read_text
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts

_REMAKE = "the tool's SARIF 2.1.0 output, written to a file by the tool itself"
_ACCEPTED = {"", "accepted"}
_STABLE = ("primaryLocationLineHash", "matchBasedId", "contextRegionHash")
_STABLE_NAME = re.compile(r"[A-Za-z0-9+/=_:.-]{3,256}")  # Semgrep writes `requires login` in place of one

_COMMIT = re.compile(r"[0-9a-f]{7,64}")


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
    runs = log.runs or []
    why_not = why_log_not(log)
    tools: dict[str, _ToolPart] = {}
    for number, run in enumerate(runs):
        tool, kind = scanner_of(run) or (tool_of(run), kind_of_tool(tool_of(run)))
        part = tools.setdefault(tool.casefold(), _ToolPart(tool, kind))
        met = _Met(tool, kind, Rules(run), Places(run), not_checked_rule(tool))
        at = f"$.runs[{number}].results"
        if items:
            yield from _findings(run, at, met, limits)
        else:
            _count(run, at, met)
        part.add(run, met.counts, why_not or _why_not(run, met))
    parts = [part.as_run() for part in tools.values()]
    return _reading(runs, parts, why_not)


@dataclass(slots=True)
class _Met:
    """One run while it is read: how its results are understood, and what they come to."""

    tool: str
    kind: Kind
    rules: Rules
    places: Places
    not_checked: Callable[[str], bool] | None
    counts: SeverityCounts = field(default_factory=SeverityCounts)
    files_not_checked: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _ToolPart:
    """What the runs of one tool say together."""

    tool: str
    kind: Kind
    counts: SeverityCounts = field(default_factory=SeverityCounts)
    why_not: str | None = None
    commits: dict[str, None] = field(default_factory=dict)

    def add(self, run: Run, counts: SeverityCounts, why_not: str | None) -> None:
        self.counts.add_all(counts)
        self.why_not = self.why_not or why_not
        self.commits |= dict.fromkeys(commits_of(run))

    def as_run(self) -> ToolRun:
        return ToolRun(
            kind=self.kind,
            tool=self.tool,
            measures=self.counts.measures(),
            ran=self.why_not is None,
            why_not=self.why_not,
            commits=tuple(self.commits),
        )


def _reading(runs: list[Run], parts: list[ToolRun], why_not: str | None) -> Reading:
    """Say what the report says: one tool's part, or several with their sum."""
    made = made_at(runs)
    version = _version(runs[0]) if len(runs) == 1 else ""
    if len(parts) == 1:
        (one,) = parts
        return Reading(
            "sarif", one.kind, one.tool, one.measures, version, one.ran, one.why_not, made, one.commits
        )
    kinds = {part.kind for part in parts}
    total = combine([(part.kind, part.measures) for part in parts]) if parts else SeverityCounts().measures()
    why_not = why_not or next((part.why_not for part in parts if part.why_not), None)
    return Reading(
        format="sarif",
        kind=kinds.pop() if len(kinds) == 1 else Kind.ANALYSIS,
        tool=", ".join(part.tool for part in parts) or "sarif",
        tool_version=version,
        measures=total,
        ran=why_not is None,
        why_not=why_not,
        made_at=made,
        runs=tuple(parts),
    )


def _suppressed(suppressions: list[Suppression] | None) -> bool:
    if not suppressions:
        return False
    return all((each.status or each.state or "").casefold() in _ACCEPTED for each in suppressions)


def _count(run: Run, at: str, met: _Met) -> None:
    # Where results are is asked only of tools that write some about files which they did not check.
    shape = Rated if met.not_checked is None else Result
    for result in decode_each(run.results or (), shape, remake=_REMAKE, at=at):
        if not is_counted(result):
            continue
        rule = met.rules.of(result)
        met.counts.add(met.rules.severity(result, rule), _suppressed(result.suppressions))
        if met.not_checked and isinstance(result, Result) and met.not_checked(met.rules.name(result, rule)):
            met.files_not_checked.add(met.places.of(result)[0])


def _findings(run: Run, at: str, met: _Met, limits: Limits) -> Iterator[Finding]:
    for result in decode_each(run.results or (), Result, remake=_REMAKE, at=at):
        if not is_counted(result):
            continue
        rule = met.rules.of(result)
        name = met.rules.name(result, rule)
        severity = met.rules.severity(result, rule)
        suppressed = _suppressed(result.suppressions)
        met.counts.add(severity, suppressed)
        path, line = met.places.of(result)
        text = words(result.message, rule)
        if met.not_checked and met.not_checked(name):
            met.files_not_checked.add(path)
            text = first_line(text)
        if _is_of_secret(met.kind, name) or rule.name == RULE_OF_LEAKS:
            # The tool's fingerprints are hashes of the matched line: a secret could be guessed back.
            text, stable = secret_message(name, _commit(result)), ""
        else:
            text, stable = without_secret(text), _stable(result)
        yield Finding(met.tool, name, cut(text, limits), severity, path, line, suppressed, stable)


def _why_not(run: Run, met: _Met) -> str | None:
    why = why_run_not(run, met.counts) or why_not_checked(tool_of(run), met.files_not_checked)
    if why is None and not run.results and met.rules.all_disabled():
        return (
            f"{tool_of(run)} ran with all of its rules switched off (`enabled` is false) and looked for"
            " nothing. Switch on what it is to look for and run it again."
        )
    return why or why_silent(run)


def _is_of_secret(kind: Kind, rule: str) -> bool:
    """Tell whether a result may be about a secret, so that its text could hold it; linters' rules are not."""
    return kind is Kind.SECRETS or (kind not in (Kind.LINT, Kind.TYPES) and is_about_secrets(rule))


def _commit(result: Result) -> str:
    """Return the commit that gitleaks found a secret in."""
    commit = (result.partial_fingerprints or {}).get("commitSha")
    return commit if isinstance(commit, str) and _COMMIT.fullmatch(commit) else ""


def _stable(result: Result) -> str:
    """Return the name that the tool gives to a problem and keeps from run to run, if it is a known one."""
    given = (result.partial_fingerprints or {}) | (result.fingerprints or {})
    for known in _STABLE:
        for name, value in given.items():
            if name.partition("/")[0] == known and isinstance(value, str) and _STABLE_NAME.fullmatch(value):
                return f"{known}:{value}"
    return ""


def _version(run: Run) -> str:
    driver = run.tool.driver if run.tool else None
    return (driver.version or driver.semantic_version or "") if driver else ""


READER = Reader(
    format="sarif",
    title="SARIF 2.1.0",
    kind=Kind.ANALYSIS,
    source="https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html",
    follows={
        "tool.ran": (
            "False where a run says that it did not work, has no `results`, or lists files that were not"
            " checked."
        ),
        "findings.total": "Results of all runs that say there is a problem now and are not suppressed.",
        "findings.suppressed": "Results with `suppressions` all of which are accepted.",
        "findings.unrated": (
            "Results whose score, level or kind is none that is known, and of kind `open` or `review`"
            " without a score."
        ),
        **RATED_FOLLOWS,
        "findings.critical": "Results with a `security-severity` of at least 9.0, or `critical`.",
        "findings.high": "A `security-severity` of at least 7.0, or `high`; without one, level `error`.",
        "findings.medium": "A `security-severity` from 4.0, or `medium`; without one, level `warning`.",
        "findings.low": "A `security-severity` above 0, or `low`; without one, level `note`.",
        "findings.info": "Level `none` without a `security-severity`.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "One finding a result, whatever the number of its locations: a result is one problem.",
        "Results are never merged: two equal results are two places of the same problem.",
        (
            "Each tool's runs in a file are judged by themselves: a rule that needs one tool never sees what"
            " another one in the same file says."
        ),
        (
            "Kinds `pass`, `notApplicable` and `informational` say that there is no problem, unless the"
            " result has level `error` or `warning` as well; `open` and `review` leave it to a person, so"
            " they count until decided, unrated because such a result has no level."
        ),
        (
            "A result with one suppression that is not accepted is not suppressed, whatever its other"
            " suppressions say, as the standard has it (3.27.23); the authors' tutorial counts it as"
            " suppressed."
        ),
        "`baselineState: absent` is a problem that is gone and does not count; `unchanged` ones count.",
        (
            "A result without a level takes that of its invocation's `ruleConfigurationOverrides`, else its"
            " rule's default, else `warning`; of several overrides the worst."
        ),
        (
            "A `security-severity` of the result counts as well as its rule's, the worse of both. It is a"
            " number from 0 to 10 or a word (`critical`, `high`, `medium`, `low`); anything else (`9,8`,"
            " -1, NaN) leaves the result unrated, and then no severity is measured."
        ),
        (
            "A `security-severity` of 0 is how tools write that they have no score; the level decides. Of"
            " Trivy, which names its rating among the tags, the tag does: `UNKNOWN` is unrated."
        ),
        (
            "Errors among the notifications on execution or configuration mean that the tool did not do"
            " its work, even where `executionSuccessful` is true; so do warnings of a timeout or of files"
            " that could not be parsed, all warnings of Semgrep, a process that did not start, a signal,"
            " and an exit code other than 0 where `executionSuccessful` is not given."
        ),
        (
            "Results by which linters say that a file was not read or parsed (ruff's `invalid-syntax`, E902,"
            " E999, or no rule at all) mean that the tool did not do its work, as in their own formats; so do"
            " Bandit's metrics where nothing was scanned, or other findings were counted than are listed."
        ),
        (
            "What the report is evidence of follows from the driver's name: `sast` is met by tools that"
            " are known to look for security problems. What an unknown tool finds counts against `sast`,"
            " and that it found nothing counts where a rule names the tool, as in `needs:"
            " [sast/harbour-scan]`."
        ),
        (
            "Trivy's SARIF is of several scanners and does not say which ran: one without results counts as"
            " not run, and one with misconfigurations or secrets alone is evidence of `sast` or `secrets`."
        ),
        (
            "A commit in `versionControlProvenance` must be the judged one; the time of the last invocation"
            " (`endTimeUtc`) counts for `max_age` where it is older than the file's."
        ),
        (
            "Paths are those in the repository where `originalUriBaseIds`, the working directory or the"
            " folders of known CI systems tell where it begins. The tool's own fingerprints"
            " (`primaryLocationLineHash`, `matchBasedId`, `contextRegionHash`) tell a known finding whose"
            " message has changed."
        ),
        (
            "What a tool says of its own run is not repeated, it may quote the source: a reason names the"
            " notification, the file and known words (`timeout`). Of a secret neither the text nor a"
            " fingerprint is kept."
        ),
    ),
)
