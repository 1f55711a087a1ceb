"""Previews of imports: a workbook's rows held against what is declared now, within what the caller may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from tidegate.domain.access import Permission
from tidegate.domain.fact_updates import FactEdit
from tidegate.domain.facts import FactSubject, FactValue, FieldName, Side
from tidegate.domain.imports import ImportCounts, edits_of
from tidegate.domain.workbooks import TARGET_COLUMNS
from tidegate.kernel.access import Access
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.service import FactService
from tidegate.modules.inventory.repository import TargetRepository
from tidegate.readers.workbooks.rows import ReadWorkbook, WorkbookEntry

_AT_ONCE = 500

Values = Mapping[FactSubject, Mapping[FieldName, FactValue]]


@dataclass(slots=True)
class Preview:
    """What a workbook comes to; the changes are counted as they are gone through."""

    workbook: ReadWorkbook
    edits: Iterator[FactEdit]
    tally: dict[str, int] = field(default_factory=dict)

    def counts(self) -> ImportCounts:
        """Return the counts, once all changes were gone through."""
        rows, problems = len(self.workbook.entries), len(self.workbook.problems)
        return ImportCounts(rows=rows, problems=problems, **self.tally)


class Declared:
    """What is declared now, of targets and in facts, and who may change it."""

    def __init__(
        self, *, facts: FactService, targets: TargetRepository, catalog: CatalogService, access: Access
    ) -> None:
        self._facts = facts
        self._targets = targets
        self._catalog = catalog
        self._access = access

    def values_of(self, subjects: list[FactSubject]) -> Values:
        """Return the declared values of subjects, the targets' own among them."""
        facts = self._facts.values_of(Side.DECLARED, subjects)
        found = {subject: without_own(values) for subject, values in facts.items()}
        for target in self._targets.of_subjects(subjects):
            own = {"base_url": target.base_url, "owner": target.owner, "interval": target.interval}
            known = {name: value for name, value in own.items() if value is not None}
            found.setdefault(target.subject, {}).update(known)
        return found

    def refusals(self) -> Callable[[FactSubject], tuple[str, str] | None]:
        """Return what tells why the caller cannot declare of a subject: in which column, and the reason."""
        owners = self._catalog.owners()
        environments = self._catalog.environment_names()
        everywhere = self._access.allows(Permission.DESCRIBE_TARGET)

        def refusal(subject: FactSubject) -> tuple[str, str] | None:
            component, environment = subject.component, subject.environment
            owner = owners.get(component)
            place = {"component": component, "owner": owner}
            if owner is not None and everywhere and (not environment or environment in environments):
                return None
            if owner is None or not self._access.allows(Permission.READ, **place):
                register = f"tidegate component put {component} --owner TEAM"
                return (
                    "component",
                    f"There is no component named {component!r}. Register it first: `{register}`.",
                )
            if environment and environment not in environments:
                register = f"tidegate environment put {environment} --rank N"
                return (
                    "environment",
                    f"There is no environment named {environment!r}. Register it first: `{register}`.",
                )
            if not self._access.allows(Permission.DESCRIBE_TARGET, environment=environment or None, **place):
                return (
                    "component",
                    f"You may not declare facts of {subject}: that takes {Permission.DESCRIBE_TARGET}.",
                )
            return None

        return refusal


def without_own(values: Mapping[FieldName, FactValue]) -> dict[FieldName, FactValue]:
    """Leave out facts that are called as a target's own columns: workbooks cannot name them."""
    return {name: value for name, value in values.items() if name not in TARGET_COLUMNS}


def preview(workbook: ReadWorkbook, declared: Declared) -> Preview:
    """Return what a workbook would change; going through the changes adds to its problems and counts."""
    made = Preview(workbook, iter(()))
    made.edits = _edits(made, declared)
    return made


def _edits(made: Preview, declared: Declared) -> Iterator[FactEdit]:
    tally = dict.fromkeys(("added", "changed", "removed", "unchanged"), 0)
    made.tally = tally
    refusal = declared.refusals()
    subjects = made.workbook.by_subject()
    while some := list(islice(subjects, _AT_ONCE)):
        known = declared.values_of([subject for subject, _ in some])
        for subject, rows in some:
            said = made.workbook.values_of(rows)
            refused = refusal(subject)
            if refused is not None:
                _refuse(made.workbook, rows, *refused)
                continue
            before = known.get(subject, {})
            edits = edits_of(subject, said, before)
            tally["unchanged"] += sum(name in before for name in said) - sum(
                one.before is not None for one in edits
            )
            for edit in edits:
                tally["added" if edit.before is None else "removed" if edit.after is None else "changed"] += 1
            yield from edits


def _refuse(workbook: ReadWorkbook, rows: tuple[WorkbookEntry, ...], column: str, reason: str) -> None:
    for entry in rows:
        columns = workbook.sheets[entry.sheet].columns
        place = columns.environment if column == "environment" else columns.component
        workbook.add_problem(entry, place, reason)
