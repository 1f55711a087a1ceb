"""The lines of TAP: test points, plans and directives, and how a point with its subtests ended."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate.domain.findings import Outcome

_POINT = re.compile(r"(not )?ok\b(?:\s+(\d+)(?=[\s#]|$))?(.*)")
_PLAN = re.compile(r"(\d+)\.\.(\d+)\s*(?:#.*)?$")
# A `#` that is escaped, or part of a word, starts nothing.
_COMMENT = re.compile(r"(?:^|(?<=\s))#")
_DIRECTIVE = re.compile(r"(?:^|(?<=\s))#\s*(skip|todo\b)", re.IGNORECASE)
_TIME = re.compile(r"#\s*time=(\d+(?:\.\d+)?)(ms|s)\b")
_ESCAPE = re.compile(r"\\([\\#])")


@dataclass(slots=True)
class Point:
    """One test point; `inside` is its subtests' document, once that is known."""

    ok: bool
    number: int | None
    name: str
    directive: str = ""
    seconds: float | None = None
    detail: str = ""
    open: bool = False  # ends with `{`: its subtests follow it, up to `}`
    holds_tests: bool = False  # it is no test itself, but a file or suite of tests
    inside: TapDocument | None = None

    @classmethod
    def of(cls, line: str) -> Point | None:
        """Read a line without its indentation; None where it is no test point."""
        found = _POINT.match(line)
        if found is None:
            return None
        rest, number = found[3], found[2]
        if "#" not in rest and "{" not in rest and "\\" not in rest:  # most points
            name = rest.strip().removeprefix("-").strip() or (f"test {number[:15]}" if number else "")
            return cls(found[1] is None, int(number[:15]) if number else None, name)
        directive = _DIRECTIVE.search(rest)
        took = _TIME.search(rest)
        text = rest.rstrip()
        opens = text == "{" or text.endswith(" {")
        if opens:
            rest = text[:-1]
        name = _COMMENT.split(rest, maxsplit=1)[0].strip().removeprefix("-").strip()
        return cls(
            found[1] is None,
            # More digits than any plan can have: the number is out of every range.
            None if number is None else int(number[:15]),
            unescaped(name) or (f"test {number[:15]}" if number else ""),
            directive[1].casefold() if directive else "",
            None if took is None else float(took[1][:20]) / (1000 if took[2] == "ms" else 1),
            open=opens,
        )

    def judge(self) -> tuple[Outcome, str]:
        """Settle how the point ended, and what is said of it where it did not pass."""
        inside = self.inside
        if self.directive:
            return Outcome.SKIPPED, ""
        if not self.ok:
            return Outcome.FAILED, (inside.failing if inside else "") or self.detail
        if inside is None:
            return (Outcome.SKIPPED if self.holds_tests else Outcome.PASSED), ""
        if inside.failing:
            return Outcome.ERROR, f"It says ok, and a test inside it failed: {inside.failing}"
        if inside.plan is not None and inside.plan != inside.points:
            return (
                Outcome.ERROR,
                f"It says ok, and of {inside.plan} planned tests inside it {inside.points} are listed",
            )
        if not inside.ran and (inside.points or inside.plan == 0):
            return Outcome.SKIPPED, ""
        return Outcome.PASSED, ""


@dataclass(slots=True)
class TapDocument:
    """One TAP document, the report's own or that of a subtest: what was met in it so far."""

    points: int = 0
    ran: int = 0  # points that did not say that they were skipped
    plan: int | None = None
    failing: str = ""  # the first point that failed
    pending: Point | None = None  # the last point: its diagnostics and its subtests may follow

    def settle(self) -> tuple[Point, Outcome, str] | None:
        """Count the last point, to which nothing more belongs; None where there is none."""
        point, self.pending = self.pending, None
        if point is None:
            return None
        outcome, detail = point.judge()
        # An expected failure that passed did run, inside a subtest that counts as a whole.
        self.ran += outcome is not Outcome.SKIPPED or (point.directive == "todo" and point.ok)
        if outcome in (Outcome.FAILED, Outcome.ERROR):
            self.failing = self.failing or point.name or f"test {self.points}"
        return point, outcome, detail


def unescaped(text: str) -> str:
    """Give a text without the backslashes before `#` and backslashes."""
    return _ESCAPE.sub(r"\1", text)


def plan_of(line: str) -> tuple[int, int] | None:
    """Read a plan; None where the line is none."""
    found = _PLAN.match(line)
    return None if found is None else (int(found[1][:15]), int(found[2][:15]))
