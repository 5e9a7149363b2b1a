"""Where a cell's VMs ran, from what role fleet really writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from plugins.module_utils.fleet.planning import Request, planned
from pyrunner.errors import TestbedError
from pyrunner.parsers.placement import placement
from pyrunner.parsers.raw import Fleet
from tests.topology.hosts import GIB, HOSTS, Host

if TYPE_CHECKING:
    from plugins.module_utils.topology import Topology

RAW = Path("raw")
NOTEBOOK = HOSTS["Ryzen 5800U"].topology()
SMALL = HOSTS["VM of two processors"].topology()


def fleet(topology: Topology, mode: Any = "auto", **wish: Any) -> Fleet:  # noqa: ANN401
    """The fleet of a cell of two VMs on such a host."""
    usual = {"vms": 2, "vcpus": 2, "memory_mib": GIB, "huge_page_kib": 0}
    request = Request(mode, {**usual, **wish}, private=True, interrupts=mode == "required")
    record = {
        "pinning": planned(topology, request),
        "vms": [{"name": f"vm{number}"} for number in range(1, request.wish["vms"] + 1)],
    }
    return Fleet(RAW, record)


def test_the_words_are_the_same_for_every_fleet_size() -> None:
    said = placement(fleet(NOTEBOOK))
    assert said == (
        "pinned: a core for each vCPU, whose other thread idles; the host and QEMU's other threads "
        "on processors 0, 1; memory: ordinary pages, of the VM's NUMA node"
    )
    assert placement(fleet(NOTEBOOK, vms=1)) == said
    unpinned = placement(fleet(SMALL))
    assert unpinned.startswith("not pinned: the largest fleet does not fit on cores of its own")
    assert placement(fleet(SMALL, vms=1, largest=2)) == unpinned
    off = placement(fleet(NOTEBOOK, "off"))
    assert off == "not pinned: fleet_pinning is off; memory: ordinary pages"


def test_threads_interrupts_and_huge_pages_are_told() -> None:
    assert "a thread for each vCPU" in placement(fleet(NOTEBOOK, vms=7))
    assert "interrupts are kept off" in placement(fleet(NOTEBOOK, "required"))
    alone = Host(threads=1).topology()
    assert "pinned: a core for each vCPU; the host" in placement(fleet(alone))
    huge = placement(fleet(NOTEBOOK, "off", huge_page_kib=2048))
    assert huge.endswith("memory: shared memory in huge pages of 2048 KiB")


def test_an_older_testbed_said_nothing() -> None:
    assert placement(Fleet(RAW, {"vms": [{"name": "vm1"}]})) == ""


@pytest.mark.parametrize(
    ("vm", "cpus", "says"),
    [
        ("vm2", [0, 4], "processor 0 is the host's and vm2's"),
        ("vm2", [3, 4], "processor 3 is vm1's and vm2's"),
    ],
)
def test_processors_of_two_are_refused(vm: str, cpus: list[int], says: str) -> None:
    record = fleet(NOTEBOOK).record
    record["pinning"]["vms"][vm]["cpus"] = cpus
    with pytest.raises(TestbedError, match=says):
        placement(Fleet(RAW, record))


def test_a_vm_without_a_place_is_named() -> None:
    record = fleet(NOTEBOOK).record
    del record["pinning"]["vms"]["vm1"]
    with pytest.raises(TestbedError, match="pinning: of a fleet of 2: vm1 missing"):
        placement(Fleet(RAW, record))
