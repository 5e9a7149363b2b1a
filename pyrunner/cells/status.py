"""How far a campaign is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrunner.campaign.host import out_of_run
from pyrunner.campaign.store import FAILED
from pyrunner.files import read_json

if TYPE_CHECKING:
    from pyrunner.campaign import Campaign
    from pyrunner.model import Cell


def status(campaign: Campaign) -> dict[str, Any]:
    """Sort the campaign's cells into done, failed and missing.

    Returns:
        ``{"campaign", "total", "done": [CELL], "failed": [FAILED], "missing": [CELL],
        "out": [OUT], "skipped": [...]}`` with CELL ``"<host>/<cell id>"``, FAILED
        ``{"host", "cell", "phase", "message", "hint", "attempt"}`` and OUT ``{"host", "reason",
        "hint"}``, a host that could not take part in the newest run.

    Raises:
        TestbedError: a failure.json is damaged.
    """
    done = [cell for cell in campaign.cells if campaign.is_sealed(cell)]
    failures = {cell: found for cell in campaign.cells if (found := _failure(campaign, cell))}
    missing = [c for c in campaign.cells if c not in failures and c not in set(done)]
    return {
        "campaign": campaign.name,
        "total": len(campaign.cells),
        "done": [_label(cell) for cell in done],
        "failed": list(failures.values()),
        "missing": [_label(cell) for cell in missing],
        "out": [
            {"host": host, "reason": why[0], "hint": why[1]}
            for host, entry in campaign.data["hosts"].items()
            if (why := out_of_run(entry)) is not None
        ],
        "skipped": campaign.data["skipped"],
    }


def _label(cell: Cell) -> str:
    """Name a cell in one word."""
    return f"{cell.host}/{cell.id}"


def _failure(campaign: Campaign, cell: Cell) -> dict[str, Any] | None:
    """Read why a cell failed; None if it did not."""
    path = campaign.cell_folder(cell.host, cell.id) / FAILED
    if campaign.is_sealed(cell) or not path.exists():
        return None
    record = read_json(path)
    told = {key: record.get(key, "") for key in ("phase", "message", "hint", "attempt")}
    return {"host": cell.host, "cell": cell.id, **told}
