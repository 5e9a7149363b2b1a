"""Boot timelines: how long each phase takes, mean over VMs and repeats."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from pyrunner.model import VARIANTS
from pyrunner.results.labels import BOOT, END_TO_END, VARIANT_TITLES, benchmark_title, fleet_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrunner.model import Variant
    from pyrunner.results.tally import Series, Tally


@dataclass(frozen=True, slots=True)
class Bar:
    """The boot of one variant in one fleet size.

    Attributes:
        phases: (phase, mean duration in s), in the order in which a VM goes through them.
        total: mean from QEMU's start to SSH, in s.
        fastest: shortest boot of any VM in any repeat, in s.
        slowest: longest one, in s.
        boots: VMs times repeats that the means are of.
    """

    host: str
    variant: Variant
    fleet_size: int
    phases: tuple[tuple[str, float], ...]
    total: float
    fastest: float
    slowest: float
    boots: int


def bars(tally: Tally) -> list[Bar]:
    """Make a bar per host, variant and fleet size, variants and sizes in order."""
    ends = [
        series for series in tally.vms if (series.suite, series.benchmark) == (BOOT, END_TO_END)
    ]
    ends.sort(key=lambda each: (each.host, VARIANTS.index(each.variant), each.fleet_size))
    return [_bar(tally, series) for series in ends]


def _bar(tally: Tally, end: Series) -> Bar:
    totals = _values(tally, end)
    # The tally keeps series as its rows came: the order in which the parser wrote the phases.
    phases = tuple(
        (series.benchmark, fmean(_values(tally, series)))
        for series in tally.vms
        if series._replace(benchmark=END_TO_END) == end and series != end
    )
    place = (end.host, end.variant, end.fleet_size)
    return Bar(*place, phases, fmean(totals), min(totals), max(totals), len(totals))


def _values(tally: Tally, series: Series) -> list[float]:
    return [value for spread in tally.vms[series].values() for value in spread.values]


def phase_order(bars: Iterable[Bar]) -> list[str]:
    """Merge the phases of all bars into one order, for colours and the legend.

    A phase that only some variants have stands behind the one that it follows there.
    """
    order: list[str] = []
    for bar in bars:
        place = 0
        for phase, _ in bar.phases:
            if phase not in order:
                order.insert(place, phase)
            place = order.index(phase) + 1
    return order


@dataclass(frozen=True, slots=True)
class BootTable:
    """The bars as text: (fleet, seconds of each of ``phases`` or a dash, its bar)."""

    phases: list[str]
    rows: list[tuple[str, list[str], Bar]]


def boot_rows(bars: list[Bar]) -> BootTable:
    """Put the bars of one host into a table."""
    order = phase_order(bars)
    rows = []
    for bar in bars:
        known = {phase: f"{seconds:.2f}" for phase, seconds in bar.phases}
        rows.append((bar_title(bar), [known.get(phase, "\N{EN DASH}") for phase in order], bar))
    return BootTable([benchmark_title(BOOT, phase) for phase in order], rows)


def bar_title(bar: Bar) -> str:
    """Name a bar by its variant and fleet size."""
    return f"{VARIANT_TITLES[bar.variant]}, {fleet_title(bar.fleet_size)}"
