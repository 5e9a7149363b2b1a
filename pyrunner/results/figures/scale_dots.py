"""Scaling: what a fleet achieves together against one VM, and how evenly it is shared."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pyrunner.results.figures.canvas import GRID, INK, MUTED, VARIANT_INK, draw, stamp
from pyrunner.results.labels import VARIANT_TITLES, fleet_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pyrunner.results.figures.canvas import Picture
    from pyrunner.results.scaling import Scaling


def scaling_picture(scalings: Sequence[Scaling], name: str, *, emulated: bool) -> Picture:
    """Draw the scaling of one host's variants to one fleet size; there is at least one."""
    size = scalings[0].fleet_size
    titles = list(dict.fromkeys(each.title for each in scalings))
    variants = [each for each in VARIANT_TITLES if any(s.variant == each for s in scalings)]

    def paint(figure: Figure) -> None:
        stamp(figure, emulated=emulated)
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
        for each in scalings:
            row = titles.index(each.title)
            spread = 0.2 * (variants.index(each.variant) - (len(variants) - 1) / 2)
            _dots(left, right, each, row + spread)
        _axes(left, right, titles, size)
        figure.legend(
            *left.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=8
        )

    text = "; ".join(_words(each) for each in scalings)
    title = f"What {fleet_title(size)} achieve together against 1 VM"
    return draw(name, title, text, 1.35 + 0.42 * len(titles), paint)


def ratio(each: Scaling) -> float:
    """Aggregate of the fleet over that of 1 VM."""
    return math.exp(each.estimate.log_advantage or 0.0)


def _words(each: Scaling) -> str:
    return f"{VARIANT_TITLES[each.variant]}, {each.title}: {ratio(each):.2f} times"


def _dots(left: Axes, right: Axes, each: Scaling, row: float) -> None:
    colour = VARIANT_INK[each.variant]
    estimate = each.estimate
    if estimate.low is not None and estimate.high is not None:
        ends = [math.exp(estimate.low), min(math.exp(estimate.high), 2 * each.fleet_size)]
        left.plot(ends, [row, row], color=colour, linewidth=1.6, solid_capstyle="round")
    left.plot([ratio(each)], [row], "o", color=colour, markeredgewidth=0, markersize=6)
    if each.fairness is not None:
        right.plot([0, each.fairness], [row, row], color=colour, linewidth=2.2, alpha=0.5)
        right.plot([each.fairness], [row], "o", color=colour, markeredgewidth=0, markersize=6)


def _axes(left: Axes, right: Axes, titles: list[str], size: int) -> None:
    left.axvline(size, color=INK, linewidth=1, linestyle=(0, (4, 3)), label=f"ideal: {size} times")
    left.axvline(1, color=MUTED, linewidth=0.9)
    for variant, colour in VARIANT_INK.items():
        if any(line.get_color() == colour for line in left.lines):
            left.plot([], [], "o", color=colour, label=VARIANT_TITLES[variant])
    left.set(ylim=(len(titles) - 0.5, -0.5), xlabel="times the aggregate of 1 VM")
    left.set_xlim(left=0)
    left.set_yticks(range(len(titles)), titles)
    right.set(xlim=(0, 1.04), xlabel="fairness (Jain)")
    right.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    for axes in (left, right):
        axes.grid(axis="x")
        for row in range(1, len(titles)):
            axes.axhline(row - 0.5, color=GRID, linewidth=0.6)
