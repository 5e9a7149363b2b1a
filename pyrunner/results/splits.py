"""How often a difference is found, over all ways to split pairs of repeats into two equal arms.

Within a pair either repeat may be arm A's: K pairs can be split in 2^(K-1) ways that differ by more
than the arms' names. All are gone through, or a fixed random sample where they are too many. What
is counted is what :func:`pyrunner.results.stats.compare` would call better or worse; its paired
interval excludes 0 if |mean| > t * s / sqrt(n).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import stats

from pyrunner.results.stats import CONFIDENCE, NEEDED, NO_SPREAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_SPLITS: Final = 4096
SEED: Final = 20260101


@dataclass(frozen=True, slots=True)
class Splits:
    """What all splits of a fleet's pairs come to.

    Attributes:
        count: splits that were looked at.
        exact: whether those are all.
        compared: comparisons that can find a difference at all, one a benchmark.
        mean: differences found, on average over the splits.
        variance: of the number found, over the splits.
        alone: what the variance would be if the benchmarks were independent of each other.
        later: differences found in the split that sets the later repeat of each pair against the
            earlier one.
        later_chance: share of the splits in which as many are found, or more.
    """

    count: int
    exact: bool
    compared: int
    mean: float
    variance: float
    alone: float
    later: int
    later_chance: float


def all_splits(differences: Sequence[Sequence[float | None]]) -> Splits:
    """Go through the splits.

    Args:
        differences: for each benchmark the later minus the earlier log of each pair; None for a
            pair that lacks a value.
    """
    table = np.array(differences, dtype=float).T  # None becomes NaN; a row a pair
    signs, exact = _signs(table.shape[0])
    found = _found(table, signs)
    rates = found.mean(axis=0)
    numbers = found.sum(axis=1)
    return Splits(
        count=len(signs),
        exact=exact,
        compared=int(np.sum(np.sum(~np.isnan(table), axis=0) >= NEEDED)),
        mean=float(numbers.mean()),
        variance=float(numbers.var()),
        alone=float(np.sum(rates * (1 - rates))),
        later=int(numbers[0]),
        later_chance=float(np.mean(numbers >= numbers[0])),
    )


def _signs(pairs: int) -> tuple[NDArray[np.float64], bool]:
    """Make a row of +1 and -1 for each split, the one of all +1 first."""
    if 2 ** (pairs - 1) <= MOST_SPLITS:
        numbers = np.arange(2 ** (pairs - 1))[:, np.newaxis]
        return (1 - 2 * (numbers >> np.arange(pairs) & 1)).astype(np.float64), True
    signs = np.random.default_rng(SEED).choice([1.0, -1.0], (MOST_SPLITS, pairs))
    signs[0] = 1.0
    return signs, False


def _found(table: NDArray[np.float64], signs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell for each split and benchmark whether its interval excludes 0."""
    numbers = np.sum(~np.isnan(table), axis=0)
    known = np.nan_to_num(table)
    counted = np.maximum(numbers, NEEDED)
    means = signs @ known / counted
    spreads = np.maximum(np.sum(known**2, axis=0) / counted - means**2, 0)
    widths = stats.t.ppf((1 + CONFIDENCE) / 2, counted - 1) * np.sqrt(spreads / (counted - 1))
    has_interval = (numbers >= NEEDED) & (np.sqrt(spreads) >= NO_SPREAD)
    found: NDArray[np.bool_] = has_interval & (np.abs(means) > widths)
    return found
