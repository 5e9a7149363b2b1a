"""The raw folder of a cell: are all VMs there, with the accelerator that the plan says?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

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


@dataclass(frozen=True)
class Fleet:
    """A cell's fleet, as its raw files tell of it.

    Attributes:
        raw: the folder of the raw files.
        record: what fleet.json says.
    """

    raw: Path
    record: dict[str, Any]

    @classmethod
    def read(cls, raw: Path) -> Self:
        """Read fleet.json.

        Raises:
            TestbedError: it is missing, damaged, or has no VMs.
        """
        record = read_json(raw / FLEET_FILE)
        vms = record.get("vms")
        if not isinstance(vms, list) or not all(isinstance(vm, dict) for vm in vms):
            raise TestbedError(f"{raw / FLEET_FILE}: vms is {vms!r}, not a list of VMs")
        return cls(raw, record)

    @property
    def where(self) -> str:
        """What messages call its file."""
        return str(self.raw / FLEET_FILE)

    @property
    def vms(self) -> list[dict[str, Any]]:
        """What the file says of each VM."""
        return list(self.record["vms"])

    @property
    def names(self) -> list[str]:
        """Names of the VMs."""
        return [str(vm.get("name")) for vm in self.vms]


def fleet_of(raw: Path, cell: Cell) -> Fleet:
    """Read a cell's fleet and see that it is the cell's: VMs ``vm1`` to ``vm<fleet_size>``.

    Raises:
        TestbedError: a VM is missing, there is one too many, or another accelerator was used.
    """
    fleet = Fleet.read(raw)
    expected = [f"vm{number}" for number in range(1, cell.fleet_size + 1)]
    same_vms(fleet.names, expected, fleet.where)
    same_vms((vm for vm in expected if (raw / vm).is_dir()), expected, f"{raw}")
    used, wanted = fleet.record.get("accelerator"), ACCELERATORS[cell.backend]
    if used != wanted:
        raise TestbedError(
            f"{fleet.where}: the VMs ran with {used!r}, but backend {cell.backend} means "
            f"{wanted!r}",
            "run preflight and plan again: results must not be stamped with another backend",
        )
    return fleet


def start_skew(fleet: Fleet) -> Value:
    """How far apart the QEMUs of a fleet were started, in s.

    Raises:
        TestbedError: fleet.json lacks a time.
    """
    starts = [number(vm, "started", fleet.where) for vm in fleet.vms]
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
