"""Judging: a verdict as a pure function of gate, evidence, facts, waivers, time and subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from tidegate.domain.canonical import clean
from tidegate.domain.changes import smallest_change
from tidegate.domain.counted_reports import CountedReports
from tidegate.domain.coverage_joins import Joins, asks_for_coverage, coverage_of, join_reports, key_of_join
from tidegate.domain.coverage_union import JoinedCoverage
from tidegate.domain.effective_reports import PROVE, RUN_AGAIN, EffectiveReport
from tidegate.domain.evidence import ALL_ZONES, Evidence, Subject
from tidegate.domain.expressions import NotEvaluated
from tidegate.domain.fact_judging import ReadFacts, describe, read_facts, require_fitting, shown
from tidegate.domain.fact_snapshots import NO_FACTS, FactSnapshot, facts_asked
from tidegate.domain.facts import Fact
from tidegate.domain.gates import Gate, Rule, format_duration
from tidegate.domain.measures import Kind, Value
from tidegate.domain.selections import Selection, why_not_measured
from tidegate.domain.states import State, worst, worst_first
from tidegate.domain.times import write_time
from tidegate.domain.verdicts import ReportFault, RuleVerdict, Verdict
from tidegate.domain.waivers import Waiver
from tidegate.domain.wording import number

READABLE = "submit a readable report in its place"
"""What is to change where a report cannot be read; outputs that name it apart leave this out."""

_MOST_REASONS = 5  # sentences; a thousand broken reports need not be listed one by one


def judge(
    gate: Gate,
    evidence: Iterable[Evidence],
    waivers: Iterable[Waiver],
    at: datetime,
    subject: Subject,
    joins: Joins = MappingProxyType({}),
    facts: FactSnapshot = NO_FACTS,
) -> Verdict:
    """Say whether the evidence passes the gate at a time, rule by rule, and why.

    `facts` are what is known of the subject's target. `joins` is what `join_for` makes of the coverage of
    several reports; without it, the least counts that they can mean together.

    Neither the order of evidence nor that of waivers matters. `at` and every time in the evidence must be
    timezone-aware. Everything given is taken to be about the subject.
    """
    return judge_counted(
        gate, CountedReports.at(evidence, at, revision=subject.revision), waivers, at, subject, joins, facts
    )


def judge_counted(
    gate: Gate,
    counted: CountedReports,
    waivers: Iterable[Waiver],
    at: datetime,
    subject: Subject,
    joins: Joins = MappingProxyType({}),
    facts: FactSnapshot = NO_FACTS,
) -> Verdict:
    """Say what `judge` does of reports that hold at this time, for every environment and rule found once."""
    # Whoever gathered them: only what the rules read of this very target counts.
    facts = FactSnapshot.of(gate, facts.facts, at, subject)
    granted = sorted((w for w in waivers if w.gate == gate.name), key=lambda w: (w.expires_at, w.id))
    selections = {needs: counted.select(needs) for needs in {rule.needs for rule in gate.rules}}
    rules = tuple(
        _judge_rule(rule, selections[rule.needs], at, joins, read_facts(rule, facts, at, subject)).verdict(
            [waiver for waiver in granted if waiver.concerns(gate.name, rule.id, subject)], at
        )
        for rule in gate.rules
    )
    state = worst(rule.state for rule in rules if rule.blocks)
    return Verdict(
        gate=gate.name,
        gate_digest=gate.digest,
        subject=subject,
        at=at,
        state=state,
        rules=rules,
        faults=_faults(counted.reports, selections.values()),
        facts_digest=facts.digest if facts_asked(gate) else None,
    )


def _faults(reports: Iterable[EffectiveReport], selections: Iterable[Selection]) -> tuple[ReportFault, ...]:
    """Name each report that cannot be counted on and that a rule speaks of, with the cause."""
    asked = {id(report) for selection in selections for report in selection.faulty}
    if not asked:
        return ()
    return tuple(
        ReportFault(
            report=report.evidence.digest,
            slot=report.evidence.slot,
            state=State.ERROR if report.unreadable is None else State.UNREADABLE,
            reason=_fault(report),
        )
        for report in reports
        if id(report) in asked
    )


def _fault(report: EffectiveReport) -> str:
    if report.unreadable is not None:
        return f"{report.unreadable}."
    return f"{report.error}." if report.remedy in (RUN_AGAIN, PROVE) else f"{report.error}: {report.remedy}."


@dataclass(frozen=True, slots=True)
class _Finding:
    """A rule with everything found of it, before waivers are looked at."""

    rule: Rule
    reasons: Mapping[State, list[str]]
    changes: Mapping[State, str]
    measured: Mapping[str, Value]
    evidence: tuple[str, ...]
    warnings: tuple[str, ...]
    facts: tuple[Fact, ...] | None

    def verdict(self, waivers: list[Waiver], at: datetime) -> RuleVerdict:
        """Apply the waivers that concern this rule; of several that fit, the one that lasts longest."""
        found = worst_first(self.reasons)
        state = found[0]
        # Every state speaks: a report that cannot be read must not hide that the others fail.
        reasons = [reason for each in found for reason in _first(self.reasons[each])]
        changes = dict.fromkeys(self.changes[each] for each in found if each in self.changes)
        reasons += self.warnings
        fitting = [w for w in waivers if w.in_force(at) and w.covers.issuperset(found)]
        waiver = fitting[-1] if fitting and state is not State.PASS else None
        over = tuple(sorted(w.id for w in waivers if w.expired(at))) if state is not State.PASS else ()
        if waiver is not None:
            until = write_time(waiver.expires_at)
            reasons.append(f"Waived by {waiver.approver} for {waiver.owner} until {until}: {waiver.reason}")
        elif over:
            reasons.append(f"Waiver {', '.join(over)} has expired and no longer excuses it.")
        return RuleVerdict(
            rule=self.rule.id,
            title=self.rule.title,
            on=self.rule.on,
            state=state,
            found=found,
            asked=self.rule.that,
            account=self.rule.expression.account,
            measured=self.measured,
            evidence=self.evidence,
            waiver=None if waiver is None else waiver.id,
            expired_waivers=over,
            reason=" ".join(reasons),
            change="; ".join(changes) or None,
            warnings=self.warnings,
            facts=self.facts,
        )


def _first(reasons: list[str]) -> list[str]:
    """Take the first reasons of a state and count the rest."""
    more = len(reasons) - _MOST_REASONS
    return reasons if more <= 0 else [*reasons[:_MOST_REASONS], f"And {more} more of the kind."]


def _judge_rule(rule: Rule, selection: Selection, at: datetime, joins: Joins, read: ReadFacts) -> _Finding:
    """Find every state that applies: a waiver must cover all of them, not the worst alone."""
    reasons: dict[State, list[str]] = {}
    changes: dict[State, str] = {}
    _unreadable(selection, reasons, changes)
    _errors(selection, reasons, changes)
    _unmet(selection, reasons, changes)
    _stale(rule, selection, at, reasons, changes)
    joined = _joined(rule, selection, joins)
    values = selection.values(rule.expression.wanted, joined.values)
    measured = {name: values[name] for name in rule.expression.measures if name in values}
    require_fitting(rule, measured, read)
    _evaluate(rule, selection, values, measured, read, reasons, changes)
    for state, texts in read.reasons.items():
        reasons.setdefault(state, []).extend(texts)
        changes[state] = "; ".join(filter(None, (changes.get(state), read.changes[state])))
    warnings = (*_first(selection.copies()), *joined.notes_on(m.name for m in rule.expression.wanted))
    facts = tuple(read.facts) if rule.expression.facts else None
    return _Finding(rule, reasons, changes, measured, selection.digests, warnings, facts)


def _joined(rule: Rule, selection: Selection, joins: Joins) -> JoinedCoverage:
    reports = coverage_of(selection) if asks_for_coverage(rule) else ()
    if len(reports) < 2:
        return JoinedCoverage({}, {})
    return joins.get(key_of_join(reports)) or join_reports(reports, lambda _: None)


_Reasons = dict[State, list[str]]
_Changes = dict[State, str]


def _unreadable(selection: Selection, reasons: _Reasons, changes: _Changes) -> None:
    for report in selection.faulty:
        if report.unreadable is not None:
            reasons.setdefault(State.UNREADABLE, []).append(f"{_place(report)} cannot be read.")
            changes[State.UNREADABLE] = READABLE


def _errors(selection: Selection, reasons: _Reasons, changes: _Changes) -> None:
    remedies: dict[str, None] = {}
    for report in selection.faulty:
        if report.error is not None:
            reasons.setdefault(State.ERROR, []).append(f"{_place(report)} cannot be counted on.")
            remedies[report.remedy] = None
    if remedies:
        changes[State.ERROR] = "; ".join(remedies)


def _unmet(selection: Selection, reasons: _Reasons, changes: _Changes) -> None:
    if not selection.unmet:
        return
    for need in selection.unmet:
        reasons.setdefault(State.MISSING, []).append(f"There is no evidence of {need}.")
    unclassified = sorted({r.evidence.tool for r in selection.relevant if _is_unclassified(r, selection)})
    for tool in unclassified:
        reasons[State.MISSING].append(
            f"{clean(tool)} is not known as a security scanner: what it finds counts, that it found nothing "
            f"counts where the rule names it, as in needs: [sast/{_in_a_need(tool)}]."
        )
    changes[State.MISSING] = f"submit a report of {', '.join(map(str, selection.unmet))}"


def _is_unclassified(report: EffectiveReport, selection: Selection) -> bool:
    """Tell whether a report would meet a need that is open, if only it were known what its tool does."""
    return (
        report.evidence.kind is Kind.ANALYSIS
        and report.unreadable is None
        and any(need.met_by(report.evidence) for need in selection.unmet)
    )


def _in_a_need(tool: str) -> str:
    return "-".join(clean(tool).casefold().split())


def _stale(rule: Rule, selection: Selection, at: datetime, reasons: _Reasons, changes: _Changes) -> None:
    if rule.max_age is None or selection.oldest is None or at - selection.oldest <= rule.max_age:
        return
    for report in selection.relevant:
        since = report.evidence.since
        if at - since > rule.max_age:
            own = ", as it or its sender says" if since != report.evidence.taken_at else ""
            if own and report.evidence.taken_at - since <= ALL_ZONES:
                own += (
                    " (a time without its zone counts as the oldest that it can be, that of UTC+14: "
                    "--report-timezone or REPORT_TIMEZONE, such as UTC, says which it is)"
                )
            text = f"{_short(report)} was taken at {write_time(since)}{own}; "
            text += f"{format_duration(rule.max_age)} is allowed."
            reasons.setdefault(State.STALE, []).append(text)
            changes[State.STALE] = "run the tool again and submit its report"


def _evaluate(
    rule: Rule,
    selection: Selection,
    values: Mapping[str, Value],
    measured: Mapping[str, Value],
    read: ReadFacts,
    reasons: _Reasons,
    changes: _Changes,
) -> None:
    expression = rule.expression
    lacking = [name for name in expression.measures if name not in measured]
    if lacking:
        _lacking(lacking, selection, reasons, changes)
        return
    if not read.complete:
        return
    known = {**measured, **read.values}
    try:
        holds = expression.evaluate(known)
    except NotEvaluated as error:
        reasons.setdefault(State.ERROR, []).append(f"{error}.")
        changes.setdefault(State.ERROR, "fix the rule's expression")
        return
    listed = ", ".join(
        [f"{name} is {number(value)}" for name, value in measured.items()]
        + [f"{name} is {shown(value)}" for name, value in read.values.items()]
    )
    if not holds:
        found = f"Measured: {listed}." if listed else "It never holds."
        told = f" Told: {'; '.join(map(describe, read.facts))}." if read.facts else ""
        reasons[State.FAIL] = [f"Required: {expression.account}. {found}{told}"]
        changes[State.FAIL] = smallest_change(expression.tree, {**values, **read.values}, expression.evaluate)
    elif not reasons and not read.reasons:
        reasons[State.PASS] = [f"It holds: {listed}." if listed else "It always holds."]


def _lacking(lacking: list[str], selection: Selection, reasons: _Reasons, changes: _Changes) -> None:
    whys = [why for name in lacking if (why := why_not_measured(name, selection)) is not None]
    if whys or not reasons:
        # Nothing found and nothing measured must never be a pass.
        reasons.setdefault(State.MISSING, []).extend(whys or [f"{', '.join(lacking)} is not measured."])
        changes.setdefault(State.MISSING, f"submit a report that gives {', '.join(lacking)}")


def _place(report: EffectiveReport) -> str:
    return f"{clean(report.evidence.slot) or 'A report'} ({report.evidence.digest[:19]})"


def _short(report: EffectiveReport) -> str:
    tool = clean(report.evidence.tool) or report.evidence.format or "A report"
    return f"{tool} ({report.evidence.digest[:19]})"
