"""What sysfs says of a host, as it is read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.topology import HugePages, cpulist, read_topology
from tests.topology.hosts import GIB, HOSTS, Host, put

if TYPE_CHECKING:
    from pathlib import Path

LISTS = [("", ()), ("0", (0,)), ("0-3,8", (0, 1, 2, 3, 8)), ("1,3,5-6", (1, 3, 5, 6))]


@pytest.mark.parametrize(("text", "numbers"), LISTS)
def test_lists_of_processors(text: str, numbers: tuple[int, ...]) -> None:
    assert cpulist.parse(f"{text}\n") == numbers
    assert cpulist.write(reversed(numbers)) == text


@pytest.mark.parametrize("name", HOSTS)
def test_a_host_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    HOSTS[name].write(tmp_path)
    assert read_topology(tmp_path) == HOSTS[name].topology()


def test_isolated_processors_and_those_of_others_are_told_apart(tmp_path: Path) -> None:
    host = Host(isolated=frozenset({3, 11}), forbidden=frozenset({2}))
    host.write(tmp_path)
    seen = read_topology(tmp_path, frozenset(range(16)) - host.forbidden)
    assert seen == host.topology()
    assert [core.cpus[0] for core in seen.cores()] == [0, 1, 4, 5, 6, 7]
    assert [core.cpus[0] for core in seen.cores(isolated=True)] == [0, 1, 3, 4, 5, 6, 7]


def test_huge_pages_are_read_by_node_and_size(tmp_path: Path) -> None:
    pages = {2048: HugePages(512, 500), 1048576: HugePages(4, 0)}
    Host(sockets=2, huge_pages=pages).write(tmp_path)
    assert [node.huge_pages for node in read_topology(tmp_path).nodes] == [pages, pages]


def test_a_kernel_without_numa_has_one_node(tmp_path: Path) -> None:
    host = HOSTS["Ryzen 5800U"]
    host.write(tmp_path)
    (tmp_path / "sys/devices/system/node").rename(tmp_path / "gone")
    put(tmp_path / "proc/meminfo", f"MemTotal:  {30 * GIB * 1024} kB\nMemFree: 1024 kB")
    (node,) = read_topology(tmp_path).nodes
    assert (node.number, node.cpus) == (0, tuple(range(16)))
    assert (node.memory_total_mib, node.memory_free_mib) == (30 * GIB, 1)


def test_this_machine_is_read_with_what_this_process_may_use() -> None:
    topology = read_topology()
    allowed = {cpu.number for cpu in topology.cpus if cpu.allowed and cpu.online}
    assert allowed == os.sched_getaffinity(0)
    assert sum(node.memory_total_mib for node in topology.nodes) > 0
