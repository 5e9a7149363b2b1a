"""The raw folder of a cell: are all VMs there, with the accelerator that the plan says?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError
from pyrunner.files import read_json
from pyrunner.parsers.value import Value
from pyrunner.parsers.values import number

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pyrunner.model import Cell

FLEET_FILE: Final = "fleet.json"
ACCELERATORS: Final = {"emulated": "tcg", "kvm": "kvm", "snp": "kvm"}
"""What QEMU must have run with for each backend: rows must never be stamped wrongly."""


def check_fleet(raw: Path, cell: Cell) -> list[str]:
    """Check fleet.json and the VMs' folders; give the VMs' names, ``vm1`` to ``vm<fleet_size>``.

    Raises:
        TestbedError: a VM is missing, there is one too many, or another accelerator was used.
    """
    fleet = read_json(raw / FLEET_FILE)
    expected = [f"vm{number}" for number in range(1, cell.fleet_size + 1)]
    records = fleet.get("vms")
    if not isinstance(records, list) or not all(isinstance(vm, dict) for vm in records):
        raise TestbedError(f"{raw / FLEET_FILE}: vms is {records!r}, not a list of VMs")
    same_vms((str(vm.get("name")) for vm in records), expected, f"{raw / FLEET_FILE}")
    same_vms((vm for vm in expected if (raw / vm).is_dir()), expected, f"{raw}")
    wanted = ACCELERATORS[cell.backend]
    if fleet.get("accelerator") != wanted:
        raise TestbedError(
            f"{raw / FLEET_FILE}: the VMs ran with {fleet.get('accelerator')!r}, but backend "
            f"{cell.backend} means {wanted!r}",
            "run preflight and plan again: results must not be stamped with another backend",
        )
    return expected


def start_skew(raw: Path) -> Value:
    """How far apart the QEMUs of a fleet were started, in s.

    Raises:
        TestbedError: fleet.json lacks a time.
    """
    where = str(raw / FLEET_FILE)
    starts = [number(vm, "started", where) for vm in read_json(raw / FLEET_FILE)["vms"]]
    spread = round(max(starts) - min(starts), 9)
    return Value("start", "skew", "s", spread, higher_is_better=False)


def same_vms(found: Iterable[str], expected: list[str], where: str) -> None:
    """See that exactly the VMs of the fleet are there.

    Raises:
        TestbedError: naming those that are missing, unknown or there twice.
    """
    names = list(found)
    missing = [vm for vm in expected if vm not in names]
    unknown = sorted({vm for vm in names if vm not in expected})
    twice = sorted({vm for vm in names if names.count(vm) > 1})
    for vms, what in ((missing, "missing"), (unknown, "not of this fleet"), (twice, "twice there")):
        if vms:
            raise TestbedError(f"{where}: of a fleet of {len(expected)}: {', '.join(vms)} {what}")
