"""The launch digest that a guest has to have, from the files that it starts with.

The way of computing it is sev-snp-measure's (IBM, virtee), an implementation of AMD 56860, section
"SNP_LAUNCH_UPDATE", that is neither QEMU's nor ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrunner.errors import TestbedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

SNP_ACTIVE = 1
"""SEV_FEATURES of a guest's VMSA: SEV-SNP and nothing else."""


def firmware_digest(firmware: Path, vcpus: int, cpu_model: str) -> str:
    """Predict the launch digest of a guest that starts with its firmware (variant ``cvm``).

    Args:
        firmware: OVMF image with metadata for SEV-SNP.
        vcpus: number of virtual processors; each one's initial state is measured.
        cpu_model: QEMU's, which decides on the processor signature in that state.

    Returns:
        48 bytes, hexadecimal. Kernel, initrd and command line are not in it.

    Raises:
        UsageError: the processor model is unknown.
        TestbedError: the firmware cannot be read or has no metadata for SEV-SNP.
    """
    from sevsnpmeasure import guest, vmm_types  # noqa: PLC0415 - only who predicts waits for it
    from sevsnpmeasure.sev_mode import SevMode  # noqa: PLC0415 - as above
    from sevsnpmeasure.vcpu_types import CPU_SIGS  # noqa: PLC0415 - as above

    if cpu_model not in CPU_SIGS:
        known = ", ".join(sorted(CPU_SIGS))
        raise UsageError(
            f"no launch digest can be predicted for processor model {cpu_model}",
            f"set fleet_cpu to one of: {known}",
        )
    try:
        digest: bytes = guest.calc_launch_digest(
            SevMode.SEV_SNP,
            vcpus,
            CPU_SIGS[cpu_model],
            str(firmware),
            "",
            "",
            "",
            SNP_ACTIVE,
            vmm_type=vmm_types.VMMType.QEMU,
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise TestbedError(
            f"{firmware}: no launch digest can be predicted from it: {error}",
            "it has to be an OVMF image with metadata for SEV-SNP",
        ) from error
    return digest.hex()
