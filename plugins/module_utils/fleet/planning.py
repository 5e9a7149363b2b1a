"""Decide whether the VMs of a fleet are pinned, and where: ``off``, ``auto`` or ``required``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..topology import PinningError, plan
from .errors import FleetError

if TYPE_CHECKING:
    from ..topology import Topology

KIB_A_MIB = 1024


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        mode: ``auto`` pins where a plan fits; that does not change from cell to cell.
        wish: the arguments of `plan`.
        private: the VMs' memory is private: there is guest_memfd besides the backing.
        interrupts: keep interrupts off the VMs' processors.
    """

    mode: Literal["off", "auto", "required"]
    wish: dict[str, Any]
    private: bool = False
    interrupts: bool = False


def planned(topology: Topology, request: Request) -> dict[str, Any]:
    """What ``fleet.json`` will say of the placement, the vCPUs' threads excepted.

    Raises:
        FleetError: pinning is required and no plan fits, or what is asked for makes no sense.
    """
    require_sense(request)
    memory = {
        "mib": request.wish["memory_mib"],
        "huge_page_kib": request.wish["huge_page_kib"],
        "private": request.private,
    }
    answer = {"mode": request.mode, "pinned": False, "memory": memory}
    if request.mode == "off":
        return {**answer, "reason": "fleet_pinning is off"}
    try:
        found = plan(topology, **request.wish)
    except PinningError as error:
        if request.mode == "required":
            raise FleetError(f"the VMs cannot be pinned: {error}", error.hint) from error
        return {**answer, "reason": f"{error}; {error.hint}"}
    places = {f"vm{number}": asdict(place) for number, place in enumerate(found.vms, 1)}
    return {
        **answer,
        "pinned": True,
        "reason": "",
        "smt": found.smt,
        "host_cpus": list(found.host_cpus),
        "interrupts": request.interrupts,
        "vms": places,
    }


def require_sense(request: Request) -> None:
    """Check what does not depend on the host.

    Raises:
        FleetError: names the variable.
    """
    if request.interrupts and request.mode == "off":
        raise FleetError(
            "fleet_pin_interrupts keeps interrupts off the processors of pinned VMs, and "
            "fleet_pinning is off",
            "set fleet_pinning=auto or required",
        )
    size, memory = request.wish["huge_page_kib"], request.wish["memory_mib"]
    if size and memory * KIB_A_MIB % size:
        raise FleetError(
            f"fleet_memory_mib={memory} is no whole number of huge pages of {size} KiB",
            f"a multiple of {max(1, size // KIB_A_MIB)} MiB is",
        )
