"""Boot timelines as stacked bars: a bar per variant and fleet size, a piece per phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrunner.results.boot import bar_title, phase_order
from pyrunner.results.figures.canvas import INK, PHASE_INK, draw, stamp
from pyrunner.results.labels import BOOT, benchmark_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pyrunner.results.boot import Bar
    from pyrunner.results.figures.canvas import Picture


def boot_picture(bars: Sequence[Bar], name: str, *, emulated: bool) -> Picture:
    """Draw the boots of one host's variants; there is at least one bar."""

    def paint(figure: Figure) -> None:
        stamp(figure, emulated=emulated)
        _panel(figure.add_subplot(), bars)

    text = "; ".join(
        f"{bar_title(bar)}: {bar.total:.1f} s ({bar.fastest:.1f} to {bar.slowest:.1f} s)"
        for bar in bars
    )
    return draw(name, "Time from QEMU's start to SSH", text, 1.25 + 0.36 * len(bars), paint)


def _panel(axes: Axes, bars: Sequence[Bar]) -> None:
    order = phase_order(bars)
    for row, bar in enumerate(bars):
        _bar(axes, bar, row, order)
    for number, phase in enumerate(order):
        colour = PHASE_INK[number % len(PHASE_INK)]
        axes.plot([], [], "s", color=colour, markersize=7, label=benchmark_title(BOOT, phase))
    axes.set(ylim=(len(bars) - 0.45, -0.6), xlabel="seconds since QEMU was started")
    axes.set_xlim(0, 1.17 * max(bar.slowest for bar in bars))
    axes.set_yticks(range(len(bars)), [bar_title(bar) for bar in bars])
    axes.grid(axis="x")
    axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.46, 1.0),
        ncols=7,
        fontsize=8,
        handletextpad=0.3,
        columnspacing=1.2,
    )


def _bar(axes: Axes, bar: Bar, row: int, order: list[str]) -> None:
    start = 0.0
    for phase, seconds in bar.phases:
        colour = PHASE_INK[order.index(phase) % len(PHASE_INK)]
        axes.barh(row, seconds, left=start, height=0.62, color=colour)
        start += seconds
    ends = [bar.fastest, bar.slowest]
    axes.plot(ends, [row, row], color=INK, linewidth=1, marker="|", markersize=6)
    axes.annotate(
        f" {bar.total:.1f} s",
        (bar.slowest, row),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=INK,
        fontweight="bold",
    )
