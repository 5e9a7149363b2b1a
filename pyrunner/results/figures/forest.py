"""Forest plot: how much better or worse the first side is, with intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from pyrunner.results.figures.canvas import GRID, INK, MUTED, VERDICT_INK, draw, stamp
from pyrunner.results.figures.percent_axis import limits, ticks
from pyrunner.results.labels import (
    BOOT,
    END_TO_END,
    VARIANT_TITLES,
    fleet_title,
    signed,
    suite_title,
)
from pyrunner.results.stats import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pyrunner.results.comparisons import Entry, Line, Table
    from pyrunner.results.figures.canvas import Picture

MARKERS: Final = "osD^vPX*"
GAP: Final = "\N{NO-BREAK SPACE}" * 12


def forest(
    table: Table, name: str, *, emulated: bool, sides: tuple[str, str] | None = None
) -> Picture | None:
    """Draw a comparison; None where nothing was measured to draw.

    Args:
        table: the comparison.
        name: unique within the page.
        emulated: whether it has to be stamped.
        sides: what the sides are called; their variants unless given.
    """
    lines = [line for line in table.lines if _shown(line)]
    if not lines:
        return None
    height = 1.15 + sum(0.16 + 0.17 * len(_drawn(line)) for line in lines)

    def paint(figure: Figure) -> None:
        stamp(figure, emulated=emulated)
        axes = figure.add_subplot()
        _panel(axes, table, lines)
        first, second = sides or (VARIANT_TITLES[table.first], VARIANT_TITLES[table.second])
        axes.set_xlabel(f"← {first} worse than {second}{GAP}{first} better than {second} →")

    text = "; ".join(_words(line, entry) for line in lines for entry in _drawn(line))
    return draw(name, f"{table.title}: difference in percent", text, height, paint)


def _shown(line: Line) -> bool:
    """Boot phases are in the boot picture: here they would drown the benchmarks."""
    return bool(_drawn(line)) and (line.suite != BOOT or line.benchmark == END_TO_END)


def _drawn(line: Line) -> list[Entry]:
    return [
        each for each in line.entries if each.estimate and each.estimate.log_advantage is not None
    ]


def _words(line: Line, entry: Entry) -> str:
    estimate = entry.estimate
    if estimate is None or estimate.log_advantage is None:
        return ""
    value = signed(percent(estimate.log_advantage))
    return f"{line.title}, {fleet_title(entry.fleet_size)}: {value}, {estimate.verdict}"


def _panel(axes: Axes, table: Table, lines: list[Line]) -> None:
    low, high = limits(entry for line in lines for entry in _drawn(line))
    axes.axvline(0, color=MUTED, linewidth=0.9)
    places, place = [], 0.0
    for line in lines:
        drawn = _drawn(line)
        rows = [place + 0.17 * number for number in range(len(drawn))]
        places.append((rows[0] + rows[-1]) / 2)
        for row, entry in zip(rows, drawn, strict=True):
            _point(axes, entry, row, MARKERS[table.sizes.index(entry.fleet_size) % len(MARKERS)])
        place = rows[-1] + 0.33
        axes.axhline(place - 0.165, color=GRID, linewidth=0.6)
    axes.set(xlim=(low, high), ylim=(place - 0.165, -0.165))
    axes.set_yticks(places, _titles(lines))
    marks = ticks(low, high)
    axes.set_xticks([math.log1p(mark / 100) for mark in marks], [signed(mark, 0) for mark in marks])
    axes.grid(axis="x")
    _legend(axes, table, lines)


def _titles(lines: list[Line]) -> list[str]:
    """Name the rows; by their suites too where there are several."""
    several = len({line.suite for line in lines} - {BOOT}) > 1
    return [
        f"{suite_title(line.suite)}: {line.title}" if several or line.suite == BOOT else line.title
        for line in lines
    ]


def _point(axes: Axes, entry: Entry, row: float, marker: str) -> None:
    estimate = entry.estimate
    if estimate is None or estimate.log_advantage is None:
        return
    colour = VERDICT_INK[estimate.verdict]
    if estimate.low is not None and estimate.high is not None:
        axes.plot(
            [estimate.low, estimate.high],
            [row, row],
            color=colour,
            linewidth=1.6,
            solid_capstyle="round",
        )
    middle = [estimate.log_advantage]
    axes.plot(middle, [row], marker, color=colour, markersize=5.2, markeredgewidth=0)
    if entry.published is not None:
        axes.plot(
            [math.log1p(entry.published / 100)],
            [row],
            "d",
            markersize=5.5,
            markerfacecolor="none",
            markeredgecolor=INK,
            markeredgewidth=0.9,
        )


def _legend(axes: Axes, table: Table, lines: list[Line]) -> None:
    sizes = {entry.fleet_size for line in lines for entry in _drawn(line)}
    for number, size in enumerate(table.sizes):
        if size in sizes:
            axes.plot([], [], MARKERS[number % len(MARKERS)], color=MUTED, label=fleet_title(size))
    if any(entry.published is not None for line in lines for entry in _drawn(line)):
        axes.plot([], [], "d", markerfacecolor="none", markeredgecolor=INK, label="thesis (EPYC)")
    for verdict, colour in VERDICT_INK.items():
        axes.plot([], [], color=colour, linewidth=2.5, label=verdict)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=6, fontsize=8, handlelength=1.2
    )
