"""The axis of a forest plot: percentages on a log scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrunner.results.comparisons import Entry

TICKS: Final = (-95, -90, -80, -65, -50, -35, -20, -10, 10, 25, 50, 100, 200, 400, 900, 1900)
ROOM: Final = 0.085
"""Least distance of two tick labels, as a share of the axis."""

WIDEST: Final = 1.6
"""How far an interval is drawn, as a multiple of the farthest value."""


def limits(entries: Iterable[Entry]) -> tuple[float, float]:
    """Both ends of the axis on the log scale: all values fit, wide intervals may be cut.

    Neither side is shorter than a third of the other, so that 0 stands where it can be seen.
    """
    values, ends = [0.05, -0.05], [0.0]
    for entry in entries:
        if entry.published is not None:
            values.append(math.log1p(entry.published / 100))
        if (estimate := entry.estimate) and estimate.log_advantage is not None:
            values.append(estimate.log_advantage)
            ends += [estimate.low or 0.0, estimate.high or 0.0]
    far = WIDEST * max(abs(value) for value in values)
    low = min(*values, max(min(ends), -far))
    high = max(*values, min(max(ends), far))
    return 1.1 * min(low, -high / 3), 1.1 * max(high, -low / 3)


def ticks(low: float, high: float) -> list[int]:
    """Round percentages within the axis, not closer together than their labels are wide."""
    chosen = [0]
    for side in (1, -1):
        last = 0.0
        for tick in sorted((tick for tick in TICKS if tick * side > 0), key=abs):
            place = math.log1p(tick / 100)
            if low <= place <= high and abs(place - last) >= (high - low) * ROOM:
                chosen.append(tick)
                last = place
    step = max(1, round(50 * min(high, -low)))
    return chosen if len(chosen) > 1 else [-step, 0, step]
