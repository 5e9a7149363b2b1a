"""Whether the host has to boot, what speaks against it, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import parameters
from .files import at, glob, text
from .firmware import target

if TYPE_CHECKING:
    from pathlib import Path

    from .grub import Entry, Grub
    from .wanted import Wanted

SECURE_BOOT: Final = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


def release(root: Path) -> str:
    """The running kernel's, as ``uname -r`` says it."""
    return text(root, "/proc/sys/kernel/osrelease")


def boot_id(root: Path) -> str:
    """What differs from boot to boot, and from machine to machine."""
    return text(root, "/proc/sys/kernel/random/boot_id")


def secure_boot(root: Path) -> bool:
    """Whether UEFI boots signed kernels only: the last byte of the variable (UEFI, 3.3)."""
    path = at(root, SECURE_BOOT)
    return path.exists() and path.read_bytes().endswith(b"\x01")


def virtual_machines(root: Path) -> list[str]:
    """The QEMUs that run, whoever started them; Linux cuts names at 15 bytes."""
    names = glob(root, "/proc/[0-9]*/comm")
    running = [path.parent.name for path in names if _name(path).startswith("qemu-system-")]
    return sorted(running, key=int)


def kernel_reasons(root: Path, wanted: Wanted, entry: Entry | None) -> list[str]:
    """Why the wanted kernel is not what runs.

    Args:
        root: where the host's ``/`` is.
        wanted: what shall be.
        entry: what GRUB would boot.
    """
    if not wanted.release:
        return []
    actual = parameters.running(root)
    reasons = [f"the kernel is {release(root)}, not {wanted.release}"]
    if release(root) == wanted.release:
        reasons = []
        if _newer_than_boot(root, f"/boot/vmlinuz-{wanted.release}"):
            reasons.append(f"the kernel {wanted.release} was installed again after the last boot")
        stale = parameters.without_loaders_own(actual)
        gone = parameters.lacking(stale, entry.parameters) if entry else []
        reasons += [f"the kernel's command line still has {word}" for word in gone]
    missing = parameters.lacking(wanted.parameters, actual)
    return reasons + [f"the kernel's command line lacks {word}" for word in missing]


def other_reasons(root: Path, wanted: Wanted) -> list[str]:
    """What else takes effect at boot only."""
    reasons = []
    name = target(wanted.firmware_name)
    if name and _newer_than_boot(root, f"/lib/firmware/updates/amd/{name}"):
        reasons.append(f"the SEV firmware {wanted.firmware_name} is loaded at boot")
    if parameters.heeded(root):
        return reasons
    for module, lines in parameters.module_differences(root, wanted.modules).items():
        reasons += [] if parameters.idle(root, module) else lines
    return reasons


def menu_problem(wanted: Wanted, grub: Grub) -> str:
    """Why GRUB's menu is not as wanted; empty if it is, or if nothing is asked of it."""
    if not wanted.release:
        return ""
    entry = grub.entry(wanted.release)
    if entry is None:
        return f"GRUB's menu has no entry for {wanted.release}"
    lacking = parameters.lacking(wanted.parameters, entry.parameters)
    if lacking:
        return f"GRUB's menu does not give {' '.join(lacking)} to {wanted.release}"
    return "" if grub.asks_environment else "GRUB does not boot the saved entry"


def _newer_than_boot(root: Path, path: str) -> bool:
    """Whether a file was written after the host booted."""
    booted, file = parameters.boot_time(root), at(root, path)
    return booted > 0 and file.exists() and file.stat().st_ctime > booted


def _name(path: Path) -> str:
    """A process's name; empty if it has ended meanwhile."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
