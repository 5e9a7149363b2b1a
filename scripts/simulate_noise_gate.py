"""Simulate what the noise gate does to intervals and verdicts: the table in docs/statistics.md.

    python scripts/simulate_noise_gate.py [--campaigns 40000]

Three equal variants of log-normal values are repeated as pyrunner.campaign.more does: by rounds of
three while any of them varies more than the threshold. Two are compared by the paired t of
pyrunner.results.stats, once the gate is satisfied or the limit reached. The last columns show what
would happen if repeats were added until a difference is found, which the testbed never does.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

THRESHOLD: Final = 0.05
VARIANTS: Final = 3
NOISE: Final = (0.5, 0.8, 0.9, 1.0, 1.1, 1.5)
"""True variation as a multiple of the threshold."""
LIMITS: Final = ((3, 12), (10, 20))
"""Repeats asked for, and the most."""


def looks(first: int, most: int) -> list[int]:
    """Numbers of repeats at which the gate decides."""
    return [first, *range((first // VARIANTS + 1) * VARIANTS, most, VARIANTS), most]


def covers(pairs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell whether the 95 % interval of each campaign covers 0, which is the truth."""
    number = pairs.shape[1]
    spread = pairs.std(axis=1, ddof=1) / np.sqrt(number)
    inside: NDArray[np.bool_] = (
        np.abs(pairs.mean(axis=1)) <= stats.t.ppf(0.975, number - 1) * spread
    )
    return inside


def simulate(noise: float, first: int, most: int, campaigns: int) -> tuple[float, ...]:
    """Tell coverage and false verdicts with the gate, mean repeats, false verdicts by peeking."""
    shape = (campaigns, most, VARIANTS)
    spread = np.sqrt(np.log1p((noise * THRESHOLD) ** 2))
    logs = np.random.default_rng(1).standard_normal(shape) * spread
    ended, covered, false, peeked = (np.zeros(campaigns, bool) for _ in range(4))
    repeats = np.zeros(campaigns)
    for number in looks(first, most):
        sigma = logs[:, :number].std(axis=1, ddof=1)
        noisy = np.sqrt(np.expm1(sigma**2)) > THRESHOLD
        inside = covers(logs[:, :number, 0] - logs[:, :number, 1])
        ending = ~ended & (~noisy.any(axis=1) | (number == most))
        covered[ending] = inside[ending]
        false[ending] = ~inside[ending] & ~noisy[ending, :2].any(axis=1)
        repeats[ending] = number
        ended |= ending
        peeked |= ~inside
    return covered.mean(), false.mean(), repeats.mean(), peeked.mean()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Simulate what the noise gate does.")
    parser.add_argument("--campaigns", type=int, default=40000, help="simulated campaigns a line")
    campaigns = parser.parse_args().campaigns
    print("| repeats, most | noise / threshold | coverage | false verdicts | repeats | peeking |")
    print("|---|---|---|---|---|---|")
    for first, most in LIMITS:
        for noise in NOISE:
            covered, false, repeats, peeked = simulate(noise, first, most, campaigns)
            print(
                f"| {first}, {most} | {noise} | {100 * covered:.1f} % | {100 * false:.1f} % "
                f"| {repeats:.1f} | {100 * peeked:.1f} % |"
            )


if __name__ == "__main__":
    main()
