"""Everything put together: a host and what is wanted of it, in; the preflight fact, out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .backend import Choice, accelerators, check_backend, choose
from .cpu import check_count, check_virtualization, check_x86
from .kernel import check_bpftrace, check_btf, check_for_snp, check_for_svsm
from .kvm import check_governor, check_usable
from .machine import Machine, observe
from .qemu import check_features, check_version
from .resources import check_disk, check_memory, check_path
from .snp_checks import check_asids, check_device, check_in_cpu, check_in_kvm, check_init
from .tools import check_commands, check_ovmf, check_svsm_image
from .variants import judge_variants

if TYPE_CHECKING:
    from .check import Check
    from .host import Host
    from .wanted import Wanted


def preflight(host: Host, wanted: Wanted) -> dict[str, Any]:
    """Look at `host` and judge it.

    Returns:
        ``checks`` and ``variants`` as in campaign.json, ``protected``, the backend that cvm and
        svsm would use, ``accelerators`` in the order in which to try them, and ``facts`` about the
        host.
    """
    machine = observe(host, wanted)
    choice = choose(machine, wanted)
    checks = [
        *check_processor(machine, wanted),
        *check_snp(machine, wanted),
        *check_software(host, machine, wanted, choice),
        check_memory(machine.resources, wanted),
        check_disk(machine.resources, wanted),
        check_path(wanted),
        check_backend(choice, wanted),
    ]
    return {
        "checks": [check.as_dict() for check in checks],
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
        check_count(machine.cpu, wanted),
        check_governor(machine.kvm),
    ]


def check_snp(machine: Machine, wanted: Wanted) -> list[Check]:
    """What the variants cvm and svsm need of the hardware and its kernel."""
    return [
        check_in_cpu(machine.snp, machine.cpu),
        check_in_kvm(machine.snp),
        check_device(machine.snp),
        check_init(machine.snp),
        check_asids(machine.snp, wanted),
        check_for_snp(machine.kernel, machine.snp),
        check_for_svsm(machine.kernel, wanted),
    ]


def check_software(host: Host, machine: Machine, wanted: Wanted, choice: Choice) -> list[Check]:
    """QEMU, firmware, images, programs."""
    return [
        check_version(machine.qemu, wanted, emulating=choice.backend == "emulated"),
        *check_features(machine.qemu),
        check_ovmf(host, wanted),
        check_svsm_image(machine.svsm_image),
        check_commands(host, wanted),
        check_btf(machine.kernel),
        check_bpftrace(machine.kernel),
    ]
