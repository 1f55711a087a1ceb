"""A verdict for a person at a terminal: a table where there is room, one block a rule where there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.cli.show.context import ReportContext
from tidegate.cli.show.missing import commands_for
from tidegate.cli.terminal import BAD, EXCUSED, GOOD, ODD, Block, Terminal
from tidegate.domain.asked_items import MOST_NAMED, asked_items
from tidegate.domain.shown_verdicts import MORE_MAY_BE_NEEDED, ShownRule, ShownVerdict
from tidegate.domain.states import State

if TYPE_CHECKING:
    from rich.text import Text

_ROOM_FOR_A_TABLE = 140
_NAMED_ABOVE = f"see the reports named above; {MORE_MAY_BE_NEEDED}"


def print_verdict(verdict: ShownVerdict, context: ReportContext, terminal: Terminal) -> None:
    """Print what each rule asked and found, then one line with the conclusion."""
    plain = terminal.plain
    terminal.print(plain(f"Gate {verdict.gate} ({verdict.gate_digest[:19]}) on {_subject(verdict)}"))
    terminal.print(plain(f"judged at {verdict.at}"), style="dim")
    terminal.print()
    _faults(verdict, context, terminal)
    if terminal.width >= _ROOM_FOR_A_TABLE:
        _wide(verdict, context, terminal)
        _named(verdict, context, terminal)
    else:
        _narrow(verdict, context, terminal)
    if context.unasked:
        terminal.print(plain(f"No rule asks about: {', '.join(context.unasked)}."))
    if context.ignored:
        count = len(context.ignored)
        some = ", ".join([*context.ignored][:5]) + (", …" if count > 5 else "")
        terminal.print(plain(f"Ignored, because they are no reports: {count} found in folders ({some})."))
        for said in filter(None, context.ignored.values()):
            terminal.print(plain(said))
    terminal.print(plain(verdict.conclusion), style=GOOD if verdict.passed else BAD)


def _faults(verdict: ShownVerdict, context: ReportContext, terminal: Terminal) -> None:
    """Name the reports that cannot be counted on, with the cause: once, and not under each rule."""
    for fault in verdict.faults:
        terminal.print(terminal.plain(f"{fault.state}: {fault.slot}"), style=ODD)
        block = Block(terminal)
        block.add("", fault.cause)
        advice = context.advice_on(fault, verdict)
        if advice and context.reports:
            block.add("", advice)
        block.print()
    if verdict.faults:
        terminal.print()


def _named(verdict: ShownVerdict, context: ReportContext, terminal: Terminal) -> None:
    """Name below the table what the rules that fail are about."""
    for rule in verdict.rules:
        lines = list(asked_items(rule, context.reports, MOST_NAMED).lines())
        if lines:
            terminal.print(terminal.plain(rule.rule), style="bold")
            block = Block(terminal)
            for line in lines:
                block.add("", line)
            block.print()
            terminal.print()


def _subject(verdict: ShownVerdict) -> str:
    return verdict.subject[:1].lower() + verdict.subject[1:] if "This" in verdict.subject else verdict.subject


def _wide(verdict: ShownVerdict, context: ReportContext, terminal: Terminal) -> None:
    from rich import box
    from rich.table import Table

    plain = terminal.plain
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, leading=1)
    # Ids stay on one line as far as they leave room for the rest.
    widest = min(max((len(rule.rule) for rule in verdict.rules), default=4), terminal.width // 5)
    table.add_column("Rule", width=widest, overflow="fold")
    for title, ratio in (("Asked", 5), ("Measured", 5), ("Evidence", 5)):
        table.add_column(title, ratio=ratio, overflow="fold")
    # No state may be broken in two: it is what one looks for first.
    words = [word for rule in verdict.rules for word in plain(rule.label).split()]
    table.add_column("Verdict", width=max(map(len, [*words, "Verdict"])), overflow="fold")
    table.add_column("Smallest change to pass", ratio=6, overflow="fold")
    for rule in verdict.rules:
        table.add_row(
            plain(rule.rule),
            plain(rule.asked),
            plain(rule.measured_text),
            "\n".join(map(plain, [*context.names_of(rule), *(fact.text for fact in rule.facts)])) or "none",
            _marked(rule, plain(rule.label)),
            plain(_NAMED_ABOVE if _is_named_above(rule, verdict) else _advice(rule) or "-"),
        )
    terminal.print(table)


def _narrow(verdict: ShownVerdict, context: ReportContext, terminal: Terminal) -> None:
    from rich.text import Text

    plain = terminal.plain
    for rule in verdict.rules:
        head = Text.assemble(_marked(rule, f"{plain(rule.label):<10}"), " ", (plain(rule.rule), "bold"))
        if rule.title != rule.rule:
            head.append(f"  {plain(rule.title)}")
        terminal.print(head)
        block = Block(terminal)
        block.add("asked", rule.asked)
        block.add("measured", rule.measured_text)
        if rule.evidence or not rule.facts:
            block.add("evidence", _evidence(rule, context))
        for fact in rule.facts:
            block.add("fact", f"{fact.field} {fact.origin}")
        named_above = _is_named_above(rule, verdict)
        if named_above:
            block.add("why", _NAMED_ABOVE)
        elif rule.why:
            block.add("why", rule.why)
        for line in asked_items(rule, context.reports, MOST_NAMED).lines():
            block.add("failing", line)
        if rule.change and not named_above:
            block.add("to pass", rule.change)
        for command in commands_for(rule):
            block.add("", command)
        block.print()
        terminal.print()


def _marked(rule: ShownRule, text: str) -> Text:
    from rich.text import Text

    if rule.passed:
        return Text(text, style=GOOD)
    if not rule.blocks:
        return Text(text, style=EXCUSED)
    return Text(text, style=BAD if rule.state == State.FAIL else ODD)


def _is_named_above(rule: ShownRule, verdict: ShownVerdict) -> bool:
    """Tell whether all that is wrong with a rule are reports that are named above all rules."""
    return rule.only_faults and bool(verdict.faults)


def _evidence(rule: ShownRule, context: ReportContext) -> str:
    return ", ".join(context.names_of(rule)) or "none"


def _advice(rule: ShownRule) -> str:
    return (
        f"{rule.why} To pass: {rule.change}." if rule.why and rule.change else rule.why or rule.change or ""
    )
