"""A host against what is wanted: what is refused, what is set, and what makes it boot."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from plugins.module_utils.topology.reading import read_topology
from roles.host_setup.module_utils.host_machine.judge import machine
from roles.host_setup.module_utils.host_machine.wanted import Wanted
from tests.host_setup.hosts import COMMAND_LINE, NEW, RELEASE, server, write

if TYPE_CHECKING:
    from pathlib import Path

SAME = Wanted(kernel="packaged", release=RELEASE, parameters=("panic=60",))
PAGES = {2048: 5, 1048576: 2}


def seen(root: Path, wanted: Wanted, boost: str = "keep") -> dict[str, Any]:
    return machine(root, wanted, boost, read_topology(root))


def test_a_host_of_which_nothing_is_asked_needs_nothing(tmp_path: Path) -> None:
    said = seen(server(tmp_path), Wanted())
    names = ("problems", "notes", "settings", "kernel_reasons", "other_reasons", "pages_lacking")
    assert {name: said[name] for name in names} == {name: [] for name in names}


def test_a_machine_without_any_of_it_needs_nothing_either(tmp_path: Path) -> None:
    said = seen(tmp_path, Wanted(governor="performance"), "disabled")
    assert (said["problems"], said["settings"]) == ([], [])
    assert len(said["notes"]) == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"governor": "fast"},
            "host_setup_governor: the host has no fast, only performance, powersave",
        ),
        (
            {"vm_user": "nobody-of-this-name"},
            "host_setup_vm_user: the host has no user nobody-of-this",
        ),
        ({"huge_pages": {4096: 1}}, "no pages of 4096 KiB, only of 2048 and 1048576"),
        (
            {"huge_pages": {2048: 65536}},
            "131072 MiB are wanted; of the host's 131072 MiB at most 130048",
        ),
        ({"huge_pages": {1048576: 129}}, "node 0 has 65536 MiB, not 66560 for its share"),
        ({"kernel": "keep"}, "host_setup_kernel_parameters: with host_setup_kernel keep"),
        ({"kernel": "keep", "huge_pages": {1048576: 1}}, "pages of 1 GiB need kernel parameters"),
        ({"parameters": ("a b",)}, "'a b' is no parameter"),
        ({"modules": {"kvm": {"x": "$(id)"}}}, "'x=$(id)' is no parameter"),
        (
            {"firmware_name": "sev.fw", "firmware_bytes": 70_000},
            "host_setup_sev_firmware_path: sev.fw",
        ),
    ],
)
def test_what_a_host_cannot_become_is_refused(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    problems = seen(server(tmp_path), replace(SAME, **change))["problems"]
    assert any(says in problem for problem in problems), problems


def test_a_host_without_grub_is_refused(tmp_path: Path) -> None:
    root = server(tmp_path)
    (root / "boot/grub/grub.cfg").unlink()
    assert "no GRUB found" in seen(root, SAME)["problems"][0]


def test_an_unsigned_kernel_is_refused_where_secure_boot_is_on(tmp_path: Path) -> None:
    root = server(tmp_path)
    variable = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
    built = replace(SAME, kernel="built")
    write(root, variable, "\x06\x00\x00\x00\x00")
    assert seen(root, built)["problems"] == []
    write(root, variable, "\x06\x00\x00\x00\x01")
    assert "Secure Boot is on" in seen(root, built)["problems"][0]
    assert seen(root, SAME)["problems"] == []


def test_small_pages_go_to_all_nodes_and_large_ones_to_the_kernel(tmp_path: Path) -> None:
    said = seen(server(tmp_path), replace(SAME, huge_pages=PAGES))
    node = "/sys/devices/system/node/node"
    assert said["settings"] == [
        {"path": f"{node}0/hugepages/hugepages-2048kB/nr_hugepages", "value": "3"},
        {"path": f"{node}1/hugepages/hugepages-2048kB/nr_hugepages", "value": "2"},
    ]
    assert said["settings_differ"] == said["settings"]
    assert said["parameters"] == COMMAND_LINE.split()
    assert said["pages_lacking"] == ["there are 0 huge pages of 2048 KiB, not 5"]


def test_a_governor_is_set_where_one_processor_has_another(tmp_path: Path) -> None:
    root = server(tmp_path)
    wanted = replace(SAME, governor="performance")
    for cpu in range(3):
        write(root, f"/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor", "performance\n")
    assert len(seen(root, wanted)["settings_differ"]) == 1
    write(root, "/sys/devices/system/cpu/cpu3/cpufreq/scaling_governor", "performance\n")
    assert seen(root, wanted)["settings_differ"] == []
    assert seen(root, wanted, "enabled")["settings_differ"] == []
    assert seen(root, wanted, "disabled")["settings_differ"][0]["value"] == "0"


def test_another_kernel_makes_it_boot(tmp_path: Path) -> None:
    said = seen(server(tmp_path), replace(SAME, release=NEW, parameters=()))
    assert said["kernel_reasons"] == [f"the kernel is {RELEASE}, not {NEW}"]
    assert f"gnulinux-{NEW}-advanced" in said["entry"]
    assert f"gnulinux-{RELEASE}-advanced" in said["fallback_entry"]
    assert said["menu_problem"] == ""


def test_a_parameter_more_makes_it_boot_and_needs_a_menu(tmp_path: Path) -> None:
    said = seen(server(tmp_path), replace(SAME, parameters=("panic=60", "nosmt")))
    assert said["kernel_reasons"] == ["the kernel's command line lacks nosmt"]
    assert said["menu_problem"] == f"GRUB's menu does not give nosmt to {RELEASE}"


def test_a_parameter_less_makes_it_boot(tmp_path: Path) -> None:
    root = server(tmp_path)
    write(root, "/proc/cmdline", f"BOOT_IMAGE=/boot/x root=/dev/sda1 ro nosmt {COMMAND_LINE}\n")
    reasons = seen(root, SAME)["kernel_reasons"]
    assert reasons == ["the kernel's command line still has nosmt"]


def test_the_same_kernel_from_another_build_makes_it_boot(tmp_path: Path) -> None:
    root = server(tmp_path)
    write(root, f"/boot/vmlinuz-{RELEASE}", "new")
    assert seen(root, SAME)["kernel_reasons"] == []
    write(root, "/proc/stat", "btime 1000\n")
    assert "installed again" in seen(root, SAME)["kernel_reasons"][0]


def test_a_menu_that_does_not_ask_what_is_saved_is_of_no_use(tmp_path: Path) -> None:
    root = server(tmp_path)
    menu = root / "boot/grub/grub.cfg"
    menu.write_text(re.sub(r'default="\$\{saved_entry\}"', 'default="0"', menu.read_text()))
    assert seen(root, SAME)["menu_problem"] == "GRUB does not boot the saved entry"


def test_kvm_is_loaded_again_unless_it_is_in_use(tmp_path: Path) -> None:
    root = server(tmp_path)
    wanted = replace(SAME, modules={"kvm_amd": {"sev_snp": "1"}})
    said = seen(root, wanted)
    assert (said["modules_to_reload"], said["other_reasons"]) == (["kvm_amd"], [])
    write(root, "/sys/module/kvm_amd/refcnt", "1\n")
    said = seen(root, wanted)
    assert said["modules_to_reload"] == []
    assert said["other_reasons"] == ["kvm_amd.sev_snp is N, not 1"]


def test_what_the_host_will_not_have_is_told_once_it_was_asked_for(tmp_path: Path) -> None:
    root = server(tmp_path)
    wanted = replace(SAME, modules={"kvm_amd": {"sev_snp": "1"}})
    write(root, "/etc/modprobe.d/svsm-testbed.conf", "options kvm_amd sev_snp=1\n")
    said = seen(root, wanted)
    assert (said["modules_to_reload"], said["other_reasons"]) == ([], [])
    assert "kvm_amd.sev_snp is N, not 1, though it was asked for" in said["notes"][0]


@pytest.mark.parametrize("refcnt", ["0", "1"])
def test_what_was_written_after_boot_is_not_heeded_yet(tmp_path: Path, refcnt: str) -> None:
    root = server(tmp_path)
    write(root, "/proc/stat", "btime 1000\n")
    write(root, "/sys/module/kvm_amd/refcnt", refcnt)
    write(root, "/etc/modprobe.d/svsm-testbed.conf", "options kvm_amd sev_snp=1\n")
    wanted = replace(SAME, modules={"kvm_amd": {"sev_snp": "1"}})
    said = seen(root, wanted)
    assert bool(said["modules_to_reload"]) != bool(said["other_reasons"])
    write(root, "/run/svsm-testbed/kvm-loaded", "")
    said = seen(root, wanted)
    assert (said["modules_to_reload"], said["other_reasons"]) == ([], [])


def test_new_firmware_makes_it_boot(tmp_path: Path) -> None:
    root = server(tmp_path)
    name = "amd_sev_fam19h_model1xh"
    write(root, f"/lib/firmware/updates/amd/{name}.sbin", "new")
    wanted = replace(SAME, firmware_name=f"{name}_1.55.sbin", firmware_bytes=70_000)
    assert seen(root, wanted)["other_reasons"] == []
    write(root, "/proc/stat", "btime 1000\n")
    reasons = seen(root, wanted)["other_reasons"]
    assert reasons == [f"the SEV firmware {name}_1.55.sbin is loaded at boot"]


def test_virtual_machines_are_seen_whoever_started_them(tmp_path: Path) -> None:
    root = server(tmp_path)
    write(root, "/proc/12/comm", "qemu-system-x86\n")
    write(root, "/proc/7/comm", "bash\n")
    write(root, "/proc/9/comm", "qemu-system-x86\n")
    assert seen(root, SAME)["virtual_machines"] == ["9", "12"]
