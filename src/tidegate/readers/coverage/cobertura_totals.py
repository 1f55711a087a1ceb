"""What Cobertura XML declares of itself, held against what it lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate.domain.source_lines import Counts, added
from tidegate.readers.base import MAX_COUNT
from tidegate.readers.coverage.cobertura_lines import LineList
from tidegate.readers.coverage.union import FileUnion, Union
from tidegate.readers.xml import Attributes, XmlFault, printable

Declared: TypeAlias = "tuple[int | None, int | None, float | None]"
"""Valid, covered and rate, each None where it is not declared."""

_LOOSE = 0.02  # rates of a class or package: of what copies of lines a tool counts there, nobody is sure


def read_declared(attributes: Attributes, about: str) -> Declared:
    """Read what the root declares of lines or branches."""
    valid = _declared(attributes, f"{about}-valid")
    covered = _declared(attributes, f"{about}-covered")
    if valid is not None and covered is not None and covered > valid:
        raise XmlFault(f"{about}-covered is {covered}, more than {about}-valid, {valid}")
    return valid, covered, read_rate(attributes, "line-rate" if about == "lines" else "branch-rate")


def held(root: Attributes, declared: Declared, listed: Counts, union: Union, about: str) -> str | None:
    """Hold what the root declares against what is listed, which may mention one line several times.

    What tools count of copies lies between each mention and each line once.
    """
    valid, covered, rate = declared
    once = union.count(about)
    if not listed[1] or (about == "branches" and not valid and valid is not None):
        return None  # of what is not listed, or not counted by the tool's own word, nothing is measured
    if valid is not None and valid > listed[1]:
        if about == "lines" and not is_phpunit(root):
            return (
                f"The report declares {valid} lines but lists {listed[1]}: lines are missing. Files of"
                " the same name in two source folders overwrite one another: give them distinct paths,"
                " or write `coverage json` (coverage.py). Else the file was cut or filtered: make it"
                " again."
            )
        # istanbul declares branches that it lists on no line: the worse of the two rates counts. PHPUnit
        # lists no lines outside of classes and functions: they count as it declares.
        more = (covered or 0) - once[0], valid - once[1]
        if not 0 <= more[0] <= more[1]:
            return _contradiction(f"{covered} covered of {valid} {about}", once)
        if about == "lines" or (covered or 0) * once[1] < once[0] * valid:
            union.unlisted[about] = more
    elif about == "lines" and valid is not None and valid < once[1]:
        return _contradiction(f"{valid} {about}", once)
    elif about == "lines" and covered is not None and not once[0] <= covered <= listed[0]:
        return _contradiction(f"{covered} covered {about}", once)
    rates = sorted(each / total for each, total in (listed, once, union.count(about)))
    # Of copies of a line's branches each tool counts its own way: a better rate than ours does no harm.
    highest = rates[-1] if about == "lines" else 1.0
    attribute = "line-rate" if about == "lines" else "branch-rate"
    rounding = _rounding(root.get(attribute, ""))
    rates_declared = [(rate, rounding)] if rate is not None else []
    rates_declared += [(covered / valid, 0.0001)] if valid and covered is not None else []
    for each, tolerance in rates_declared:
        if not rates[0] - tolerance <= each <= highest + tolerance:
            missing = "uncovered " if each < rates[0] else ""
            return (
                f"The report declares a {attribute.replace('-', ' ')} of {each:.4f} but its listed"
                f" {about} give {rates[0]:.4f}: {missing}{about} are missing, or it was edited. Make it"
                " again."
            )
    return None


def is_phpunit(root: Attributes) -> bool:
    """Tell whether PHPUnit wrote the report, which lists less than it counts, and calls itself 0.4."""
    return root.get("version") == "0.4"


def held_rate(what: str, rate: str | None, listed: Counts, once: Counts) -> str | None:
    """Hold the rate of a class or package against its lines."""
    declared = read_rate({"line-rate": rate or ""}, "line-rate")
    if declared is None or not listed[1]:
        return None
    rates = sorted(covered / total for covered, total in (listed, once))
    if rates[0] - _LOOSE <= declared <= rates[1] + _LOOSE:
        return None
    return (
        f"The {what} declares a line rate of {declared:.4f} but its listed lines give {rates[0]:.4f}: lines"
        " are missing, or the report was edited. Make it again."
    )


def _declared(attributes: Attributes, name: str) -> int | None:
    """Read a declared total; None where none is declared."""
    text = attributes.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > MAX_COUNT:
        raise XmlFault(
            f"{name} is {printable(text)!r}, which is no count", "Update the tool, and make the report again"
        )
    return int(text)


def read_rate(attributes: Attributes, name: str) -> float | None:
    """Read a declared rate; None where none is declared, or the tool divided by zero."""
    text = attributes.get(name, "").strip()
    if not text or text == "NaN":
        return None
    rate = number_of(text)
    if not 0.0 <= rate <= 1.0:
        raise XmlFault(f"{name} is {printable(text)!r}, not a number from 0 to 1", "Make the report again")
    return rate


def number_of(text: str) -> float:
    """Read a rate, with a decimal comma too; below zero where it is none."""
    try:
        rate = float(text.replace(",", "."))
    except ValueError:
        return -1.0
    return rate if rate <= 1.0 else -1.0


def _rounding(text: str) -> float:
    """Tell by how much a rate may be off that was rounded or cut; trailing zeros are left out."""
    digits = len(text.strip().replace(",", ".").partition(".")[2])
    return 10.0 ** -min(max(digits, 2), 4)


def _contradiction(declared: str, listed: Counts) -> str:
    return (
        f"The report declares {declared} but lists {listed[0]} covered of {listed[1]}: it was edited, or put"
        " together from several reports. Submit the reports as their tool wrote them: Tidegate joins them."
    )


@dataclass(slots=True)
class CoberturaPackage:
    """An open package: what its classes list, with repetitions and once."""

    name: str
    rate: str | None
    listed: Counts = (0, 0)
    lines: dict[int, tuple[set[int], set[int]]] = field(default_factory=dict)  # by file: covered, all

    def add(self, file: FileUnion, lines: LineList) -> None:
        """Add what a class of a file lists."""
        if self.rate is None:
            return
        self.listed = added((self.listed, (len(lines.covered), len(lines.numbers))))
        covered, numbers = self.lines.setdefault(id(file), (set(), set()))
        covered.update(lines.covered)
        numbers.update(lines.numbers)

    def once(self) -> Counts:
        """Count each line once."""
        return added((len(covered), len(numbers)) for covered, numbers in self.lines.values())
