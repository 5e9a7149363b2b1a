"""What a fleet achieves together against one VM alone, and how evenly it is shared."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from pyrunner.results.labels import benchmark_title
from pyrunner.results.stats import Estimate, compare

if TYPE_CHECKING:
    from pyrunner.model import Variant
    from pyrunner.results.tally import Series, Tally


@dataclass(frozen=True, slots=True)
class Scaling:
    """A benchmark's aggregate with ``fleet_size`` VMs against 1 VM.

    Attributes:
        estimate: of the aggregate's ratio (log scale); ideal is log(fleet_size).
        fairness: Jain's index over the VMs, mean over repeats, from 1/fleet_size to 1 (all
            VMs get the same); None where the suite gave none.
    """

    host: str
    variant: Variant
    fleet_size: int
    suite: str
    benchmark: str
    title: str
    estimate: Estimate
    fairness: float | None


def scalings(tally: Tally) -> list[Scaling]:
    """Compare every fleet's aggregate with that of 1 VM of the same variant and backend."""
    return [
        each
        for series in sorted(tally.repeats, key=tally.ordering())
        if series.metric == "aggregate" and series.fleet_size > 1
        for each in [_scaling(tally, series, tally.repeats[series])]
        if each.estimate.log_advantage is not None
    ]


def _scaling(tally: Tally, series: Series, repeats: dict[int, float]) -> Scaling:
    alone = tally.repeats.get(series._replace(fleet_size=1), {})
    shares = tally.repeats.get(series._replace(metric="fairness"), {})
    return Scaling(
        host=series.host,
        variant=series.variant,
        fleet_size=series.fleet_size,
        suite=series.suite,
        benchmark=series.benchmark,
        title=benchmark_title(series.suite, series.benchmark),
        estimate=compare(repeats, alone, higher_is_better=True),
        fairness=fmean(shares.values()) if shares else None,
    )
