"""Requests for campaigns, as preflight and inventories would make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrunner.campaign import Request, load_campaign, plan_campaign

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.campaign import Campaign

RUNS = {"backend": "emulated", "runnable": True, "reason": "", "hint": ""}
CANNOT = {"backend": None, "runnable": False, "reason": "no SEV-SNP here", "hint": "use an EPYC"}
HAS = {"available": True, "reason": "", "hint": ""}
LACKS = {"available": False, "reason": "no source", "hint": "set unixbench_source_path"}


def host(**changes: object) -> dict[str, Any]:
    """A host that runs ``plain`` under emulation and has stress_ng."""
    return {
        "facts": {"cpu": "x"},
        "checks": [
            {"id": "cpu.sev_snp", "title": "SEV-SNP", "status": "missing", "detail": "no bit"}
        ],
        "variants": {"plain": RUNS, "cvm": CANNOT, "svsm": CANNOT},
        "suites": {"unixbench": LACKS, "stress_ng": HAS},
        "artifacts": {"qemu": {"key": "k1", "manifest": {"version": "10"}}},
        **changes,
    }


def request(**changes: object) -> dict[str, Any]:
    """A request for the default campaign of one host."""
    return {
        "campaign": "demo",
        "profile": "quick",
        "suites": "auto",
        "variants": ["plain"],
        "fleet_sizes": [1, 2],
        "repeats": 2,
        "hosts": {"local": host()},
        **changes,
    }


def planned(folder: Path, **changes: object) -> Campaign:
    """Plan, then read the campaign from disk."""
    plan_campaign(folder, Request.from_dict(request(**changes)))
    return load_campaign(folder)
