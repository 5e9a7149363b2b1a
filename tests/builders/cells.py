"""Cells that are done or failed, with values that a test chooses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyrunner.model import SCHEMA
from pyrunner.results.boot_events import write_boot_events
from pyrunner.results.files import sha256
from pyrunner.results.observations import Observation, write_observations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrunner.campaign import Campaign
    from pyrunner.model import Cell

STARTED = "2026-01-02T03:04:05Z"
BOOT = "boot_timeline"


def measure(campaign: Campaign, cell: Cell, values: Mapping[str, float]) -> None:
    """Seal a planned cell; all its VMs have the same values.

    Args:
        campaign: what the cell belongs to.
        cell: the cell.
        values: benchmark of stress-ng -> score; ``boot:<phase>`` -> seconds.
    """
    home = campaign.cell_folder(cell.host, cell.id)
    home.mkdir(parents=True)
    rows = [
        _row(campaign, cell, f"vm{vm}", name, value)
        for vm in range(1, cell.fleet_size + 1)
        for name, value in values.items()
    ]
    write_observations(home / "observations.csv", rows)
    write_boot_events(home / "boot_events.csv", [])
    sealed = {
        **_identity(campaign, cell),
        "artifact_set": campaign.data["hosts"][cell.host]["artifact_set"],
        "started_at": STARTED,
        "finished_at": STARTED,
        "phases": [],
        "files": {name: sha256(home / name) for name in ("observations.csv", "boot_events.csv")},
    }
    (home / "cell.json").write_text(json.dumps(sealed))


def break_cell(campaign: Campaign, cell: Cell) -> None:
    """Let a planned cell fail."""
    home = campaign.cell_folder(cell.host, cell.id)
    home.mkdir(parents=True)
    words = {"phase": "boot", "message": "vm1 hangs", "hint": "look", "failed_at": STARTED}
    failure = {**_identity(campaign, cell), **words, "attempt": 1, "phases": []}
    (home / "failure.json").write_text(json.dumps(failure))


def _identity(campaign: Campaign, cell: Cell) -> dict[str, object]:
    return {"schema": SCHEMA, "cell": cell.as_dict(), "campaign": campaign.name}


def _row(campaign: Campaign, cell: Cell, vm: str, name: str, value: float) -> Observation:
    suite, _, phase = name.partition(":")
    boot = suite == "boot"
    return Observation(
        *(campaign.name, cell.host, cell.backend, cell.variant, cell.fleet_size, vm, cell.repeat),
        suite=BOOT if boot else "stress_ng",
        benchmark=phase if boot else name,
        metric="duration" if boot else "score",
        unit="s" if boot else "bogo_ops/s",
        value=value,
        higher_is_better=not boot,
        artifact_set=campaign.data["hosts"][cell.host]["artifact_set"],
        started_at=STARTED,
    )
