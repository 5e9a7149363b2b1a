"""Run the test SVSM on an emulated SEV-SNP machine."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MACHINE: Final = "q35,smm=off,vmport=off,hpet=off"
OPTIONS: Final = (
    f"-cpu EPYC-Milan-v2 -accel tcg,thread=multi -no-user-config -nodefaults -display none "
    f"-action panic=exit-failure -serial stdio -machine {MACHINE}"
)
PROTECTION: Final = "-machine confidential-guest-support=sev0 -object sev-snp-emulated,id=sev0"


@dataclass(frozen=True)
class Ended:
    """How a VM ended: exit status, console, QEMU's messages."""

    status: int
    console: str
    messages: str


@dataclass(frozen=True)
class Shape:
    """What a VM is made of, and how it is run.

    Attributes:
        protection: more properties of the object sev-snp-emulated; None for a VM without SEV.
        more: more options of QEMU.
        reboots: whether the VM starts anew when its guest reboots; it ends otherwise.
    """

    processors: int = 2
    mib: int = 128
    seconds: int = 120
    protection: str | None = ""
    more: tuple[str, ...] = ()
    reboots: bool = False


def command_line(qemu: str, shape: Shape, *more: str) -> list[str]:
    """Put a command line together."""
    options = [*OPTIONS.split(), "-smp", f"{shape.processors}", "-m", f"{shape.mib}M"]
    if shape.protection is not None:
        options += f"{PROTECTION}{shape.protection}".split()
    if not shape.reboots:
        options.append("-no-reboot")
    return [qemu, *options, *more, *shape.more]


def run(command: list[str], seconds: int) -> Ended:
    """Run QEMU until its VM ends."""
    done = subprocess.run(command, capture_output=True, check=False, timeout=seconds)
    console = done.stdout.decode(errors="replace").replace("\r", "")
    return Ended(done.returncode, console, done.stderr.decode(errors="replace"))


def image_command(qemu: str, image: Path, shape: Shape) -> list[str]:
    """Put the command line for an IGVM image together."""
    igvm = ["-object", f"igvm-cfg,id=igvm0,file={image}", "-machine", "igvm-cfg=igvm0"]
    return command_line(qemu, shape, *igvm)


def run_image(qemu: str, image: Path, shape: Shape | None = None) -> Ended:
    """Run an IGVM image."""
    shape = shape or Shape()
    return run(image_command(qemu, image, shape), shape.seconds)


def run_firmware(qemu: str, firmware: Path, shape: Shape) -> Ended:
    """Run firmware at VMPL0."""
    return run(command_line(qemu, shape, "-bios", f"{firmware}"), shape.seconds)


def count_until(command: list[str], text: str, times: int, seconds: int) -> int:
    """Count a text on the console, `times` times at most; ends the VM then, or after some time."""
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        assert process.stdout
        for line in process.stdout:
            seen += text in line.decode(errors="replace")
            if seen == times:
                break
        timer.cancel()
        process.kill()
    return seen
