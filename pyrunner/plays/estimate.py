"""How long the rest of a campaign will take."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

BOOT_SECONDS: Final = {"emulated": (8.0, 5.0), "kvm": (3.0, 0.3), "snp": (6.0, 1.0)}
"""Backend to seconds of a boot: constant, and for each VM. Guesses, until a cell has ended."""
SUITE_SECONDS: Final = {
    ("stress_ng", "quick"): 55.0,
    ("stress_ng", "full"): 920.0,
    ("unixbench", "quick"): 210.0,
    ("unixbench", "full"): 640.0,
}
"""Guesses likewise: what the profiles ask for."""
AROUND_SECONDS: Final = 4.0


def guess(cell: Mapping[str, Any], suites: list[str], profile: str) -> float:
    """Seconds that a cell may take, before any like it has ended."""
    constant, each = BOOT_SECONDS[cell["backend"]]
    benchmarks = sum(SUITE_SECONDS.get((suite, profile), 60.0) for suite in suites)
    return constant + each * int(cell["fleet_size"]) + benchmarks + AROUND_SECONDS


class Estimate:
    """Learns from the cells that end."""

    def __init__(self, suites: list[str], profile: str) -> None:
        """Begin with guesses."""
        self.suites = suites
        self.profile = profile
        self.taken: dict[tuple[str, int], list[float]] = {}

    def learn(self, cell: Mapping[str, Any], seconds: float) -> None:
        """A cell has ended after `seconds`."""
        self.taken.setdefault((cell["variant"], cell["fleet_size"]), []).append(seconds)

    def of(self, cell: Mapping[str, Any]) -> float:
        """Seconds that a cell will take."""
        like = self.taken.get((cell["variant"], cell["fleet_size"]))
        return mean(like) if like else guess(cell, self.suites, self.profile)
