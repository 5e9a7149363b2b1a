"""Guests with the components that were built: Linux with guest.sh as its only program."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.snp import initramfs
from tests.snp.running import Ended, Shape

if TYPE_CHECKING:
    from collections.abc import Callable

ARTIFACTS: Final = Path("/var/lib/svsm-testbed/artifacts")
APPEND: Final = "console=ttyS0 loglevel=7 panic=-1"
SECONDS: Final = 400
MIB: Final = 1024
VMPL0: Final = "SEV: SNP running at VMPL0."
VMPL2: Final = "SEV: SNP running at VMPL2."
FOUR: Final = "smp: Brought up 1 node, 4 CPUs"


@dataclass(frozen=True)
class Guest:
    """Files of a guest, which does what its machine's serial number says.

    Attributes:
        append: the kernel's command line.
    """

    firmware: Path
    kernel: Path
    initrd: Path
    append: str = APPEND

    def wanted(self, wish: str) -> tuple[str, ...]:
        """Give QEMU's options for a guest that does something; see guest.sh."""
        files = ("-kernel", f"{self.kernel}", "-initrd", f"{self.initrd}")
        return (*files, "-append", self.append, "-smbios", f"type=1,serial={wish}")


def newest(
    pattern: str,
    *,
    wanted: Callable[[dict[str, Any]], bool] = lambda inputs: True,  # noqa: ARG005
    hint: str = "build the components (./testbed build)",
) -> Path:
    """Take the newest file of a component that was built; skip the test if there is none.

    Args:
        pattern: of paths below the artifacts, component, key and file.
        wanted: whether what went into an artifact is right.
        hint: how to have one.
    """
    found = sorted(ARTIFACTS.glob(pattern), key=lambda path: path.stat().st_mtime)
    right = [path for path in found if wanted(inputs(path))]
    if not right:
        pytest.skip(f"no {ARTIFACTS / pattern} that the test is for: {hint}")
    return right[-1]


def inputs(path: Path) -> dict[str, Any]:
    """Read what went into the artifact that a file is of."""
    manifest = json.loads((path.parent / "manifest.json").read_text("utf-8"))
    return dict(manifest["inputs"])


def assemble(folder: Path) -> Guest:
    """Take the newest firmware, kernel and initramfs that were built; guest.sh is its init."""
    kernel = newest("guest_kernel/*/vmlinuz")
    script = (Path(__file__).parent / "guest.sh").read_text("utf-8")
    image = folder / "initrd.img"
    built = newest("guest_image/*/initrd.img")
    image.write_bytes(initramfs.extend(built, kernel.parent / "modules.tar", script))
    return Guest(newest("ovmf/*/OVMF.fd"), kernel, image)


def shape(
    guest: Guest, wish: str, *, processors: int = 4, protection: str = "", reboots: bool = False
) -> Shape:
    """Shape a VM whose guest does something."""
    return Shape(
        processors=processors,
        mib=MIB,
        seconds=SECONDS,
        protection=protection,
        more=guest.wanted(wish),
        reboots=reboots,
    )


def check(ended: Ended, *messages: str) -> None:
    """Check that the guest came up, said what it should, and that nothing was amiss."""
    for message in ("Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP", *messages):
        assert message in ended.console
    assert "sev-snp-emulated" not in ended.messages
    assert ended.status == 0


def told(ended: Ended, what: str) -> list[str]:
    """Take what the guest told of something."""
    return re.findall(rf"^test: {what} (\S*)$", ended.console, re.MULTILINE)
