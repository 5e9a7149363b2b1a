"""How fast the SVSM measures, against what the guest itself hashes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from pyrunner.results.labels import MEASUREMENT, compact, figure, spaced
from pyrunner.results.sizes import size_bytes
from pyrunner.results.stats import Estimate, compare

if TYPE_CHECKING:
    from pyrunner.model import Variant
    from pyrunner.results.tally import Series, Tally


@dataclass(frozen=True, slots=True)
class Speed:
    """One size in one fleet, over the VMs and repeats.

    Attributes:
        size: in bytes.
        title: the size as it was asked for, like ``64KiB``.
        svsm: bytes a second that the SVSM measures, mean per VM.
        guest: bytes a second of the guest's own SHA-512.
        seconds: of one measurement.
        calls: of one measurement.
        estimate: the SVSM's speed against the guest's, on the log scale.
    """

    host: str
    variant: Variant
    fleet_size: int
    size: int
    title: str
    svsm: float
    guest: float
    seconds: float
    calls: float
    estimate: Estimate

    @property
    def rate(self) -> str:
        """The SVSM's speed as it is read."""
        return f"{compact(self.svsm)}B/s"

    @property
    def guests_rate(self) -> str:
        """The guest's own speed as it is read."""
        return f"{compact(self.guest)}B/s"

    @property
    def took(self) -> str:
        """Milliseconds of one measurement."""
        return figure(1000 * self.seconds)

    @property
    def times(self) -> str:
        """How many times as long as the guest's own hash the SVSM takes."""
        return figure(math.exp(-(self.estimate.log_advantage or 0.0)))

    @property
    def interval(self) -> str:
        """The 95 % interval of :attr:`times`; empty without one."""
        low, high = self.estimate.low, self.estimate.high
        if low is None or high is None:
            return ""
        return f"{figure(math.exp(-high))} to {figure(math.exp(-low))}"


def speeds(tally: Tally) -> list[Speed]:
    """Every size of every fleet that was measured, sizes ascending."""
    found = [
        _speed(tally, series)
        for series in tally.repeats
        if series.suite == MEASUREMENT and series.metric == "score" and ":" not in series.benchmark
    ]
    return sorted(found, key=lambda each: (each.host, each.variant, each.fleet_size, each.size))


def _speed(tally: Tally, series: Series) -> Speed:
    size = series.benchmark
    ours = tally.repeats[series]
    guests = tally.repeats[series._replace(benchmark=f"{size}:sha512")]
    times = tally.repeats[series._replace(benchmark=f"{size}:time", metric="duration")]
    calls = tally.repeats[series._replace(benchmark=f"{size}:calls", metric="calls")]
    return Speed(
        host=series.host,
        variant=series.variant,
        fleet_size=series.fleet_size,
        size=size_bytes(size),
        title=spaced(size),
        svsm=fmean(ours.values()),
        guest=fmean(guests.values()),
        seconds=fmean(times.values()),
        calls=fmean(calls.values()),
        estimate=compare(ours, guests, higher_is_better=True),
    )
