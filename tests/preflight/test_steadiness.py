"""What makes results vary: load, memory of nodes, the VMs' user, and what emulation makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.preflight.host import Owner
from plugins.module_utils.preflight.vm_user import may_use
from tests.preflight.recordings import SERVER, check, look, statuses

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_who_loads_the_machine_is_named() -> None:
    detail = check(look("epyc-loaded", **SERVER), "load.cpu")["detail"]
    assert "load average 41.22, 41 running now on 128 processors" in detail
    assert "waiting for one 11% of 10 s" in detail
    # The second of top's two tables: the first has no cc1plus.
    assert "cc1plus (build, 100.0 %), cc1plus (build, 99.8 %), mysqld (mysql, 64.5 %)" in detail
    assert "systemd" not in detail


@pytest.mark.parametrize(
    ("load", "pressure", "status"),
    [
        ("1.00 5 4 9/99 3", "some avg10=5.00 avg60=0.00 avg300=0.00 total=0", "ok"),
        ("1.01 5 4 9/99 3", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", "warning"),
        ("0.10 5 4 1/99 3", "some avg10=5.01 avg60=0.00 avg300=0.00 total=0", "warning"),
        ("1.01 5 4 9/99 3", None, "warning"),
        # What has just ended is no load any more.
        ("8.00 5 4 1/99 3", "some avg10=0.00 avg60=9.00 avg300=9.00 total=0", "ok"),
        (None, None, "ok"),
        ("", "", "ok"),
    ],
)
def test_load_at_the_edge(
    alter: Callable[..., Path], load: str | None, pressure: str | None, status: str
) -> None:
    files = {"/proc/loadavg": load, "/proc/pressure/cpu": pressure}
    assert check(look(alter("laptop-vmx", files)), "load.cpu")["status"] == status


def test_a_vm_whose_hypervisor_takes_time(alter: Callable[..., Path]) -> None:
    files = {"/proc/stat": "cpu  1000 0 1000 7000 0 0 0 1000 0 0\n"}
    found = check(look(alter("laptop-vmx", files)), "load.steal")
    assert (found["status"], found["detail"]) == ("warning", "10.0% since boot")


def test_emulation_makes_all_of_this_no_matter(alter: Callable[..., Path]) -> None:
    files = {
        "/proc/loadavg": "99 99 99 1/2 3",
        "/sys/kernel/mm/ksm/run": "1",
        "/sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet",
        "/sys/devices/system/cpu/vulnerabilities/meltdown": "Vulnerable",
        "/sys/devices/system/cpu/smt/control": "on",
    }
    host = alter("nested-no-svm", files)
    assert statuses(look(host)) == statuses(look("nested-no-svm"))


def test_nested_kvm_is_a_warning(alter: Callable[..., Path]) -> None:
    outputs = {"dmesg": {"text": ""}}
    cpuinfo = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: lm vmx hypervisor\n"
    found = look(alter("laptop-vmx", {"/proc/cpuinfo": cpuinfo}, outputs=outputs))
    assert check(found, "cpu.nested")["status"] == "warning"


@pytest.mark.parametrize(("mode", "status"), [("auto", "warning"), ("required", "missing")])
def test_no_plan_for_the_largest_fleet(mode: str, status: str) -> None:
    found = look("epyc-milan", **{**SERVER, "vm_vcpus": 32}, pinning=mode)
    assert check(found, "pinning.plan")["status"] == status
    assert "fleet_vcpus=" in check(found, "pinning.plan")["hint"]


def test_pinning_that_is_off_is_not_judged() -> None:
    found = look("epyc-milan", **{**SERVER, "vm_vcpus": 32}, pinning="off")
    assert check(found, "pinning.plan")["status"] == "ok"


def pool(free: int) -> dict[str, str]:
    """Huge pages of 2 MiB, nobody's, on a machine of one node."""
    folders = ("/sys/devices/system/node/node0/hugepages", "/sys/kernel/mm/hugepages")
    names = ("nr_hugepages", "free_hugepages")
    return {f"{f}/hugepages-2048kB/{name}": str(free) for f in folders for name in names}


@pytest.mark.parametrize(
    ("free", "pending", "status"),
    [(16384, False, "ok"), (16383, False, "missing"), (2047, False, "error"), (0, True, "missing")],
)
def test_huge_pages_for_eight_vms(
    alter: Callable[..., Path], free: int, status: str, *, pending: bool
) -> None:
    host = alter("epyc-milan", pool(free))
    found = look(host, **SERVER, memory_backing="hugetlb", packages_pending=pending)
    assert check(found, "memory.huge_pages")["status"] == status


def test_private_memory_is_not_in_huge_pages(alter: Callable[..., Path]) -> None:
    """Of 64 GiB, 32 are in huge pages: plain VMs live there, cvm and svsm need the rest as well."""
    meminfo = "MemTotal: 65732024 kB\nMemAvailable: 29366868 kB\n"
    host = alter("epyc-milan", {**pool(16384), "/proc/meminfo": meminfo})
    variants = look(host, **SERVER, memory_backing="hugetlb")["variants"]
    assert (variants["plain"]["max_fleet"], variants["cvm"]["max_fleet"]) == (8, 6)
    assert "8 VMs need 35328 MiB" in variants["cvm"]["reason"]


@pytest.mark.parametrize(
    ("owner", "allowed"),
    [
        (Owner(0, 104, 0o660), True),
        (Owner(0, 104, 0o640), False),
        (Owner(0, 0, 0o660), False),
        (Owner(0, 0, 0o666), True),
        (Owner(998, 0, 0o600), True),
        # The class that fits first decides, though others may more.
        (Owner(998, 0, 0o066), False),
    ],
)
def test_permissions_of_a_device(owner: Owner, *, allowed: bool) -> None:
    assert may_use(owner, 998, {998, 104}) is allowed
    assert may_use(owner, 0, set()) is True


def test_a_user_that_is_not_there_is_made_by_the_host_phase(alter: Callable[..., Path]) -> None:
    outputs = {"id testbed": {"status": 1, "text": "id: 'testbed': no such user\n"}}
    found = look(alter("laptop-vmx", outputs=outputs), vm_user="testbed")
    assert check(found, "vm_user.devices")["status"] == "missing"
    assert "host_setup_vm_user" in check(found, "vm_user.devices")["hint"]


@pytest.mark.parametrize(
    ("limit", "status"), [("unlimited", "ok"), ("8388608", "ok"), ("65536", "warning")]
)
def test_locked_memory_of_the_user_who_asks(
    alter: Callable[..., Path], limit: str, status: str
) -> None:
    outputs = {"id ada": {"text": "uid=1000(ada) gid=1000(ada) groups=1000(ada),104(kvm)\n"}}
    files = {"/proc/self/limits": f"Max locked memory         {limit}    unlimited    bytes\n"}
    host = alter("laptop-vmx", files, outputs=outputs, user="ada", uid=1000)
    assert check(look(host, vm_user="ada"), "vm_user.memlock")["status"] == status


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"/sys/kernel/btf/kvm_amd": None}, "trace.btf_kvm"),
        ({"/proc/mounts": "proc /proc proc rw 0 0"}, "trace.tracefs"),
        ({"/sys/kernel/security/lockdown": "none integrity [confidentiality]"}, "trace.lockdown"),
    ],
)
def test_what_keeps_bpf_from_looking(
    alter: Callable[..., Path], files: dict[str, str | None], name: str
) -> None:
    assert statuses(look(alter("epyc-milan", files), **SERVER)) == {name: "missing"}


def test_kvm_that_is_part_of_the_kernel_needs_no_btf_of_its_own(
    alter: Callable[..., Path],
) -> None:
    files: dict[str, str | None] = {
        "/sys/kernel/btf/kvm_amd": None,
        "/sys/module/kvm_amd/initstate": None,
    }
    assert statuses(look(alter("epyc-milan", files), **SERVER)) == {}
