"""How much a benchmark varies from repeat to repeat, and whether that is too much.

See docs/statistics.md, "Noise", for why it is this measure and what follows from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import stdev
from typing import TYPE_CHECKING, Final

from pyrunner.results.labels import BOOT, END_TO_END, LAUNCH
from pyrunner.results.stats import LARGEST_LOG, NEEDED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pyrunner.results.campaign import Gate
    from pyrunner.results.tally import Series, Tally

COMPARED: Final = ("score", "duration")
"""Metrics that comparisons use."""


@dataclass(frozen=True, slots=True)
class Variation:
    """A benchmark of one variant and fleet size over its completed repeats.

    Attributes:
        cv: its coefficient of variation, a fraction; None where there is none to be had.
    """

    series: Series
    repeats: int
    cv: float | None

    def exceeds(self, threshold: float) -> bool:
        """Whether it is noisier than allowed; a threshold of 0 allows everything."""
        return (
            threshold > 0
            and self.cv is not None
            and self.cv > threshold
            and gated(self.series.suite, self.series.benchmark)
        )


def coefficient_of_variation(values: Iterable[float]) -> float | None:
    """Compute the coefficient of variation of log-normal values: sqrt(exp(s²) - 1).

    ``s`` is the standard deviation of the logs (n - 1), the very spread that intervals are made
    of. Below 0.3 it is the usual ratio of standard deviation and mean within 5 %.
    (Kirkwood, Geometric means and measures of dispersion, Biometrics 35(4), 1979, pp. 908-909.)

    Args:
        values: one a repeat, in any unit.

    Returns:
        None for fewer than 2 values, or where one is not positive and has no log.
    """
    found = list(values)
    if len(found) < NEEDED or min(found) <= 0:
        return None
    return math.sqrt(math.expm1(min(stdev(map(math.log, found)) ** 2, LARGEST_LOG)))


def gated(suite: str, benchmark: str) -> bool:
    """Whether noise of this benchmark is a reason for more repeats, and to withhold a verdict.

    Of the boot only the whole: phases of some milliseconds vary by half at no harm.
    """
    return suite not in (BOOT, LAUNCH) or (suite, benchmark) == (BOOT, END_TO_END)


def variations(tally: Tally) -> Iterator[Variation]:
    """Compute the variation of everything that comparisons use."""
    for series, repeats in tally.repeats.items():
        if series.metric in COMPARED:
            yield Variation(series, len(repeats), coefficient_of_variation(repeats.values()))


def why_withheld(gate: Gate, planned: int, sides: Mapping[str, Collection[float]]) -> str:
    """Say why noise forbids a verdict; empty where it does not.

    Args:
        gate: the campaign's noise gate.
        planned: repeats of this fleet size that are planned by now.
        sides: the name of each side and its values, one a repeat.
    """
    for title, values in sides.items():
        cv = coefficient_of_variation(values)
        if gate.threshold > 0 and cv is not None and cv > gate.threshold:
            end = "the most that are allowed" if planned >= gate.max_repeats else "more are needed"
            return (
                f"no verdict: {title} varies by {100 * cv:.1f} % over {len(values)} repeats, "
                f"{end}; the noise gate lets {100 * gate.threshold:g} % pass"
            )
    return ""
