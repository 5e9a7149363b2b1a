"""Joining what a campaign has and what is asked of it now: it grows, nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyrunner.campaign.host import out_of_run
from pyrunner.model import VARIANTS, Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyrunner.campaign.expand import Skip
    from pyrunner.campaign.request import Request
    from pyrunner.campaign.store import Campaign
    from pyrunner.model import Variant

HOST_KEYS: Final = (
    *("facts", "checks", "variants", "attestation", "measurement", "artifacts", "artifact_set"),
)
MOMENTARY: Final = ("load.cpu", "load.steal", "memory.swap", "numa.memory")
"""Preflight's checks that are a warning one minute and none the next; nothing follows from them."""


def merged_hosts(old: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """Join the hosts.

    One whose plan is the same keeps its entry, for facts like load vary. One that is out of this
    run keeps what is known of it; only its checks tell why it is out.
    """
    merged = dict(old)
    for host, entry in request.hosts.items():
        new = {key: entry[key] for key in HOST_KEYS}
        if host in old and out_of_run(entry) is not None:
            new = {**old[host], "checks": entry["checks"]}
        if host not in old or _decisive(old[host]) != _decisive(new):
            merged[host] = new
    return {host: merged[host] for host in sorted(merged)}


def _decisive(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """Take what the plan follows from, without what varies from one look to the next."""
    lasting = (check for check in entry["checks"] if check["id"] not in MOMENTARY)
    checks = [(check["id"], check["status"]) for check in lasting]
    abilities = {name: _ability(seen) for name, seen in entry["variants"].items()}
    settled = (entry.get("attestation"), entry.get("measurement") or {}, entry["artifact_set"])
    return abilities, *settled, checks


def _ability(seen: Mapping[str, Any]) -> tuple[str, ...]:
    """Take what decides on a variant: how it runs, or why it does not.

    How many of its VMs fit follows from the memory that is free at the moment; where that matters,
    the cells themselves say so.
    """
    return (seen["backend"],) if seen["runnable"] else (seen["reason"], seen["hint"])


def merged_cells(old: Campaign | None, request: Request, asked: list[Cell]) -> set[Cell]:
    """Join the cells; those of before that can no longer run stay only if they have results."""
    before = old.cells if old else []
    wanted = set(asked)
    kept = {cell for cell in before if cell in wanted or _stays(old, request, cell)}
    return kept | wanted


def _stays(old: Campaign | None, request: Request, cell: Cell) -> bool:
    """Whether a cell of before that is not asked for now remains in the plan."""
    entry = request.hosts.get(cell.host)
    if entry is None or out_of_run(entry) is not None or (old is not None and old.is_sealed(cell)):
        return True
    seen = entry["variants"].get(cell.variant)
    return seen is None or (seen["runnable"] and seen["backend"] == cell.backend)


def merged_skips(
    old: Campaign | None,
    request: Request,
    skipped: list[Skip],
    cells: Iterable[Cell],
    hosts: Mapping[str, Any],
) -> list[Skip]:
    """Join what is skipped; the request's word on its own combinations replaces the old one.

    On a host that is out of this run, cells that are planned are missing, not skipped. Where it is
    still out for the same checks, the reason stays as it was: that a host cannot be reached is said
    in other words each time.

    Args:
        old: the campaign as it was; None for a new one.
        request: what is asked now.
        skipped: what of it cannot run.
        cells: all that are planned.
        hosts: what ``merged_hosts`` made of the hosts.
    """
    before_hosts = old.data["hosts"] if old else {}
    known = {_place(skip): skip for skip in (old.data["skipped"] if old else [])}
    before = [skip for skip in known.values() if not decides_on(request, skip)]
    out = {host for host, entry in request.hosts.items() if out_of_run(entry) is not None}
    due = {(cell.host, cell.variant, cell.fleet_size) for cell in cells if cell.host in out}
    unchanged = {host for host in out if hosts[host] == before_hosts.get(host)}
    new = [
        known.get(_place(skip), skip) if skip["host"] in unchanged else skip
        for skip in skipped
        if _place(skip) not in due
    ]
    return sorted(
        [*before, *new],
        key=lambda skip: (skip["host"], VARIANTS.index(skip["variant"]), skip["fleet_size"]),
    )


def _place(skip: Skip) -> tuple[str, Variant, int]:
    """Take the combination that is skipped."""
    return skip["host"], skip["variant"], skip["fleet_size"]


def decides_on(request: Request, skip: Skip) -> bool:
    """Whether the request decides on this combination."""
    return (
        skip["host"] in request.hosts
        and skip["variant"] in request.variants
        and skip["fleet_size"] in request.fleet_sizes
    )
