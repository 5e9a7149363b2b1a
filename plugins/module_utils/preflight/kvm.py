"""KVM: whether it can be used, and whether the processor runs at a steady pace for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .check import Check, Topic

if TYPE_CHECKING:
    from .cpu import Cpu
    from .host import Host

USABLE = Topic("kvm.usable", "KVM")
GOVERNOR = Topic("cpu.governor", "Frequency governor")


@dataclass(frozen=True)
class Kvm:
    """The device and what stands behind it.

    Attributes:
        present: there is a /dev/kvm.
        problem: why it does not open; empty if it does.
        extension: ``svm``, ``vmx`` or empty, as the processor shows it.
        governors: the different frequency governors of the processors, sorted.
    """

    present: bool
    problem: str
    extension: str
    governors: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """It opens and is real. A probe VM must still show that it is quick."""
        return not self.problem and bool(self.extension)


def observe_kvm(host: Host, cpu: Cpu) -> Kvm:
    """Try to open /dev/kvm and read the governors."""
    paths = host.glob("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor")
    return Kvm(
        present=host.exists("/dev/kvm"),
        problem=host.open_problem("/dev/kvm"),
        extension=cpu.extension,
        governors=tuple(sorted({host.read(path) or "unreadable" for path in paths})),
    )


def check_usable(kvm: Kvm) -> Check:
    """A /dev/kvm that opens is not enough: nested sandboxes offer one that is slower than TCG."""
    if kvm.usable:
        return USABLE.ok(f"/dev/kvm opens and the processor shows {kvm.extension}")
    if not kvm.extension:
        return _without_extension(kvm)
    if not kvm.present:
        module = "kvm_amd" if kvm.extension == "svm" else "kvm_intel"
        return USABLE.found("missing", "there is no /dev/kvm", f"Load it: modprobe {module}")
    return USABLE.found(
        "missing",
        f"/dev/kvm does not open: {kvm.problem}",
        "Give this user access: usermod -aG kvm USER and log in again, or connect as root",
    )


def _without_extension(kvm: Kvm) -> Check:
    """Emulation it is, whether or not there is a device."""
    detail = "no /dev/kvm and no virtualization extensions"
    if kvm.present:
        detail = (
            "/dev/kvm exists, but the processor shows neither svm nor vmx: nested without "
            "virtualization extensions, far slower than emulation (TCG), so it is not used"
        )
    return USABLE.found(
        "missing",
        detail,
        "Nothing has to be done: VMs are emulated. For KVM see cpu.virtualization",
    )


def check_governor(kvm: Kvm) -> Check:
    """Changing frequencies blur a comparison; under emulation nothing is compared in speed."""
    shown = ", ".join(kvm.governors) or "none: Linux does not control the frequency here"
    if not kvm.usable:
        return GOVERNOR.ok(f"{shown} (of no matter: no KVM)")
    if kvm.governors in ((), ("performance",)):
        return GOVERNOR.ok(shown)
    return GOVERNOR.found(
        "warning", shown, "For steady results: cpupower frequency-set -g performance"
    )
