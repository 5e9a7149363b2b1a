"""The built-in self-check: a variant compared with itself, where no difference is to be found.

Repeats 2k-1 and 2k of a fleet are a pair, as repeats of two variants are; which of them is arm A
is drawn at random, with the names of campaign and fleet as the seed. See docs/statistics.md,
"Self-check", for what the arms' comparisons tell.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyrunner.results.comparisons import Entry, Line, Table
from pyrunner.results.labels import VARIANT_TITLES, benchmark_title
from pyrunner.results.noise import COMPARED
from pyrunner.results.splits import Splits, all_splits
from pyrunner.results.stats import CONFIDENCE, Estimate, compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyrunner.model import Variant
    from pyrunner.results.tally import Series, Tally

FEWEST_PAIRS: Final = 2
TOO_UNLIKELY: Final = 0.01
"""How unlikely a number of false alarms has to be to be too many."""

What = tuple[str, str]
"""(suite, benchmark)"""


@dataclass(frozen=True, slots=True)
class Fleet:
    """One variant and fleet size on a host.

    Attributes:
        estimates: what comparing the arms gave for each benchmark.
        splits: what all other ways to make arms of the same repeats give.
    """

    host: str
    variant: Variant
    fleet_size: int
    pairs: int
    estimates: dict[What, Estimate]
    splits: Splits

    @property
    def found(self) -> int:
        """False alarms: comparisons of equal arms that found a difference."""
        return sum(each.verdict != "inconclusive" for each in self.estimates.values())


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """All fleets of a host, judged together."""

    host: str
    fleets: tuple[Fleet, ...]

    @property
    def found(self) -> int:
        """False alarms."""
        return sum(fleet.found for fleet in self.fleets)

    @property
    def compared(self) -> int:
        """Comparisons made."""
        return sum(fleet.splits.compared for fleet in self.fleets)

    @property
    def expected(self) -> float:
        """False alarms that intervals of 95 % lead to on average."""
        return (1 - CONFIDENCE) * self.compared

    @property
    def worth(self) -> float:
        """How many independent comparisons they are worth: benchmarks of a cell go together.

        The number of false alarms varies over the splits; the factor by which it varies more than
        it would if the benchmarks were independent is the design effect (Kish, Survey Sampling,
        1965, section 8.2). Fleets are split independently of each other, so variances add up.
        """
        return self.compared / self._design_effect

    @property
    def probability(self) -> float:
        """How likely as many false alarms are, or more, if one in twenty is false.

        The binomial tail, with both numbers divided by the design effect; numbers that are no
        longer whole go into the incomplete beta function (Korn and Graubard, Confidence intervals
        for proportions with small expected number of positive counts estimated from survey data,
        Survey Methodology 24(2), 1998, pp. 193-201).
        """
        from scipy.special import betainc  # noqa: PLC0415 - a second to import

        if not self.found:
            return 1.0
        found = self.found / self._design_effect
        return float(betainc(found, self.worth - found + 1, 1 - CONFIDENCE))

    @property
    def too_many(self) -> bool:
        """Whether there are more false alarms than chance explains."""
        return self.probability < TOO_UNLIKELY

    @property
    def _design_effect(self) -> float:
        alone = sum(fleet.splits.alone for fleet in self.fleets)
        together = sum(fleet.splits.variance for fleet in self.fleets)
        return max(1.0, together / alone) if alone else 1.0


def self_checks(tally: Tally, campaign: str) -> list[SelfCheck]:
    """Compare every fleet that has at least 2 pairs of repeats with itself, host by host."""
    places: dict[tuple[str, str, Variant, int], list[Series]] = defaultdict(list)
    for series in sorted(tally.repeats, key=tally.ordering()):
        if series.metric in COMPARED:
            places[series[:4]].append(series)
    hosts: dict[str, list[Fleet]] = defaultdict(list)
    for place, found in places.items():
        if (fleet := _fleet(tally, campaign, place, found)) is not None:
            hosts[fleet.host].append(fleet)
    return [SelfCheck(host, tuple(fleets)) for host, fleets in hosts.items()]


def _fleet(
    tally: Tally, campaign: str, place: tuple[str, str, Variant, int], found: Sequence[Series]
) -> Fleet | None:
    host, _, variant, size = place
    last = max(repeat for series in found for repeat in tally.repeats[series])
    arms = draw_arms(f"{campaign}/{host}/{variant}-{size}vm", last // 2)
    estimates: dict[What, Estimate] = {}
    differences = []
    for series in found:
        values = tally.repeats[series]
        better = tally.measures[series.suite, series.benchmark, series.metric].higher_is_better
        logs = _differences(values, len(arms))
        if sum(each is not None for each in logs) < FEWEST_PAIRS:
            continue
        first, second = (
            {pair: values[repeats[arm]] for pair, repeats in arms.items() if _whole(values, pair)}
            for arm in (0, 1)
        )
        estimates[series.suite, series.benchmark] = compare(first, second, higher_is_better=better)
        differences.append(logs)
    if not estimates:
        return None
    pairs = max(sum(each is not None for each in logs) for logs in differences)
    return Fleet(host, variant, size, pairs, estimates, all_splits(differences))


def draw_arms(seed: str, pairs: int) -> dict[int, tuple[int, int]]:
    """Draw for each pair, from 1, which repeat is arm A's and which arm B's."""
    draw = random.Random(seed)  # noqa: S311 - that it can be done again is what it is for
    return {
        pair: (2 * pair - 1, 2 * pair) if draw.random() < 1 / 2 else (2 * pair, 2 * pair - 1)
        for pair in range(1, pairs + 1)
    }


def _whole(values: Mapping[int, float], pair: int) -> bool:
    """Whether both repeats of a pair have a value that has a log."""
    return values.get(2 * pair - 1, 0.0) > 0 and values.get(2 * pair, 0.0) > 0


def _differences(values: Mapping[int, float], pairs: int) -> list[float | None]:
    """Take the later minus the earlier log of each pair."""
    return [
        math.log(values[2 * pair] / values[2 * pair - 1]) if _whole(values, pair) else None
        for pair in range(1, pairs + 1)
    ]


def arms_tables(check: SelfCheck) -> list[Table]:
    """Put the arms' comparisons into tables, as those of variants: one for each variant."""
    tables = []
    for variant in dict.fromkeys(fleet.variant for fleet in check.fleets):
        fleets = {fleet.fleet_size: fleet for fleet in check.fleets if fleet.variant == variant}
        sizes = tuple(sorted(fleets))
        whats = dict.fromkeys(what for fleet in fleets.values() for what in fleet.estimates)
        lines = tuple(
            Line(*what, benchmark_title(*what), tuple(_entry(fleets[n], what) for n in sizes))
            for what in whats
        )
        title = f"{VARIANT_TITLES[variant]} against itself"
        tables.append(Table(check.host, variant, variant, title, sizes, lines, ""))
    return tables


def _entry(fleet: Fleet, what: What) -> Entry:
    estimate = fleet.estimates.get(what)
    missing = "fewer than 2 pairs of repeats" if estimate is None else estimate.reason
    return Entry(fleet.fleet_size, estimate, missing, None)
