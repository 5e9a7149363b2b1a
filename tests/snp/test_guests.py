"""OVMF and Linux boot to userspace at VMPL0, and at VMPL2 under the test SVSM."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.snp.building import build
from tests.snp.running import Ended, run_firmware, run_image

ARTIFACTS: Final = Path("/var/lib/svsm-testbed/artifacts")
APPEND: Final = "console=ttyS0 loglevel=7 panic=-1 testbed.probe"
"""The guest image's init powers off with testbed.probe: userspace was reached."""
SECONDS: Final = 400
MIB: Final = 1024


@dataclass(frozen=True)
class Guest:
    """Files of a guest."""

    firmware: Path
    options: tuple[str, ...]


def _newest(pattern: str) -> Path:
    found = sorted(ARTIFACTS.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        pytest.skip(f"no {ARTIFACTS / pattern}: build the components (./testbed build)")
    return found[-1]


@pytest.fixture(scope="module")
def guest() -> Guest:
    """Find the newest firmware, kernel and initramfs that were built."""
    kernel, initrd = _newest("guest_kernel/*/vmlinuz"), _newest("guest_image/*/initrd.img")
    options = ("-kernel", f"{kernel}", "-initrd", f"{initrd}", "-append", APPEND)
    return Guest(_newest("ovmf/*/OVMF.fd"), options)


def check(ended: Ended, *messages: str) -> None:
    """Check that Linux said what it should, and reached userspace."""
    for message in messages:
        assert message in ended.console
    assert "Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP" in ended.console
    assert "reboot: Power down" in ended.console
    assert "sev-snp-emulated" not in ended.messages
    assert ended.status == 0


@pytest.mark.vm
@pytest.mark.slow
def test_linux_boots_at_vmpl0_on_four_processors(qemu: str, guest: Guest) -> None:
    ended = run_firmware(
        qemu, guest.firmware, *guest.options, processors=4, mib=MIB, timeout=SECONDS
    )
    check(ended, "SEV: SNP running at VMPL0.", "smp: Brought up 1 node, 4 CPUs")


@pytest.mark.vm
@pytest.mark.slow
def test_linux_boots_at_vmpl2_under_the_test_svsm(qemu: str, guest: Guest, tmp_path: Path) -> None:
    image = build(tmp_path, "host.c", firmware=guest.firmware.read_bytes())
    ended = run_image(qemu, image, *guest.options, processors=1, mib=MIB, timeout=SECONDS)
    check(ended, "[svsm] firmware starts at VMPL2", "SEV: SNP running at VMPL2.")
