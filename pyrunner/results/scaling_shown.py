"""Scaling as it is read: a table below the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyrunner.results.labels import VARIANT_TITLES, fleet_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrunner.results.scaling import Scaling


@dataclass(frozen=True, slots=True)
class ScaleCell:
    """What a fleet achieves together, as a multiple of 1 VM; all empty where it is not known."""

    times: str = ""
    interval: str = ""
    fairness: str = ""


@dataclass(frozen=True, slots=True)
class ScaleTable:
    """Rows are (benchmark, variant, a cell for each column); ``least`` names the least fair."""

    columns: list[str]
    rows: list[tuple[str, str, list[ScaleCell]]]
    least: str


def scale_table(scalings: Sequence[Scaling]) -> ScaleTable:
    """Put the scalings of one host and suite into a table, a column a fleet size."""
    sizes = sorted({each.fleet_size for each in scalings})
    found: dict[tuple[str, str], dict[int, ScaleCell]] = {}
    for each in scalings:
        key = (each.title, VARIANT_TITLES[each.variant])
        found.setdefault(key, {})[each.fleet_size] = _cell(each)
    return ScaleTable(
        [fleet_title(size) for size in sizes],
        [(*key, [cells.get(size, ScaleCell()) for size in sizes]) for key, cells in found.items()],
        _least(scalings),
    )


def _least(scalings: Sequence[Scaling]) -> str:
    """Name the fleet whose VMs share most unevenly."""
    known = [(each.fairness, each) for each in scalings if each.fairness is not None]
    if not known:
        return ""
    fairness, each = min(known, key=lambda pair: pair[0])
    fleet = f"{VARIANT_TITLES[each.variant]}, {fleet_title(each.fleet_size)}"
    return f"Shared most unevenly: {each.title}, {fleet}, fairness {fairness:.3f}."


def _cell(each: Scaling) -> ScaleCell:
    low, high = each.estimate.low, each.estimate.high
    interval = "" if low is None or high is None else f"{_times(low)} to {_times(high)}"
    fairness = "" if each.fairness is None else f"{each.fairness:.3f}"
    return ScaleCell(_times(each.estimate.log_advantage or 0.0), interval, fairness)


def _times(log_ratio: float) -> str:
    """Write a ratio; an interval of two noisy repeats may be absurdly wide."""
    ratio = math.exp(min(log_ratio, 10.0))
    return f"{ratio:.2f}" if ratio < 1000 else "> 1000"  # noqa: PLR2004 - no fleet is that large
