"""All that is known of a host, gathered in one place before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .cpu import Cpu, observe_cpu
from .kernel import Kernel, observe_kernel
from .kvm import Kvm, observe_kvm
from .qemu import Qemu, observe_qemu
from .resources import Resources, observe_resources
from .snp import Snp, observe_snp
from .tools import SvsmImage, observe_svsm_image
from .tuning import observe_tuning

if TYPE_CHECKING:
    from .host import Host
    from .wanted import Wanted


@dataclass(frozen=True)
class Machine:
    """What was observed.

    Attributes:
        user: name and number of the user who looked.
        tuning: recorded only, judged by nobody.
    """

    user: tuple[str, int]
    cpu: Cpu
    kvm: Kvm
    snp: Snp
    kernel: Kernel
    qemu: Qemu
    resources: Resources
    svsm_image: SvsmImage
    tuning: dict[str, object]

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
            "memory_total_mib": self.resources.memory_total,
            "memory_available_mib": self.resources.memory_available,
            "disk_free_mib": self.resources.disk_free,
            "qemu": {"path": self.qemu.path, "version": self.qemu.text},
            "qemu_version": ".".join(map(str, self.qemu.version)) if self.qemu.path else "",
            **self.tuning,
        }


def observe(host: Host, wanted: Wanted) -> Machine:
    """Look at everything once."""
    cpu = observe_cpu(host)
    return Machine(
        user=host.user(),
        cpu=cpu,
        kvm=observe_kvm(host, cpu),
        snp=observe_snp(host, cpu),
        kernel=observe_kernel(host),
        qemu=observe_qemu(host, wanted),
        resources=observe_resources(host, wanted),
        svsm_image=observe_svsm_image(host, wanted),
        tuning=observe_tuning(host),
    )
