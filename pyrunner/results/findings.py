"""What is made of a campaign's values: each output shows its part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyrunner.results.comparisons import tables
from pyrunner.results.missing import Explainer
from pyrunner.results.noise_shown import noise_tables
from pyrunner.results.self_check import self_checks

if TYPE_CHECKING:
    from pyrunner.results.campaign import Campaign
    from pyrunner.results.comparisons import Table
    from pyrunner.results.load import CellState
    from pyrunner.results.noise_shown import NoiseTable
    from pyrunner.results.self_check import SelfCheck
    from pyrunner.results.tally import Tally


@dataclass(frozen=True, slots=True)
class Findings:
    """Comparisons of variants, self-checks, and how noisy all of it is; the latter two by host."""

    tables: tuple[Table, ...] = ()
    checks: tuple[SelfCheck, ...] = ()
    noise: tuple[NoiseTable, ...] = ()


def find(campaign: Campaign, states: tuple[CellState, ...], tally: Tally) -> Findings:
    """Compare all that can be compared; a self-check's one variant with itself alone."""
    compared = [] if campaign.is_self_check else tables(tally, Explainer(campaign, states))
    return Findings(
        tuple(compared),
        tuple(self_checks(tally, campaign.name)),
        tuple(noise_tables(campaign, tally)),
    )
