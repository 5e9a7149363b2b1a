"""Noise as it is read: a table per host, and what the noise gate made of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyrunner.model import VARIANTS
from pyrunner.results.labels import VARIANT_TITLES, benchmark_title, fleet_title, suite_title
from pyrunner.results.noise import Variation, gated, variations

if TYPE_CHECKING:
    from pyrunner.results.campaign import Campaign
    from pyrunner.results.tally import Tally

QUIET: Final = (
    "quieten the host (other load, boost, governor, pinning), or allow more with "
    "testbed_noise_threshold or testbed_max_repeats; then --resume"
)


@dataclass(frozen=True, slots=True)
class NoiseCell:
    """A benchmark's variation in one variant and fleet size; ``text`` is empty without one."""

    text: str = ""
    too_noisy: bool = False


@dataclass(frozen=True, slots=True)
class NoiseTable:
    """The variations of one host.

    Attributes:
        columns: variant and fleet size, one a column.
        groups: (suite, rows), a row being a benchmark's title and its cells.
        worst: the variations that are too large, largest first.
        compared: number of variations that the gate looks at.
        told: what the gate made of it, in sentences.
    """

    host: str
    columns: list[tuple[str, str]]
    groups: list[tuple[str, list[tuple[str, list[NoiseCell]]]]]
    worst: list[Variation]
    compared: int
    told: list[str]


def noise_tables(campaign: Campaign, tally: Tally) -> list[NoiseTable]:
    """Lay out the variation of every benchmark that the gate looks at, host by host."""
    hosts: dict[str, list[Variation]] = defaultdict(list)
    order = tally.ordering()
    for each in sorted(variations(tally), key=lambda it: order(it.series)):
        if each.cv is not None and gated(each.series.suite, each.series.benchmark):
            hosts[each.series.host].append(each)
    return [_table(campaign, host, found) for host, found in hosts.items()]


def _table(campaign: Campaign, host: str, found: list[Variation]) -> NoiseTable:
    threshold = campaign.gate.threshold
    places = sorted(
        {(each.series.variant, each.series.fleet_size) for each in found},
        key=lambda place: (VARIANTS.index(place[0]), place[1]),
    )
    rows: dict[tuple[str, str], dict[tuple[str, int], NoiseCell]] = defaultdict(dict)
    for each in found:
        cell = NoiseCell(f"{100 * (each.cv or 0):.1f} %", each.exceeds(threshold))
        series = each.series
        rows[series.suite, series.benchmark][series.variant, series.fleet_size] = cell
    groups: dict[str, list[tuple[str, list[NoiseCell]]]] = defaultdict(list)
    for what, cells in rows.items():
        line = [cells.get(place, NoiseCell()) for place in places]
        groups[suite_title(what[0])].append((benchmark_title(*what), line))
    worst = sorted(
        (each for each in found if each.exceeds(threshold)), key=lambda it: -(it.cv or 0)
    )
    return NoiseTable(
        host=host,
        columns=[(VARIANT_TITLES[variant], fleet_title(size)) for variant, size in places],
        groups=list(groups.items()),
        worst=worst,
        compared=len(found),
        told=[_verdict(campaign, worst, len(found)), *_repeated(campaign, host, found)],
    )


def _verdict(campaign: Campaign, worst: list[Variation], compared: int) -> str:
    """Say what the gate made of it."""
    if not campaign.gate.threshold:
        return "The noise gate is off: no variation leads to more repeats or withholds a verdict."
    limit = f"{100 * campaign.gate.threshold:g} %"
    if not worst:
        return f"The noise gate lets {limit} pass; all of it is below."
    return (
        f"The noise gate lets {limit} pass; {len(worst)} of {compared} are above it. What is "
        "compared with them is inconclusive, whatever the interval says. "
        f"Worst is {name(worst[0])}."
    )


def name(each: Variation) -> str:
    """Name a variation and say how large it is."""
    series = each.series
    return (
        f"{benchmark_title(series.suite, series.benchmark)}, {VARIANT_TITLES[series.variant]}, "
        f"{fleet_title(series.fleet_size)}: {100 * (each.cv or 0):.1f} %"
    )


def _repeated(campaign: Campaign, host: str, found: list[Variation]) -> list[str]:
    """Say which fleets the gate repeated more often than was asked."""
    sizes = sorted({each.series.fleet_size for each in found})
    planned = {size: campaign.planned_repeats(host, size) for size in sizes}
    more = {size: number for size, number in planned.items() if number > campaign.repeats}
    if not more:
        return []
    fleets = ", ".join(f"{fleet_title(size)}: {number} repeats" for size, number in more.items())
    return [f"Asked for were {campaign.repeats} repeats; noise made them more for {fleets}."]
