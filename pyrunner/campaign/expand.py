"""From a request to cells that run and combinations that are skipped for cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrunner.campaign.host import out_of_run
from pyrunner.model import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrunner.campaign.gate import Targets
    from pyrunner.campaign.request import Request
    from pyrunner.model import Variant

Skip = dict[str, Any]
"""``{"host", "variant", "fleet_size", "reason", "hint"}``, as in campaign.json."""


def expand(request: Request, targets: Targets) -> tuple[list[Cell], list[Skip]]:
    """List the cells that the request asks for, and what of it cannot run, with the reason.

    Args:
        request: what is asked.
        targets: to how many repeats the noise gate has brought fleets.
    """
    cells: list[Cell] = []
    skipped: list[Skip] = []
    for host, variant, size in _combinations(request):
        obstacle = _obstacle(request.hosts[host], variant, size)
        if obstacle is None:
            backend = request.hosts[host]["variants"][variant]["backend"]
            numbers = range(1, targets.get((host, size), request.repeats) + 1)
            cells += [Cell(host, variant, size, repeat, backend) for repeat in numbers]
        else:
            where = {"host": host, "variant": variant, "fleet_size": size}
            skipped.append({**where, "reason": obstacle[0], "hint": obstacle[1]})
    return cells, skipped


def _combinations(request: Request) -> Iterator[tuple[str, Variant, int]]:
    """All hosts x variants x fleet sizes, in a fixed order."""
    for host in sorted(request.hosts):
        for variant in request.variants:
            for size in request.fleet_sizes:
                yield host, variant, size


def _obstacle(entry: dict[str, Any], variant: Variant, size: int) -> tuple[str, str] | None:
    """Say what keeps a fleet from running on a host: reason and hint; None if nothing does."""
    if (out := out_of_run(entry)) is not None:
        return out
    seen = entry["variants"].get(variant)
    if seen is None:
        return "preflight says nothing of this variant", "run the preflight playbook again"
    if not seen["runnable"]:
        return seen["reason"], seen["hint"]
    if size > seen.get("max_fleet", size):
        reason = seen["reason"] or "the host is too small for this fleet"
        return f"at most {seen['max_fleet']} VMs fit: {reason}", seen["hint"]
    return None
