"""Scaling curves: what fleets of several sizes achieve together against one VM."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from pyrunner.results.figures.canvas import INK, MUTED, VARIANT_INK, draw, stamp
from pyrunner.results.figures.scale_dots import ratio
from pyrunner.results.labels import VARIANT_TITLES, fleet_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from pyrunner.results.figures.canvas import Picture
    from pyrunner.results.scaling import Scaling

PANELS: Final = 3
"""Panels side by side at most."""
PANEL_HEIGHT: Final = 2.25
FAR: Final = 1000.0
"""More than any picture shows; the interval of two noisy repeats may go beyond all numbers."""


def scaling_curves(scalings: Sequence[Scaling], name: str, *, emulated: bool) -> Picture:
    """Draw the curves of one host's variants, a panel a benchmark; there is at least one."""
    titles = list(dict.fromkeys(each.title for each in scalings))
    sizes = sorted({1, *(each.fleet_size for each in scalings)})
    rows = -(-len(titles) // PANELS)
    columns = -(-len(titles) // rows)  # four panels are two and two

    def paint(figure: Figure) -> None:
        stamp(figure, emulated=emulated)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        panels = [axes for row in grid for axes in row]
        for axes, title in zip(panels, titles, strict=False):
            _panel(axes, title, [each for each in scalings if each.title == title], sizes)
        for number, axes in enumerate(panels):
            if number >= len(titles):
                axes.set_visible(False)
            elif number + columns >= len(titles):
                axes.set_xlabel("VMs")
                axes.tick_params(labelbottom=True)
        panels[0].set_ylim(0, 1.06 * max(sizes[-1], *(ratio(each) for each in scalings)))
        figure.supylabel("times the aggregate of 1 VM", fontsize=8.5, color=MUTED)
        handles, labels = _legend(panels[0], scalings)
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8)

    text = "; ".join(
        f"{VARIANT_TITLES[each.variant]}, {each.title}, {fleet_title(each.fleet_size)}: "
        f"{ratio(each):.2f} times"
        for each in scalings
    )
    title = f"What 1 to {fleet_title(sizes[-1])} achieve together against 1 VM"
    return draw(name, title, text, 0.7 + PANEL_HEIGHT * rows, paint)


def _panel(axes: Axes, title: str, scalings: Sequence[Scaling], sizes: list[int]) -> None:
    axes.plot(sizes, sizes, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    variants = [each for each in VARIANT_TITLES if any(s.variant == each for s in scalings)]
    for number, variant in enumerate(variants):
        nudge = 0.012 * (sizes[-1] - 1) * (number - (len(variants) - 1) / 2)
        _curve(axes, [each for each in scalings if each.variant == variant], nudge)
    axes.set_title(title, fontsize=8.5, color=INK)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.grid(axis="y")


def _curve(axes: Axes, scalings: Sequence[Scaling], nudge: float) -> None:
    """Draw one variant, moved a little sideways so that intervals do not hide each other."""
    colour = VARIANT_INK[scalings[0].variant]
    points = [(1.0, 1.0), *((each.fleet_size + nudge, ratio(each)) for each in scalings)]
    axes.plot(
        *zip(*points, strict=True),
        color=colour,
        linewidth=1.4,
        marker="o",
        markersize=3.8,
        markeredgewidth=0,
    )
    for each in scalings:
        low, high = each.estimate.low, each.estimate.high
        if low is not None and high is not None:
            ends = [math.exp(low), math.exp(min(high, math.log(FAR)))]
            place = [each.fleet_size + nudge] * 2
            axes.plot(place, ends, color=colour, linewidth=1.2, solid_capstyle="round")


def _legend(axes: Axes, scalings: Sequence[Scaling]) -> tuple[list[Line2D], list[str]]:
    handles: list[Line2D] = []
    for variant, colour in VARIANT_INK.items():
        if any(each.variant == variant for each in scalings):
            label = VARIANT_TITLES[variant]
            handles += axes.plot([], [], "o-", color=colour, markersize=4, label=label)
    dash = (0, (4, 3))
    handles += axes.plot([], [], color=INK, linewidth=0.9, linestyle=dash, label="ideal")
    return handles, [str(handle.get_label()) for handle in handles]
