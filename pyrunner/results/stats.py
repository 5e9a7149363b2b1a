"""How one variant compares with another: see docs/statistics.md for the choices made here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIDENCE: Final = 0.95
NEEDED: Final = 2
"""Repeats (or pairs of them) below which there is no spread and so no interval."""

NO_SPREAD: Final = 1e-9
"""Standard deviation on the log scale that is rounding, not spread."""

LARGEST_LOG: Final = 700.0
"""Beyond it ``exp`` overflows; an interval of two noisy repeats can get there."""

Verdict = Literal["better", "worse", "inconclusive"]
Method = Literal["paired t", "Welch t", "none"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Advantage of the first side over the second on the natural log scale.

    Attributes:
        log_advantage: log of the ratio of geometric means, positive where the first side is
            better; None where it cannot be had.
        low: lower end of the 95 % interval of ``log_advantage``; None without an interval.
        high: its upper end.
        method: what the interval comes from.
        repeats: pairs (paired t), or repeats of the smaller side.
        reason: why the verdict is inconclusive; empty where it is not.
        withheld: whether the verdict is inconclusive whatever the interval says.
    """

    log_advantage: float | None
    low: float | None
    high: float | None
    method: Method
    repeats: int
    reason: str
    withheld: bool = False

    @property
    def verdict(self) -> Verdict:
        """What may be claimed of the first side."""
        if self.withheld:
            return "inconclusive"
        if self.low is not None and self.low > 0:
            return "better"
        if self.high is not None and self.high < 0:
            return "worse"
        return "inconclusive"


def percent(log_value: float) -> float:
    """Turn a log ratio into percent: 0 for no difference, +100 for twice as good."""
    return 100 * math.expm1(min(log_value, LARGEST_LOG))


def compare(
    first: Mapping[int, float], second: Mapping[int, float], *, higher_is_better: bool
) -> Estimate:
    """Estimate how much better the first side is.

    Args:
        first: repeat -> value of that cell (the mean over its VMs), any unit.
        second: the same of the other side, in the same unit.
        higher_is_better: False for durations; their speeds are compared then.
    """
    if not first or not second:
        return _nothing("one side has no completed repeat")
    if min(*first.values(), *second.values()) <= 0:
        return _nothing("a value is zero or negative, so that no ratio exists")
    sign = 1.0 if higher_is_better else -1.0
    one, two = _logs(first, sign), _logs(second, sign)
    pairs = [one[repeat] - two[repeat] for repeat in sorted(one.keys() & two.keys())]
    if len(pairs) >= NEEDED:
        return _paired(pairs)
    if min(len(one), len(two)) >= NEEDED:
        return _welch(list(one.values()), list(two.values()))
    middle = pairs[0] if pairs else fmean(one.values()) - fmean(two.values())
    return Estimate(middle, None, None, "none", 1, "fewer than 2 repeats: no interval")


def _logs(values: Mapping[int, float], sign: float) -> dict[int, float]:
    return {repeat: sign * math.log(values[repeat]) for repeat in sorted(values)}


def _nothing(reason: str) -> Estimate:
    return Estimate(None, None, None, "none", 0, reason)


def _paired(differences: Sequence[float]) -> Estimate:
    """Student's t on the differences of the blocks (a block is a repeat)."""
    middle = fmean(differences)
    if pstdev(differences) < NO_SPREAD:
        return _no_spread(middle, len(differences))
    from scipy import stats  # noqa: PLC0415 - a second to import, not needed when nothing changed

    bounds = stats.ttest_1samp(differences, 0.0).confidence_interval(CONFIDENCE)
    return _with_interval(middle, bounds, "paired t", len(differences))


def _welch(one: Sequence[float], two: Sequence[float]) -> Estimate:
    """Welch's t: the sides need not have the same variance or number of repeats."""
    middle, repeats = fmean(one) - fmean(two), min(len(one), len(two))
    if min(pstdev(one), pstdev(two)) < NO_SPREAD:
        return _no_spread(middle, repeats)
    from scipy import stats  # noqa: PLC0415 - as above

    bounds = stats.ttest_ind(one, two, equal_var=False).confidence_interval(CONFIDENCE)
    return _with_interval(middle, bounds, "Welch t", repeats)


def _no_spread(middle: float, repeats: int) -> Estimate:
    reason = "the repeats do not differ at all: no spread to make an interval from"
    return Estimate(middle, None, None, "none", repeats, reason)


def _with_interval(
    middle: float, bounds: Sequence[float], method: Method, repeats: int
) -> Estimate:
    low, high = float(bounds[0]), float(bounds[1])
    reason = "the interval covers 0" if low <= 0 <= high else ""
    return Estimate(middle, low, high, method, repeats, reason)
