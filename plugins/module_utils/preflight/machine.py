"""All that is known of a host, gathered in one place before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .cpu import Cpu, observe_cpu
from .kernel import Kernel, observe_kernel
from .kvm import Kvm, observe_kvm
from .load import Load, observe_load
from .pinning import Pinning, observe_pinning
from .qemu import Qemu, observe_qemu
from .resources import Resources, observe_resources
from .sev_firmware import version
from .snp import Snp, observe_snp
from .snphost import Snphost, ask_snphost
from .tools import SvsmImage, observe_svsm_image
from .tracing import Tracing, observe_tracing
from .tuning import Tuning, observe_tuning
from .vm_user import VmUser, observe_vm_user

if TYPE_CHECKING:
    from .host import Host
    from .wanted import Wanted


@dataclass(frozen=True)
class Machine:
    """What was observed.

    Attributes:
        user: name and number of the user who looked.
    """

    user: tuple[str, int]
    cpu: Cpu
    kvm: Kvm
    snp: Snp
    snphost: Snphost
    kernel: Kernel
    qemu: Qemu
    resources: Resources
    svsm_image: SvsmImage
    tuning: Tuning
    pinning: Pinning
    load: Load
    tracing: Tracing
    vm_user: VmUser

    def facts(self) -> dict[str, object]:
        """The observations that a campaign keeps: what results may depend on."""
        return {
            "user": self.user[0],
            "uid": self.user[1],
            "cpu": {
                "vendor": self.cpu.vendor,
                "model": self.cpu.model,
                "family": self.cpu.fields.get("cpu family", ""),
                "stepping": self.cpu.fields.get("stepping", ""),
                "microcode": self.cpu.fields.get("microcode", ""),
                "count": self.cpu.count,
                "virtual": self.cpu.virtual,
                "governors": list(self.kvm.governors),
            },
            "kernel": self.kernel.release,
            "kvm_amd": self.snp.parameters,
            "snp_log": list(self.snp.log),
            "snp_asids_free": self.snp.asids,
            "sev_firmware": ".".join(map(str, version(self.snp, self.snphost))),
            "snp_tcb": self.snphost.tcb,
            "memory_total_mib": self.resources.memory_total,
            "memory_available_mib": self.resources.memory_available,
            "disk_free_mib": self.resources.disk_free,
            "qemu": {"path": self.qemu.path, "version": self.qemu.text},
            "qemu_version": ".".join(map(str, self.qemu.version)) if self.qemu.path else "",
            **self.tuning.facts(),
            **self.pinning.facts(),
            **self.load.facts(),
        }


def observe(host: Host, wanted: Wanted) -> Machine:
    """Look at everything once."""
    cpu = observe_cpu(host)
    kvm = observe_kvm(host, cpu)
    snp = observe_snp(host, cpu)
    return Machine(
        user=host.user(),
        cpu=cpu,
        kvm=kvm,
        load=observe_load(host, cpu, wanted, kvm=kvm.usable),
        snp=snp,
        snphost=ask_snphost(host, cpu),
        kernel=observe_kernel(host),
        qemu=observe_qemu(host, wanted),
        resources=observe_resources(host, wanted),
        svsm_image=observe_svsm_image(host, wanted),
        tuning=observe_tuning(host),
        pinning=observe_pinning(host, wanted, private=snp.works and kvm.usable),
        tracing=observe_tracing(host, cpu),
        vm_user=observe_vm_user(host, wanted),
    )
