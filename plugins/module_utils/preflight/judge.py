"""Everything put together: a host and what is wanted of it, in; the preflight fact, out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .backend import Choice, accelerators, check_backend, choose
from .cpu import check_count, check_virtualization, check_x86
from .kernel import check_for_snp, check_for_svsm
from .kvm import check_governor, check_usable
from .load import check_load, check_steal
from .machine import Machine, observe
from .pinning import check_huge, check_numa, check_plan
from .qemu import check_features, check_version
from .resources import check_disk, check_memory, check_path
from .rmp import check_rmp
from .sev_firmware import check_firmware
from .snp_checks import check_asids, check_device, check_in_cpu, check_in_kvm, check_init
from .snphost_checks import check_snphost
from .steadiness import (
    check_balancing,
    check_bare_metal,
    check_boost,
    check_clock,
    check_huge_pages,
    check_interrupts,
    check_merging,
    check_mitigations,
    check_private_huge_pages,
    check_smt,
    check_swap,
)
from .tools import check_commands, check_ovmf, check_svsm_image
from .tracing import check_tracing
from .variants import judge_variants
from .vm_user import check_devices, check_memlock

if TYPE_CHECKING:
    from .check import Check
    from .host import Host
    from .wanted import Wanted


def preflight(host: Host, wanted: Wanted) -> dict[str, Any]:
    """Look at `host` and judge it.

    Returns:
        ``checks`` and ``variants`` as in campaign.json, each check with its ``group`` for tables;
        ``protected``, the backend that cvm and svsm would use; ``accelerators`` in the order in
        which to try them; and ``facts`` about the host.
    """
    machine = observe(host, wanted)
    choice = choose(machine, wanted)
    groups = {
        "Processor and KVM": check_processor(machine, wanted),
        "SEV-SNP": check_snp(machine, wanted),
        "QEMU and images": check_software(host, machine, wanted, choice),
        "Room for VMs": check_room(machine, wanted),
        "Steady results": check_steadiness(machine, wanted),
        "User of the VMs": [
            check_devices(machine.vm_user, machine.snp),
            check_memlock(machine.vm_user, wanted),
        ],
        "Tracing": check_tracing(machine.tracing),
        "Backend": [check_backend(choice, wanted)],
    }
    return {
        "checks": [
            {**check.as_dict(), "group": group}
            for group, checks in groups.items()
            for check in checks
        ],
        "variants": judge_variants(choice, machine, wanted),
        "protected": choice.protected,
        "accelerators": accelerators(choice, wanted),
        "facts": machine.facts(),
    }


def check_processor(machine: Machine, wanted: Wanted) -> list[Check]:
    """The processor and KVM on it."""
    return [
        check_x86(machine.cpu),
        check_virtualization(machine.cpu),
        check_usable(machine.kvm),
        check_bare_metal(machine.cpu, kvm=machine.kvm.usable),
        check_count(machine.cpu, wanted),
    ]


def check_snp(machine: Machine, wanted: Wanted) -> list[Check]:
    """What the variants cvm and svsm need of the hardware and its kernel."""
    memory = machine.resources.memory_total
    kernel = check_for_snp(machine.kernel, machine.snp)
    rmp = check_rmp(machine.snp, machine.cpu, machine.snphost, memory).behind(kernel)
    firmware = check_firmware(machine.snp, machine.snphost, wanted)
    init = check_init(machine.snp).behind(rmp).behind(firmware)
    in_kvm = check_in_kvm(machine.snp)
    for cause in (rmp, firmware, init, kernel):
        in_kvm = in_kvm.behind(cause)
    checks = [
        check_in_cpu(machine.snp, machine.cpu),
        in_kvm,
        check_device(machine.snp),
        init,
        rmp,
        firmware,
        check_asids(machine.snp, wanted),
        kernel,
        check_for_svsm(machine.kernel, wanted),
        check_private_huge_pages(machine.tuning, machine.snp),
    ]
    return [*checks, *check_snphost(machine.snphost, [check_usable(machine.kvm), *checks])]


def check_software(host: Host, machine: Machine, wanted: Wanted, choice: Choice) -> list[Check]:
    """QEMU, firmware, images, programs."""
    return [
        check_version(machine.qemu, wanted, emulating=choice.backend == "emulated"),
        *check_features(machine.qemu, real=choice.protected == "snp"),
        check_ovmf(host, wanted),
        check_svsm_image(machine.svsm_image),
        check_commands(host, wanted),
    ]


def check_room(machine: Machine, wanted: Wanted) -> list[Check]:
    """Memory, disk and processors for the fleets."""
    kvm = machine.kvm.usable
    return [
        check_memory(machine.resources, wanted),
        check_numa(machine.pinning, kvm=kvm),
        check_huge(machine.pinning, wanted),
        check_plan(machine.pinning, wanted, kvm=kvm),
        check_disk(machine.resources, wanted),
        check_path(wanted),
    ]


def check_steadiness(machine: Machine, wanted: Wanted) -> list[Check]:
    """What makes results vary; only where there is KVM does it matter."""
    kvm, tuning, pinning = machine.kvm.usable, machine.tuning, machine.pinning
    return [
        check_governor(machine.kvm),
        check_boost(tuning, kvm=kvm),
        check_smt(tuning, pinning, kvm=kvm),
        check_mitigations(tuning, kvm=kvm),
        check_clock(tuning, kvm=kvm),
        check_huge_pages(tuning, wanted, kvm=kvm),
        check_merging(tuning, kvm=kvm),
        check_swap(tuning),
        check_balancing(tuning, pinning, kvm=kvm),
        check_interrupts(tuning, wanted, kvm=kvm),
        check_load(machine.load, machine.cpu, wanted, kvm=kvm),
        check_steal(machine.load, kvm=kvm),
    ]
