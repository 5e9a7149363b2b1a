"""Where a cell's VMs ran, from what role fleet really writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from plugins.module_utils.fleet.planning import Request, planned
from pyrunner.errors import TestbedError
from pyrunner.parsers.placement import placement
from tests.topology.hosts import GIB, HOSTS, Host

if TYPE_CHECKING:
    from pathlib import Path

    from plugins.module_utils.topology import Topology

NOTEBOOK = HOSTS["Ryzen 5800U"].topology()
SMALL = HOSTS["VM of two processors"].topology()


def raw(folder: Path, topology: Topology, mode: Any = "auto", **wish: Any) -> Path:  # noqa: ANN401
    """The raw folder of a cell of two VMs on such a host; it has fleet.json only."""
    usual = {"vms": 2, "vcpus": 2, "memory_mib": GIB, "huge_page_kib": 0}
    request = Request(mode, {**usual, **wish}, private=True, interrupts=mode == "required")
    fleet = {
        "pinning": planned(topology, request),
        "vms": [{"name": f"vm{number}"} for number in range(1, request.wish["vms"] + 1)],
    }
    (folder / "fleet.json").write_text(json.dumps(fleet), "utf-8")
    return folder


def test_the_words_are_the_same_for_every_fleet_size(tmp_path: Path) -> None:
    said = placement(raw(tmp_path, NOTEBOOK))
    assert said == (
        "pinned: a core for each vCPU, whose other thread idles; the host and QEMU's other threads "
        "on processors 0, 1; memory: ordinary pages, of the VM's NUMA node"
    )
    assert placement(raw(tmp_path, NOTEBOOK, vms=1)) == said
    unpinned = placement(raw(tmp_path, SMALL))
    assert unpinned.startswith("not pinned: the largest fleet does not fit on cores of its own")
    assert placement(raw(tmp_path, SMALL, vms=1, largest=2)) == unpinned
    off = placement(raw(tmp_path, NOTEBOOK, "off"))
    assert off == "not pinned: fleet_pinning is off; memory: ordinary pages"


def test_threads_interrupts_and_huge_pages_are_told(tmp_path: Path) -> None:
    assert "a thread for each vCPU" in placement(raw(tmp_path, NOTEBOOK, vms=7))
    assert "interrupts are kept off" in placement(raw(tmp_path, NOTEBOOK, "required"))
    alone = Host(threads=1).topology()
    assert "pinned: a core for each vCPU; the host" in placement(raw(tmp_path, alone))
    huge = placement(raw(tmp_path, NOTEBOOK, "off", huge_page_kib=2048))
    assert huge.endswith("memory: shared memory in huge pages of 2048 KiB")


def test_an_older_testbed_said_nothing(tmp_path: Path) -> None:
    (tmp_path / "fleet.json").write_text('{"vms": [{"name": "vm1"}]}', "utf-8")
    assert placement(tmp_path) == ""


@pytest.mark.parametrize(
    ("vm", "cpus", "says"),
    [
        ("vm2", [0, 4], "processor 0 is the host's and vm2's"),
        ("vm2", [3, 4], "processor 3 is vm1's and vm2's"),
    ],
)
def test_processors_of_two_are_refused(tmp_path: Path, vm: str, cpus: list[int], says: str) -> None:
    path = raw(tmp_path, NOTEBOOK) / "fleet.json"
    fleet = json.loads(path.read_text("utf-8"))
    fleet["pinning"]["vms"][vm]["cpus"] = cpus
    path.write_text(json.dumps(fleet), "utf-8")
    with pytest.raises(TestbedError, match=says):
        placement(tmp_path)


def test_a_vm_without_a_place_is_named(tmp_path: Path) -> None:
    path = raw(tmp_path, NOTEBOOK) / "fleet.json"
    fleet = json.loads(path.read_text("utf-8"))
    del fleet["pinning"]["vms"]["vm1"]
    path.write_text(json.dumps(fleet), "utf-8")
    with pytest.raises(TestbedError, match="pinning: of a fleet of 2: vm1 missing"):
        placement(tmp_path)
