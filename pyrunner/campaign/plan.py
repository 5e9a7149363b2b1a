"""Planning: a request becomes campaign.json; an existing campaign is extended, never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyrunner.campaign.conflicts import refuse_mixing
from pyrunner.campaign.expand import expand
from pyrunner.campaign.gate import noise_entry, targets_for
from pyrunner.campaign.host import out_of_run
from pyrunner.campaign.merge import decides_on, merged_cells, merged_hosts, merged_skips
from pyrunner.campaign.order import running_order
from pyrunner.campaign.store import PLAN, Campaign, find_campaign, one_at_a_time
from pyrunner.campaign.suites import choose_suites
from pyrunner.files import disk_errors, write_json
from pyrunner.model import SCHEMA, VARIANTS, Cell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyrunner.campaign.expand import Skip
    from pyrunner.campaign.gate import Targets
    from pyrunner.campaign.request import Request


@dataclass(frozen=True)
class Planned:
    """What planning came to.

    Attributes:
        campaign: the campaign as it is now on disk.
        changed: whether campaign.json was written.
        cells: the cells of this request (the campaign may have more), in running order.
        skipped: what of this request cannot run, with reason and hint.
        blocked: cells of this request that were planned before on a host that is out of this run:
            they are due, but cannot run now; with reason and hint.
    """

    campaign: Campaign
    changed: bool
    cells: list[Cell]
    skipped: list[Skip]
    blocked: list[tuple[Cell, str, str]]


def plan_campaign(folder: Path, request: Request) -> Planned:
    """Write the plan for ``request`` into ``folder``, or extend the plan that is there.

    Cells that are planned already stay; a smaller request leaves the rest alone. The same request
    again leaves the file untouched.

    Raises:
        UsageError: it would mix incomparable results, or no suite can run.
        TestbedError: campaign.json is damaged or cannot be written.
    """
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder):
        return _plan(folder, request)


def _plan(folder: Path, request: Request) -> Planned:
    """Plan while nobody else does."""
    old = find_campaign(folder)
    suites, notes = choose_suites(request, old.data["suites"] if old else None)
    if old is not None:
        refuse_mixing(old, request, suites)
    targets = targets_for(old, request)
    asked, skipped = expand(request, targets)
    cells = running_order(merged_cells(old, request, asked))
    data = _document(request, suites, notes, old.data if old else {})
    data["cells"] = [cell.as_dict() for cell in cells]
    data["skipped"] = merged_skips(old, request, skipped, cells, data["hosts"])
    changed = old is None or old.data != data
    if changed:
        write_json(folder / PLAN, data)
    campaign, mine = Campaign(folder, data), set(asked)
    ordered = [cell for cell in cells if cell in mine]
    told = [skip for skip in data["skipped"] if decides_on(request, skip)]
    return Planned(campaign, changed, ordered, told, _blocked(campaign, request, targets))


def _blocked(campaign: Campaign, request: Request, targets: Targets) -> list[tuple[Cell, str, str]]:
    """List the cells of the request that are due on hosts that are out of this run."""
    out = {host: out_of_run(entry) for host, entry in request.hosts.items()}
    return [
        (cell, *reason)
        for cell in campaign.cells
        if (reason := out.get(cell.host)) is not None
        and cell.variant in request.variants
        and cell.fleet_size in request.fleet_sizes
        and cell.repeat <= targets.get((cell.host, cell.fleet_size), request.repeats)
        and not campaign.is_sealed(cell)
    ]


def _document(
    request: Request, suites: list[str], notes: dict[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    """Compose campaign.json without its cells: the union of what was and what is asked."""
    variants = {*old.get("variants", ()), *request.variants}
    # Why the campaign was settled on its suites is said once; a resumed run asks for those alone.
    before = {s: note for s, note in old.get("suite_notes", {}).items() if s not in suites}
    return {
        "schema": SCHEMA,
        "campaign": request.campaign,
        "purpose": request.purpose,
        "profile": request.profile,
        "suites": suites,
        "suite_notes": {**notes, **before},
        "variants": [variant for variant in VARIANTS if variant in variants],
        "fleet_sizes": sorted({*old.get("fleet_sizes", ()), *request.fleet_sizes}),
        "repeats": max(old.get("repeats", 0), request.repeats),
        "noise": noise_entry(old, request),
        "hosts": merged_hosts(old.get("hosts", {}), request),
    }
