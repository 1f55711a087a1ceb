"""How a verdict looks: for a person at a terminal, in a pull request, for GitHub, and for SARIF viewers."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.cli.show.context import ReportContext
from tidegate.cli.terminal import open_terminal, write_document
from tidegate.domain.asked_items import MOST_NAMED
from tidegate.domain.shown_verdicts import ShownVerdict

OUTPUTS = ("text", "json", "markdown", "github", "sarif")


def items_wanted(output: str, path: str | None = None) -> int | None:
    """Tell how many items of each severity and outcome an output needs of a report; None for all of them.

    With a `path` for the output the table on the terminal names items as well.
    """
    if output == "github":
        from tidegate.cli.show.github import MOST

        return MOST
    if output == "json" and path is None:
        return 0
    return None if output == "sarif" else MOST_NAMED


def show(verdicts: Sequence[ShownVerdict], context: ReportContext, *, output: str, path: str | None) -> None:
    """Show verdicts on standard output, or in a file and then as text on standard output as well."""
    if output != "text":
        write_document(_document(verdicts, context, output), path)
    elif path is not None:
        write_document(_text_document(verdicts, context), path)
    if output == "text" or path is not None:
        from tidegate.cli.show.text import print_verdict

        terminal = open_terminal()
        for verdict in verdicts:
            print_verdict(verdict, context, terminal)


def _document(verdicts: Sequence[ShownVerdict], context: ReportContext, output: str) -> bytes:
    """Write the verdicts for programs: several as one JSON document a line, or one after the other."""
    if output == "json":
        return b"\n".join(verdict.canonical() for verdict in verdicts)
    if output == "markdown":
        from tidegate.cli.show.markdown import markdown

        return "\n".join(markdown(verdict, context) for verdict in verdicts).encode("utf-8", "replace")
    if output == "github":
        from tidegate.cli.show.github import github

        return "".join(github(verdict, context) for verdict in verdicts).encode("utf-8", "replace")
    from tidegate.cli.show.sarif import sarif

    return sarif(verdicts, context)


def _text_document(verdicts: Sequence[ShownVerdict], context: ReportContext) -> bytes:
    import io

    from rich.console import Console

    from tidegate.cli.show.text import print_verdict
    from tidegate.cli.terminal import Terminal

    written = io.StringIO()
    terminal = Terminal(
        Console(file=written, width=140, highlight=False, markup=False, emoji=False, no_color=True)
    )
    for verdict in verdicts:
        print_verdict(verdict, context, terminal)
    return written.getvalue().encode("utf-8", "replace")
