"""Small charts as the points of an SVG line: one value a step, scaled into a box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.domain.measures import Value

WIDTH, HEIGHT, MARGIN = 160, 36, 3


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines through values that follow each other, broken where a value is missing; in pixels of the box."""

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    width: int = WIDTH
    height: int = HEIGHT


def chart_of(values: Sequence[Value | None]) -> Chart:
    """Return the chart of these values, oldest first; one that stands alone is a dot."""
    known = [float(value) for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    step = (WIDTH - 2 * MARGIN) / max(1, len(values) - 1)

    def place(index: int, value: float) -> tuple[float, float]:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(MARGIN + index * step, 1), round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 1)

    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(place(index, float(value)))
    lines = tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1)
    last = next((run[-1] for run in reversed(runs) if run), None)
    alone = [run[0] for run in runs if len(run) == 1]
    return Chart(lines, tuple(dict.fromkeys([*alone, *([last] if last else [])])))


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars side by side, as three paths: of days that were up all the time, of others, and of no figure."""

    whole: str
    part: str
    none: str
    width: int
    height: int = HEIGHT


BAR, GAP = 3, 1


def bars_of(shares: Sequence[float | None]) -> Bars:
    """Return a bar for each share from 0 to 1, oldest first, as high as the share; none at all is a dot."""
    whole: list[str] = []
    part: list[str] = []
    none: list[str] = []
    for index, share in enumerate(shares):
        x = index * (BAR + GAP)
        if share is None:
            none.append(f"M{x} {HEIGHT - BAR}h{BAR}v{BAR}h-{BAR}z")
        else:
            high = max(BAR, round(share * HEIGHT))
            (whole if share == 1 else part).append(f"M{x} {HEIGHT - high}h{BAR}v{high}h-{BAR}z")
    return Bars("".join(whole), "".join(part), "".join(none), len(shares) * (BAR + GAP))
