"""OVMF and Linux boot to userspace at VMPL0, and at VMPL2 under an SVSM, and work there."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pyrunner.attestation.appraise import appraise
from pyrunner.attestation.cert_table import read_table
from pyrunner.attestation.certificates import read_certificate
from pyrunner.attestation.policy import Expectations
from pyrunner.attestation.predict import firmware_digest
from pyrunner.attestation.verify import Anchors
from pyrunner.paths import REPOSITORY
from tests.builders import snp_chains
from tests.snp.building import build
from tests.snp.guests import FOUR, SECONDS, VMPL0, VMPL2, Guest, check, shape, told
from tests.snp.running import (
    Ended,
    command_line,
    count_until,
    image_command,
    run_firmware,
    run_image,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.vm, pytest.mark.slow]


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
