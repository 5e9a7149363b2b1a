"""Run the test SVSM on an emulated SEV-SNP machine."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MACHINE: Final = "q35,smm=off,vmport=off,hpet=off,confidential-guest-support=sev0"
OPTIONS: Final = (
    f"-cpu EPYC-Milan-v2 -accel tcg,thread=multi -no-user-config -nodefaults -display none "
    f"-no-reboot -action panic=exit-failure -serial stdio -object sev-snp-emulated,id=sev0 "
    f"-machine {MACHINE}"
)


@dataclass(frozen=True)
class Ended:
    """How a VM ended: exit status, console, QEMU's messages."""

    status: int
    console: str
    messages: str


def run(command: list[str], timeout: int) -> Ended:
    """Run QEMU until its VM ends."""
    done = subprocess.run(command, capture_output=True, check=False, timeout=timeout)
    console = done.stdout.decode(errors="replace").replace("\r", "")
    return Ended(done.returncode, console, done.stderr.decode(errors="replace"))


def run_image(
    qemu: str, image: Path, *more: str, processors: int = 2, mib: int = 128, timeout: int = 120
) -> Ended:
    """Run an IGVM image."""
    options = f"{OPTIONS},igvm-cfg=igvm0 -object igvm-cfg,id=igvm0,file={image}".split()
    return run([qemu, *options, "-smp", f"{processors}", "-m", f"{mib}M", *more], timeout)


def run_firmware(
    qemu: str, firmware: Path, *more: str, processors: int, mib: int, timeout: int
) -> Ended:
    """Run firmware at VMPL0."""
    options = f"{OPTIONS} -bios {firmware}".split()
    return run([qemu, *options, "-smp", f"{processors}", "-m", f"{mib}M", *more], timeout)
