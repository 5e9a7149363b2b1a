"""The SVSMs of a cell vouch for their VMs' memory; a cell with a VM that fails does not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyrunner.errors import TestbedError
from pyrunner.files import write_json
from pyrunner.model import SCHEMA
from pyrunner.parsers.measurement import SUITE
from pyrunner.parsers.suite import read_suite
from pyrunner.parsers.values import whole
from pyrunner.vouch.asked import content
from pyrunner.vouch.expected import Expected, Known, command_line
from pyrunner.vouch.judge import judge
from pyrunner.vouch.vouched import Vouched, skipped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyrunner.cells.folder import CellFolder
    from pyrunner.parsers.raw import Fleet
    from pyrunner.parsers.suite import SuiteFiles

MEASUREMENT: Final = "measurement.json"
HINT: Final = (
    "look at measurement.json in the cell's folder and at each VM's measurement folder; "
    "docs/measurement.md explains every reason"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of measuring a cell's VMs.

    Attributes:
        ran: whether VMs were asked, so that there are values to parse.
        left_out: sizes that their memory is too small for.
    """

    vms: tuple[Vouched, ...]
    ran: bool
    left_out: tuple[str, ...] = ()


def measure_cell(folder: CellFolder, fleet: Fleet, begun: Mapping[str, Any]) -> Measured | None:
    """Judge what the VMs of a cell left when their memory was to be measured.

    Args:
        folder: the cell.
        fleet: its VMs.
        begun: its begun.json, which has the nonce that evidence must answer.

    Returns:
        None if the campaign does not measure on this host.

    Raises:
        TestbedError: a VM left nothing, or what it left is damaged.
    """
    host = folder.campaign.data["hosts"][folder.cell.host]
    wanted = host.get("measurement") or {}
    if not wanted:
        return None
    raw, vms = fleet.raw, fleet.names
    if problem := wanted.get("problem"):
        why = (problem["reason"], problem["hint"])
        return Measured(tuple(skipped(vm, *why) for vm in vms), ran=False)
    expected = Expected.of(folder.cell.variant, str(begun["nonce"]), host)
    asked = read_suite(raw, SUITE, vms).by_vm
    judged = tuple(
        judge(asked[vm].files, vm, expected, _known(asked[vm], raw, vm, expected)) for vm in vms
    )
    left_out = asked[vms[0]].request().get("left_out", [])
    return Measured(judged, ran=True, left_out=tuple(map(str, left_out)))


def _known(files: SuiteFiles, raw: Path, vm: str, expected: Expected) -> Known:
    """What a VM has in its memory, as it was asked and started."""
    lines = whole(files.request(), "lines", f"{files.where}: request.json")
    held = content(expected.nonce, vm, lines)
    return Known(process=held, command_line=command_line(raw / vm / "qemu.args"))


def write_measured(path: Path, measured: Measured) -> None:
    """Write measurement.json: what each VM's SVSM vouched for, and what not."""
    vms = [vm.as_dict() for vm in measured.vms]
    left_out = list(measured.left_out)
    write_json(path / MEASUREMENT, {"schema": SCHEMA, "vms": vms, "left_out": left_out})


def refuse_failed(measured: Measured) -> None:
    """See that nothing failed.

    Raises:
        TestbedError: naming the VMs, and what of each failed for which reason.
    """
    wrong = [f"{vm.vm}: measurement: {'; '.join(vm.wrong)}" for vm in measured.vms if vm.wrong]
    if wrong:
        raise TestbedError("; ".join(wrong), HINT)
