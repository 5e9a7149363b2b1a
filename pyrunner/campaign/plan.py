"""Planning: a request becomes campaign.json; an existing campaign is extended, never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyrunner.campaign.conflicts import refuse_mixing
from pyrunner.campaign.expand import expand
from pyrunner.campaign.order import running_order
from pyrunner.campaign.store import PLAN, Campaign, find_campaign
from pyrunner.campaign.suites import choose_suites
from pyrunner.files import disk_errors, write_json
from pyrunner.model import SCHEMA, VARIANTS, Cell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyrunner.campaign.expand import Skip
    from pyrunner.campaign.request import Request

HOST_KEYS: Final = ("facts", "checks", "variants", "artifacts", "artifact_set")


@dataclass(frozen=True)
class Planned:
    """What planning came to.

    Attributes:
        campaign: the campaign as it is now on disk.
        changed: whether campaign.json was written.
        cells: the cells of this request (the campaign may have more), in running order.
        skipped: what of this request cannot run, with reason and hint.
    """

    campaign: Campaign
    changed: bool
    cells: list[Cell]
    skipped: list[Skip]


def plan_campaign(folder: Path, request: Request) -> Planned:
    """Write the plan for ``request`` into ``folder``, or extend the plan that is there.

    Cells that are planned already stay; a smaller request leaves the rest alone. The same request
    again leaves the file untouched.

    Raises:
        UsageError: it would mix incomparable results, or no suite can run.
        TestbedError: campaign.json is damaged or cannot be written.
    """
    old = find_campaign(folder)
    suites, notes = choose_suites(request, old.data["suites"] if old else None)
    if old is not None:
        refuse_mixing(old, request, suites)
    asked, skipped = expand(request)
    cells = running_order(_merged_cells(old, request, asked))
    data = _document(request, suites, notes, old.data if old else {})
    data["cells"] = [cell.as_dict() for cell in cells]
    data["skipped"] = _merged_skips(old, request, skipped)
    changed = old is None or old.data != data
    if changed:
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / PLAN, data)
    mine = set(asked)
    return Planned(Campaign(folder, data), changed, [c for c in cells if c in mine], skipped)


def _document(
    request: Request, suites: list[str], notes: dict[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    """Compose campaign.json without its cells: the union of what was and what is asked."""
    variants = {*old.get("variants", ()), *request.variants}
    return {
        "schema": SCHEMA,
        "campaign": request.campaign,
        "profile": request.profile,
        "suites": suites,
        "suite_notes": notes,
        "variants": [variant for variant in VARIANTS if variant in variants],
        "fleet_sizes": sorted({*old.get("fleet_sizes", ()), *request.fleet_sizes}),
        "repeats": max(old.get("repeats", 0), request.repeats),
        "hosts": _merged_hosts(old.get("hosts", {}), request),
    }


def _merged_hosts(old: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """Join the hosts; one whose plan is the same keeps its entry, for facts like load vary."""
    merged = dict(old)
    for host, entry in request.hosts.items():
        new = {key: entry[key] for key in HOST_KEYS}
        if host not in old or _decisive(old[host]) != _decisive(new):
            merged[host] = new
    return {host: merged[host] for host in sorted(merged)}


def _decisive(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """Take what the plan follows from, without what varies from one look to the next."""
    checks = [(check["id"], check["status"]) for check in entry["checks"]]
    return entry["variants"], entry["artifact_set"], checks


def _merged_cells(old: Campaign | None, request: Request, asked: list[Cell]) -> set[Cell]:
    """Join the cells; those of before that can no longer run stay only if they have results."""
    before = old.cells if old else []
    wanted = set(asked)
    kept = {cell for cell in before if cell in wanted or _stays(old, request, cell)}
    return kept | wanted


def _stays(old: Campaign | None, request: Request, cell: Cell) -> bool:
    """Whether a cell of before that is not asked for now remains in the plan."""
    if old is not None and old.is_sealed(cell):
        return True
    seen = request.hosts.get(cell.host, {}).get("variants", {}).get(cell.variant)
    return seen is None or (seen["runnable"] and seen["backend"] == cell.backend)


def _merged_skips(old: Campaign | None, request: Request, skipped: list[Skip]) -> list[Skip]:
    """Join what is skipped; the request's word on its own combinations replaces the old one."""
    before = [skip for skip in (old.data["skipped"] if old else []) if not _asked(request, skip)]
    return sorted(
        [*before, *skipped],
        key=lambda skip: (skip["host"], VARIANTS.index(skip["variant"]), skip["fleet_size"]),
    )


def _asked(request: Request, skip: Skip) -> bool:
    """Whether the request decides on this combination."""
    return (
        skip["host"] in request.hosts
        and skip["variant"] in request.variants
        and skip["fleet_size"] in request.fleet_sizes
    )
