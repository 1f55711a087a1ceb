"""Writes docs/measures.md from the declarations of the measures and the readers; `--check` only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.generated import main
from tidegate.domain.measures import MEASURES, Combine, Measure
from tidegate.readers.base import Reader
from tidegate.readers.registry import all_readers

DOC = Path(__file__).parents[1] / "docs" / "measures.md"
REMEDY = "python -m scripts.write_measures_doc"

_INTRODUCTION = f"""# Measures

What a gate's rule can ask about, and how each number follows from a report. This page is generated from the
declarations that the code uses, by `{REMEDY}`; edit those, not this page.

What a report does not tell is **not measured**. A rule over it is `missing`, which blocks; it is never zero.
`tool.ran` is false where a report shows that its tool did not do its work; its rule is then an `error`.
"""


def render(measures: Sequence[Measure], readers: Sequence[Reader]) -> str:
    """Write the whole page."""
    parts: list[str] = [
        _INTRODUCTION,
        *_measures(measures),
        _NEW,
        _PARTS,
        "## Formats\n",
        _NAMES,
        *_contents(readers),
    ]
    for reader in readers:
        parts += _format(reader)
    return "\n".join(parts)


_NAMES = """A report's format is told from its content, in this order; `FORMAT:PATH` overrides it.
"""


_NEW = """## What is new

`findings.new.*` follow from all reports that count and a baseline, alike in `tidegate check` and on the
server. A report that is superseded, broken or unbelievable is not compared.

- A problem is known as often as the baseline has it. All reports together use the baseline up: what it
  has once explains one finding in one of them, so a known finding of one shard never hides a new one of
  another.
- Reports take their turn in the order of their digests; the sums do not depend on it. A known finding
  explains one of the same severity, else a milder one: a problem that has become worse is new. One that is
  unrated explains, and is explained by, unrated ones alone.
- Problems are the same where tool, rule, message (without the numbers of lines) and path are. A name that
  the tool itself keeps from run to run stands for the message; the folder of the checkout does not count.
- Two formats of one run count every finding twice, as `findings.total` does. A second format that is
  added later is new as a whole until the baseline has it too: submit one format of a run.
- The server's baseline is the commit that the newest report of a tool was sent with: the one it named,
  else the component's newest release; never the revision itself. A tool of which that commit has no
  report, or a broken one, is not compared: nothing is then measured, and a rule over it is `missing`.
"""


_PARTS = """## Parts of a run

A report of a part of the work looks like one of all of it, unless its writer says so. What says so is no
run that did its work: one shard of Playwright, its `--last-failed` and `--only-changed`, a `partition` of
NUnit.

- Not told by the reports that are read: `jest --shard`, `vitest --shard`, pytest-split, `cargo nextest
  --partition`, the shards of GoogleTest and Catch2; `pytest -k` and `-m`, `go test -run`, `-skip` and
  `-short`, `dotnet test --filter`, `--grep` and `.only` of Mocha, Cypress and Playwright. Jest's `-t`
  lists what it left out as skipped.
- Submit the report of every shard: counts add up and coverage is joined. Let a rule ask for their number,
  as `tests.total >= 900` does, and let CI forbid `.only` (`--forbid-only` of Playwright and Mocha).
- Audits do not tell what they were told to ignore (`pip-audit --ignore-vuln`, `yarn audit --groups`,
  `yarn npm audit --exclude`), nor that yarn 2 and later looked at direct dependencies alone, as they do
  without `--all --recursive`. A rule over `dependencies.total` shows an audit that shrank.
"""


_HOW = {Combine.SUM: "sum", Combine.ALL: "all must hold", Combine.UNION: "union"}


def _measures(measures: Sequence[Measure]) -> Iterator[str]:
    yield "## All measures\n"
    yield "| measure | type | better | of several reports | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for measure in measures:
        yield (
            f"| `{measure.name}` | {measure.type.__name__} | {measure.better} "
            f"| {_combined(measure)} | {_cell(measure.meaning)} |"
        )
    yield ""


def _combined(measure: Measure) -> str:
    if measure.over is not None:
        return f"`{measure.over[0]}` / `{measure.over[1]}`"
    return _HOW[measure.combine]


def _contents(readers: Sequence[Reader]) -> Iterator[str]:
    yield "| format | evidence of | what it is |"
    yield "| --- | --- | --- |"
    for reader in readers:
        yield f"| [`{reader.format}`](#{reader.format}) | {reader.kind} | {_cell(reader.title)} |"
    yield ""


def _format(reader: Reader) -> Iterator[str]:
    yield f"### {reader.format}\n"
    yield f"{reader.title}. Evidence of {reader.kind}. Defined by <{reader.source}>.\n"
    yield "| measure | how it follows from the report |"
    yield "| --- | --- |"
    for name, how in reader.follows.items():
        yield f"| `{name}` | {_cell(how)} |"
    yield ""
    if reader.notes:
        yield from (f"- {note}" for note in reader.notes)
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def documents() -> dict[Path, str]:
    """Return what the page has to hold."""
    return {DOC: render(MEASURES, all_readers())}


if __name__ == "__main__":
    sys.exit(main(documents(), sys.argv[1:], remedy=REMEDY))
