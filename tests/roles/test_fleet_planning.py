"""Whether the VMs of a fleet are pinned: as asked, or why not."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.placement import Placement
from plugins.module_utils.fleet.planning import Request, planned
from plugins.module_utils.topology import HugePages, Place
from tests.topology.hosts import GIB, HOSTS, Host

SERVER = HOSTS["two EPYC 7763, NPS1"].topology()
SMALL = HOSTS["VM of two processors"].topology()
WISH: dict[str, Any] = {"vms": 2, "vcpus": 2, "memory_mib": 4 * GIB, "huge_page_kib": 0}


def test_a_plan_becomes_places_by_name() -> None:
    answer = planned(SERVER, Request("auto", WISH, interrupts=True))
    assert (answer["pinned"], answer["smt"], answer["reason"]) == (True, "spread", "")
    placement = Placement.of(answer)
    assert placement.places["vm2"] == Place(
        1, (72, 73), (200, 201), (64, 65, 66, 67, 192, 193, 194, 195)
    )
    assert placement.host_cpus[:4] == (0, 1, 2, 3)
    assert placement.interrupts


def test_auto_says_why_not_and_required_refuses() -> None:
    answer = planned(SMALL, Request("auto", WISH))
    assert not answer["pinned"]
    assert "node 0 has 2 whole cores, 1 of them the host's" in answer["reason"]
    assert Placement.of(answer).places == {}
    with pytest.raises(FleetError, match="cannot be pinned: 2 VMs of 2 vCPUs") as told:
        planned(SMALL, Request("required", WISH))
    assert "what would fit" in told.value.hint


def test_off_is_off_wherever() -> None:
    answer = planned(SERVER, Request("off", WISH))
    assert (answer["pinned"], answer["reason"]) == (False, "fleet_pinning is off")


def test_interrupts_are_kept_off_pinned_vms_only() -> None:
    with pytest.raises(FleetError, match="fleet_pin_interrupts"):
        planned(SERVER, Request("off", WISH, interrupts=True))
    unpinned = planned(SMALL, Request("auto", WISH, interrupts=True))
    assert not Placement.of(unpinned).interrupts


def test_memory_is_whole_huge_pages() -> None:
    odd = {**WISH, "memory_mib": 1025, "huge_page_kib": 2048}
    with pytest.raises(FleetError, match="fleet_memory_mib=1025 is no whole number") as told:
        planned(SERVER, Request("off", odd))
    assert told.value.hint == "a multiple of 2 MiB is"


def test_memory_is_checked_when_vms_start(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(memory_mib=30 * GIB, huge_pages={2048: HugePages(4096, 100)})
    pages = {**WISH, "huge_page_kib": 2048, "memory_mib": GIB}
    placement = Placement.of(planned(host.topology(), Request("auto", pages)))
    monkeypatch.setattr("plugins.module_utils.fleet.placement.read_topology", host.topology)
    with pytest.raises(FleetError, match="node 0 has 100 free huge pages of 2048 KiB") as told:
        placement.require_memory(2)
    assert "numastat" in told.value.hint
    Placement.of(planned(host.topology(), Request("auto", WISH))).require_memory(2)
    anywhere = Placement.of(planned(host.topology(), Request("off", pages)))
    with pytest.raises(FleetError, match="100 huge pages of 2048 KiB are free, 2 VMs need 1024"):
        anywhere.require_memory(2)
    Placement.of(planned(host.topology(), Request("off", WISH))).require_memory(2)
