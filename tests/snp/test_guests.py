"""OVMF and Linux boot to userspace at VMPL0, and at VMPL2 under an SVSM, and work there."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from pyrunner.attestation.appraise import appraise
from pyrunner.attestation.cert_table import read_table
from pyrunner.attestation.certificates import read_certificate
from pyrunner.attestation.policy import Expectations
from pyrunner.attestation.predict import firmware_digest
from pyrunner.attestation.verify import Anchors
from pyrunner.paths import REPOSITORY
from tests.builders import snp_chains
from tests.snp import initramfs
from tests.snp.building import build
from tests.snp.running import (
    Ended,
    Shape,
    command_line,
    count_until,
    image_command,
    run_firmware,
    run_image,
)

pytestmark = [pytest.mark.vm, pytest.mark.slow]

ARTIFACTS: Final = Path("/var/lib/svsm-testbed/artifacts")
APPEND: Final = "console=ttyS0 loglevel=7 panic=-1"
SECONDS: Final = 400
MIB: Final = 1024
VMPL0: Final = "SEV: SNP running at VMPL0."
VMPL2: Final = "SEV: SNP running at VMPL2."
FOUR: Final = "smp: Brought up 1 node, 4 CPUs"


@dataclass(frozen=True)
class Guest:
    """Files of a guest, which does what its machine's serial number says."""

    firmware: Path
    options: tuple[str, ...]

    def wanted(self, wish: str) -> tuple[str, ...]:
        """Give QEMU's options for a guest that does something; see guest.sh."""
        return (*self.options, "-smbios", f"type=1,serial={wish}")


def _newest(pattern: str) -> Path:
    found = sorted(ARTIFACTS.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        pytest.skip(f"no {ARTIFACTS / pattern}: build the components (./testbed build)")
    return found[-1]


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """Take the newest firmware, kernel and initramfs that were built; guest.sh is its init."""
    kernel = _newest("guest_kernel/*/vmlinuz")
    script = (Path(__file__).parent / "guest.sh").read_text("utf-8")
    built = _newest("guest_image/*/initrd.img")
    image = tmp_path_factory.mktemp("guest") / "initrd.img"
    image.write_bytes(initramfs.extend(built, kernel.parent / "modules.tar", script))
    options = ("-kernel", f"{kernel}", "-initrd", f"{image}", "-append", APPEND)
    return Guest(_newest("ovmf/*/OVMF.fd"), options)


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


@pytest.fixture
def svsm() -> Path:
    """Take the newest image of COCONUT-SVSM that was built."""
    return _newest("svsm/*/coconut-qemu.igvm")


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    """Make an emulated chip."""
    maker = REPOSITORY / "roles" / "attestation" / "files" / "make_emulated_chip.py"
    subprocess.run(["python3", maker, tmp_path / "chip"], check=True)
    return tmp_path / "chip"


def identity(chip: Path) -> str:
    """Give the properties that make an emulated VM have a chip."""
    files = f",vcek-key={chip}/vcek.key,certs={chip}/certs.bin"
    return f"{files},chip-id={(chip / 'chip_id').read_text('ascii').strip()}"


def verify(ended: Ended, chip: Path, *, vmpl: int, measurement: str) -> None:
    """Verify the report that a guest told, with the certificates that it got."""
    (certificates,) = told(ended, "certificates")
    table = read_table(bytes.fromhex(certificates), "the guest's certificates")
    authorities = snp_chains.pem([table["ASK"], table["ARK"]])
    root = read_certificate((chip / "ark.pem").read_bytes(), "root")
    digest = bytes.fromhex(measurement)
    wanted = Expectations(vmpl=vmpl, measurement=digest, report_data=b"A" * 64)
    (report,) = told(ended, "report")
    anchors = Anchors(at=datetime.now(UTC), root=root)
    verdict = appraise(report.encode(), table["VCEK"], authorities, anchors, wanted)
    assert verdict.failures == ()
    assert verdict.emulated


def test_linux_boots_at_vmpl2_under_the_test_svsm(qemu: str, guest: Guest, tmp_path: Path) -> None:
    image = build(tmp_path, "host.c", firmware=guest.firmware.read_bytes())
    ended = run_image(qemu, image, shape(guest, "nothing", processors=1))
    check(ended, "[svsm] firmware starts at VMPL2", VMPL2, "test: done")


def test_processors_go_offline_and_come_back(qemu: str, guest: Guest) -> None:
    ended = run_firmware(qemu, guest.firmware, shape(guest, "hotplug"))
    check(ended, VMPL0, FOUR, "test: done")
    assert told(ended, "online") == ["0", "0-3"] * 2
    assert told(ended, "runs on") == ["1", "2", "3"]


def test_a_guest_reboots(qemu: str, guest: Guest) -> None:
    rebooting = shape(guest, "reboot", reboots=True)
    command = command_line(qemu, rebooting, "-bios", f"{guest.firmware}")
    assert count_until(command, "test: userspace", 3, SECONDS) == 3


def test_a_report_is_signed_and_tells_the_predicted_digest(
    qemu: str, guest: Guest, chip: Path
) -> None:
    ended = run_firmware(qemu, guest.firmware, shape(guest, "report", protection=identity(chip)))
    check(ended, VMPL0, "test: done")
    predicted = firmware_digest(guest.firmware, 4, "EPYC-Milan-v2")
    verify(ended, chip, vmpl=0, measurement=predicted)


def test_a_guest_under_coconut_svsm_proves_itself(
    qemu: str, guest: Guest, svsm: Path, chip: Path
) -> None:
    ended = run_image(qemu, svsm, shape(guest, "report", protection=identity(chip)))
    check(ended, VMPL2, FOUR, "test: done")
    measured = (svsm.parent / "launch_digest").read_text("ascii").strip()
    verify(ended, chip, vmpl=2, measurement=measured)


def test_a_guest_reboots_under_coconut_svsm(qemu: str, guest: Guest, svsm: Path) -> None:
    command = image_command(qemu, svsm, shape(guest, "reboot", reboots=True))
    assert count_until(command, "test: userspace", 3, SECONDS) == 3
