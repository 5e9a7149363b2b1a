"""Plans: nobody shares a core, every VM is on one node, the host's cores are its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.module_utils.topology import PinningError, Plan, Topology, plan
from plugins.module_utils.topology.plan import attempt
from plugins.module_utils.topology.wish import Wish
from tests.topology.hosts import GIB, HOSTS, Host

USUAL: dict[str, Any] = {"vms": 8, "vcpus": 4, "memory_mib": 4 * GIB}
EPYC = [name for name in HOSTS if "EPYC" in name]


def siblings(topology: Topology, cpus: tuple[int, ...]) -> set[int]:
    """All threads of the cores of these processors."""
    by_number = {cpu.number: cpu for cpu in topology.cpus}
    return set(chain.from_iterable(by_number[cpu].siblings for cpu in cpus))


def check(topology: Topology, made: Plan, wish: dict[str, Any]) -> None:
    """See that a plan is what it should be, whatever the host."""
    by_number = {cpu.number: cpu for cpu in topology.cpus}
    assert len(made.vms) == wish["vms"]
    cores = [siblings(topology, place.cpus) for place in made.vms]
    cores.append(siblings(topology, made.host_cpus))
    assert max(Counter(chain.from_iterable(cores)).values()) == 1, "somebody shares a core"
    assert set(made.host_cpus) == cores[-1], "the host has parts of cores"
    used = {*made.host_cpus}
    for place in made.vms:
        assert len(set(place.cpus)) == len(place.cpus) == wish["vcpus"]
        assert {*place.cpus, *place.idle} >= siblings(topology, place.cpus)
        assert not set(place.cpus) & set(place.idle)
        assert {by_number[cpu].node for cpu in place.cpus} == {place.node}
        assert set(place.emulator_cpus) <= set(made.host_cpus)
        assert place.emulator_cpus
        used |= {*place.cpus, *place.idle}
    for cpu in used:
        assert by_number[cpu].online
        assert wish.get("isolated") or (by_number[cpu].allowed and not by_number[cpu].isolated)
    for node in topology.nodes:
        count = sum(place.node == node.number for place in made.vms)
        assert count * wish["memory_mib"] <= node.memory_total_mib


@pytest.mark.parametrize("name", EPYC)
def test_eight_vms_fit_on_servers(name: str) -> None:
    topology = HOSTS[name].topology()
    if name == "one EPYC 7543P, nosmt":  # 32 cores: two are the host's
        with pytest.raises(PinningError, match="cores for 7 VMs"):
            plan(topology, **USUAL)
        check(topology, plan(topology, **{**USUAL, "vms": 7}), {**USUAL, "vms": 7})
        return
    made = plan(topology, **USUAL)
    check(topology, made, USUAL)
    assert made.smt == "spread"
    assert all(len(place.idle) == 4 for place in made.vms)


def test_vms_are_spread_over_nodes_and_caches() -> None:
    made = plan(HOSTS["two EPYC 7763, NPS1"].topology(), **USUAL)
    assert [place.node for place in made.vms] == [0, 1] * 4
    assert made.host_cpus == (*range(4), *range(64, 68), *range(128, 132), *range(192, 196))
    # A cache each, and none of those that the host works in: its cores are 0-3 and 64-67.
    assert [place.cpus[0] for place in made.vms] == [8, 72, 16, 80, 24, 88, 32, 96]
    assert made.vms[1].cpus == (72, 73, 74, 75)
    assert made.vms[1].idle == (200, 201, 202, 203)
    assert made.vms[1].emulator_cpus == (*range(64, 68), *range(192, 196))


def test_nps4_gives_each_vm_a_node() -> None:
    made = plan(HOSTS["two EPYC 7763, NPS4"].topology(), **USUAL)
    assert [place.node for place in made.vms] == list(range(8))
    assert made.host_cpus[:8] == tuple(range(0, 128, 16))
    assert made.vms[0].cpus == (8, 9, 10, 11)


def test_threads_are_packed_where_cores_are_too_few() -> None:
    wish: dict[str, Any] = {"vms": 7, "vcpus": 2, "memory_mib": GIB}
    topology = HOSTS["Ryzen 5800U"].topology()
    made = plan(topology, **wish)
    check(topology, made, wish)
    assert made.smt == "pack"
    assert made.vms[0].cpus == (2, 3)
    assert plan(topology, **{**wish, "vms": 3}).smt == "spread"
    # In company with a fleet of 7 the threads of a fleet of 3 are dealt with as that one's are.
    assert plan(topology, **{**wish, "vms": 3}, largest=7).vms == made.vms[:3]


def test_an_odd_vcpu_leaves_its_neighbour_idle() -> None:
    topology = HOSTS["Ryzen 5800U"].topology()
    place = plan(topology, vms=1, vcpus=3, memory_mib=GIB, smt="pack").vms[0]
    assert (place.cpus, place.idle) == ((2, 3, 4), (5,))


def test_a_vm_larger_than_a_cache_has_as_few_as_can_be() -> None:
    host = Host(ccx_cores=(4, 4, 4, 4), threads=1)
    (place,) = plan(host.topology(), vms=1, vcpus=6, memory_mib=GIB).vms
    assert place.cpus == (4, 5, 6, 7, 8, 9)


def test_vms_find_room_in_what_caches_have_left() -> None:
    host = Host(ccx_cores=(3, 3, 3, 3), threads=1)
    wish: dict[str, Any] = {"vms": 5, "vcpus": 2, "memory_mib": GIB}
    check(host.topology(), plan(host.topology(), **wish), wish)


def test_host_cores_come_from_each_node_in_turn() -> None:
    topology = HOSTS["two EPYC 7763, NPS1"].topology()
    assert plan(topology, **USUAL, host_cores=3).host_cpus == (0, 1, 64, 128, 129, 192)
    made = plan(topology, **USUAL, host_cores=1)
    check(topology, made, USUAL)
    assert made.vms[1].emulator_cpus == (0, 128)


def test_isolated_processors_are_used_when_that_is_asked_for() -> None:
    topology = Host(threads=1, isolated=frozenset(range(2, 8))).topology()
    wish: dict[str, Any] = {"vms": 3, "vcpus": 2, "memory_mib": GIB}
    with pytest.raises(PinningError, match="cores for 0 VMs") as told:
        plan(topology, **wish)
    assert "fleet_isolated_cpus=true" in told.value.hint
    made = plan(topology, **wish, isolated=True)
    check(topology, made, {**wish, "isolated": True})


hosts = st.builds(
    Host,
    sockets=st.integers(1, 2),
    nodes=st.sampled_from([1, 2, 4]),
    ccx_cores=st.lists(st.integers(1, 8), min_size=1, max_size=4).map(tuple),
    threads=st.integers(1, 2),
    memory_mib=st.integers(1, 40).map(lambda gib: gib * GIB),
    side_by_side=st.booleans(),
    offline=st.frozensets(st.integers(0, 15), max_size=4),
    isolated=st.frozensets(st.integers(0, 40), max_size=4),
    forbidden=st.frozensets(st.integers(0, 40), max_size=4),
)
wishes = st.fixed_dictionaries(
    {
        "vms": st.integers(1, 9),
        "vcpus": st.integers(1, 9),
        "memory_mib": st.integers(1, 8).map(lambda gib: gib * GIB),
        "host_cores": st.integers(0, 5),
        "smt": st.sampled_from(["auto", "spread", "pack"]),
        "isolated": st.booleans(),
    }
)


@settings(max_examples=150, deadline=None)
@given(hosts, wishes)
def test_a_plan_is_sound_and_a_refusal_true(host: Host, wish: dict[str, Any]) -> None:
    topology = host.topology()
    made = attempt(topology, Wish(**wish))
    assert (made is not None) == (wish["vms"] <= capacity(topology, wish))
    if made:
        check(topology, made, wish)


def capacity(topology: Topology, wish: dict[str, Any]) -> int:
    """How many VMs fit, counted without a plan: nodes by nodes, cores and memory."""
    cores = topology.cores(isolated=wish["isolated"])
    own = {n.number: [c for c in cores if c.node == n.number] for n in topology.nodes}
    kept = {number: max(1, len(mine) // 16) if mine else 0 for number, mine in own.items()}
    if wish["host_cores"]:
        kept = dict.fromkeys(own, 0)
        for _ in range(wish["host_cores"]):
            able = [n for n in own if kept[n] < len(own[n])]
            if not able:
                return 0
            kept[min(able, key=lambda n: (kept[n], n))] += 1
    if not any(kept.values()):
        return 0
    rest = {number: mine[kept[number] :] for number, mine in own.items()}
    smallest = min((len(core.cpus) for mine in rest.values() for core in mine), default=1)
    widest = max((len(core.cpus) for core in cores), default=1)
    together = 1 if widest == 1 or wish["smt"] == "spread" else smallest
    need = -(-wish["vcpus"] // together)
    return sum(
        min(len(rest[n.number]) // need, n.memory_total_mib // (wish["memory_mib"] + 192))
        for n in topology.nodes
    )


@settings(max_examples=60, deadline=None)
@given(hosts, wishes, st.integers(1, 9))
def test_smaller_fleets_run_where_the_largest_does(
    host: Host, wish: dict[str, Any], fewer: int
) -> None:
    topology = host.topology()
    largest = attempt(topology, Wish(**wish))
    if largest is None:
        return
    few = min(fewer, wish["vms"])
    made = plan(topology, **{**wish, "vms": few}, largest=wish["vms"])
    assert made.vms == largest.vms[:few]
    assert (made.host_cpus, made.smt) == (largest.host_cpus, largest.smt)


@settings(max_examples=30, deadline=None)
@given(hosts, wishes)
def test_nodes_with_room_have_as_many_vms_as_others(host: Host, wish: dict[str, Any]) -> None:
    made = attempt(host.topology(), Wish(**wish))
    if made is None:
        return
    counts = Counter(place.node for place in made.vms)
    full = limits(host.topology(), wish)
    with_room = [counts[n] for n in full if counts[n] < full[n]]
    assert not with_room or max(counts.values()) - min(with_room) <= 1


def limits(topology: Topology, wish: dict[str, Any]) -> dict[int, int]:
    """How many VMs each node takes when it alone has memory."""
    found = {}
    for node in topology.nodes:
        others = (replace(n, memory_total_mib=0) for n in topology.nodes if n is not node)
        alone = Topology(topology.cpus, (node, *others))
        fitting = (
            n for n in range(wish["vms"], 0, -1) if attempt(alone, Wish(**{**wish, "vms": n}))
        )
        found[node.number] = next(fitting, 0)
    return found
