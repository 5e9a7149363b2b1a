"""What is asked of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Smt = Literal["auto", "spread", "pack"]
"""Whether the threads of a core are vCPUs of the same VM (pack), or one is and the others idle."""


@dataclass(frozen=True)
class Wish:
    """What is asked of a plan.

    Attributes:
        vms: VMs of this fleet.
        vcpus: virtual processors of a VM.
        memory_mib: memory of a VM.
        largest: VMs of the largest fleet that this one is compared with.
        host_cores: cores left to the host; 0 for a sixteenth of each node's, at least one.
        smt: what the other threads of a VM's cores are for.
        isolated: use processors that the kernel was told to leave alone.
        huge_page_kib: size of the huge pages that back the memory; 0 for ordinary memory.
    """

    vms: int
    vcpus: int
    memory_mib: int
    largest: int = 0
    host_cores: int = 0
    smt: Smt = "auto"
    isolated: bool = False
    huge_page_kib: int = 0

    @property
    def places(self) -> int:
        """How many VMs there must be room for."""
        return max(self.vms, self.largest)
