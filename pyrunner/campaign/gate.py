"""The noise gate's part of a plan: its limits, and to how many repeats it has brought fleets.

It is kept in campaign.json as::

    "noise": {"threshold": 0.05, "max_repeats": 20,
              "extended": [{"host": "epyc1", "fleet_size": 8, "repeats": 12}]}

Why repeats are added for noise alone, never for a verdict, is told in docs/statistics.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrunner.campaign.request import Request
    from pyrunner.campaign.store import Campaign

Targets = dict[tuple[str, int], int]
"""(host, fleet size) -> repeats that its variants are to have."""


def noise_entry(old: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """Compose ``noise`` of campaign.json; the newest request sets the limits."""
    return {
        "threshold": request.noise_threshold if request.gated else 0.0,
        "max_repeats": request.max_repeats if request.gated else 0,
        "extended": old.get("noise", {}).get("extended", []),
    }


def targets_of(data: Mapping[str, Any]) -> Targets:
    """Read to how many repeats the gate has brought each fleet."""
    extended = data.get("noise", {}).get("extended", [])
    return {(each["host"], each["fleet_size"]): each["repeats"] for each in extended}


def targets_for(old: Campaign | None, request: Request) -> Targets:
    """Take those targets that a request asks for, too.

    The same request again goes on with what the gate added, and a variant that it adds gets as
    many repeats, so that pairs are complete. With the gate off, or for fewer repeats than before,
    it asks for its own part alone.
    """
    if old is None or not request.gated or request.repeats < old.data["repeats"]:
        return {}
    return {
        place: repeats
        for place, repeats in targets_of(old.data).items()
        if repeats > request.repeats
    }


def extended(data: Mapping[str, Any], targets: Targets) -> dict[str, Any]:
    """Compose ``noise`` of campaign.json with more targets."""
    merged = {**targets_of(data), **targets}
    listed = [
        {"host": host, "fleet_size": size, "repeats": merged[host, size]}
        for host, size in sorted(merged)
    ]
    return {**data["noise"], "extended": listed}
