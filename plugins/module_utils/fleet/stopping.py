"""Stop the VMs of a fleet and clean up after them."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from .interrupts import NOTED, restore_below
from .processes import Process, below, end, is_stamper, is_tracer, wait_gone
from .tracer import stop_tracer

if TYPE_CHECKING:
    from pathlib import Path

STAMPER_SECONDS = 10.0
BULKY = ("overlay.qcow2", "qmp.sock", "serial.sock", "debugcon.sock", "pid")


def stop(fleet: Path) -> list[Process]:
    """End the fleet's QEMUs, let stamper and tracer write their last records, drop the overlays.

    Interrupts that were kept off the VMs' processors go back to where they were.

    Returns:
        The processes that ran; empty if there was nothing to do.
    """
    ran = below(fleet)
    end([process for process in ran if not is_stamper(process) and not is_tracer(process)])
    # The stamper ends by itself, once it has noted the end of every stream.
    end(wait_gone([process for process in ran if is_stamper(process)], STAMPER_SECONDS))
    restore_below(fleet)
    for path in bulky(fleet):
        path.unlink(missing_ok=True)
    stop_tracer(fleet, ran)
    return ran


def bulky(fleet: Path) -> list[Path]:
    """What only a running fleet needs."""
    return [path for name in BULKY for path in fleet.glob(f"vm*/{name}")] + [*fleet.glob(NOTED)]


def remove(folder: Path) -> bool:
    """Stop what runs below `folder` and remove it; True if there was anything."""
    there = folder.exists()
    ran = stop(folder) or below(folder)
    end(below(folder))
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
    return there or bool(ran)
