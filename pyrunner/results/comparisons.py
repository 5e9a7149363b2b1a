"""The thesis-like tables: variant against variant, a column per fleet size."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrunner.results.labels import (
    BOOT,
    COMPARISONS,
    THESIS_TESTS,
    VARIANT_TITLES,
    benchmark_title,
    side_title,
)
from pyrunner.results.noise import COMPARED, gated, why_withheld
from pyrunner.results.published import Published, published
from pyrunner.results.stats import Estimate, compare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrunner.model import Variant
    from pyrunner.results.missing import Explainer
    from pyrunner.results.tally import Tally

THESIS_SIZES: Final = (1, 8)


class Place(NamedTuple):
    """What must be equal for two values to measure the same, but for the variant."""

    host: str
    variant: str
    fleet_size: int
    suite: str
    benchmark: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A comparison at one fleet size: measured, or the reason why not; and the thesis's figure.

    Attributes:
        estimate: None where nothing was measured to compare.
        missing: why there is no estimate, or no interval; empty where there is one.
        published: the thesis's percentage, None where it published none.
    """

    fleet_size: int
    estimate: Estimate | None
    missing: str
    published: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """A benchmark's comparisons, an entry per fleet size."""

    suite: str
    benchmark: str
    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Two variants on one host, suite by suite; ``missing`` says why all of it is missing."""

    host: str
    first: Variant
    second: Variant
    title: str
    sizes: tuple[int, ...]
    lines: tuple[Line, ...]
    missing: str


class Comparer:
    """Finds the values of two sides that may be compared: same host, same class of backend."""

    def __init__(self, tally: Tally, explainer: Explainer) -> None:
        """Sort the tally's values by what they measure, emulated ones apart from real ones."""
        self._explainer = explainer
        self._measures = tally.measures
        self._values: dict[Place, dict[bool, tuple[str, dict[int, float]]]] = defaultdict(dict)
        for series, repeats in tally.repeats.items():
            if series.metric in COMPARED:
                place = Place(series.host, series.variant, series.fleet_size, *series[4:6])
                known = self._values[place].get(series.backend == "emulated", ("", {}))[1]
                merged = (series.metric, {**known, **repeats})
                self._values[place][series.backend == "emulated"] = merged

    def table(self, host: str, sides: tuple[Variant, Variant]) -> Table:
        """Compare two variants on a host: the thesis's rows always, others where measured."""
        campaign = self._explainer.campaign
        sizes = tuple(sorted({*campaign.fleet_sizes, *THESIS_SIZES}))
        lines = tuple(
            Line(suite, benchmark, benchmark_title(suite, benchmark), entries)
            for suite, benchmark in self._benchmarks(host, sides)
            for entries in [tuple(self._entry(host, sides, n, (suite, benchmark)) for n in sizes)]
        )
        missing = ""
        if not any(entry.estimate for line in lines for entry in line.entries):
            suite = campaign.suites[0] if campaign.suites else BOOT
            missing = self._explainer.why(host, sides, campaign.fleet_sizes[0], suite)
        return Table(host, *sides, side_title(*sides), sizes, lines, missing)

    def _benchmarks(self, host: str, sides: tuple[Variant, Variant]) -> list[tuple[str, str]]:
        first, second = (
            dict.fromkeys(
                place[3:] for place in self._values if (place.host, place.variant) == (host, side)
            )
            for side in sides
        )
        thesis = [("unixbench", test) for test in THESIS_TESTS]
        known = thesis if "svsm" in sides else [row for row in thesis if row in first]
        both = sorted((row for row in first if row in second), key=lambda row: row[0] == BOOT)
        return list(dict.fromkeys([*known, *both]))

    def _entry(
        self, host: str, sides: tuple[Variant, Variant], size: int, what: tuple[str, str]
    ) -> Entry:
        known = published().get(Published(*sides, *what, size))
        first, second = (self._values.get(Place(host, side, size, *what), {}) for side in sides)
        if shared := sorted(first.keys() & second.keys()):
            (metric, one), (_, two) = first[shared[0]], second[shared[0]]
            measure = self._measures[*what, metric]
            estimate = compare(one, two, higher_is_better=measure.higher_is_better)
            if gated(*what):
                values = dict(
                    zip((VARIANT_TITLES[each] for each in sides), (one, two), strict=True)
                )
                estimate = self._unless_noisy(estimate, host, size, values)
            return Entry(size, estimate, estimate.reason, known)
        if first and second:
            return Entry(size, None, "one side is emulated, the other real: never compared", known)
        return Entry(size, None, self._explainer.why(host, sides, size, what[0]), known)

    def _unless_noisy(
        self, estimate: Estimate, host: str, size: int, sides: Mapping[str, dict[int, float]]
    ) -> Estimate:
        """Withhold the verdict where a side varies more than the noise gate lets pass."""
        campaign = self._explainer.campaign
        values = {title: list(repeats.values()) for title, repeats in sides.items()}
        planned = campaign.planned_repeats(host, size)
        if reason := why_withheld(campaign.gate, planned, values):
            return replace(estimate, withheld=True, reason=reason)
        return estimate


def tables(tally: Tally, explainer: Explainer) -> list[Table]:
    """Compare all variants on all hosts; what cannot be compared says why."""
    comparer = Comparer(tally, explainer)
    return [
        comparer.table(host, sides) for host in explainer.campaign.hosts for sides in COMPARISONS
    ]
