"""How fast memory is measured, by size: the SVSM against the guest's own hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrunner.results.figures.canvas import MUTED, VARIANT_INK, draw, stamp
from pyrunner.results.labels import compact, fleet_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pyrunner.results.figures.canvas import Picture
    from pyrunner.results.speeds import Speed

MARKERS: Final = "osD^vP"
HEIGHT: Final = 3.4
MOST_MARKS: Final = 7


def speed_picture(speeds: Sequence[Speed], name: str, *, emulated: bool) -> Picture:
    """Draw the sizes and fleets of one host; there is at least one."""
    fleets = sorted({each.fleet_size for each in speeds})

    def paint(figure: Figure) -> None:
        stamp(figure, emulated=emulated)
        axes = figure.add_subplot()
        for number, fleet in enumerate(fleets):
            found = [each for each in speeds if each.fleet_size == fleet]
            _lines(axes, found, MARKERS[number % len(MARKERS)], fleet_title(fleet))
        _axes(axes, speeds)

    text = "; ".join(
        f"{each.title}, {fleet_title(each.fleet_size)}: {each.rate} by the SVSM, "
        f"{each.guests_rate} by the guest"
        for each in speeds
    )
    return draw(name, "Bytes a second, by how much is measured at once", text, HEIGHT, paint)


def _lines(axes: Axes, speeds: Sequence[Speed], marker: str, fleet: str) -> None:
    sizes = [each.size for each in speeds]
    kinds = (
        ("SVSM", VARIANT_INK["svsm"], "-", [each.svsm for each in speeds]),
        ("SHA-512 in the guest", MUTED, (0, (4, 3)), [each.guest for each in speeds]),
    )
    for title, colour, dash, rates in kinds:
        axes.plot(
            sizes,
            rates,
            color=colour,
            linestyle=dash,
            marker=marker,
            markersize=5,
            markeredgewidth=0,
            linewidth=1.6,
            label=f"{title}, {fleet}",
        )


def _axes(axes: Axes, speeds: Sequence[Speed]) -> None:
    titles = {each.size: each.title for each in speeds}
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.minorticks_off()
    axes.set_xticks(sorted(titles), [titles[size] for size in sorted(titles)])
    rates = [rate for each in speeds for rate in (each.svsm, each.guest)]
    marks = _marks(min(rates), max(rates))
    axes.set_ylim(min([*marks, *rates]) / 1.15, max([*marks, *rates]) * 1.15)
    axes.set_yticks(marks, [f"{compact(mark)}B/s" for mark in marks])
    axes.set_xlabel("bytes measured at once")
    axes.grid(axis="y")
    axes.legend(loc="lower center", bbox_to_anchor=(0.46, 1.0), ncols=2, fontsize=8)


def _marks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten around the rates; at most one a decade where it is wide."""
    marks = [step * 10.0**power for power in range(13) for step in (1, 2, 5)]
    inside = [mark for mark in marks if low / 2.5 < mark < high * 2.5]
    wide = [mark for mark in inside if str(mark)[0] == "1"]
    return wide if len(inside) > MOST_MARKS and len(wide) > 1 else inside
