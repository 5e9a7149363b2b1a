"""Why no plan fits, in numbers, and what would: every proposal is tried here as well."""

from __future__ import annotations

import re
from typing import Any

import pytest

from plugins.module_utils.topology import HugePages, PinningError, plan, shortage
from tests.topology.hosts import GIB, HOSTS, Host

MANY_FOR_HOST = {"host_cores": 12, "smt": "spread"}
SETS = {"fleet_vcpus": "vcpus", "fleet_host_cores": "host_cores", "fleet_memory_mib": "memory_mib"}


def refusal(host: Host, **wish: Any) -> PinningError:  # noqa: ANN401  # arguments of plan
    """The error that a plan ends with."""
    with pytest.raises(PinningError) as told:
        plan(host.topology(), **wish)
    return told.value


def test_too_few_cores_on_a_small_machine() -> None:
    error = refusal(HOSTS["VM of two processors"], vms=2, vcpus=1, memory_mib=GIB, host_cores=1)
    assert str(error) == (
        "2 VMs of 1 vCPUs and 1024 MiB do not fit on cores of their own, each VM on one NUMA node: "
        "node 0 has 2 whole cores, 1 of them the host's; a VM takes 1: cores for 1 VMs, memory for "
        "18"
    )
    assert error.hint == (
        "what would fit: fleets of up to 1 VMs (fleet_size, testbed_fleet_sizes). "
        "fleet_pinning=off runs VMs anywhere"
    )


@pytest.mark.parametrize(
    ("name", "wish"),
    [
        ("one EPYC 7543P, nosmt", {"vms": 8, "vcpus": 4, "memory_mib": 4 * GIB}),
        ("two EPYC 7763, NPS4", {"vms": 8, "vcpus": 64, "memory_mib": 4 * GIB}),
        ("two EPYC 7763, NPS1", {"vms": 8, "vcpus": 15, "memory_mib": GIB, **MANY_FOR_HOST}),
        ("two EPYC 9654, NPS1", {"vms": 8, "vcpus": 4, "memory_mib": 400 * GIB}),
        ("Ryzen 5800U", {"vms": 8, "vcpus": 1, "memory_mib": GIB, "smt": "spread"}),
    ],
)
def test_what_is_proposed_fits_and_a_little_more_does_not(name: str, wish: dict[str, Any]) -> None:
    hint = refusal(HOSTS[name], **wish).hint
    topology = HOSTS[name].topology()
    most = re.search(r"fleets of up to (\d+) VMs", hint)
    proposals = [{"vms": int(most[1])}] if most else []
    for variable, number in re.findall(r"(fleet_\w+)=(\d+)", hint):
        proposals.append({SETS[variable]: int(number)})
    assert proposals, hint
    for change in proposals:
        plan(topology, **{**wish, **change})
        (key, value), *_ = change.items()
        with pytest.raises(PinningError):
            plan(topology, **{**wish, key: value + 1})


def test_packing_is_proposed_where_it_helps() -> None:
    wish: dict[str, Any] = {"vms": 7, "vcpus": 2, "memory_mib": GIB}
    error = refusal(HOSTS["Ryzen 5800U"], **wish, smt="spread")
    assert "fleet_smt=pack" in error.hint


def test_a_fleet_of_1_is_refused_with_its_largest() -> None:
    error = refusal(HOSTS["VM of two processors"], vms=1, largest=8, vcpus=1, memory_mib=GIB)
    assert "8 VMs (the largest fleet, which this of 1 is compared with)" in str(error)


def test_more_host_cores_than_there_are() -> None:
    error = refusal(HOSTS["VM of two processors"], vms=1, vcpus=1, memory_mib=GIB, host_cores=3)
    assert str(error) == "3 cores for the host: there are 2 whole cores"
    assert "fleet_host_cores=1" in error.hint


def test_nothing_is_proposed_that_does_not_fit() -> None:
    host = HOSTS["VM of two processors"]
    error = refusal(host, vms=1, vcpus=2, memory_mib=64 * GIB)
    assert "no change of one thing alone would do" in error.hint


def test_pools_of_huge_pages_count_by_node() -> None:
    wish: dict[str, Any] = {"vms": 4, "vcpus": 1, "memory_mib": GIB, "huge_page_kib": 2048}
    host = Host(sockets=2, huge_pages={2048: HugePages(1024, 1024)})
    plan(host.topology(), **wish)
    error = refusal(host, **{**wish, "vms": 5})
    assert "huge pages of 2048 KiB for 2" in str(error)
    assert "fleet_memory_backing=memfd, or more pages (host_setup_huge_pages)" in error.hint
    assert "huge pages of 1048576 KiB for 0" in str(
        refusal(host, **{**wish, "huge_page_kib": 1 << 20})
    )


def test_memory_that_is_in_use_is_told_when_it_matters() -> None:
    wish: dict[str, Any] = {"vms": 2, "vcpus": 1, "memory_mib": 24 * GIB}
    topology = Host(sockets=2, memory_mib=30 * GIB).topology()
    made = plan(topology, **wish)
    assert shortage(topology, made, 24 * GIB) == (
        "node 0 has 19200 MiB available, 1 VMs need 24768 MiB; "
        "node 1 has 19200 MiB available, 1 VMs need 24768 MiB"
    )
    assert not shortage(topology, made, 18 * GIB)


def test_private_memory_comes_on_top_of_huge_pages() -> None:
    pages = {2048: HugePages(8192, 4096)}
    topology = Host(memory_mib=28 * GIB, huge_pages=pages).topology()
    made = plan(topology, vms=1, vcpus=1, memory_mib=8 * GIB, huge_page_kib=2048)
    assert not shortage(topology, made, 8 * GIB, huge_page_kib=2048)
    assert not shortage(topology, made, 8 * GIB, huge_page_kib=2048, private=True)
    short = shortage(topology, made, 18 * GIB, huge_page_kib=2048, private=True)
    assert short == (
        "node 0 has 17920 MiB available, 1 VMs need 18624 MiB; "
        "node 0 has 4096 free huge pages of 2048 KiB, 1 VMs need 9216"
    )
