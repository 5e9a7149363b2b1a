"""More repeats where benchmarks vary too much: the noise gate's decision.

Only the variation of what each variant measures counts, never how variants compare: see
docs/statistics.md, "Noise". The unit is a fleet size on a host: all its variants are repeated
alike, so that pairs stay complete, and by whole rounds of the running order, so that every variant
stays first, second, ... equally often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyrunner.campaign.gate import Targets, extended
from pyrunner.campaign.host import out_of_run
from pyrunner.campaign.order import running_order
from pyrunner.campaign.plan import Planned
from pyrunner.campaign.store import FAILED, PLAN, Campaign, load_campaign, one_at_a_time
from pyrunner.cells.folder import OBSERVATIONS
from pyrunner.files import write_json
from pyrunner.model import VARIANTS, Cell
from pyrunner.results.noise import Variation, variations
from pyrunner.results.observations import read_observations
from pyrunner.results.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyrunner.model import Variant

PAIR: Final = 2
"""Repeats of a lone variant make pairs of each other: see pyrunner.results.self_check."""


@dataclass(frozen=True)
class Fleet:
    """The planned cells of one fleet size on a host.

    Attributes:
        steady: variants all of whose cells are done, and that can still run; one with a failed
            cell takes no part until that cell is mended, for repeating what fails mends nothing.
        due: whether cells have not run yet, so that it is too early to decide.
    """

    host: str
    size: int
    cells: list[Cell]
    steady: set[Variant]
    due: bool

    @classmethod
    def of(cls, campaign: Campaign, host: str, size: int) -> Fleet:
        """See how far a fleet's cells are."""
        cells = [c for c in campaign.cells if (c.host, c.fleet_size) == (host, size)]
        undone = {cell for cell in cells if not campaign.is_sealed(cell)}
        folders = {cell: campaign.cell_folder(cell.host, cell.id) for cell in undone}
        able = {cell.variant for cell in cells if _runnable(campaign.data["hosts"][host], cell)}
        steady = able - {cell.variant for cell in undone}
        due = any(not (folder / FAILED).exists() for folder in folders.values())
        return cls(host, size, cells, steady, due)

    @property
    def repeats(self) -> int:
        """Number of the last repeat that is planned."""
        return max(cell.repeat for cell in self.cells)

    def next_repeats(self, most: int) -> int:
        """Number of the last repeat after one more round; at most ``most``."""
        variants = len({cell.variant for cell in self.cells})
        step = variants if variants > 1 else PAIR
        return min(most, (self.repeats // step + 1) * step)

    def added(self, repeats: int) -> Iterator[Cell]:
        """Make the cells that bring the steady variants to that many repeats."""
        backends = {cell.variant: cell.backend for cell in self.cells}
        for variant in (each for each in VARIANTS if each in self.steady):
            for repeat in range(self.repeats + 1, repeats + 1):
                yield Cell(self.host, variant, self.size, repeat, backends[variant])


def _runnable(entry: dict[str, Any], cell: Cell) -> bool:
    """Whether a host could run a cell again as it did, when it was last looked at."""
    seen = entry["variants"].get(cell.variant, {})
    return out_of_run(entry) is None and seen.get("backend") == cell.backend and seen["runnable"]


def more_repeats(folder: Path, host: str | None = None) -> tuple[Planned, list[dict[str, Any]]]:
    """Add repeats to a campaign's plan where benchmarks vary more than its threshold.

    Args:
        folder: the campaign's folder.
        host: decide on this host alone; None for all.

    Returns:
        The plan; its cells are those that were added, none if there is nothing to add. And why:
        ``{"host", "fleet_size", "variant", "suite", "benchmark", "variation", "repeats", "added"}``
        for every benchmark that varies too much, ``added`` being 0 where the limit is reached.

    Raises:
        UsageError: there is no campaign.
        TestbedError: campaign.json or a cell's file is damaged.
    """
    with one_at_a_time(folder):
        campaign = load_campaign(folder)
        threshold = campaign.data.get("noise", {}).get("threshold", 0.0)
        places = sorted({(c.host, c.fleet_size) for c in campaign.cells if host in (None, c.host)})
        cells: list[Cell] = []
        reasons: list[dict[str, Any]] = []
        targets: Targets = {}
        for place in places if threshold > 0 else []:
            fleet = Fleet.of(campaign, *place)
            if fleet.due or not (noisy := _noisy(campaign, fleet, threshold)):
                continue
            target = fleet.next_repeats(campaign.data["noise"]["max_repeats"])
            added = max(target - fleet.repeats, 0)
            reasons += [_reason(each, added) for each in noisy]
            if added:
                targets[place] = target
                cells += fleet.added(target)
        if cells:
            campaign = _extend(campaign, targets, cells)
    mine = set(cells)
    ordered = [cell for cell in campaign.cells if cell in mine]
    return Planned(campaign, bool(cells), ordered, [], []), reasons


def _extend(campaign: Campaign, targets: Targets, cells: list[Cell]) -> Campaign:
    """Write the plan with more cells."""
    planned = running_order([*campaign.cells, *cells])
    noise = extended(campaign.data, targets)
    data = {**campaign.data, "noise": noise, "cells": [cell.as_dict() for cell in planned]}
    write_json(campaign.folder / PLAN, data)
    return Campaign(campaign.folder, data)


def _noisy(campaign: Campaign, fleet: Fleet, threshold: float) -> list[Variation]:
    """List what varies too much, of what is compared."""
    tally = Tally()
    for cell in fleet.cells:
        if cell.variant in fleet.steady:
            path = campaign.cell_folder(cell.host, cell.id) / OBSERVATIONS
            tally.add_cell(cell, read_observations(path), path)
    found = list(variations(tally))
    had: dict[tuple[str, str], int] = {}
    for each in found:
        what = (each.series.suite, each.series.benchmark)
        had[what] = had.get(what, 0) + 1
    sides = min(len(fleet.steady), PAIR)
    return [
        each
        for each in found
        if each.exceeds(threshold) and had[each.series.suite, each.series.benchmark] >= sides
    ]


def _reason(noisy: Variation, added: int) -> dict[str, Any]:
    """Say what varies, for JSON."""
    series = noisy.series
    return {
        "host": series.host,
        "fleet_size": series.fleet_size,
        "variant": series.variant,
        "suite": series.suite,
        "benchmark": series.benchmark,
        "variation": round(noisy.cv or 0.0, 4),
        "repeats": noisy.repeats,
        "added": added,
    }
