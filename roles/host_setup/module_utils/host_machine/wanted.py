"""What a testbed host shall be."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wanted:
    """What the role's variables ask for; what is empty is left alone.

    Attributes:
        kernel: ``keep``, ``packaged`` or ``built``.
        release: what ``uname -r`` shall say; empty while it is not known.
        parameters: what the kernel's command line shall have, beside what it has.
        modules: parameters by module.
        huge_pages: numbers of pages by size in KiB.
        memory_reserve_mib: what huge pages have to leave to the host.
        governor: how the processors' frequencies are chosen.
        vm_user: who runs the VMs.
        firmware_name: name of the file with the SEV firmware.
        firmware_bytes: its size; -1 if there is no such file.
    """

    kernel: str = "keep"
    release: str = ""
    parameters: tuple[str, ...] = ()
    modules: dict[str, dict[str, str]] = field(default_factory=dict)
    huge_pages: dict[int, int] = field(default_factory=dict)
    memory_reserve_mib: int = 1024
    governor: str = ""
    vm_user: str = ""
    firmware_name: str = ""
    firmware_bytes: int = -1
