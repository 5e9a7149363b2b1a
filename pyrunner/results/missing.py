"""Why a comparison has no value: the first cause that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyrunner.results.labels import BOOT, LAUNCH, VARIANT_TITLES, fleet_title, suite_title

if TYPE_CHECKING:
    from pyrunner.model import Variant
    from pyrunner.results.campaign import Campaign
    from pyrunner.results.load import CellState


@dataclass(frozen=True, slots=True)
class Explainer:
    """Finds reasons in the plan and in the states of the cells."""

    campaign: Campaign
    states: tuple[CellState, ...]

    def why(self, host: str, sides: tuple[Variant, Variant], size: int, suite: str) -> str:
        """Say why two variants cannot be compared on a host, as one sentence.

        Args:
            host: the testbed host.
            sides: the variants.
            size: the fleet size, in VMs.
            suite: the suite that would have measured.
        """
        causes = [
            *(self._variant(host, side) for side in sides),
            self._size(size),
            self._suite(suite),
            *(self._cells(host, side, size) for side in sides),
        ]
        return next((cause for cause in causes if cause), "not in the selection of this campaign")

    def _variant(self, host: str, variant: Variant) -> str:
        title = VARIANT_TITLES[variant]
        ability = self.campaign.hosts[host].variants.get(variant)
        if ability and not ability.runnable:
            # What would make it run stands with the skipped cells; here it would come thrice.
            return f"{title} cannot run on {host}: {ability.reason}"
        if variant not in self.campaign.variants:
            return f"{title} was not asked for"
        return ""

    def _size(self, size: int) -> str:
        if size in self.campaign.fleet_sizes:
            return ""
        return f"fleets of {fleet_title(size)} were not asked for"

    def _suite(self, suite: str) -> str:
        if suite == BOOT or suite in self.campaign.suites:
            return ""
        if suite == LAUNCH:
            return "cells without a trace do not have it (fleet_trace)"
        note = self.campaign.suite_notes.get(suite)
        if note and not note.available:
            return f"{suite_title(suite)} was not run: {note.reason}" + _mend(note.hint)
        return f"{suite_title(suite)} was not asked for"

    def _cells(self, host: str, variant: Variant, size: int) -> str:
        title = f"{VARIANT_TITLES[variant]} with {fleet_title(size)}"
        for skip in self.campaign.skipped:
            if (skip.host, skip.variant) == (host, variant) and skip.fleet_size in (None, size):
                return f"{title} was skipped: {skip.reason}" + _mend(skip.hint)
        place = (host, variant, size)
        found = [
            state.status
            for state in self.states
            if (state.cell.host, state.cell.variant, state.cell.fleet_size) == place
        ]
        if "done" in found:
            return ""
        failed, planned = found.count("failed"), found.count("planned")
        return f"no completed cell of {title}: {failed} failed, {planned} not run yet"


def _mend(hint: str) -> str:
    return f" — {hint}" if hint else ""
